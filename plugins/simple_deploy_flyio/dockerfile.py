"""The Dockerfile that Fly.io builds the site's image from. Pure.

Sources: fly.io/docs/languages-and-frameworks/dockerfile, docs.docker.com/build/building/best-practices,
docs.gunicorn.org/en/stable/deploy.html. The variants of the base image: hub.docker.com/_/python.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from simple_deploy.api import (
    Dependencies,
    FrontEnd,
    Location,
    Settings,
    application_server,
    has_database,
    inside,
    migrating,
    system_needs,
    uses_static_files,
    uses_uploads,
)
from simple_deploy_flyio import names
from simple_deploy_flyio.flytoml import PORT
from simple_deploy_flyio.installing import CODE, apt, copy, packages_stage, word

#: Python versions there is an official image of, on the Debian below.
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
DEBIAN = "trixie"
NODE = "22"  # supported until April 2027: nodejs.org/en/about/previous-releases


def made_up(settings: Settings, *, database: bool) -> dict[str, str]:
    """What the settings ask for while static files are collected; Fly.io gives the real values to the running site."""
    found = {"FLY_APP_NAME": "build", "SECRET_KEY": "build"}
    stored = {"DATABASE_URL": "sqlite:////tmp/build.sqlite3"} if database else {}
    return {**dict(settings.build_values), **found, **stored}


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What is particular to one site.

    :param python: minor version, such as ``3.13``.
    :param groups: named groups to install besides the main dependencies.
    :param front_end: what has to be built of a package.json, or None.
    :param volume: the site keeps its database on a volume, and so updates it as it starts.
    """

    location: Location
    settings: Settings
    dependencies: Dependencies
    python: str
    groups: Sequence[str] = ()
    front_end: FrontEnd | None = None
    volume: bool = False

    @property
    def folder(self) -> PurePosixPath:
        """Of manage.py, in the image."""
        return CODE / self.location.project_dir

    @property
    def base(self) -> str:
        return f"python:{self.python}-slim-{DEBIAN}"

    def render(self) -> str:
        """The text of the file."""
        system = system_needs(self.dependencies, self.settings, groups=self.groups)
        packages = packages_stage(self.dependencies, image=self.base, groups=self.groups, build=system.build)
        parts = (
            [f"# How Fly.io builds this site. {_DOCS}"],
            packages,
            *([self._front_end(self.front_end)] if self.front_end else []),
            ["# The site itself.", f"FROM {self.base}", *apt(system.run), *self._environment()],
            self._code(),
            self._start(),
        )
        return "\n\n".join("\n".join(part) for part in parts) + "\n"

    def _environment(self) -> list[str]:
        return [
            "ENV PATH=/venv/bin:$PATH \\",
            "    PYTHONUNBUFFERED=1 \\",
            f"    DJANGO_SETTINGS_MODULE={self.settings.module}",
            "# The site runs as a user that may change nothing of it.",
            "RUN useradd --create-home --uid 1000 app",
            "COPY --from=packages /venv /venv",
        ]

    def _front_end(self, found: FrontEnd) -> list[str]:
        """The stage that builds it: what its package.json names is installed again only when that changes."""
        folder = word(str(CODE / found.folder))
        beside = PurePosixPath(found.folder)
        files = [str(beside / name) for name in ("package.json", *([found.lock] if found.lock else []))]
        get = [] if found.comes_with_node else [f"RUN npm install --global {found.program}"]
        return [
            "# The front end, which Node builds. Nothing else of Node gets into the image.",
            f"FROM node:{NODE}-slim AS front-end",
            *get,
            f"WORKDIR {folder}",
            *copy(files, "./"),
            f"RUN {shlex.join(found.install)}",
            f"WORKDIR {CODE}",
            "COPY . .",
            f"WORKDIR {folder}",
            f"RUN {found.program} run build && rm -rf node_modules",
        ]

    def _code(self) -> list[str]:
        rows = [f"WORKDIR {CODE}", "COPY --from=front-end /code ." if self.front_end else "COPY . ."]
        if self.folder != CODE:
            rows.append(f"WORKDIR {word(str(self.folder))}")
        if uses_static_files(self.settings):
            given = made_up(self.settings, database=has_database(self.settings))
            values = [f"{name}={value}" for name, value in given.items()]
            rows += [
                "# No secret is here while an image is built; what the settings ask for is made up.",
                f"RUN {' '.join(values)} python manage.py collectstatic --noinput",
            ]
        uploads = self._uploads()
        if uploads:
            rows += [
                "# Uploaded files go here. They are gone with the next deployment, unless a volume is mounted.",
                f"RUN install -d -o app -g app {shlex.quote(str(uploads))}",
            ]
        return rows

    def _uploads(self) -> PurePosixPath | None:
        """The folder for uploads, where it is one of the image's."""
        if self.volume or not uses_uploads(self.settings) or not self.settings.media_root:
            return None
        folder = inside(self.settings.media_root)
        return None if folder is None else CODE / folder

    @property
    def server(self) -> list[str]:
        """What serves the site, word by word."""
        program, *rest = application_server(self.settings).argv
        # The number of workers is WEB_CONCURRENCY in fly.toml, beside the memory they have to fit into.
        return [program, "--bind", f"0.0.0.0:{PORT}", "--access-logfile", "-", *rest]

    def _start(self) -> list[str]:
        server = self.server
        if not self.volume:
            return ["USER app", f"EXPOSE {PORT}", f"CMD {json.dumps(server)}"]
        site = f"{migrating(self.settings, 'python manage.py')} && exec {shlex.join(server)}"
        change = "setpriv --reuid=app --regid=app --init-groups env HOME=/home/app sh -c"
        start = f"chown -R app:app {names.DATA} && exec {change} {shlex.quote(site)}"
        return [
            f"EXPOSE {PORT}",
            "# A new volume belongs to root. The command that runs before a release has no volume, so the database is",
            "# brought up to date here.",
            f"CMD {json.dumps(['sh', '-c', start])}",
        ]


_DOCS = "https://fly.io/docs/languages-and-frameworks/dockerfile/"
