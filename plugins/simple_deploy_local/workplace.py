"""What every step of a deployment works with: the site, the release, and how their programs are run."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simple_deploy.api import (
    CommandFailed,
    Completed,
    Context,
    MissingAnswers,
    ProjectError,
    Secret,
    Settings,
    StepError,
    fingerprints,
)
from simple_deploy_local import sites, variables
from simple_deploy_local.control import Control
from simple_deploy_local.output import is_full
from simple_deploy_local.settings_block import sqlite_aliases
from simple_deploy_local.sites import Release, Site

LONG = 1800.0  # seconds
FRESH_GIT: Mapping[str, str] = {"GIT_DIR": "", "GIT_WORK_TREE": "", "GIT_INDEX_FILE": ""}


def site_of(ctx: Context) -> Site | None:
    """The project's site, None when it has none."""
    return sites.find(ctx.home, ctx.facts.location, ctx.mark)


@dataclass(frozen=True, slots=True)
class Workplace:
    """The place of one deployment.

    :param postgres: whether the site's database is, or becomes, PostgreSQL.
    """

    ctx: Context
    postgres: bool

    @property
    def site(self) -> Site:
        """:raises StepError: it went away."""
        site = site_of(self.ctx)
        if site is None:
            raise StepError("The site's folder is no longer there.", hint="Deploy again from the start.")
        return replace(site, port=int(self.ctx.results.get("port", site.port)), postgres=self.postgres)

    @property
    def release(self) -> Release:
        return self.site.release(self.ctx.results["release"])

    @property
    def settings(self) -> Settings:
        """:raises ProjectError: they cannot be loaded."""
        settings = self.ctx.facts.settings
        if settings is None:
            raise ProjectError("The settings cannot be loaded.", hint="Fix them until `manage.py check` runs.")
        return settings

    @property
    def folder(self) -> Path:
        """The folder of manage.py in the release."""
        return self.release.code / self.ctx.facts.location.project_dir

    @property
    def base_python(self) -> str:
        """An interpreter that no virtual environment owns."""
        return self.ctx.facts.host.base_python

    @property
    def python(self) -> str:
        """The release's interpreter."""
        program = "Scripts/python.exe" if self.ctx.facts.host.system == "windows" else "bin/python"
        return str(self.release.environment / program)

    @property
    def database_files(self) -> Mapping[str, str]:
        """File names of the site's SQLite databases, by alias."""
        return sites.database_files(sqlite_aliases(self.settings, postgres=self.postgres))

    # -- what is written down --

    def own_variables(self, site: Site) -> dict[str, str]:
        """The site's secrets and the variables somebody added by hand, as they are from this deployment on.

        :raises MissingAnswers: the address of the database is not known.
        """
        own = variables.read_own(site)
        own.setdefault("SECRET_KEY", variables.new_secret_key())
        url = self.ctx.answers.secret("database_url").reveal()
        if not self.postgres:
            own.pop("DATABASE_URL", None)
        elif url:
            own["DATABASE_URL"] = variables.checked_database_url(url)
        elif "DATABASE_URL" not in own:
            raise MissingAnswers(["database_url"])
        self.ctx.hide(*variables.secrets_in(own))
        return own

    def note_site(self, site: Site, own: Mapping[str, str]) -> None:
        self.ctx.write(site.variables, as_secret_json(own))
        self.ctx.write(site.record, site.to_json())

    def describe_release(self, *, data: Path) -> None:
        """Write down how the release is run, with its databases in *data*."""
        site, release = self.site, self.release
        server = "waitress" if self.ctx.facts.host.system == "windows" else "gunicorn"
        module, _, name = (self.settings.wsgi_application or "").rpartition(".")
        description = {
            "argv": [self.python, str(site.server / "serve.py"), server, f"{module}:{name}" if module else ""],
            "cwd": str(self.folder),
            "env_file": str(release.variables),
        }
        found = self.variables(data)
        self.ctx.write(release.variables, as_secret_json(found))
        salt = secrets.token_hex()
        self.ctx.write(release.made_with, json.dumps({"salt": salt, "variables": fingerprints(found, salt)}))
        self.ctx.write(release.description, json.dumps(description, indent=2) + "\n")

    def variables(self, data: Path) -> dict[str, str]:
        """What the release finds in its environment."""
        site = self.site
        own = self.own_variables(site)
        named = variables.for_site(site, self.release, data=data, module=self.settings.module, own=own)
        # What a .env file holds for the project's settings is in no commit, so it does not come with the release.
        taken = self.ctx.variables() if self.ctx.answers.flag("take_variables") else {}
        paths = [str(self.folder / path) for path in self.settings.import_paths]
        return {**taken, **({"PYTHONPATH": os.pathsep.join(paths)} if paths else {}), **named}

    # -- programs --

    def control(self, folder: Path) -> Control:
        """The supervisor that keeps its state in *folder*."""
        return Control(run=self.ctx.run, python=self.base_python, program=self.site.supervisor, folder=folder)

    def manage(
        self, *arguments: str, data: Path | None = None, env: Mapping[str, str | Secret] | None = None
    ) -> Completed:
        """Run a management command of the release.

        :param data: folder of its databases, if not the site's.
        """
        return self.python_run("manage.py", *arguments, data=data, env=env)

    def python_run(
        self,
        *arguments: str,
        data: Path | None = None,
        env: Mapping[str, str | Secret] | None = None,
        show: bool = True,
    ) -> Completed:
        """Run the release's interpreter in the release, with its variables and nothing else of this process's."""
        given = {**variables.isolated(self.variables(data or self.site.data)), **(env or {})}
        return self.run((self.python, *arguments), cwd=self.folder, env=given, timeout=LONG, show=show)

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str | Secret] | None = None,
        stdin: str | None = None,
        timeout: float = LONG,
        show: bool = True,
    ) -> Completed:
        """Run a program, by default on the workbench.

        :raises StepError: it failed.
        """
        try:
            return self.ctx.run(argv, cwd=cwd, env=env, stdin=stdin, timeout=timeout, show=show)
        except CommandFailed as error:
            if not is_full(error, space=shutil.disk_usage(self.ctx.home).free):
                raise
            raise StepError(
                "There is no space left on the disk.", hint="Free some space and try again. Your project is as it was."
            ) from error


def as_secret_json(value: Mapping[str, str]) -> Secret:
    return Secret(json.dumps(value, indent=2) + "\n")
