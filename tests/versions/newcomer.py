"""What somebody does who begins today, with the Python and the Django that they have."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uv import find_uv_bin

from simple_deploy.core.interfaces import Completed
from simple_deploy.system import process
from simple_deploy.testkit.projects import IDENTITY
from tests.support.checkout import CHECKOUT
from tests.support.repository import fingerprint, git, repository, write

#: The platforms that come with the tool, and the answers without which there is no plan for one.
PLATFORMS: Mapping[str, tuple[str, ...]] = {
    "local": (),
    "flyio": ("--answer", "database=sqlite"),
    "heroku": (),
    "upsun": (),
}


def make_environment(folder: Path, python: str, *django: str) -> Path:
    """An environment of *python* with the tool, as its users install it; returns its interpreter.

    :param django: arguments of uv that say which Django.
    :raises CommandFailed: it cannot be had.
    """
    uv = find_uv_bin()
    own = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    process.run((uv, "venv", "--quiet", "--python", python, str(folder)))
    # In that folder, so that the versions that other tests are pinned to do not count.
    install = (uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(own))
    process.run((*install, "--editable", f"{CHECKOUT}[redis]", *django), cwd=folder)
    # What is looked at compiles nothing that stays, and a walk starts two dozen programs.
    process.run((str(own), "-m", "compileall", "-q", "simple_deploy", "plugins"), cwd=CHECKOUT)
    return own


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """:param root: of their project, which is a repository. :param env: variables for what they run."""

    python: Path
    root: Path
    env: Mapping[str, str]

    def manage(self, *arguments: str, check: bool = True) -> Completed:
        return process.run((str(self.python), "manage.py", *arguments), cwd=self.root, env=self.env, check=check)

    def deploy(self, *arguments: str) -> dict[str, Any]:
        """Run ``manage.py deploy`` for a program; returns its result.

        :raises AssertionError: it did not succeed, with what it printed.
        """
        done = self.manage("deploy", *arguments, "--no-input", "--json", check=False)
        assert done.ok, done.output
        (result,) = [line for line in done.output.splitlines() if line.startswith('{"type": "result"')]
        found: dict[str, Any] = json.loads(result)
        return found


def begin(python: Path, folder: Path, env: Mapping[str, str]) -> Newcomer:
    """Django's own ``startproject``, the tool among its apps, a requirements.txt and a first commit."""
    folder.mkdir()
    here = {**env, "DJANGO_SETTINGS_MODULE": ""}
    process.run((str(python), "-m", "django", "startproject", "bookshop", "."), cwd=folder, env=here)
    settings = folder / "bookshop" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    installed = text.replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "simple_deploy",')
    frozen = process.run((find_uv_bin(), "pip", "freeze", "--quiet", "--python", str(python)), cwd=folder).output
    django = next(line for line in frozen.splitlines() if line.lower().startswith("django=="))
    write(folder, {"bookshop/settings.py": installed, "requirements.txt": f"{django}\n", ".gitignore": "*.sqlite3\n"})
    write(folder, {".gitignore": "__pycache__/\n*.sqlite3\n"})
    repository(folder, {})
    return Newcomer(python=python, root=folder, env={**env, **IDENTITY})


def walk(newcomer: Newcomer) -> None:
    """From a look at the project to an undo.

    :raises AssertionError: naming what is not as it should be.
    """
    checked = newcomer.manage("deploy", "--check", check=False)
    assert checked.ok, checked.output
    assert "✗" not in checked.output, checked.output
    before, base = fingerprint(newcomer.root), git(newcomer.root, "rev-parse", "HEAD")
    for platform, answers in PLATFORMS.items():
        planned = newcomer.manage("deploy", "--platform", platform, "--plan", "--no-input", *answers, check=False)
        assert planned.ok, f"{platform}: {planned.output}"
    assert fingerprint(newcomer.root) == before, "a plan changes nothing"
    with _deployed(newcomer) as url:
        with urllib.request.urlopen(f"{url}admin/login/", timeout=60) as page:
            assert page.status == 200
        newcomer.deploy("--undo", "--yes")
        assert fingerprint(newcomer.root) == before
        assert git(newcomer.root, "diff", "--stat", base) == ""


@contextmanager
def _deployed(newcomer: Newcomer) -> Iterator[str]:
    """The address of the project's site on this computer, which is removed at the end."""
    try:
        yield newcomer.deploy("--platform", "local", "--automate-all", "--yes")["url"]
    finally:
        newcomer.deploy("--platform", "local", "--destroy", "--yes")
