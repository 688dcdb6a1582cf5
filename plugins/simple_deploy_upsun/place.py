"""Where the app is in the repository, and how its packages get there. Pure.

Upsun takes one folder of the repository as the app (``source.root``); what is outside of it does not exist there.
Sources: docs.upsun.com, "Configure apps" and "Manage Python dependencies".
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from simple_deploy.api import Dependencies, ProjectFacts, Settings, inside, not_an_option

EXPORTED = "requirements.txt"

#: Managers whose own program makes an environment in ``.venv``.
_IN_VENV = ("poetry", "pipenv", "uv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages:
    """How the packages of an app are installed.

    :param tools: programs that have to be there first, with their versions: the key ``dependencies.python3``.
    :param env: variables those programs need.
    :param install: lines of the build hook, run in the app's folder.
    :param programs: folder that installed programs are in, relative to the app's; empty where they are on PATH.
    """

    tools: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    install: tuple[str, ...]
    programs: str = ""

    def program(self, name: str) -> str:
        """How *name* is started in the app's folder."""
        return f"{self.programs}/{name}" if self.programs else name


def app_folder(facts: ProjectFacts) -> str:
    """The folder that is the app, relative to the git root; empty for the root itself.

    It is the folder of manage.py, unless the packages are declared further up.
    """
    inner = facts.location.project_dir
    declared = facts.dependencies
    needed = (*declared.files, *declared.folders, *(each for each in (declared.file, declared.lock) if each))
    return inner if inner and needed and all(PurePosixPath(each).is_relative_to(inner) for each in needed) else ""


def project_folder(facts: ProjectFacts) -> str:
    """The folder of manage.py, relative to the app's; empty for the same."""
    return "" if app_folder(facts) else facts.location.project_dir


def in_app(facts: ProjectFacts, path: str) -> str:
    """*path*, relative to the git root, as it is called in the app."""
    folder = app_folder(facts)
    return PurePosixPath(path).relative_to(folder).as_posix() if folder else path


def exports(declared: Dependencies) -> str | None:
    """Where a requirements file is written for a manager that Upsun has no program for; None for the others."""
    if declared.manager in {*_IN_VENV, "requirements", "pip-tools"}:
        return None
    return PurePosixPath(declared.file or EXPORTED).with_name(EXPORTED).as_posix()


def packages(facts: ProjectFacts) -> Packages:
    """How the packages of this project are installed on Upsun."""
    declared = facts.dependencies
    manager = declared.manager
    if manager == "poetry":
        alone = " --no-root" if declared.builds_itself else ""
        return Packages(
            tools={"poetry": "*"},
            env={"POETRY_VIRTUALENVS_CREATE": "true", "POETRY_VIRTUALENVS_IN_PROJECT": "true"},
            install=(f"poetry install --only main{alone} --compile --no-interaction",),
            programs=".venv/bin",
        )
    if manager == "pipenv":
        # --deploy refuses a lock that no longer fits the Pipfile.
        install = "pipenv install --deploy" if declared.lock else "pipenv install --skip-lock"
        env = {"PIPENV_VENV_IN_PROJECT": "1", "PIPENV_NOSPIN": "1"}
        return Packages(tools={"pipenv": "*"}, env=env, install=(install,), programs=".venv/bin")
    if manager == "uv":
        frozen = "--frozen " if declared.lock else ""
        alone = "--no-install-project " if declared.builds_itself else ""
        return Packages(
            tools={"uv": "*"},
            # The app's own Python, not one that uv brings; the file system is read-only later, so compile now.
            env={"UV_PYTHON_DOWNLOADS": "never", "UV_COMPILE_BYTECODE": "1"},
            install=(f'uv sync {frozen}--no-dev {alone}--python "$(command -v python)"',),
            programs=".venv/bin",
        )
    return Packages(install=(f"pip install -r {shlex.quote(not_an_option(in_app(facts, _requirements(declared))))}",))


def _requirements(declared: Dependencies) -> str:
    """The requirements file that pip installs from."""
    exported = exports(declared)
    if exported is not None:
        return exported
    if declared.manager == "pip-tools" and declared.lock:
        return declared.lock
    return declared.file or EXPORTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    """Uploaded files, on the site.

    :param folder: where they are, relative to the app's folder.
    :param path: what their addresses begin with, such as ``/media``.
    :param own_root: the project's own MEDIA_ROOT is that folder already.
    :param own_url: its MEDIA_URL is that path already.
    """

    folder: str
    path: str
    own_root: bool
    own_url: bool


def uploads(facts: ProjectFacts, settings: Settings) -> Uploads | None:
    """Where uploads are kept and served from; None where there are none, or another host serves them."""
    url = settings.media_url or ""
    if not (settings.file_fields or settings.media_root) or "//" in url:
        return None
    path = "/" + url.strip("/")
    root = inside(settings.media_root)
    app = PurePosixPath(app_folder(facts))
    own = root.relative_to(app) if root is not None and root.is_relative_to(app) and root != app else None
    return Uploads(
        folder=str(own or PurePosixPath(project_folder(facts)) / "media"),
        path=path if path != "/" else "/media",
        own_root=own is not None,
        own_url=path != "/",
    )
