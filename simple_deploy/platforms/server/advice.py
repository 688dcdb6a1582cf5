"""What the person can do next, as commands with this project's names in them. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from simple_deploy.core.quoting import in_double_quotes
from simple_deploy.platforms.advice import SiteCommands, deploy_command, standard_advice
from simple_deploy.platforms.base import Advice, FinishedRun
from simple_deploy.platforms.server.address import parse


def advice(run: FinishedRun, slug: str, *, removed: str) -> Iterator[Advice]:
    """Commands for the site of *run* on the platform *slug*.

    :param removed: what goes and what stays when the site is removed, in sentences.
    """
    if run.facts is None:
        return
    if run.kind != "deploy":
        yield Advice(title="Commit the changes", command=run.commit_command("Configure deployment to a server"))
        yield Advice(
            title="Deploy",
            text="It prepares the server, sends the commit, and switches to the new release once that has been shown "
            "to work.",
            command=deploy_command(slug),
        )
    known = next((each for each in (*run.resources, *run.planned) if each.kind == "site"), None)
    server = run.answers.text("server") or (known.remote_id if known else "") or "root@203.0.113.7"
    name = known.name if known else "NAME"
    folder = run.facts.location.project_dir
    yield from standard_advice(run, _commands(slug, server, name, folder, removed))


def _commands(slug: str, server: str, name: str, folder: str, removed: str) -> SiteCommands:
    address = parse(server)
    ssh = f"ssh -t {address.typed}"
    code = in_double_quotes(shlex.quote(f"/srv/{name}/current/code/{folder}".rstrip("/")))
    unit = (
        f"systemd-run --quiet --pty --uid={name} --property=EnvironmentFile=/etc/simple_deploy/variables/{name} "
        f"--property=WorkingDirectory={code} /srv/{name}/current/.venv/bin/python manage.py"
    )
    file = f"/etc/simple_deploy/variables/{name}"
    return SiteCommands(
        manage=lambda command: f'{ssh} "{address.sudo}{unit} {command}"',
        deploy=deploy_command(slug),
        logs=f'{ssh} "{address.sudo}journalctl --unit {name}.service --follow"',
        variables=Advice(
            title="Change the site's variables",
            text='Each line is NAME="value". Changes take effect at the next start; this command restarts the site.',
            command=f'{ssh} "{address.sudo}editor {file} && {address.sudo}systemctl restart {name}.service"',
        ),
        more=(
            Advice(title="See the site's status", command=deploy_command(slug, "--status")),
            Advice(
                title="Save the site's data on your computer",
                text="The server also saves them every night, but those backups are lost if the server is.",
                command=deploy_command(slug, f"--backup {name}.tar.gz"),
            ),
            Advice(
                title="Roll back to the previous release",
                text="The last five are kept. The database stays as it is.",
                command=deploy_command(slug, "--rollback"),
            ),
        ),
        destroy=Advice(
            title="Remove the site",
            text=removed,
            command=deploy_command(slug, "--destroy"),
        ),
    )
