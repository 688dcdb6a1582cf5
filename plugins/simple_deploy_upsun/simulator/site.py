"""A project's site on the simulated platform: what a push does, and what runs afterwards."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import uv

from simple_deploy.rehearsal import World, build, database, free_port, remote, serving, sockets
from simple_deploy.rehearsal.world import HOST
from simple_deploy_upsun.simulator import configuration, shim
from simple_deploy_upsun.simulator.container import App, Container, Environment, HookFailed
from simple_deploy_upsun.simulator.replies import reply

CONFIG = ".upsun/config.yaml"
PATIENCE = 60.0  # seconds an app may take to listen
_NOT_CODE = frozenset({"__pycache__"})


class PushRefused(Exception):
    """The push ends with an error; what served before goes on. The message was not printed yet."""


@dataclass(frozen=True, slots=True)
class Site:
    """The site of a project's only environment.

    :param project: id of the project.
    """

    world: World
    project: str

    @property
    def known(self) -> dict[str, Any]:
        found = self.world.read()["projects"][self.project]
        assert isinstance(found, dict)
        return found

    @property
    def host(self) -> str:
        known = self.known
        region = str(known["region"]).partition(".")[0]
        return f"{known['branch']}-bvxea6i-{self.project}.{region}.platformsh.site"

    @property
    def deploy_log(self) -> Path:
        return self.world.log(f"deploy-{self.project}")

    def push(self, repository: Path, branch: str) -> None:
        """Build, deploy and start the commit that is checked out in *repository*.

        :raises PushRefused: the build failed, or there is nothing to build.
        """
        commit = self._git_head(repository)
        with self.world.change() as state:
            state["projects"][self.project]["head"] = commit  # git has taken it, whatever comes of it
        folder = self.world.place("builds", self.project) / f"{commit[:12]}-{secrets.token_hex(3)}"
        os.environ["GIT_DIR"] = str(repository / ".git")
        remote.check_out(commit, folder)
        del os.environ["GIT_DIR"]
        container = self._container(folder, branch)
        build.say(f"Building application '{container.app.name}' (runtime type: {container.app.described.get('type')})")
        build.linger(self.world)
        try:
            if self.world.scenario == "build-fails":
                build.say("ERROR: Could not find a version that satisfies the requirement no-such-package")
                raise HookFailed("the build hook ended with exit code 1")
            container.build(self._tools)
        except HookFailed as failed:
            raise PushRefused(str(failed)) from failed
        build.say(f"Redeploying environment {branch}")
        self._deploy(container)
        self._start(container)
        self._forget_before(folder)
        build.say(f"  Environment routes\n    https://{self.host}/ is served by application `{container.app.name}`")

    def run(self, command: str, branch: str) -> int:
        """Run a command line on the site, as ssh does."""
        folder = Path(self.known["folder"])
        return self._container(folder, branch).run(command, self._tools)

    def remove(self) -> None:
        """Everything of it, but not the project."""
        for name in self._processes:
            self.world.stop(name)
        self.world.withdraw(self.host)
        database.drop(self.world, self._database)
        for part in ("builds", "storage"):
            shutil.rmtree(self.world.folder / part / self.project, ignore_errors=True)

    # -- parts --

    def _container(self, folder: Path, branch: str) -> Container:
        config = folder / CONFIG
        if not config.is_file():
            raise PushRefused(f"There is no {CONFIG} in the commit, so there is nothing to build.")
        try:
            read = configuration.read(config.read_text(encoding="utf-8"))
            ((name, described),) = read["applications"].items()
        except (configuration.NotRead, KeyError, ValueError, AttributeError) as error:
            raise PushRefused(f"Invalid configuration: {config.name}: {error}") from error
        # What is outside of source.root does not exist on the site.
        root = folder / str((described.get("source") or {}).get("root") or "/").strip("/")
        shell = serving.shell("sh", "bash")
        if shell is None:
            raise PushRefused("This computer has no shell that runs hooks; Git for Windows brings one.")
        return Container(
            app=App(name=name, folder=root, described=described),
            environment=self._environment(branch, bool(read.get("services"))),
            base=self._base(),
            uv=uv.find_uv_bin(),
            python=sys.executable,
            execute=_execute,
            sealed=_execute,
            socket=sockets.place(self.world, self.project),
            storage=self.world.place("storage", self.project),
            shell=shell,
            shims=shim.install(self.world.place("shims")),
        )

    def _environment(self, branch: str, with_database: bool) -> Environment:
        state = self.world.read()
        address = database.create(self.world, self._database).url().reveal() if with_database else ""
        given = self.known.get("variables", {})
        told = reply("database", state.get("variants", {})).answer
        return Environment(
            project=self.project,
            branch=branch,
            # A site that is told another host refuses every visit.
            host="somewhere-else.example" if self.world.scenario == "health-check-fails" else self.host,
            entropy=self.known["entropy"],
            database=address,
            told=told,  # type: ignore[arg-type]
            build_variables={name: each["value"] for name, each in given.items() if each["build"]},
            variables={name: each["value"] for name, each in given.items()},
        )

    def _deploy(self, container: Container) -> None:
        """Run the deploy hook. It may fail: the deployment goes on, and only its log says so."""
        self._repair()
        if self.world.scenario == "migration-fails":
            self._break()
        before = _files(container.app)
        log: list[str] = ["Launching deploy hook"]

        def execute(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
            return build.run(argv, cwd=cwd, env=env, on_line=log.append, check=False).returncode

        try:
            replace(container, sealed=execute).deploy(self._tools)
        except HookFailed as failed:
            log.append(str(failed))
        after = _files(container.app)
        log += [f"{path}: Read-only file system" for path in sorted(after) if before.get(path) != after[path]]
        self.deploy_log.write_text("\n".join(log) + "\n", encoding="utf-8")

    def _start(self, container: Container) -> None:
        app, router = self._processes
        self.world.stop(app)
        sockets.clear(container.socket)
        self.world.start(
            app, container.start_argv(), cwd=container.app.folder, env=container.run_variables(self._tools)
        )
        deadline = time.monotonic() + PATIENCE
        while not sockets.listens(container.socket) and self.world.is_running(app) and time.monotonic() < deadline:
            time.sleep(0.05)
        port = int(self.known.get("port") or free_port())
        module = "simple_deploy_upsun.simulator.router"
        argv = (sys.executable, "-m", module, str(container.app.folder), container.socket, str(port))
        path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self.world.start(router, argv, cwd=self.world.folder, env={**path, "LOCATIONS": _locations(container.app)})
        while not sockets.listens(f"{HOST}:{port}") and self.world.is_running(router) and time.monotonic() < deadline:
            time.sleep(0.05)
        with self.world.change() as state:
            state["projects"][self.project] |= {"folder": str(self._root_of(container)), "port": port}
        self.world.publish(self.host, port=port)

    def _root_of(self, container: Container) -> Path:
        inner = str((container.app.described.get("source") or {}).get("root") or "/").strip("/")
        return container.app.folder.parents[len(Path(inner).parts) - 1] if inner else container.app.folder

    def _forget_before(self, folder: Path) -> None:
        for other in folder.parent.iterdir():
            if other != folder and other.is_dir():
                shutil.rmtree(other, ignore_errors=True)

    def _break(self) -> None:
        """Let the next migration fail, in a way that can be taken back."""
        there = database.query(self.world, self._database, "SELECT to_regclass('django_migrations') IS NOT NULL")
        if there.strip() == "t":
            sql = "ALTER TABLE django_migrations RENAME TO django_migrations_kept"
        else:
            sql = "CREATE TABLE django_content_type (broken int)"
        database.query(self.world, self._database, sql)
        with self.world.change() as state:
            state["projects"][self.project]["broken"] = sql

    def _repair(self) -> None:
        done = self.known.get("broken", "")
        if done.startswith("ALTER"):
            back = "ALTER TABLE django_migrations_kept RENAME TO django_migrations"
            database.query(self.world, self._database, f"DROP TABLE IF EXISTS django_migrations; {back}")
        elif done:
            database.query(self.world, self._database, "DROP TABLE IF EXISTS django_content_type CASCADE")
        with self.world.change() as state:
            state["projects"][self.project].pop("broken", None)

    def _base(self) -> dict[str, str]:
        # Where packages come from is the person's own affair, on this computer as on any.
        own = {
            name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "POETRY_", "PIPENV_"))
        }
        return {
            **own,
            **serving.variables(self.world),
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.world.place("home")),
            # The app's folder is its home there; what was downloaded before is not in it.
            "UV_CACHE_DIR": build.cache(),
            "XDG_CACHE_HOME": str(self.world.place("cache")),
            "UV_LINK_MODE": "copy",
        }

    @property
    def _tools(self) -> Path:
        return self.world.place("tools")

    @property
    def _database(self) -> str:
        return f"upsun_{self.project}"

    @property
    def _processes(self) -> tuple[str, str]:
        return f"app-{self.project}", f"router-{self.project}"

    @staticmethod
    def _git_head(repository: Path) -> str:
        said: list[str] = []
        build.run(("git", "rev-parse", "HEAD"), cwd=repository, env={}, on_line=said.append)
        return said[-1].strip()


def _execute(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
    """Run a program of the container; uv in the way that works without a network."""
    if argv[0] == uv.find_uv_bin():
        return build.uv(*argv[1:], cwd=cwd, env=env, check=False).returncode
    return build.run(argv, cwd=cwd, env=env, check=False).returncode


def _files(app: App) -> dict[str, int]:
    """The files of the app that are not in a mount, and when they were changed."""
    mounts = {app.folder / path for path in app.mounts}
    return {
        str(path): path.stat().st_mtime_ns
        for path in app.folder.rglob("*")
        if path.is_file()
        and not _NOT_CODE.intersection(path.parts)
        and not any(path.is_relative_to(mount) for mount in mounts)
    }


def _locations(app: App) -> str:
    return json.dumps(app.described["web"]["locations"])
