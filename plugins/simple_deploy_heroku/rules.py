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

from simple_deploy.api import Context, Finding, Level, ProjectFacts, read_text, uses_static_files
from simple_deploy_heroku import pages

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
_DEEPEST = 3  # levels within which manage.py is looked for
_ENVIRONMENTS = (".venv", "venv")

#: Those the buildpack looks at, and no more: what is kept of a program's output is limited.
_COMMITTED = (
    *("git", "-c", "core.quotePath=false", "ls-files", "--"),
    *(":(glob)*", ":(glob)**/manage.py", ":(glob)*/__init__.py", ":(glob)src/*/__init__.py"),
    *(f":(glob){folder}/*" for folder in _ENVIRONMENTS),
)


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


def processes(text: str) -> dict[str, str]:
    """The process types that a Procfile names, and their commands."""
    pairs = (line.partition(":") for line in text.splitlines() if not line.lstrip().startswith("#"))
    return {name.strip(): command.strip() for name, colon, command in pairs if colon}


def manage_py(files: Collection[str]) -> str | None:
    """The manage.py that the buildpack collects static files with: the one least deep, if any is near enough."""
    paths = [PurePosixPath(name) for name in files if PurePosixPath(name).name == "manage.py"]
    near = [path for path in paths if len(path.parts) <= _DEEPEST]
    return str(min(near, key=lambda path: (len(path.parts), str(path)))) if near else None


def collects(facts: ProjectFacts) -> bool:
    """Whether the buildpack collects the static files of this project: of several it takes the one least deep."""
    folders = {facts.location.project_dir, *facts.projects}
    return manage_py([str(PurePosixPath(folder, "manage.py")) for folder in folders]) == _own(facts)


def _own(facts: ProjectFacts) -> str:
    return str(PurePosixPath(facts.location.project_dir, "manage.py"))


def _environments(files: Collection[str]) -> list[Refusal]:
    return [
        Refusal(
            id="environment-committed",
            title=f"The virtual environment {folder}/ is committed, and Heroku refuses to build that.",
            fix=f"Take it out of the repository, it stays on your disk: `git rm -r --cached {folder}`, add "
            f"`{folder}/` to .gitignore, and commit.",
            since="v324, 2025-12-09",
        )
        for folder in _ENVIRONMENTS
        if any(name.startswith(f"{folder}/") for name in files)
    ]


def _managers(files: Collection[str]) -> list[Refusal]:
    found = manager_files(files)
    if len(found) > 1:
        remove = ", or ".join(f"`git rm {name}`" for name in found)
        return [
            Refusal(
                id="several-managers",
                title=f"Heroku refuses a project with files of more than one dependency manager: {', '.join(found)}.",
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


# -- what of this project it would not like --


def findings(ctx: Context) -> Iterator[Finding]:
    """What the buildpack would refuse or not see, from the files that are committed."""
    facts = ctx.facts
    if facts.git is None:
        return
    done = ctx.run(_COMMITTED, cwd=facts.location.root, check=False, show=False)
    files = frozenset(line for line in done.output.splitlines() if line)
    if not done.ok or not files:
        return
    planned = {PROCFILE, PYTHON_FILE, *(() if installs_natively(facts) else ("requirements.txt",))}
    for refusal in refusals(files | planned):
        yield Finding(
            id=f"heroku.{refusal.id}",
            level=Level.BLOCKER,
            title=refusal.title,
            why=f"The build would end there{refusal.since and f' (buildpack {refusal.since})'}.",
            fix=refusal.fix,
            docs=pages.PACKAGES,
        )
    yield from _old_python_file(facts, files)
    yield from _manage_py(facts, files)
    yield from _misspelt(files)


def installs_natively(facts: ProjectFacts) -> bool:
    """Whether Heroku installs from the files the project's manager keeps."""
    found = facts.dependencies
    if found.manager == "pip-tools":
        return found.lock == "requirements.txt"
    own = {"requirements": "requirements.txt", "pipenv": "Pipfile", "poetry": "pyproject.toml", "uv": "pyproject.toml"}
    return found.manager in own and found.file == own[found.manager]


def _old_python_file(facts: ProjectFacts, files: frozenset[str]) -> Iterator[Finding]:
    if OLD_PYTHON_FILE not in files or "uv.lock" in files:
        return
    text = read_text(facts.location.root / OLD_PYTHON_FILE)
    asked = re.fullmatch(r"python-((\d+\.\d+)[\w.]*)", text.strip())
    gone = asked is not None and asked[2] not in PYTHONS
    yield Finding(
        id="heroku.runtime-txt",
        level=Level.BLOCKER if gone else Level.WARNING,
        title=f"{OLD_PYTHON_FILE} asks for Python {asked[1]}, which Heroku does not have; it refuses to build."
        if asked and gone
        else f"{OLD_PYTHON_FILE} decides which Python Heroku uses, and Heroku will stop reading it.",
        why=f"While it is there, {PYTHON_FILE} does not count.",
        fix=f"Delete it: `git rm {OLD_PYTHON_FILE}`, and commit.",
        docs=pages.PYTHON,
    )


def _manage_py(facts: ProjectFacts, files: frozenset[str]) -> Iterator[Finding]:
    ours, taken = _own(facts), manage_py(files)
    if taken == ours or ours not in files:
        return
    if not collects(facts):
        if facts.settings is None or uses_static_files(facts.settings):
            yield Finding(
                id="heroku.manage-py",
                level=Level.INFO,
                title=f"Heroku would collect the static files of {taken or 'no project'}; this one is {ours}.",
                why=f"So {HOOK} collects them, at the end of each build, and Heroku's own way is switched off.",
                docs=pages.STATIC,
            )
        return
    if taken is None:
        title = f"{ours} is too deep for Heroku, which collects static files with a manage.py at most two folders down."
        fix = "Move the project up, or set the config var DISABLE_COLLECTSTATIC=1 and collect the files another way."
    else:
        title = f"Heroku would collect the static files of {taken}, and this project is {ours}."
        fix = f"Move the other project into a repository of its own, or below a folder that is deeper than {ours}."
    yield Finding(id="heroku.manage-py", level=Level.WARNING, title=title, fix=fix, docs=pages.STATIC)


def _misspelt(files: frozenset[str]) -> Iterator[Finding]:
    """Names that are nearly right. Heroku refuses some and does not see the others."""
    right = {name.lower(): name for name in (PROCFILE, PYTHON_FILE, *MANAGER_FILES)}
    right |= {"procfile.txt": PROCFILE, ".python_version": PYTHON_FILE, "python-version": PYTHON_FILE}
    for name in sorted(files):
        meant = right.get(name.lower())
        if meant is not None and meant != name and meant not in files:
            yield Finding(
                id="heroku.misspelt",
                level=Level.WARNING,
                title=f"{name} is probably meant to be {meant}.",
                why="Heroku knows these files by their exact name only.",
                fix=f"Rename it: `git mv {name} {meant}`, and commit.",
            )
