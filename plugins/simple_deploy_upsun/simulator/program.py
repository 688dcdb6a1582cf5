"""``upsun``: the parts of it that the plugin and its advice use, on the simulated platform."""

from __future__ import annotations

import csv
import os
import secrets
import string
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from simple_deploy.rehearsal import World, build
from simple_deploy.rehearsal.program import Call, Grammar, Program, WrongCall
from simple_deploy.rehearsal.site import BuildFailed, now
from simple_deploy_upsun.environment import APP
from simple_deploy_upsun.regions import REGIONS
from simple_deploy_upsun.simulator.replies import REPLIES
from simple_deploy_upsun.simulator.site import UpsunSite

#: Who is logged in at first, and where: changed by whoever tries something else.
ACCOUNT: Mapping[str, Any] = {
    "email": "you@example.com",
    "organizations": [{"name": "you", "label": "Your sites", "type": "flexible"}],
}

#: The sizes of an app, and their memory in MB: as docs.upsun.com names them for the profile HIGH_CPU; not verified.
CONTAINER_SIZES = {"0.1": "64", "0.25": "128", "0.5": "224", "1": "384", "2": "704", "4": "1216"}


def _account(world: World) -> Mapping[str, Any]:
    return {**ACCOUNT, **world.read().get("account", {})}


def _say(world: World, situation: str, **values: str) -> int:
    return REPLIES.give(situation, world.read(), **values)


def _turn_away(world: World, call: Call) -> int | None:
    if call.command == "version" or (world.scenario != "logged-out" and _account(world)["email"]):
        return None
    return _say(world, "logged-out")


def _version(world: World, _call: Call) -> int:
    return _say(world, "version")


def _email(world: World, _call: Call) -> int:
    return _say(world, "email", email=str(_account(world)["email"]))


def _organizations(world: World, call: Call) -> int:
    return _table(call, _account(world)["organizations"], ("name", "label", "type", "owner_email"))


def _projects(world: World, call: Call) -> int:
    rows = [{"id": id_, **project} for id_, project in world.read().get("projects", {}).items()]
    return _table(call, rows, ("id", "title", "region", "organization", "type"))


def _create(world: World, call: Call) -> int:
    account = _account(world)
    organizations = [each["name"] for each in account["organizations"]]
    wanted = call.flag("org") or (organizations[0] if len(organizations) == 1 else "")
    if wanted not in organizations:
        return _say(world, "no-permission")
    region = call.flag("region")
    if region.removesuffix(".platform.sh") not in REGIONS:
        raise WrongCall(f"Invalid value for --region: {region or 'none'}")
    if account.get("gate"):
        return _say(world, "create-refused")
    id_ = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(13))
    with world.change() as state:
        state.setdefault("projects", {})[id_] = {
            "title": call.flag("title", "Untitled Project"),
            "region": region,
            "organization": wanted,
            "type": "flexible",
            "branch": call.flag("default-branch", "main"),
            "entropy": secrets.token_hex(28),
        }
    return _say(world, "create", project=id_)


#: Does a command for a project that there is.
_Action = Callable[[World, Call, dict[str, Any]], int]


def _of_project(action: _Action) -> Callable[[World, Call], int]:
    """The command that says so where there is no such project."""

    def command(world: World, call: Call) -> int:
        id_ = call.flag("project")
        project = world.read().get("projects", {}).get(id_)
        return _say(world, "no-project", project=id_) if project is None else action(world, call, project)

    return command


def _info(_world: World, call: Call, project: dict[str, Any]) -> int:
    shown = {"default_branch": project["branch"], "title": project["title"], "region": project["region"]}
    build.say(shown[call.words[0]])
    return 0


def _delete(world: World, call: Call) -> int:
    id_ = call.words[0] if call.words else call.flag("project")
    if id_ not in world.read().get("projects", {}):
        return _say(world, "no-project", project=id_)
    UpsunSite(world, id_).remove()
    with world.change() as state:
        del state["projects"][id_]
    return _say(world, "delete", project=id_)


def _variables(world: World, call: Call, project: dict[str, Any]) -> int:
    if not project.get("variables"):
        return _say(world, "no-variables")
    return _table(call, [{"name": f"env:{name}"} for name in project["variables"]], ("name", "level", "value"))


