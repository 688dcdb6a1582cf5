"""``upsun``: the parts of it that the plugin and its advice use, on the simulated platform."""

from __future__ import annotations

import csv
import os
import secrets
import string
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simple_deploy.rehearsal import World, build
from simple_deploy_upsun.regions import REGIONS
from simple_deploy_upsun.simulator.replies import reply
from simple_deploy_upsun.simulator.site import PushRefused, Site

#: Who is logged in at first, and where: changed by whoever tries something else.
ACCOUNT = {
    "email": "you@example.com",
    "organizations": [{"name": "you", "label": "Your sites", "type": "flexible"}],
}
_FLAGS = frozenset(
    {"--yes", "--no-interaction", "--no-header", "--force", "--primary", "--pipe", "--set-remote", "--tail"}
)
_SHORT = {"-p": "--project", "-e": "--environment", "-y": "--yes", "-o": "--option"}
_ALIASES = {"push": "environment:push", "url": "environment:url", "log": "environment:logs", "ssh": "environment:ssh"}


@dataclass(frozen=True)
class Given:
    """A command line, taken apart."""

    command: str
    arguments: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)

    def option(self, name: str, default: str = "") -> str:
        return self.options.get(f"--{name}", default)


class Wrong(Exception):
    """The program does not know such a command or option."""


def take_apart(arguments: Sequence[str]) -> Given:
    """:raises Wrong: an option is not known to have no value, and has none."""
    words: list[str] = []
    options: dict[str, str] = {}
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.partition("=")
        name = _SHORT.get(name, name)
        if not name.startswith("-"):
            words.append(word)
        elif name in _FLAGS or name == "--version":
            options[name] = "1"
        elif equals or waiting:
            options[name] = value if equals else waiting.pop(0)
        else:
            raise Wrong(f'The "{name}" option requires a value.')
    command = words[0] if words else ""
    return Given(_ALIASES.get(command, command), tuple(words[1:]), options)


