"""Real Django projects, made by Django's own ``startproject``, each in a git repository."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.interfaces import CommandOptions, Completed
from simple_deploy.inspection.inspect import Inspector
from simple_deploy.inspection.locate import locate
from simple_deploy.system import process
from simple_deploy.testkit.outcome import Outcome

if TYPE_CHECKING:
    from typing_extensions import Unpack

Layout = Literal["flat", "nested"]

IDENTITY: Mapping[str, str] = {
    "GIT_AUTHOR_NAME": "Ada Example",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada Example",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}

NAME = "mysite"
_IGNORED = "__pycache__/\n*.pyc\n*.sqlite3\n.venv/\n"

_LONGEST = 64 * 1024 * 1024  # characters: `--json` prints a whole plan in one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project on the disk, and how commands are run in it.

    :param root: its git root.
    :param project_dir: folder of manage.py below it; ``""`` in a flat project.
    :param env: variables for everything that runs in it.
    """

    root: Path
    project_dir: str = ""
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder of manage.py."""
        return self.root / self.project_dir

    @property
    def settings_file(self) -> Path:
        return self.folder / NAME / "settings.py"

    def deploy(self, *arguments: str, stdin: str | None = None, timeout: float = 900.0) -> Outcome:
        """Run ``manage.py deploy`` with these arguments."""
        return self.manage("deploy", *arguments, stdin=stdin, timeout=timeout)

    def manage(self, *arguments: str, stdin: str | None = None, timeout: float = 900.0) -> Outcome:
        """Run ``manage.py`` with these arguments, whatever its exit code.

        :param stdin: what it finds on standard input; without it there is none.
        """
        argv = (sys.executable, "manage.py", *arguments)
        done = process.run(
            argv, cwd=self.folder, env=self.env, stdin=stdin, timeout=timeout, check=False, longest=_LONGEST
        )
        return Outcome(
            argv=("python", *argv[1:]), folder=self.folder, exit_code=done.returncode, output=f"{done.output}\n"
        )

    def git(self, *arguments: str) -> str:
        """Run git; returns what it printed.

        :raises CommandFailed: it ended with another exit code than 0.
        """
        return self._run(("git", *arguments), cwd=self.root).output.strip()

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files; their paths are relative to the git root."""
        write(self.root, files)

    def commit(self, message: str = "Work") -> str:
        """Commit everything there is; returns the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def fingerprint(self) -> Mapping[str, str]:
        """The SHA-256 of every file, without git's and the tool's own folders."""
        return fingerprint(self.root)

    def facts(self) -> ProjectFacts:
        """What inspection finds out about the project, now."""
        location = locate(start=self.folder, runner=self._run, environ=self.env)
        return Inspector(self._run).inspect(location).facts

    def _run(self, argv: Sequence[str], **options: Unpack[CommandOptions]) -> Completed:
        options["env"] = {**self.env, **(options.get("env") or {})}
        return process.run(argv, **options)


def make(folder: Path, *, layout: Layout = "flat", env: Mapping[str, str]) -> Project:
    """A project in *folder*, with requirements.txt, simple_deploy in INSTALLED_APPS and one commit."""
    project = Project(root=folder, project_dir=NAME if layout == "nested" else "", env=env)
    project.folder.mkdir(parents=True)
    argv = (sys.executable, "-m", "django", "startproject", NAME, str(project.folder))
    process.run(argv, env={**env, "DJANGO_SETTINGS_MODULE": ""})
    text = project.settings_file.read_text(encoding="utf-8")
    installed = text.replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "simple_deploy",')
    write(
        folder,
        {
            "requirements.txt": "Django>=5.2\n",
            ".gitignore": _IGNORED,
            project.settings_file.relative_to(folder).as_posix(): installed,
        },
    )
    project.git("init", "--quiet", "--initial-branch=main")
    project.git("config", "user.name", IDENTITY["GIT_AUTHOR_NAME"])
    project.git("config", "user.email", IDENTITY["GIT_AUTHOR_EMAIL"])
    project.git("config", "maintenance.auto", "false")  # in the background, while a test copies the project
    project.commit("First")
    return project


def copy(project: Project, folder: Path, *, env: Mapping[str, str]) -> Project:
    """The same project once more."""
    shutil.copytree(project.root, folder, symlinks=True)
    return Project(root=folder, project_dir=project.project_dir, env=env)


def environment(home: Path, *, cache: Path) -> dict[str, str]:
    """Variables that keep everything the tool writes below *home* and *cache*, whatever this process was given."""
    inherited = (name for name in os.environ if name.startswith(("SIMPLE_DEPLOY_", "DJANGO_", "GIT_DIR", "GIT_WORK")))
    return {
        **dict.fromkeys(inherited, ""),
        **IDENTITY,
        # Neither the settings of the person nor those of the system count. There need not be such a file; os.devnull
        # would be replaced by one when a program writes settings and may write there.
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SIMPLE_DEPLOY_DATA_DIR": str(home / "data"),
        "SIMPLE_DEPLOY_CACHE_DIR": str(cache),
        "SIMPLE_DEPLOY_WORKER_IDLE": "60",
    }


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write *files* below *folder*."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file below *folder* by its hash, without git's and the tool's own folders and compiled modules."""
    found = {}
    places = [place for place in folder.glob("*") if place.name not in {".git", ".simple_deploy"}]
    for path in sorted(path for place in places for path in (place, *place.rglob("*"))):
        parts = path.relative_to(folder).parts
        if path.is_file() and "__pycache__" not in parts:
            found["/".join(parts)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
