"""Writes the sample project: files, lock, repository, database with example data, and a user for the admin."""

from __future__ import annotations

import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import uv
from packaging.requirements import Requirement

from simple_deploy import assets
from simple_deploy.core.errors import SimpleDeployError, StepError
from simple_deploy.core.interfaces import Runner
from simple_deploy.core.secret import Secret
from simple_deploy.demo.claim import Claim, Program, claim
from simple_deploy.demo.locking import Locksmith
from simple_deploy.demo.shape import DemoRefused, Shape
from simple_deploy.system.files import replace
from simple_deploy.system.git import Git

ADMIN = "admin"

_NOT_SOURCE = frozenset({"__pycache__", "media", "db.sqlite3", ".venv"})
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look like another


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A sample project that is ready to run.

    :param folder: its git root.
    :param manage_folder: where manage.py is.
    :param created: False when the project was there already.
    :param password: of the user :data:`ADMIN`; None when the database was there already.
    """

    folder: Path
    manage_folder: Path
    created: bool
    password: Secret | None


def create(folder: Path, shape: Shape, *, source: Path, run: Runner, say: Callable[[str], None]) -> Demo:
    """Write the sample project into *folder*, or get one that was written there earlier ready again.

    A project that is there keeps its files, its commits and its database.

    :param source: the folder with the project's source.
    :param run: starts git, and the interpreter this runs in for the project's own commands.
    :param say: told what is being done, a sentence at a time.
    :raises DemoRefused: the folder is not the demo's, or this environment lacks what the project needs.
    :raises SimpleDeployError: a file could not be written, or a program failed.
    """
    files = read_source(source)
    _check_environment(files["requirements.txt"].decode("utf-8"), source)
    mine = claim(folder, shape)
    program = mine.program()
    if not mine.complete:
        say(f"Writing the sample project to {mine.folder} ({shape}).")
        written = _write(mine.folder, shape.arrange(files))
        if shape.lock is not None:
            say(f"Making {shape.lock}; this takes a moment.")
            locksmith = Locksmith(run=run, uv=str(uv.find_uv_bin()), tools=mine.tools)
            program = locksmith.program(shape)
            written.append(_lock(mine.folder, shape, locksmith, program))
        _repository(mine.folder, sorted(written), shape.sample.commit, run)
    password = _data(mine, run, say)
    mine.finish(program)
    return Demo(
        folder=mine.folder,
        manage_folder=shape.manage_folder(mine.folder),
        created=not mine.complete,
        password=password,
    )


def write_shape(
    folder: Path, shape: Shape, *, run: Runner, lock: bool = False, source: Path | None = None
) -> tuple[str, ...]:
    """Write the files of the sample project in *shape* into *folder*, and nothing else: no repository, no database.

    :param run: starts the manager's own program, when there is a lock to make.
    :param lock: also make the lock that the shape has; a manager that is not installed is fetched for this one time.
    :param source: the folder with the project's source; without it the one that comes with the tool.
    :returns: their paths, relative to *folder*.
    :raises SimpleDeployError: a file could not be written. :raises StepError: the lock could not be made.
    """
    files = read_source(source or assets.folder(shape.sample.source))
    written = _write(folder, shape.arrange(files))
    if lock and shape.lock is not None:
        with tempfile.TemporaryDirectory(prefix="simple-deploy-", ignore_cleanup_errors=True) as tools:
            locksmith = Locksmith(run=run, uv=str(uv.find_uv_bin()), tools=Path(tools))
            written.append(_lock(folder, shape, locksmith, locksmith.program(shape)))
    return tuple(written)


def read_source(source: Path) -> dict[str, bytes]:
    """The files of the sample project, by path with forward slashes; what running it leaves behind is left out."""
    return {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in sorted(source.rglob("*"))
        if path.is_file() and not _NOT_SOURCE.intersection(path.relative_to(source).parts)
    }


def _check_environment(requirements: str, source: Path) -> None:
    missing = [name for name in _names(requirements) if not _installed(name)]
    if missing:
        raise DemoRefused(
            f"The sample project needs {' and '.join(missing)}, which this Python does not have.",
            hint=f'Install what it needs: "{sys.executable}" -m pip install -r "{source / "requirements.txt"}"',
        )


def _names(requirements: str) -> list[str]:
    return [Requirement(line).name for line in requirements.splitlines() if line.strip()]


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _lock(folder: Path, shape: Shape, locksmith: Locksmith, program: Program) -> str:
    """Make the lock where there is none; returns its path relative to *folder*."""
    assert shape.lock is not None
    if not (folder / shape.lock).exists():
        locksmith.lock(folder, shape, program)
    return shape.lock


def _write(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Write what is missing: an earlier attempt may have been interrupted half-way. Returns the paths."""
    try:
        for path, content in files.items():
            target = folder / path
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                fresh = target.with_name(target.name + ".new")
                fresh.write_bytes(content)
                replace(fresh, target)
        return list(files)
    except OSError as error:
        raise SimpleDeployError(
            f"The sample project could not be written to {folder}: {error.strerror or error}.",
            hint="Make room or choose another folder with --dir FOLDER, and start the demo again.",
        ) from error


def _repository(folder: Path, files: list[str], message: str, run: Runner) -> None:
    git = Git(folder, run)
    if not (folder / ".git").exists():
        git("-c", "init.defaultBranch=main", "init", "--quiet")
    if git.head():
        return
    # Somebody new to git has no name yet. One for this repository alone lets it commit, and theirs stays unset.
    for name, value in (("user.name", "Slow Train"), ("user.email", "slow-train@example.com")):
        if not git.setting(name):
            git("config", "--local", name, value)
    git("add", "--", *files)
    git("-c", "commit.gpgSign=false", "commit", "--quiet", "--no-verify", "-m", message)


def _data(mine: Claim, run: Runner, say: Callable[[str], None]) -> Secret | None:
    """A database with example data and an admin user; the password of that user when it was made just now."""
    folder = mine.shape.manage_folder(mine.folder)
    database = folder / "db.sqlite3"
    if mine.complete and database.exists():
        say(f"{mine.folder} is here from an earlier time; its files and its database stay as they are.")
        return None
    # Of a project that was never finished, nobody has used the database yet.
    database.unlink(missing_ok=True)
    say("Making the database with example data.")
    password = Secret("-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4)))
    _manage(folder, run, "migrate", "--verbosity", "0")
    _manage(folder, run, "load_example_data")
    _manage(
        folder,
        run,
        *("createsuperuser", "--no-input", "--username", ADMIN, "--email", "admin@example.com"),
        env={"DJANGO_SUPERUSER_PASSWORD": password},
    )
    return password


def _manage(folder: Path, run: Runner, *arguments: str, env: Mapping[str, Secret] | None = None) -> None:
    # The settings of whoever calls this are not the project's.
    done = run(
        (sys.executable, "manage.py", *arguments),
        cwd=folder,
        env={"DJANGO_SETTINGS_MODULE": "", **(env or {})},
        timeout=300,
        check=False,
    )
    if not done.ok:
        raise StepError(
            f"The sample project's `manage.py {arguments[0]}` failed: " + " / ".join(done.tail(3)),
            hint=f"Run it in {folder} to see everything it says; then start the demo again.",
        )
