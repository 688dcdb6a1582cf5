"""A project's site on the simulated platform: what a push does, and what runs afterwards."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import uv

from simple_deploy.rehearsal import (
    World,
    build,
    configuration,
    database,
    free_port,
    front,
    remote,
    serving,
    shims,
    sockets,
)
from simple_deploy.rehearsal.site import BuildFailed, Site
from simple_deploy_upsun.simulator.container import App, Container, Environment, HookFailed
from simple_deploy_upsun.simulator.replies import REPLIES

CONFIG = ".upsun/config.yaml"
_NOT_CODE = frozenset({"__pycache__"})


@dataclass(frozen=True, slots=True)
class UpsunSite:
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
    def site(self) -> Site:
        return Site(self.world, self.project, self.host, f"app-{self.project}")

    @property
    def host(self) -> str:
        known = self.known
        region = str(known["region"]).partition(".")[0]
        return f"{known['branch']}-bvxea6i-{self.project}.{region}.platformsh.site"

    @property
    def deploy_log(self) -> str:
        return f"deploy-{self.project}"

    def is_followed_by(self, repository: Path) -> bool:
        """Whether the commit that is checked out in *repository* follows the one that was pushed before."""
        before = self.known.get("head", "")
        argv = ("git", "merge-base", "--is-ancestor", before, "HEAD")
        return not before or build.run(argv, cwd=repository, env={}, on_line=lambda line: None, check=False).ok

    def push(self, repository: Path, branch: str) -> None:
        """Build, deploy and start the commit that is checked out in *repository*.

        :raises BuildFailed: the build failed, or there is nothing to build; what served before goes on.
        """
        argv = ("git", "rev-parse", "HEAD")
        commit = build.run(argv, cwd=repository, env={}, on_line=lambda line: None).output.split()[-1]
        with self.world.change() as state:
            state["projects"][self.project]["head"] = commit  # git has taken it, whatever comes of it
        folder = self.world.place("builds", self.project) / f"{commit[:12]}-{secrets.token_hex(3)}"
        remote.check_out(commit, folder, repository=repository / ".git")
        container = self._container(folder, branch)
        build.say(f"Building application '{container.app.name}' (runtime type: {container.app.described.get('type')})")
        try:
            self.site.build(partial(container.build, self._tools))
        except HookFailed as failed:
            raise BuildFailed(str(failed)) from failed
        build.say(f"Redeploying environment {branch}")
        self._deploy(container)
        self._start(container, folder)
        for other in folder.parent.iterdir():
            if other != folder and other.is_dir():
                build.remove(other)
        build.say(f"  Environment routes\n    https://{self.host}/ is served by application `{container.app.name}`")

    def redeploy(self, branch: str) -> None:
        """Run the deploy hook once more, and start the app anew."""
        folder = Path(self.known["folder"])
        container = self._container(folder, branch)
        build.say(f"Redeploying environment {branch}")
        self._deploy(container)
        self._start(container, folder)

    def run(self, command: str, branch: str) -> int:
        """Run a command line on the site, as ssh does."""
        return self._container(Path(self.known["folder"]), branch).run(command, self._tools)

    def remove(self) -> None:
        """Everything of it, but not the project."""
        self.world.stop(self._router)
        self.site.remove(self._database)
        for part in ("builds", "storage"):
            build.remove(self.world.folder / part / self.project)

    # -- parts --

    def _container(self, folder: Path, branch: str) -> Container:
        config = folder / CONFIG
        if not config.is_file():
            raise BuildFailed(f"There is no {CONFIG} in the commit, so there is nothing to build.")
        try:
            read = configuration.read(config.read_text(encoding="utf-8"))
            ((name, described),) = read["applications"].items()
        except (configuration.NotRead, KeyError, ValueError, AttributeError) as error:
            raise BuildFailed(f"Invalid configuration: {config.name}: {error}") from error
        # What is outside of source.root does not exist on the site.
        root = folder / str((described.get("source") or {}).get("root") or "/").strip("/")
        shell = serving.shell("sh", "bash")
        if shell is None:
            raise BuildFailed("This computer has no shell that runs hooks; Git for Windows brings one.")
        execute = partial(build.program, environment=root / ".venv")
        return Container(
            app=App(name=name, folder=root, described=described),
            environment=self._environment(branch, bool(read.get("services"))),
            base={
                **self.site.variables(),
                # The app's folder is its home there; what was downloaded before is not in it.
                "UV_CACHE_DIR": build.cache(),
                "XDG_CACHE_HOME": str(self.world.place("cache")),
                "UV_LINK_MODE": "copy",
                shims.ENVIRONMENT: str(root / ".local"),
            },
            uv=uv.find_uv_bin(),
            python=sys.executable,
            execute=execute,
            sealed=execute,
            socket=sockets.place(self.world, self.project),
            storage=self.world.place("storage", self.project),
            shell=shell,
            shims=shims.install(self.world.place("shims")),
        )

    def _environment(self, branch: str, with_database: bool) -> Environment:
        known = self.known
        given = known.get("variables", {})
        return Environment(
            project=self.project,
            branch=branch,
            # A site that is told another host refuses every visit.
            host="somewhere-else.example" if self.world.scenario == "health-check-fails" else self.host,
            entropy=known["entropy"],
            database=self.site.database(self._database) if with_database else "",
            told=REPLIES.choose("database", self.world.read()).answer,  # type: ignore[arg-type]
            build_variables={name: each["value"] for name, each in given.items() if each["build"]},
            variables={name: each["value"] for name, each in given.items()},
        )

    def _deploy(self, container: Container) -> None:
        """Run the deploy hook. It may fail: the deployment goes on, and only its log says so."""
        self._undo_break()
        if self.world.scenario == "migration-fails":
            self._break()
        before = _files(container.app)
        log: list[str] = ["Launching deploy hook"]

        def execute(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
            return self.site.run(argv, cwd=cwd, env=env, on_line=log.append)

        try:
            replace(container, sealed=execute).deploy(self._tools)
        except HookFailed as failed:
            log.append(str(failed))
        after = _files(container.app)
        log += [f"{path}: Read-only file system" for path in sorted(after) if before.get(path) != after[path]]
        self.world.log(self.deploy_log).write_text("\n".join(log) + "\n", encoding="utf-8")

    def _start(self, container: Container, folder: Path) -> None:
        app, port = container.app, int(self.known.get("port") or free_port())
        env = container.run_variables(self._tools)
        self.site.serve(container.start_argv(), cwd=app.folder, env=env, address=container.socket)
        locations = app.described["web"]["locations"]
        front.start(self.world, self._router, app.folder, locations, upstream=container.socket, port=port)
        with self.world.change() as state:
            state["projects"][self.project] |= {"folder": str(folder), "port": port}
        self.world.publish(self.host, port=port)

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

    def _undo_break(self) -> None:
        done = self.known.get("broken", "")
        if done.startswith("ALTER"):
            back = "ALTER TABLE django_migrations_kept RENAME TO django_migrations"
            database.query(self.world, self._database, f"DROP TABLE IF EXISTS django_migrations; {back}")
        elif done:
            database.query(self.world, self._database, "DROP TABLE IF EXISTS django_content_type CASCADE")
        with self.world.change() as state:
            state["projects"][self.project].pop("broken", None)

    @property
    def _tools(self) -> Path:
        return self.world.place("tools")

    @property
    def _database(self) -> str:
        return f"upsun_{self.project}"

    @property
    def _router(self) -> str:
        return f"router-{self.project}"


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