@dataclass(frozen=True)
class Upsun:
    """The platform as the program sees it."""

    world: World

    def __call__(self, given: Given) -> int:
        """Do what is asked; returns the exit code."""
        if "--version" in given.options:
            return self._say("version")
        if given.command == "prepare":
            from simple_deploy.rehearsal import preparing  # brings far more than any other call needs

            return preparing.prepare(self.world, Path.cwd())
        commands: dict[str, Callable[[Given], int]] = {
            "auth:info": self._email,
            "organization:list": self._organizations,
            "project:list": self._projects,
            "project:create": self._create,
            "project:info": self._info,
            "project:delete": self._delete,
            "variable:list": self._variables,
            "variable:create": self._set_variable,
            "environment:push": self._push,
            "environment:logs": self._logs,
            "environment:ssh": self._ssh,
            "environment:url": self._url,
        }
        if given.command not in commands:
            raise Wrong(f'Command "{given.command}" is not defined.')
        if self.world.scenario == "logged-out" or not self._account["email"]:
            return self._say("logged-out")
        return commands[given.command](given)

    def _say(self, situation: str, **values: str) -> int:
        return reply(situation, self.world.read().get("variants", {})).give(**values)

    @property
    def _account(self) -> dict[str, Any]:
        return {**ACCOUNT, **self.world.read().get("account", {})}

    def _email(self, given: Given) -> int:
        return self._say("email", email=str(self._account["email"]))

    def _organizations(self, given: Given) -> int:
        return _table(given, self._account["organizations"], ("name", "label", "type", "owner_email"))

    def _projects(self, given: Given) -> int:
        known = self.world.read().get("projects", {})
        rows = [{"id": id_, **project} for id_, project in known.items()]
        return _table(given, rows, ("id", "title", "region", "organization", "type"))

    def _create(self, given: Given) -> int:
        organizations = [each["name"] for each in self._account["organizations"]]
        wanted = given.option("org") or (organizations[0] if len(organizations) == 1 else "")
        if wanted not in organizations:
            return self._say("no-permission")
        region = given.option("region")
        if region.removesuffix(".platform.sh") not in REGIONS:
            raise Wrong(f"Invalid value for --region: {region or 'none'}")
        if self._account.get("gate"):
            return self._say("create-refused")
        id_ = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(13))
        with self.world.change() as state:
            state.setdefault("projects", {})[id_] = {
                "title": given.option("title", "Untitled Project"),
                "region": region,
                "organization": wanted,
                "type": "flexible",
                "branch": given.option("default-branch", "main"),
                "entropy": secrets.token_hex(28),
            }
        return self._say("create", project=id_)

    def _info(self, given: Given) -> int:
        project = self._project(given)
        if project is None:
            return self._say("no-project", project=given.option("project"))
        shown = {"default_branch": project["branch"], "title": project["title"], "region": project["region"]}
        build.say(shown[given.arguments[0]])
        return 0

    def _delete(self, given: Given) -> int:
        id_ = given.arguments[0] if given.arguments else given.option("project")
        if id_ not in self.world.read().get("projects", {}):
            return self._say("no-project", project=id_)
        Site(self.world, id_).remove()
        with self.world.change() as state:
            del state["projects"][id_]
        return self._say("delete", project=id_)

    def _variables(self, given: Given) -> int:
        project = self._project(given)
        if project is None:
            return self._say("no-project", project=given.option("project"))
        if not project.get("variables"):
            return self._say("no-variables")
        return _table(given, [{"name": f"env:{name}"} for name in project["variables"]], ("name", "level", "value"))

    def _set_variable(self, given: Given) -> int:
        project, name = self._project(given), given.option("name")
        if project is None:
            return self._say("no-project", project=given.option("project"))
        if given.option("level") != "project" or not name.startswith("env:"):
            raise Wrong("Only environment variables of the project are played here.")
        if name[4:] in project.get("variables", {}):
            return self._say("variable-exists", name=name)
        value = given.option("value") or _asked("Value", given)
        if not value:
            return self._say("no-value")
        built = given.option("visible-build", "true") == "true"
        with self.world.change() as state:
            known = state["projects"][given.option("project")].setdefault("variables", {})
            known[name[4:]] = {"value": value, "build": built}
        return self._say("variable-created", name=name)

    def _push(self, given: Given) -> int:
        project = self._project(given)
        if project is None:
            return self._say("no-project", project=given.option("project"))
        branch = given.option("target", project["branch"])
        if branch != project["branch"]:
            raise Wrong(f"The simulated platform has the environment {project['branch']} only.")
        if self.world.scenario == "network-lost":
            build.say(f"Pushing HEAD to the environment {branch}")
            return self._say("offline")
        if not self._follows(given.option("project")) and "--force" not in given.options:
            return self._say("not-a-fast-forward", branch=branch)
        try:
            Site(self.world, given.option("project")).push(Path.cwd(), branch)
        except PushRefused as refused:
            sys.stderr.write(f"{refused}\n")
            return self._say("build-failed")
        return 0

    def _follows(self, project: str) -> bool:
        """Whether the commit that is checked out follows the one that was pushed before; it is the one from now on."""
        before = self.world.read()["projects"][project].get("head", "")
        argv = ("git", "merge-base", "--is-ancestor", before, "HEAD")
        quiet: list[str] = []
        return not before or build.run(argv, cwd=Path.cwd(), env={}, on_line=quiet.append, check=False).ok

    def _logs(self, given: Given) -> int:
        site = self._site(given)
        if site is None:
            return self._say("no-project", project=given.option("project"))
        kind = given.arguments[0] if given.arguments else "app"
        log = site.deploy_log if kind == "deploy" else self.world.log(f"app-{site.project}")
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
        for line in lines[-int(given.option("lines", "100")) :]:
            build.say(line)
        return 0

    def _ssh(self, given: Given) -> int:
        site = self._site(given)
        if site is None:
            return self._say("no-project", project=given.option("project"))
        if self.world.read().get("variants", {}).get("no-ssh"):
            return self._say("no-ssh")
        return site.run(" ".join(given.arguments), self._branch(given))

    def _url(self, given: Given) -> int:
        site = self._site(given)
        return self._say("url", host=site.host) if site else self._say("no-project", project=given.option("project"))

    def _branch(self, given: Given) -> str:
        project = self._project(given)
        return given.option("environment") or str((project or {}).get("branch", "main"))

    def _project(self, given: Given) -> dict[str, Any] | None:
        found = self.world.read().get("projects", {}).get(given.option("project"))
        return found if isinstance(found, dict) else None

    def _site(self, given: Given) -> Site | None:
        return Site(self.world, given.option("project")) if self._project(given) else None


def _table(given: Given, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> int:
    """Print *rows* as the program prints tables with ``--format csv``."""
    wanted = tuple(filter(None, given.option("columns").split(","))) or tuple(columns)
    unknown = set(wanted) - set(columns)
    if unknown:
        raise Wrong(f"Column not found: {', '.join(sorted(unknown))}")
    if given.option("format") != "csv":
        raise Wrong("Only --format csv is played here.")
    table = csv.writer(sys.stdout, lineterminator="\n")
    if "--no-header" not in given.options:
        table.writerow(wanted)
    table.writerows([row.get(column, "") for column in wanted] for row in rows)
    return 0


def _asked(question: str, given: Given) -> str:
    """The answer on standard input, where the program asks at all.

    Source: [cli] legacy/src/Application.php, configureIO.
    """
    silent = {"--no-interaction", "--yes"}.intersection(given.options)
    if (
        silent
        or os.environ.get("UPSUN_CLI_NO_INTERACTION")
        or not (sys.stdin.isatty() or "SHELL_INTERACTIVE" in os.environ)
    ):
        return ""
    sys.stderr.write(f"{question}: ")
    return sys.stdin.readline().strip()


def main(arguments: Sequence[str]) -> int:
    """:returns: the exit code."""
    try:
        return Upsun(World.from_environment())(take_apart(arguments))
    except Wrong as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