def _set_variable(world: World, call: Call, project: dict[str, Any]) -> int:
    name = call.flag("name")
    if call.flag("level") != "project" or not name.startswith("env:"):
        raise WrongCall("Only environment variables of the project are played here.")
    if name[4:] in project.get("variables", {}):
        return _say(world, "variable-exists", name=name)
    value = call.flag("value") or _asked("Value", call)
    if not value:
        return _say(world, "no-value")
    with world.change() as state:
        known = state["projects"][call.flag("project")].setdefault("variables", {})
        known[name[4:]] = {"value": value, "build": call.flag("visible-build", "true") == "true"}
    return _say(world, "variable-created", name=name)


def _unset_variable(world: World, call: Call, _project: dict[str, Any]) -> int:
    name = call.words[0].removeprefix("env:")
    with world.change() as state:
        state["projects"][call.flag("project")]["variables"].pop(name)
    build.say(f"Deleted variable env:{name}")
    return 0


def _push(world: World, call: Call, project: dict[str, Any]) -> int:
    branch, site = call.flag("target", project["branch"]), UpsunSite(world, call.flag("project"))
    if branch != project["branch"]:
        raise WrongCall(f"The simulated platform has the environment {project['branch']} only.")
    if world.scenario == "network-lost":
        build.say(f"Pushing HEAD to the environment {branch}")
        return _say(world, "offline")
    if not site.is_followed_by(Path.cwd()) and "force" not in call.flags:
        return _say(world, "not-a-fast-forward", branch=branch)
    if "size" not in project:
        with world.change() as state:
            size = "0.1" if call.flag("resources-init") == "minimum" else "0.5"
            state["projects"][call.flag("project")]["size"] = size
    try:
        site.push(Path.cwd(), branch)
    except BuildFailed as failed:
        sys.stderr.write(f"{failed}\n")
        _note_push(world, call, "failure")
        return _say(world, "build-failed")
    _note_push(world, call, "success")
    return 0


def _note_push(world: World, call: Call, result: str) -> None:
    with world.change() as state:
        pushes = state["projects"][call.flag("project")].setdefault("pushes", [])
        pushes.append({"id": secrets.token_hex(6), "created": now(), "state": "complete", "result": result})


def _resources(_world: World, call: Call, project: dict[str, Any]) -> int:
    _app_only(call.flag("app"))
    size, count = _runs_on(project)
    row = {"service": APP, "profile_size": size, "instance_count": str(count)}
    return _table(call, [row], (*row, "cpu", "memory", "disk"))


def _sizes(_world: World, call: Call, _project: dict[str, Any]) -> int:
    _app_only(call.flag("service"))
    rows = [
        {"size": size, "cpu": size, "memory": memory, "cpu_type": "shared"} for size, memory in CONTAINER_SIZES.items()
    ]
    return _table(call, rows, ("size", "cpu", "memory", "cpu_type"))


def _resize(world: World, call: Call, project: dict[str, Any]) -> int:
    size, count = _runs_on(project)
    for flag in ("size", "count"):
        _app_only(call.flag(flag, APP).partition(":")[0])
    size = call.flag("size").partition(":")[2] or size
    if size not in CONTAINER_SIZES:
        return _say(world, "no-size", size=size)
    count = int(call.flag("count").partition(":")[2] or count)
    with world.change() as state:
        state["projects"][call.flag("project")].update(size=size, count=count)
    UpsunSite(world, call.flag("project")).redeploy(str(project["branch"]))
    return 0


def _runs_on(project: Mapping[str, Any]) -> tuple[str, int]:
    return project.get("size", "0.5"), project.get("count", 1)


def _app_only(name: str) -> None:
    if name != APP:
        raise WrongCall(f"Only the resources of {APP} are played here.")


def _logs(world: World, call: Call, _project: dict[str, Any]) -> int:
    site = UpsunSite(world, call.flag("project"))
    of = site.deploy_log if call.words[:1] == ("deploy",) else ""
    for line in site.site.log(int(call.flag("lines", "100")), of=of):
        build.say(line)
    return 0


def _pushes(world: World, call: Call, project: dict[str, Any]) -> int:
    if call.flag("type") != "environment.push":
        raise WrongCall("Only activities of the type environment.push are played here.")
    rows = list(reversed(project.get("pushes", [])))
    return _table(call, rows, ("id", "created", "state", "result")) if rows else _say(world, "no-activities")


def _ssh(world: World, call: Call, project: dict[str, Any]) -> int:
    if world.read().get("variants", {}).get("no-ssh"):
        return _say(world, "no-ssh")
    branch = call.flag("environment") or str(project["branch"])
    return UpsunSite(world, call.flag("project")).run(" ".join(call.words), branch)


def _redeploy(world: World, call: Call, project: dict[str, Any]) -> int:
    UpsunSite(world, call.flag("project")).redeploy(str(project["branch"]))
    return 0


