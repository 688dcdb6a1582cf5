"""What Heroku runs: builds of what is pushed, release commands, the web process, one-off commands, and the database."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import uv

from simple_deploy.rehearsal import World, build, remote, serving
from simple_deploy.rehearsal.site import BuildFailed, Site, now
from simple_deploy_heroku import rules
from simple_deploy_heroku.environment import ON_DYNOS
from simple_deploy_heroku.simulator import state
from simple_deploy_heroku.simulator.buildpack import Build, BuildRefused, wanted_python

MODULE = "simple_deploy_heroku.simulator"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Dynos:
    """What runs for the app *name*."""

    world: World
    name: str

    @property
    def app(self) -> dict[str, Any]:
        """:raises Refused: there is no such app, or it is somebody else's."""
        return state.app_of(self.world.read(), self.name)

    @property
    def site(self) -> Site:
        known = self.world.read().get("apps", {}).get(self.name)
        return Site(self.world, self.name, state.host_of(known) if known else "", f"web-{self.name}")

    # -- what is pushed --

    def make_repository(self) -> None:
        self.site.accept_pushes((sys.executable, "-m", MODULE, "receive", self.name))

    def receive(self, lines: Sequence[str]) -> int:
        """Take a push, as the repository's hook: build it, and let it serve.

        :param lines: ``old new ref`` for each branch.
        :returns: the exit code; with any other than 0 the push is refused.
        """
        if self.world.scenario == "network-lost":
            psutil.Process().parent().kill()  # type: ignore[union-attr]
            return 1
        return 0 if all(self._deploy(commit) for commit in self.site.pushed(lines)) else 1

    def _deploy(self, commit: str) -> bool:
        slug = f"{commit[:12]}-{len(self.app['releases'])}"
        folder = self.site.folder(slug)
        build.say("-----> Building on the Heroku-24 stack")
        remote.check_out(commit, folder / "app")
        try:
            self.site.build(self.builder(folder, python=interpreter(folder / "app")))
        except (BuildRefused, BuildFailed) as refused:
            for line in str(refused).splitlines():
                build.say(f" !     {line}")
            build.say(" !     Push rejected, failed to compile Python app.")
            return False
        return self._launch(slug, folder)

    def _launch(self, slug: str, folder: Path) -> bool:
        file = folder / "app" / rules.PROCFILE
        commands = rules.processes(file.read_text(encoding="utf-8")) if file.is_file() else {}
        build.say("-----> Discovering process types")
        build.say(f"       Procfile declares types -> {', '.join(sorted(commands)) or '(none)'}")
        status = "pending" if "release" in commands else "succeeded"
        with self.world.change() as whole:
            app = state.app_of(whole, self.name)
            if "web" in commands and not app["processes"].get("web"):
                app["dynos"] = 1
            app["processes"] = commands
            app["slugs"][slug] = str(folder)
            app["info"]["slug_size"] = app["info"]["repo_size"] = 30_000_000
            made = state.add_release(app, f"Deploy {slug[:8]}", slug=slug, status=status)
        build.say("-----> Launching...")
        if status == "pending":
            build.say(
                " !     Release command declared: this new release will not be available until the command succeeds."
            )
        build.say(f"       Released v{made['version']}\n       {app['info']['web_url']} deployed to Heroku")
        build.say("Verifying deploy... done.")
        if status != "pending":
            self.restart()
            return True
        build.say("Running release command...")
        went_well = self.release(made["version"])
        build.say(f"Waiting for release.... {'done' if went_well else 'failed'}.")
        # Nobody has seen whether a push whose release command fails is refused.
        return went_well or self.world.read().get("variant", 0) % 2 == 0

    def builder(self, folder: Path, *, python: str = "") -> Build:
        """The build of the commit in *folder*, with the app's config vars.

        :param python: the interpreter, where there is something to build.
        """
        app = self.app
        config = {str(name): str(value) for name, value in app["config"].items()}
        if app["addons"]:
            self.make_database()  # the server does not survive a reboot of this computer by itself
        if self.world.read().get("variant", 0) % 2:  # nobody has seen whether a build has it
            config = {**config, "DYNO": "build.1"}
        return Build(
            tree=folder / "app",
            environment=folder / "environment",
            config=config,
            base=self.site.variables(),
            uv=uv.find_uv_bin(),
            python=python,
            with_pip=False,
            execute=partial(build.program, environment=folder / "environment"),
            say=build.say,
        )

    # -- what runs --

    def release(self, version: int) -> bool:
        """Run the release command of release *version*, and let the release serve if that goes well."""
        app = self.app
        slug = next(each["slug"]["id"] for each in app["releases"] if each["version"] == version)
        lines: list[str] = []

        def both(line: str) -> None:
            lines.append(line)
            build.say(line)

        command = app["processes"]["release"]
        code = self.site.migrate(lambda: self._in_dyno(slug, command, f"release.{version}", both), both)
        self._output(version).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        with self.world.change() as whole:
            for each in state.app_of(whole, self.name)["releases"]:
                if each["version"] == version:
                    each["status"] = "failed" if code else "succeeded"
                    each["eligible_for_rollback"] = not code
                if not code:
                    each["current"] = each["version"] == version
        if not code:
            self.restart()
        return not code

    def release_output(self, version: int) -> str:
        file = self._output(version)
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def run(self, command: str) -> int:
        """Run a command on a dyno of its own; returns its exit code."""
        slug = state.current_slug(self.app)
        if slug is None:
            build.say("bash: python: command not found")
            return 127
        return self._in_dyno(slug, command, "run.1", build.say)

    def restart(self) -> None:
        """Let the web process begin anew, with the config vars of now; it ends where there is nothing to run."""
        app = self.app
        slug, command = state.current_slug(app), app["processes"].get("web")
        if slug is None or command is None or not app["dynos"]:
            self.site.stop()
            return
        variables = self._variables(slug, "web.1")
        if self.world.scenario == "health-check-fails":
            variables["ALLOWED_HOSTS"] = "another-name.example.com"
        self.site.serve(_shell(f"exec {command}"), cwd=Path(app["slugs"][slug]) / "app", env=variables)

    def log(self, lines: int) -> list[str]:
        """The last lines of the web process, as the router of logs puts them."""
        return [f"{now()} app[web.1]: {line}" for line in self.site.log(lines)]

    def make_database(self) -> str:
        """The address of its database."""
        return self.site.database(f"heroku-{self.name}")

    def remove(self) -> None:
        """End everything of the app, and remove its database, its repository and its builds."""
        self.site.remove(*([f"heroku-{self.name}"] if self.app["addons"] else []))

    def _in_dyno(self, slug: str, command: str, name: str, on_line: Say) -> int:
        cwd = Path(self.app["slugs"][slug]) / "app"
        return self.site.run(_shell(command), cwd=cwd, env=self._variables(slug, name), on_line=on_line)

    def _variables(self, slug: str, name: str) -> dict[str, str]:
        folder = Path(self.app["slugs"][slug])
        return {**self.builder(folder).variables(), **ON_DYNOS, "DYNO": name}

    def _output(self, version: int) -> Path:
        return self.world.place("releases", self.name) / f"{version}.txt"


def interpreter(tree: Path) -> str:
    """The interpreter that the files in *tree* are built with: of the version they ask for, else this one."""
    files = frozenset(path.name for path in tree.iterdir())
    try:
        wanted = wanted_python(tree, files)[0]
    except BuildRefused:  # the build says so
        wanted = rules.DEFAULT_PYTHON
    return build.interpreter(wanted)


def _shell(command: str) -> tuple[str, ...]:
    """What runs a line of a Procfile: a shell, as on Heroku, where there is one."""
    shell = serving.shell("bash", "sh")
    return (shell, "-c", command) if shell else tuple(shlex.split(command.removeprefix("exec ")))
