"""The dependency managers themselves, and projects they made."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import uv

from tests.support.repository import git

#: What uv installs for each kind of project: the program's package, and what it needs besides.
PACKAGES: Mapping[str, tuple[str, ...]] = {
    "poetry": ("poetry>=2", "poetry-plugin-pypi-mirror", "poetry-plugin-export"),
    "poetry 1": ("poetry<2", "poetry-plugin-pypi-mirror", "poetry-plugin-export"),
    "pipenv": ("pipenv",),
    # Newer releases of these two do not go together with PDM's client.
    "pdm": ("pdm", "unearth<0.19", "hishel<2"),
    "hatch": ("hatch",),
    "pip-tools": ("pip-tools",),
}
PROGRAMS: Mapping[str, str] = {"poetry 1": "poetry"}
FILES: Mapping[str, str] = {"pipenv": "Pipfile", "pip-tools": "requirements.in"}


@dataclass(frozen=True)
class Tools:
    """Managers in *folder*, each installed when it is first asked for; all they write stays below it."""

    folder: Path
    _env: dict[str, str] = field(default_factory=dict)

    def environment(self, kind: str) -> dict[str, str]:
        """Variables under which the manager of *kind* is found and asks nobody."""
        if kind not in PACKAGES:
            # With the Python that its projects are made with: the first on PATH may be too old for them.
            own = {"UV_PYTHON": sys.executable, "UV_PYTHON_DOWNLOADS": "never"}
            return {"UV_NO_PROGRESS": "1", "VIRTUAL_ENV": "", **own}
        programs = self.folder / kind.replace(" ", "-")
        if not programs.is_dir():
            self._install(kind, programs)
        state = str(self.folder / "state")
        return {
            "PATH": os.pathsep.join((str(programs), os.environ["PATH"])),
            "VIRTUAL_ENV": "",
            **dict.fromkeys(
                (
                    *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "WORKON_HOME"),
                    *("POETRY_CACHE_DIR", "POETRY_CONFIG_DIR", "POETRY_DATA_DIR", "PIPENV_CACHE_DIR"),
                    *("PDM_CACHE_DIR", "PDM_LOG_DIR", "HATCH_DATA_DIR", "HATCH_CACHE_DIR"),
                ),
                state,
            ),
            "UV_CACHE_DIR": self._uv_cache(),
            "PIPENV_NOSPIN": "1",
            "PIPENV_YES": "1",
            "PDM_CHECK_UPDATE": "0",
            # Some indexes have no answer to the question Poetry asks first.
            **({"POETRY_PYPI_MIRROR_URL": self._index()} if kind.startswith("poetry") else {}),
        }

    def run(self, kind: str, *argv: str, cwd: Path, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a manager as its user would."""
        variables = {**os.environ, **self.environment(kind), **env}
        done = subprocess.run(
            [shutil.which(argv[0], path=variables["PATH"]) or argv[0], *argv[1:]],
            cwd=cwd,
            env={name: value for name, value in variables.items() if value},
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0 or not check, f"{argv}\n{done.stdout}\n{done.stderr}"
        return done

    def scratch(self) -> Path:
        """An empty environment, made anew, for managers that insist on one."""
        folder = self.folder / "scratch"
        self._uv("venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
        return folder

    def _install(self, kind: str, programs: Path) -> None:
        package, *more = PACKAGES[kind]
        extra = [part for each in more for part in ("--with", each)]
        folders = {"UV_TOOL_DIR": str(self.folder / "tools" / kind), "UV_TOOL_BIN_DIR": str(programs)}
        self._uv("tool", "install", "--quiet", "--python", sys.executable, package, *extra, **folders)

    def _uv_cache(self) -> str:
        if "cache" not in self._env:
            self._env["cache"] = self._uv("cache", "dir").strip()
        return self._env["cache"]

    def _index(self) -> str:
        """The index that uv uses, out of a lock it makes."""
        if "index" not in self._env:
            project = (
                '[project]\nname = "index"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["sqlparse"]\n'
            )
            # A folder of its own, since several workers may ask at once.
            with tempfile.TemporaryDirectory() as made:
                folder = Path(made)
                (folder / "pyproject.toml").write_text(project, encoding="utf-8")
                self._uv("lock", "--quiet", "--python", sys.executable, cwd=folder)
                found = re.search(r'registry = "([^"]+)"', (folder / "uv.lock").read_text(encoding="utf-8"))
            assert found is not None
            self._env["index"] = found[1].rstrip("/") + "/"
        return self._env["index"]

    @staticmethod
    def _uv(*argv: str, cwd: Path | None = None, **env: str) -> str:
        command = [uv.find_uv_bin(), *argv]
        return subprocess.run(
            command, cwd=cwd, env={**os.environ, **env}, check=True, stdout=subprocess.PIPE, text=True
        ).stdout


def make(kind: str, folder: Path, tools: Tools) -> Path:
    """A Django project whose packages are kept by *kind*, as its own program makes it; Django is locked at an old
    version, which the project no longer insists on."""
    _new(kind, folder, tools)
    file = folder / FILES.get(kind, "pyproject.toml")
    text = file.read_text(encoding="utf-8")
    loose = re.sub(r"(==)?5\.2\.1\b", ">=5.2,<6", text)
    assert loose != text
    file.write_text(loose, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "django", "startproject", "mysite", "."], cwd=folder, check=True)
    (folder / ".gitignore").write_text("__pycache__/\n*.sqlite3\n.venv/\n.pdm-python\n", encoding="utf-8")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "user.name", "Ada Example")
    git(folder, "config", "user.email", "ada@example.com")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "First")
    return folder


