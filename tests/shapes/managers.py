"""What keeps a project's packages: the file each manager's own program makes for Django and whatever else is needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uv

from tests.project.managers.tools import Tools

DJANGO = "django>=5.2,<7"


@dataclass(frozen=True, kw_only=True)
class Manager:
    """
    :param name: for the table and as a test's id.
    :param tool: of :class:`Tools`, where a program has to be installed; else empty.
    :param reads: the manager as facts name it.
    :param file: the file that is edited.
    :param lock: the lock beside it, or None.
    """

    name: str
    reads: str
    file: str
    tool: str = ""
    lock: str | None = None


MANAGERS = (
    Manager(name="requirements.txt", reads="requirements", file="requirements.txt"),
    Manager(name="requirements/ folder", reads="requirements", file="requirements/production.txt"),
    Manager(name="pip-tools", reads="pip-tools", file="requirements.in", tool="pip-tools", lock="requirements.txt"),
    Manager(name="uv", reads="uv", file="pyproject.toml", lock="uv.lock"),
    Manager(name="Poetry 2", reads="poetry", file="pyproject.toml", tool="poetry", lock="poetry.lock"),
    Manager(name="Poetry 1", reads="poetry", file="pyproject.toml", tool="poetry 1", lock="poetry.lock"),
    Manager(name="Pipenv", reads="pipenv", file="Pipfile", tool="pipenv", lock="Pipfile.lock"),
    Manager(name="PDM", reads="pdm", file="pyproject.toml", tool="pdm", lock="pdm.lock"),
    Manager(name="Hatch", reads="hatch", file="pyproject.toml", tool="hatch"),
    Manager(name="plain PEP 621", reads="pep621", file="pyproject.toml"),
)
BY_NAME = {manager.name: manager for manager in MANAGERS}


def declare(manager: Manager, folder: Path, tools: Tools, packages: Sequence[str], *, apart: Path) -> None:
    """Have *manager* write its files into *folder* for Django and *packages*.

    :param apart: a folder for what is needed only meanwhile.
    """
    wanted = [DJANGO, *packages]
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    scratch = {}
    if manager.tool:
        # Managers that insist on an environment get an empty one.
        scratch = {"VIRTUAL_ENV": str(apart / "scratch")}
        make = [uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, str(apart / "scratch")]
        subprocess.run(make, check=True)

    def run(*argv: str, **env: str) -> None:
        tools.run(manager.tool or "uv", *argv, cwd=folder, **{**scratch, **env})

    if manager.name == "requirements.txt":
        _write(folder / "requirements.txt", *wanted)
    elif manager.name == "requirements/ folder":
        _write(folder / "requirements" / "base.txt", *wanted)
        _write(folder / "requirements" / "production.txt", "-r base.txt")
        _write(folder / "requirements" / "local.txt", "-r base.txt", "iniconfig")
    elif manager.name == "pip-tools":
        _write(folder / "requirements.in", *wanted)
        run("pip-compile", "--quiet", "--strip-extras", "requirements.in")
    elif manager.name == "uv":
        run(uv.find_uv_bin(), "init", "--bare", "--name", "site", "--python", sys.executable)
        run(uv.find_uv_bin(), "add", "--quiet", "--no-sync", "--python", sys.executable, *wanted)
    elif manager.reads == "poetry":
        run("poetry", "init", "--no-interaction", "--name", "site", "--python", f">={python},<4.0")
        run("poetry", "add", "--lock", *(line.replace("django>", "django@>") for line in wanted))
    elif manager.name == "Pipenv":
        run("pipenv", "install", "--python", python, *wanted)
    elif manager.name == "PDM":
        ignoring = {"PDM_IGNORE_SAVED_PYTHON": "1"}
        run("pdm", "init", "--non-interactive", "--no-git", "--python", sys.executable, "minimal", **ignoring)
        shutil.rmtree(folder / "tests", ignore_errors=True)
        shutil.rmtree(folder / "src", ignore_errors=True)
        run("pdm", "add", "--no-sync", *wanted, **ignoring)
    elif manager.name == "Hatch":
        # It would fetch the text of a licence.
        settings = apart / "hatch.toml"
        settings.write_text("[template.licenses]\ndefault = []\n", encoding="utf-8")
        run("hatch", "new", "My Site", str(apart / "hatched"), HATCH_CONFIG=str(settings))
        text = (apart / "hatched" / "pyproject.toml").read_text(encoding="utf-8")
        # Hatch has no command that adds a package: its users write it here.
        lines = "".join(f'  "{line}",\n' for line in wanted)
        text = text.replace("dependencies = []", f"dependencies = [\n{lines}]").replace('readme = "README.md"\n', "")
        (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    else:
        lines = "".join(f'    "{line}",\n' for line in wanted)
        head = f'[project]\nname = "site"\nversion = "0.1"\nrequires-python = ">={python}"\n'
        _write(folder / "pyproject.toml", f"{head}dependencies = [\n{lines}]")


def _write(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
