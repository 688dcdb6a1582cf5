"""The public plugins, each in an environment of its own, beside this checkout."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import uv

from run import find_uv, installed_pythons
from simple_deploy.demo.shape import Shape
from simple_deploy.edits import blocks
from tests.support.checkout import CHECKOUT
from tests.support.repository import IDENTITY, git

#: Those on the package index on 2026-11-29.
PLUGINS = (
    "cloudron",
    "codered",
    "flyio",
    "flyio-nanodjango",
    "heroku",
    "platformsh",
    "pythonanywhere",
    "railway",
    "scalingo",
    "seenode",
    "upsun",
    "vps",
    "vps-kamal",
)
MANAGERS = ("requirements", "poetry", "pipenv")
LAYOUTS = ("flat", "nested")

NAME = "my_blog_project"

_SKIPPED = {".git", "__pycache__", "dsd_logs", ".simple_deploy"}
_NEEDED = ("django>=5.2", "pillow", "django-environ")


@dataclass(frozen=True)
class Environment:
    """An environment with one plugin. *folder* is its own, *home* where programs keep their state.

    :param identity: the variables that tell git who commits.
    """

    folder: Path
    home: Path
    plugin: str
    identity: Mapping[str, str] = field(default_factory=lambda: IDENTITY)

    @property
    def slug(self) -> str:
        return f"dsd-{self.plugin}"

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def make(self, *packages: str, pythons: Sequence[str] = ()) -> None:
        """With the newest Python that is here and that all of it can be installed for.

        :param packages: in place of the plugin's own. :param pythons: in place of those that are here, the newest first.
        :raises subprocess.CalledProcessError: it can be installed for none of them.
        """
        *newer, oldest = pythons or _pythons()
        for python in newer:
            with contextlib.suppress(subprocess.CalledProcessError):
                self._make(python, packages)
                return
        self._make(oldest, packages)

    def _make(self, python: str, packages: tuple[str, ...]) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        run = (str(uv.find_uv_bin()), "venv", "--quiet", "--python", python, str(self.folder))
        subprocess.run(run, check=True, capture_output=True, timeout=300)
        self.install(*(packages or (self.slug,)), *_NEEDED, "-e", str(CHECKOUT))

    def install(self, *what: str) -> None:
        # Without what this checkout pins for its own tests, which some plugins exclude.
        run = (str(uv.find_uv_bin()), "pip", "install", "--no-config", "--quiet", "--compile-bytecode")
        subprocess.run((*run, "--python", str(self.python), *what), check=True, capture_output=True, timeout=600)

    def variables(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        others = ("SIMPLE_DEPLOY_", "DJANGO_", *IDENTITY)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
        return {
            **kept,
            **self.identity,
            "HOME": str(self.home),
            "GIT_CONFIG_GLOBAL": str(self.home / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "UV_CACHE_DIR": uv_cache(),  # some plugins' packages are built, which takes longer than all the rest
            "SIMPLE_DEPLOY_DATA_DIR": str(self.home / "data"),
            # What a trial installs is the same in each test of this environment.
            "SIMPLE_DEPLOY_CACHE_DIR": os.environ.get("SIMPLE_DEPLOY_TESTS_CACHE", str(self.folder.with_name("cache"))),
            **(more or {}),
        }

    def original(self, project: Path, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None) -> int:
        """The plugin under its own tool, in the project itself; its exit code."""
        return subprocess.run(
            (str(self.python), "manage.py", "deploy", "--no-logging", *arguments),
            cwd=folder_of(project),
            env=self.variables(env),
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=600,
        ).returncode

    def through(
        self,
        project: Path,
        what: str,
        answers: Mapping[str, object] | None = None,
        env: Mapping[str, str] | None = None,
        who: str = "yes",
    ) -> dict[str, Any]:
        """The plugin through this tool; see ``through.py``."""
        done = subprocess.run(
            self.words(project, what, answers or {}, who),
            cwd=project,
            env=self.variables(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=1800,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def words(self, project: Path, what: str, answers: Mapping[str, object], who: str) -> tuple[str, ...]:
        """The command of :meth:`through`."""
        script = str(Path(__file__).with_name("through.py"))
        return str(self.python), script, str(folder_of(project)), self.slug, what, json.dumps(answers), who


@cache
def uv_cache() -> str:
    """Where uv keeps packages for whoever runs the tests."""
    done = subprocess.run((str(uv.find_uv_bin()), "cache", "dir"), check=True, capture_output=True, timeout=60)
    return done.stdout.decode("utf-8").strip()


def _pythons() -> tuple[str, ...]:
    """Interpreters, the one of the tests first, then older ones."""
    older = {version: path for version, path in installed_pythons(find_uv()).items() if version < sys.version_info[:2]}
    return sys.executable, *(older[version] for version in sorted(older, reverse=True))


def make(root: Path, *, layout: str = "flat", manager: str = "requirements", apps: tuple[str, ...]) -> Path:
    """The sample project in a shape, with *apps* in the place of this tool; returns *root*."""
    source = CHECKOUT / "sample_project"
    files = {
        each.relative_to(source).as_posix(): each.read_bytes()
        for each in sorted(source.rglob("*"))
        if each.is_file() and "__pycache__" not in each.parts
    }
    shape = Shape(layout=layout, manager={"poetry": "poetry-tool"}.get(manager, manager))  # type: ignore[arg-type]
    for path, data in {**shape.arrange(files), ".gitignore": b"__pycache__/\n*.sqlite3\n.venv/\n"}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    settings = folder_of(root) / "blog" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace('    "simple_deploy",\n', "".join(f'    "{app}",\n' for app in apps), 1), encoding="utf-8"
    )
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "config", "user.name", "Ada Example")
    git(root, "config", "user.email", "ada@example.com")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "First")
    return root


def folder_of(root: Path) -> Path:
    """The folder of manage.py."""
    return root if (root / "manage.py").exists() else root / "blog"


def tree(root: Path) -> dict[str, str]:
    """SHA-256 of every file, ignored ones too, without this tool's block; programs end with an x."""
    found = {}
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.is_file() and not _SKIPPED & set(relative.parts):
            data = path.read_bytes()
            if path.suffix == ".py" and b"simple_deploy: guard" in data:
                data = without_guard(data)
            program = "x" if path.stat().st_mode & 0o100 else ""
            found[relative.as_posix()] = hashlib.sha256(data).hexdigest()[:16] + program
    return found


def without_guard(data: bytes) -> bytes:
    return blocks.remove_block(data.decode("utf-8"), "guard", comment="#", python=True).encode("utf-8")