def _new(kind: str, folder: Path, tools: Tools) -> None:
    def run(*argv: str, cwd: Path = folder, **env: str) -> None:
        tools.run(kind, *argv, cwd=cwd, **env)

    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if kind.startswith("poetry"):
        run("poetry", "new", "--quiet", str(folder), cwd=folder.parent)
        shutil.rmtree(folder / "tests")
        environment = {"VIRTUAL_ENV": str(tools.scratch())}
        run("poetry", "add", "--lock", "django@5.2.1", **environment)
        run("poetry", "add", "--lock", "--group", "dev", "iniconfig", **environment)
        return
    folder.mkdir()
    if kind == "uv":
        run(uv.find_uv_bin(), "init", "--bare", "--name", "site", "--python", sys.executable)
        run(uv.find_uv_bin(), "add", "--no-sync", "--python", sys.executable, "django==5.2.1")
        run(uv.find_uv_bin(), "add", "--no-sync", "--python", sys.executable, "--dev", "iniconfig")
    elif kind == "pipenv":
        environment = {"VIRTUAL_ENV": str(tools.scratch())}
        run("pipenv", "install", "--python", python, "django==5.2.1", **environment)
        run("pipenv", "install", "--dev", "iniconfig", **environment)
    elif kind == "pdm":
        environment = {"VIRTUAL_ENV": str(tools.scratch()), "PDM_IGNORE_SAVED_PYTHON": "1"}
        run("pdm", "init", "--non-interactive", "--no-git", "--python", sys.executable, **environment)
        run("pdm", "add", "--no-sync", "django==5.2.1", **environment)
        run("pdm", "add", "--no-sync", "--dev", "--group", "dev", "iniconfig", **environment)
        shutil.rmtree(folder / "src", ignore_errors=True)
    elif kind == "pip-tools":
        (folder / "requirements.in").write_text("# what the site needs\ndjango==5.2.1\n", encoding="utf-8")
        run("pip-compile", "--quiet", "--strip-extras", "--generate-hashes", "requirements.in")
    elif kind == "hatch":
        # It would fetch the text of a licence.
        settings = tools.folder / "hatch.toml"
        settings.write_text("[template.licenses]\ndefault = []\n", encoding="utf-8")
        run("hatch", "new", "My Site", ".", HATCH_CONFIG=str(settings))
        shutil.rmtree(folder / "src")
        file = folder / "pyproject.toml"
        text = file.read_text(encoding="utf-8")
        # Hatch has no command that adds a package: its users write it here.
        file.write_text(text.replace("dependencies = []", 'dependencies = [\n  "django==5.2.1",\n]'), encoding="utf-8")
