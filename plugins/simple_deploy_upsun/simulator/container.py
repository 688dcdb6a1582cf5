"""One app of a project: built, deployed and started as Upsun does it.

Sources: docs.upsun.com, "Hooks", "Use variables", "Manage Python dependencies". What differs: the app is not at
``/app``, and its Python is one that this computer has.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from simple_deploy.rehearsal.build import remove
from simple_deploy_upsun.environment import always, packed, site

if sys.platform == "win32":
    import _winapi

#: Runs a program with exactly these variables, in a folder; returns its exit code, its output having been passed on.
Execute = Callable[[Sequence[str], Path, Mapping[str, str]], int]
#: Where a site finds its database: Upsun's documents name all three.
Told = Literal["url", "parts"]


class HookFailed(Exception):
    """A hook of the app ended with another exit code than 0; the message names it."""


@dataclass(frozen=True, kw_only=True)
class App:
    """An app as ``.upsun/config.yaml`` describes it.

    :param folder: the app's files on the site.
    :param described: its part of the file.
    """

    name: str
    folder: Path
    described: Mapping[str, Any]

    def hook(self, name: str) -> str:
        return str((self.described.get("hooks") or {}).get(name) or "")

    @property
    def start_command(self) -> str:
        return str(self.described["web"]["commands"]["start"])

    @property
    def env(self) -> dict[str, str]:
        """The variables the file gives the app."""
        given = (self.described.get("variables") or {}).get("env") or {}
        return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}

    @property
    def tools(self) -> tuple[str, ...]:
        """The Python programs that are installed before the build."""
        return tuple((self.described.get("dependencies") or {}).get("python3") or {})

    @property
    def mounts(self) -> dict[str, str]:
        """Folders that can be written to, relative to the app's, and what they are called in its storage."""
        given = self.described.get("mounts") or {}
        return {path.strip("/"): str(mount["source_path"]) for path, mount in given.items()}


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What the app's site is told about itself.

    :param project: id of the project.
    :param host: where the site is reached.
    :param database: address of the database as ``postgres://…``; empty where the app has none.
    :param told: whether it is told the database's address, or only what that is made of.
    :param build_variables: those of the project that are there while it is built.
    :param variables: those that are there when it runs.
    """

    project: str
    branch: str
    host: str
    entropy: str
    database: str = ""
    told: Told = "url"
    build_variables: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Container:
    """:param base: variables that any program on this computer needs.

    :param uv: the uv program.
    :param python: the interpreter that plays the app's.
    :param sealed: the variant of *execute* for all that comes after the build, when only mounts can be written to.
    :param socket: where the app is told to listen.
    :param storage: where the files of the mounts are, which outlive deployments.
    :param shell: runs hooks, ``sh`` or its like.
    :param shims: a folder of programs that are taken before all others.
    """

    app: App
    environment: Environment
    base: Mapping[str, str]
    uv: str
    python: str
    execute: Execute
    sealed: Execute
    socket: str
    storage: Path
    shell: str = "sh"
    shims: Path | None = None

    def build(self, tools: Path) -> None:
        """Install the tools that are asked for, unless this computer has them, and run the build hook.

        :param tools: where such tools go.
        :raises HookFailed: a program ended with an error.
        """
        folder = self.app.folder
        self._must(
            "the app's Python",
            self.execute(
                (self.uv, "venv", "--quiet", "--clear", "--seed", "--python", self.python, str(folder / ".local")),
                folder,
                self.base,
            ),
        )
        for tool in self.app.tools:
            if shutil.which(tool, path=self._always(tools)["PATH"]) is None:
                where = {"UV_TOOL_DIR": str(tools), "UV_TOOL_BIN_DIR": str(tools / "bin")}
                argv = (self.uv, "tool", "install", "--quiet", "--python", self.python, tool)
                self._must(f"dependencies: {tool}", self.execute(argv, folder, {**self.base, **where}))
        build = {**self._always(tools), **self.environment.build_variables, "CI": "1"}
        self._must("build", self._hook("build", self.execute, build))
        for path, source in self.app.mounts.items():
            self._mount(folder / path, self.storage / source)

    @staticmethod
    def _mount(target: Path, source: Path) -> None:
        """Let *target* lead to *source*. What the commit has there is not seen any more."""
        source.mkdir(parents=True, exist_ok=True)
        remove(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        if sys.platform == "win32":  # where a link takes a right that most people lack
            _winapi.CreateJunction(str(source), str(target))
        else:
            target.symlink_to(source, target_is_directory=True)

    def deploy(self, tools: Path) -> None:
        """Run the deploy hook. :raises HookFailed: it failed, which on Upsun does not fail the deployment."""
        self._must("deploy", self._hook("deploy", self.sealed, self.run_variables(tools)))

    def start_argv(self) -> tuple[str, ...]:
        """The command line that serves the site."""
        return (self.shell, "-c", f"{_DOT_ENVIRONMENT}exec {self.app.start_command}")

    def run(self, command: str, tools: Path, **variables: str) -> int:
        """Run a command line as ``upsun ssh`` does; returns its exit code."""
        argv = (self.shell, "-c", f"{_DOT_ENVIRONMENT}{command}")
        return self.sealed(argv, self.app.folder, {**self.run_variables(tools), **variables})

    def run_variables(self, tools: Path) -> dict[str, str]:
        """What the app sees when it runs."""
        known = self.environment
        return {
            **self._always(tools),
            **site(self.app.name, known.host, branch=known.branch, command=self.app.start_command),
            "SOCKET": self.socket,
            **self._database(),
            **known.variables,
        }

    def _always(self, tools: Path) -> dict[str, str]:
        folder = self.app.folder
        programs = "Scripts" if sys.platform == "win32" else "bin"
        first = (str(self.shims),) if self.shims else ()
        path = (*first, str(folder / ".local" / programs), str(tools / "bin"), self.base.get("PATH", ""))
        return {
            **self.base,
            "HOME": str(folder),
            "PATH": os.pathsep.join(path),
            **always(
                {**self.app.described, "name": self.app.name},
                folder=str(folder),
                project=self.environment.project,
                entropy=self.environment.entropy,
            ),
            **self.app.env,
        }

    def _database(self) -> dict[str, str]:
        """The variables of the app's relationships, with the database's address or without."""
        if not self.environment.database:
            return {}
        name = next(iter(self.app.described.get("relationships") or {}), "database")
        parts = relationship(self.environment.database)
        prefix = name.upper()
        given = {f"{prefix}_{part.upper()}": str(value) for part, value in parts.items()}
        given["PLATFORM_RELATIONSHIPS"] = packed({name: [parts]})
        if self.environment.told == "url":
            given[f"{prefix}_URL"] = "pgsql" + self.environment.database.partition("postgres")[2].removeprefix("ql")
        return given

    def _hook(self, name: str, execute: Execute, variables: Mapping[str, str]) -> int:
        script = self.app.hook(name)
        before = "" if name == "build" else _DOT_ENVIRONMENT
        return execute((self.shell, "-c", before + script), self.app.folder, variables) if script else 0

    @staticmethod
    def _must(what: str, code: int) -> None:
        if code != 0:
            raise HookFailed(f"{what} ended with exit code {code}")


_DOT_ENVIRONMENT = "if [ -f .environment ]; then . ./.environment; fi\n"


def relationship(url: str) -> dict[str, object]:
    """The parts of a database's address, as a relationship has them."""
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(url)
    return {
        "scheme": "pgsql",
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "host": parts.hostname or "",
        "port": parts.port or 5432,
        "path": unquote(parts.path.lstrip("/")),
    }
