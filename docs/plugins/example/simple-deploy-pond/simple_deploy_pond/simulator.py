"""Plays Pond on this computer, so that a deployment to it can be rehearsed without an account."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from simple_deploy.rehearsal import StepError, World, build, preparing
from simple_deploy.rehearsal.program import Call, Grammar, Program, Refused, Replies, Reply, say, say_json
from simple_deploy.rehearsal.site import BuildFailed, Site

#: What Pond refuses. Put in the real words, and say where you read them.
REPLIES = Replies(
    {
        "logged-out": (Reply("Who are you? Log in with: pond login", verified=False),),
        "name-taken": (Reply("The name {app} belongs to somebody else.", verified=False),),
        "no-app": (Reply("There is no app {app}.", verified=False),),
    }
)


def _site(world: World, name: str) -> Site:
    if name not in world.read().get("apps", {}):
        raise REPLIES.refuse("no-app", app=name)
    return Site(world, name, f"{name}.pond.example", name)


def _create(world: World, call: Call) -> None:
    (name,) = call.words
    if world.scenario == "name-taken":
        raise REPLIES.refuse("name-taken", app=name)
    with world.change() as state:
        state.setdefault("apps", {})[name] = {}
    say(f"Made {name}.")


def _destroy(world: World, call: Call) -> None:
    (name,) = call.words
    _site(world, name).remove()
    with world.change() as state:
        del state["apps"][name]
    say(f"Removed {name}.")


def _set_secret(world: World, call: Call) -> None:
    (variable,) = call.words
    with world.change() as state:
        state["apps"][call.app][variable] = sys.stdin.read().strip()
    say(f"Set {variable}.")


def _push(world: World, call: Call) -> int:
    """Build what git has checked out in this folder, and let it serve."""
    site = _site(world, call.app)
    tree = site.folder("tree")
    shutil.rmtree(tree)
    everything = ("git", "checkout-index", "--all", "--force", f"--prefix={tree.as_posix()}/")
    build.run(everything, cwd=Path.cwd(), env=site.variables())
    wanted = json.loads((tree / "pond.json").read_text(encoding="utf-8"))
    folder, env = tree / wanted["folder"], _variables(site)
    manage = (str(_programs(site) / "python"), "manage.py")
    try:
        site.build(lambda: _install(site, tree))
        site.run((*manage, "collectstatic", "--noinput"), cwd=folder, env=env)
    except (BuildFailed, StepError) as failed:
        say(str(failed))
        return 1
    if site.migrate(lambda: site.run((*manage, "migrate", "--noinput"), cwd=folder, env=env)):
        return 1
    if world.scenario == "health-check-fails":
        env = {**env, "POND_HOST": "another.pond.example"}
    program, *arguments = wanted["start"]
    if not site.serve((str(_programs(site) / program), *arguments), cwd=folder, env=env):
        say("It does not start. The end of its log:")
        say("\n".join(site.log(20)))
        return 1
    say(f"https://{site.host}/")
    return 0


def _install(site: Site, tree: Path) -> None:
    environment = str(_environment(site))
    build.uv("venv", "--quiet", "--clear", "--python", build.interpreter("3.13"), environment, cwd=tree)
    build.uv("pip", "install", "--python", environment, "-r", "requirements.txt", cwd=tree, env=site.variables())


def _environment(site: Site) -> Path:
    return site.folder() / "environment"


def _programs(site: Site) -> Path:
    return _environment(site) / ("Scripts" if sys.platform == "win32" else "bin")


def _variables(site: Site) -> Mapping[str, str]:
    """What a program of the site finds in its environment."""
    here = site.variables()
    return {
        **here,
        "PATH": os.pathsep.join((str(_programs(site)), here["PATH"])),
        "POND_HOST": site.host,
        "DATABASE_URL": f"sqlite:///{site.folder('data').as_posix()}/site.sqlite3",
        **site.world.read()["apps"][site.name],
    }


def _status(world: World, call: Call) -> None:
    site = _site(world, call.app)
    say_json({"state": "up" if site.is_up else "asleep", "url": f"https://{site.host}/"})


def _logs(world: World, call: Call) -> None:
    for line in _site(world, call.app).log(100):
        say(line)


def _prepare(world: World, _words: Sequence[str]) -> int:
    return preparing.prepare(world, Path.cwd(), python=build.interpreter("3.13"))


def _logged_out(world: World, call: Call) -> int | None:
    nobody = world.scenario == "logged-out" and call.command != "version"
    return REPLIES.give("logged-out", {}) if nobody else None


def _fail(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


def _refused(refused: Refused) -> int:
    return _fail(refused.message)


PROGRAM = Program(
    grammar=Grammar(alone=frozenset({"yes"})),
    commands={
        "version": lambda world, call: say("pond 1.0"),
        "whoami": lambda world, call: say("you@example.com"),
        "apps list": lambda world, call: say("\n".join(world.read().get("apps", {}))),
        "apps create": _create,
        "apps destroy": _destroy,
        "secrets set": _set_secret,
        "push": _push,
        "status": _status,
        "logs": _logs,
    },
    unknown=lambda command: _fail(f"pond has no command {command}"),
    refused=_refused,
    logged_out=_logged_out,
    inner={"prepare": _prepare},
)

if __name__ == "__main__":
    sys.exit(PROGRAM(sys.argv[1:]))
