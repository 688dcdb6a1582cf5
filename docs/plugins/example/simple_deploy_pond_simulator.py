"""Plays Pond in rehearsals: ``python -m simple_deploy_pond_simulator`` is the program ``pond``."""

from __future__ import annotations

import sys
from pathlib import Path

from simple_deploy.rehearsal import World, build, images
from simple_deploy.rehearsal.program import Call, Grammar, Program, Refused, Replies, Reply, say
from simple_deploy.rehearsal.site import Site


def build_with_npm(site: Site) -> None:
    """Print what npm prints; an error ends the build. uv takes what --prepare has downloaded, if need be."""
    build.run(("npm", "ci"), cwd=site.folder("app"), env=site.variables())
    build.uv("sync", "--locked", cwd=site.folder("app"))


def serve_an_image(world: World) -> None:
    """Build the Dockerfile in this folder, and let the site run in a container."""
    image = images.find(world).build(world, Path.cwd(), "notes:1", args={})
    port = image.start(world, "web-notes", image.command, {"SECRET_KEY": "x"}, listens=8000)
    world.publish("notes.pond.example", port=port)


REPLIES = Replies(
    {
        "logged-out": (Reply("You are not logged in.", "pond 4.2, seen on a screen"),),
        # Nobody has seen this one: the plugin has to understand both.
        "no-app": (Reply("No app called {app}."), Reply("404: {app} not found")),
    }
)


def turn_away(world: World, _call: Call) -> int | None:
    return REPLIES.give("logged-out", world.read()) if world.scenario == "logged-out" else None


def create(world: World, call: Call) -> None:
    with world.change() as state:
        state.setdefault("apps", {})[call.words[0]] = {}
    say(f"Created {call.words[0]}.")


def push(world: World, call: Call) -> None:
    if call.app not in world.read().get("apps", {}):
        raise REPLIES.refuse("no-app", world.read(), app=call.app)
    site = Site(world, call.app, f"{call.app}.pond.example", f"web-{call.app}")
    site.build(lambda: install(site))
    env = {**site.variables(), "DATABASE_URL": site.database(call.app)}
    python = str(site.folder() / "venv" / "bin" / "python")
    site.migrate(lambda: site.run((python, "manage.py", "migrate"), cwd=Path.cwd(), env=env))
    site.serve((python, "-m", "gunicorn", "blog.wsgi"), cwd=Path.cwd(), env=env)


def install(site: Site) -> None:
    venv = str(site.folder() / "venv")
    build.uv("venv", venv, cwd=Path.cwd())
    build.uv("pip", "install", "--python", venv, "-r", "requirements.txt", cwd=Path.cwd())


def refused(refusal: Refused) -> int:
    sys.stderr.write(f"{refusal.message}\n")
    return refusal.reply.code


def unknown(problem: str) -> int:
    sys.stderr.write(f"pond: what is “{problem}”?\n")
    return 2


POND = Program(
    grammar=Grammar(alone=frozenset({"yes"}), short={"a": "app"}),
    commands={"apps create": create, "push": push},
    unknown=unknown,
    refused=refused,
    logged_out=turn_away,
)

if __name__ == "__main__":
    sys.exit(POND(sys.argv[1:]))