def _domains(world: World, call: Call, project: dict[str, Any]) -> int:
    rows = [{"name": name, "ssl": "false"} for name in project.get("domains", [])]
    return _table(call, rows, ("name", "ssl", "created_at")) if rows else _say(world, "no-domains", **_named(call))


def _add_domain(world: World, call: Call, _project: dict[str, Any]) -> int:
    with world.change() as state:
        state["projects"][call.flag("project")].setdefault("domains", []).append(call.words[0])
    build.say(f"Adding the domain: {call.words[0]}")
    return 0


def _remove_domain(world: World, call: Call, _project: dict[str, Any]) -> int:
    with world.change() as state:
        state["projects"][call.flag("project")]["domains"].remove(call.words[0])
    build.say(f"The domain {call.words[0]} has been deleted.")
    return 0


def _named(call: Call) -> dict[str, str]:
    return {"project": call.flag("project")}


def _of_environment(world: World, call: Call, _project: dict[str, Any]) -> int:
    if call.words != ("edge_hostname",):
        raise WrongCall("Only edge_hostname is played here.")
    build.say(UpsunSite(world, call.flag("project")).host)
    return 0


def _url(world: World, call: Call, _project: dict[str, Any]) -> int:
    return _say(world, "url", host=UpsunSite(world, call.flag("project")).host)


def _table(call: Call, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> int:
    """Print *rows* as the program prints tables with ``--format csv``."""
    wanted = tuple(filter(None, call.flag("columns").split(","))) or tuple(columns)
    unknown = set(wanted) - set(columns)
    if unknown:
        raise WrongCall(f"Column not found: {', '.join(sorted(unknown))}")
    if call.flag("format") != "csv":
        raise WrongCall("Only --format csv is played here.")
    table = csv.writer(sys.stdout, lineterminator="\n")
    if "no-header" not in call.flags:
        table.writerow(wanted)
    table.writerows([row.get(column, "") for column in wanted] for row in rows)
    return 0


def _asked(question: str, call: Call) -> str:
    """The answer on standard input, where the program asks at all.

    Source: [cli] legacy/src/Application.php, configureIO.
    """
    silent = {"no-interaction", "yes"}.intersection(call.flags)
    if (
        silent
        or os.environ.get("UPSUN_CLI_NO_INTERACTION")
        or not (sys.stdin.isatty() or "SHELL_INTERACTIVE" in os.environ)
    ):
        return ""
    sys.stderr.write(f"{question}: ")
    return sys.stdin.readline().strip()


def _prepare(world: World, _words: Sequence[str]) -> int:
    from simple_deploy.rehearsal import preparing  # brings far more than any other call needs

    return preparing.prepare(world, Path.cwd())


def _unknown(problem: str) -> int:
    known = " " in problem  # an option's problem is a sentence
    sys.stderr.write(f"{problem}\n" if known else f'Command "{problem}" is not defined.\n')
    return 1


UPSUN = Program(
    grammar=Grammar(
        alone=frozenset(
            {"yes", "no-interaction", "no-header", "force", "primary", "pipe", "set-remote", "tail", "version"}
        ),
        short={"p": "project", "e": "environment", "y": "yes", "o": "option"},
        aliases={
            "push": "environment:push",
            "url": "environment:url",
            "log": "environment:logs",
            "ssh": "environment:ssh",
        },
    ),
    commands={
        "version": _version,
        "auth:info": _email,
        "organization:list": _organizations,
        "project:list": _projects,
        "project:create": _create,
        "project:info": _of_project(_info),
        "project:delete": _delete,
        "variable:list": _of_project(_variables),
        "variable:create": _of_project(_set_variable),
        "variable:delete": _of_project(_unset_variable),
        "environment:push": _of_project(_push),
        "environment:logs": _of_project(_logs),
        "environment:ssh": _of_project(_ssh),
        "activity:list": _of_project(_pushes),
        "environment:url": _of_project(_url),
        "environment:info": _of_project(_of_environment),
        "environment:redeploy": _of_project(_redeploy),
        "resources:get": _of_project(_resources),
        "resources:sizes": _of_project(_sizes),
        "resources:set": _of_project(_resize),
        "domain:list": _of_project(_domains),
        "domain:add": _of_project(_add_domain),
        "domain:delete": _of_project(_remove_domain),
    },
    unknown=_unknown,
    refused=lambda refused: refused.reply.code,
    logged_out=_turn_away,
    inner={"prepare": _prepare},
)
