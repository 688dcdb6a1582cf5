"""What Heroku's buildpack for Python accepts, by the files of a commit, and what it would refuse of this project.

Source: heroku/heroku-buildpack-python v351 (2026-08-18): lib/package_manager.sh, lib/python_version.sh,
bin/steps/collectstatic, and the version that made each rule an error.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

#: The buildpack's managers by the file, at the repository's root, that calls for each.
MANAGER_FILES: Mapping[str, str] = MappingProxyType(
    {"requirements.txt": "pip", "Pipfile.lock": "pipenv", "poetry.lock": "poetry", "uv.lock": "uv"}
)
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
DEFAULT_PYTHON = "3.14"
PYTHON_FILE = ".python-version"
OLD_PYTHON_FILE = "runtime.txt"
PROCFILE = "Procfile"
#: Run at the end of a build, where a commit holds it (lib/hooks.sh).
HOOK = "bin/post_compile"
_VERSION = re.compile(r"\s*(0|[1-9]\d*)(\.(0|[1-9]\d*)){1,2}\s*", re.ASCII)
_DEEPEST = 3  # levels within which manage.py is looked for
ENVIRONMENTS = (".venv", "venv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the buildpack would refuse a commit.

    :param id: stable name.
    :param title: what it would say, in a sentence.
    :param since: the version of the buildpack and its date, where known.
    """

    id: str
    title: str
    fix: str
    since: str = ""


def manager_files(files: Collection[str]) -> tuple[str, ...]:
    """The files at the root that call for a manager, in the order the buildpack names them."""
    return tuple(name for name in MANAGER_FILES if name in files)


def refusals(files: Collection[str]) -> tuple[Refusal, ...]:
    """Why the buildpack would refuse a commit with these *files* (paths from its root, with ``/``)."""
    return (*_environments(files), *_managers(files), *(_uv(files) if "uv.lock" in files else ()))


def names_python(text: str) -> bool:
    """Whether ``.python-version`` with this *text* names one version in a form that the buildpack reads: lines that are
    empty or a comment do not count."""
    rows = [row for row in text.splitlines() if not re.fullmatch(r"\s*(#.*)?", row)]
    return len(rows) == 1 and _VERSION.fullmatch(rows[0]) is not None


def processes(text: str) -> dict[str, str]:
    """The process types that a Procfile names, and their commands."""
    pairs = (line.partition(":") for line in text.splitlines() if not line.lstrip().startswith("#"))
    return {name.strip(): command.strip() for name, colon, command in pairs if colon}


def manage_py(files: Collection[str]) -> str | None:
    """The manage.py that the buildpack collects static files with: the one least deep, if any is near enough."""
    paths = [PurePosixPath(name) for name in files if PurePosixPath(name).name == "manage.py"]
    near = [path for path in paths if len(path.parts) <= _DEEPEST]
    return str(min(near, key=lambda path: (len(path.parts), str(path)))) if near else None


def _environments(files: Collection[str]) -> list[Refusal]:
    return [
        Refusal(
            id="environment-committed",
            title=f"The virtual environment {folder}/ is committed, and Heroku refuses to build that.",
            fix=f"Remove it from the repository; it stays on your disk: `git rm -r --cached {folder}`, add `{folder}/` "
            "to .gitignore, and commit.",
            since="v324, 2025-12-09",
        )
        for folder in ENVIRONMENTS
        if any(name.startswith(f"{folder}/") for name in files)
    ]


def _managers(files: Collection[str]) -> list[Refusal]:
    found = manager_files(files)
    if len(found) > 1:
        remove = ", or ".join(f"`git rm {name}`" for name in found)
        return [
            Refusal(
                id="several-managers",
                title=f"Heroku refuses a project with files from more than one dependency manager: {', '.join(found)}.",
                fix=f"Keep those of the one you use and delete the others: {remove}.",
                since="v325, 2025-12-10",
            )
        ]
    if found:
        return []
    if "Pipfile" in files:
        return [_no_lock("Pipfile.lock", "Pipfile", "`pipenv lock`", "v292, 2025-07-23")]
    if "pyproject.toml" in files:
        return [_no_lock("a lock file", "pyproject.toml", "`uv lock` or `poetry lock`", "v325, 2025-12-10")]
    return [
        Refusal(
            id="no-manager-file",
            title="Heroku finds no file that says which packages the project needs.",
            fix=f"Commit one of these at the root of the repository: {', '.join(MANAGER_FILES)}.",
            since="v325, 2025-12-10",
        )
    ]


def _no_lock(lock: str, file: str, command: str, since: str) -> Refusal:
    return Refusal(
        id="no-lock",
        title=f"Heroku needs {lock} beside {file}, and it is not committed.",
        fix=f"Make it with {command}, and commit it.",
        since=since,
    )


def _uv(files: Collection[str]) -> Iterator[Refusal]:
    if OLD_PYTHON_FILE in files:
        yield Refusal(
            id="runtime-txt",
            title=f"Heroku refuses {OLD_PYTHON_FILE} in a project of uv.",
            fix=f"Delete it: `git rm {OLD_PYTHON_FILE}`. {PYTHON_FILE} says which Python is used.",
        )
    if PYTHON_FILE not in files:
        yield Refusal(
            id="no-python-version",
            title=f"Heroku needs {PYTHON_FILE} in a project of uv.",
            fix=f"Write the version into it, for example {PYTHONS[-2]}, and commit it.",
        )
