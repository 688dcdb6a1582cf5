"""Which project the server serves, and where the tool keeps its state for it."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from django.conf import settings

from simple_deploy import conf
from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.core.facts import Location
from simple_deploy.inspection.corrections import STATE_FOLDER
from simple_deploy.inspection.locate import locate
from simple_deploy.system import process, started
from simple_deploy.web import link
from simple_deploy.web.access import Access, read_or_make, renew
from simple_deploy.web.access_policy import Rules, networks
from simple_deploy.web.host import PREFIX, Server


class Project:
    """The project of this process, as its settings and its command line tell it."""

    def __init__(self) -> None:
        self.conf = conf.load(os.environ, settings)

    @cached_property
    def location(self) -> Location:
        """:raises NoProject: there is none, or there are several."""
        return locate(
            start=started.folder(),
            manage_py=started.program(),
            settings_module=getattr(settings, "SETTINGS_MODULE", None),
            state_dir=self.conf.state_dir,
            runner=process.run,
        )

    @cached_property
    def state(self) -> Path:
        return self.conf.state_dir or self.location.root / STATE_FOLDER

    def access(self) -> Access:
        """The access code, as it stands on disk now.

        :raises OSError: it can be neither read nor made.
        :raises NoProject: there is no project to keep it in.
        """
        return read_or_make(self.state)

    def renew(self) -> None:
        """Make a new access code, which ends every session.

        :raises OSError: it cannot be written.
        """
        renew(self.state)

    def rules(self) -> Rules:
        """:raises ValueError: a trusted peer is no address or network."""
        return Rules(
            peers=networks(list(self.conf.trusted_peers)),
            hosts=frozenset(name.strip().lower() for name in self.conf.trusted_hosts),
        )


def announcement(server: Server | None, *, private: bool) -> str:
    """The line for the terminal: where the dashboard is, or why it is not there.

    :param server: None where it is not known where it answers.
    :param private: whether only the owner reads the line.
    """
    project = Project()
    address = server.address if server else ""
    try:
        whole = link.link(project.state, address)  # makes the folder, where it is the first time
        link.remember(project.state, server)
        where = "" if server else ", at the address of this server"
        if private:
            return f"Deployment dashboard: {whole}{where}"
        return (
            f"Deployment dashboard: {address}{PREFIX}{where}\n"
            "  Others can read the file that this goes to. `python -m simple_deploy link` shows the access code."
        )
    except (OSError, SimpleDeployError) as error:
        hint = getattr(error, "hint", "") or "Run `manage.py check` to see more."
        return f"The deployment dashboard cannot be opened: {error}\n  {hint}"
