"""The data the project has in development, and how it gets to the site."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simple_deploy.api import CommandFailed, Settings, StepError
from simple_deploy_local.settings_block import is_file
from simple_deploy_local.workplace import Workplace

CARRY = Path(__file__).with_name("carry.py")

#: Tables that Django fills itself, or that make no sense elsewhere, by the app that has them.
LEFT_OUT = {
    "django.contrib.contenttypes": "contenttypes",
    "django.contrib.auth": "auth.permission",
    "django.contrib.sessions": "sessions",
    "django.contrib.admin": "admin.logentry",
}


@dataclass(frozen=True, slots=True)
class LocalData:
    """Data of the project, seen from a deployment."""

    place: Workplace

    @property
    def wanted(self) -> bool:
        """Whether it is to be taken along: asked for, and the site has none of its own yet."""
        return self.place.site.current is None and self.place.ctx.answers.flag("copy_data")

    @property
    def settings(self) -> Settings:
        """Those of this computer; the site may have others."""
        return self.place.ctx.facts.local_settings or self.place.settings

    @property
    def is_file(self) -> bool:
        default = self.settings.default_database
        return default is not None and is_file(default)

    def database(self, alias: str) -> Path | None:
        """The file of a database, or None where it is none."""
        for database in self.settings.databases:
            if database.alias == alias and is_file(database) and database.name:
                path = self.place.ctx.facts.location.root / database.name
                return path if path.is_file() else None
        return None

    @property
    def uploads(self) -> Path | None:
        """The folder of uploaded files, or None where there is none of its own."""
        if not self.settings.media_root:
            return None
        location = self.place.ctx.facts.location
        folder = (location.root / self.settings.media_root).resolve()
        holds_project = location.folder.resolve().is_relative_to(folder)
        return folder if folder.is_dir() and not holds_project else None

    def carry_database(self, source: Path, target: Path) -> None:
        self._carry("database", source, target)

    def carry_uploads(self, target: Path) -> None:
        if self.uploads is not None:
            self._carry("folder", self.uploads, target)

    def load_into(self, data: Path) -> None:
        """Take the rows along by way of a file, where the two databases are of different kinds.

        :raises StepError: a row does not fit.
        """
        place = self.place
        ctx, file = place.ctx, place.release.folder / "local-data.json"
        left_out = [f"--exclude={label}" for app, label in LEFT_OUT.items() if self.settings.has_app(app)]
        dump = ("dumpdata", "--natural-foreign", *left_out, "--output", str(file))
        try:
            place.run(
                (ctx.facts.host.python_executable, *ctx.facts.location.manage, *dump),
                cwd=ctx.facts.location.folder,
                env={"DJANGO_SETTINGS_MODULE": self.settings.module, "SIMPLE_DEPLOY_PLATFORM": ""},
            )
            place.manage("loaddata", str(file), data=data)
        except CommandFailed as error:
            raise StepError(
                "The local data cannot be copied: " + " ".join(error.tail[-2:]),
                hint="Deploy without it (--no-copy-data); the site then starts empty.",
            ) from error
        finally:
            ctx.remove(file)

    def _carry(self, what: str, source: Path, target: Path) -> None:
        self.place.run((self.place.base_python, "-I", str(CARRY), what, str(source), str(target)))
