"""A platform with a program, a git remote and sites at addresses of its own; and, below, what plays it."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from simple_deploy.api import (
    Answers,
    Call,
    Card,
    Commit,
    Context,
    Finding,
    Level,
    Option,
    Plan,
    Platform,
    ProjectFacts,
    Remote,
    Resource,
    Secret,
    Simulation,
    StepError,
    ToolMissing,
    WriteFile,
    hookimpl,
)

DOMAIN = ".puddle.example"
GIT = "https://git.puddle.example/"
KEY = Secret("a-key-for-the-puddle-that-nobody-sees")


class Puddle(Platform):
    card = Card(
        slug="puddle", name="Puddle", summary="Small and wet.", cost="A drop.", checked=datetime.date(2026, 11, 1)
    )
    simulation = Simulation(
        programs={"puddle": "simple_deploy_puddle"},
        domains=(DOMAIN,),
        git_prefix=GIT,
        scenarios=("logged-out", "cli-missing", "build-fails"),
        prepare=("prepare",),
        differs=("It is dry.",),
    )

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return (Option(name="app_name", label="Name", default=facts.name.replace(" ", "-")),)

    def check(self, ctx: Context) -> Iterable[Finding]:
        try:
            done = ctx.run(("puddle", "whoami"), check=False)
        except ToolMissing:
            yield Finding(id="puddle.no-program", level=Level.BLOCKER, title="puddle is not installed.", fix="Do so.")
            return
        if not done.ok:
            yield Finding(id="puddle.logged-out", level=Level.BLOCKER, title="You are not logged in.", fix="Log in.")

    def probe(self, ctx: Context) -> Remote:
        names = json.loads(ctx.run(("puddle", "apps")).output)
        committed = ctx.facts.location.root / "puddle.toml"
        wanted = ctx.answers.text("app_name") or (committed.exists() and committed.read_text().split('"')[1])
        return Remote(resources=tuple(Resource(kind="app", name=name) for name in names if name == wanted))

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        name = answers.text("app_name")
        params = {"name": name}
        return Plan(
            platform="puddle",
            steps=(
                WriteFile(id="file", title="Write puddle.toml", why="It reads it.", path="puddle.toml", text=f'app = "{name}"\n'),
                Commit(id="commit", title="Commit", why="It takes commits.", message="Configure for Puddle"),
                Call(id="create", title="Create", why="It needs a place.", name="create", params=params),
                Call(id="push", title="Push", why="It builds.", name="push", params=params),
                Call(id="visit", title="Visit", why="See.", name="visit", params=params),
            ),
            creates=() if remote.resources else (Resource(kind="app", name=name),),
        )  # fmt: skip

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        name = params["name"]
        url = f"https://{name}{DOMAIN}/"
        if call == "create":
            exists = name in json.loads(ctx.run(("puddle", "apps")).output)
            ctx.created(Resource(kind="app", name=name, url=url), reused=exists)
            if not exists:
                ctx.run(("puddle", "create", name), stdin=KEY)
        elif call == "push":
            ctx.run(("git", "push", "--force", f"{GIT}{name}.git", "HEAD:refs/heads/main"))
            return {"url": url}
        else:
            answer = ctx.fetch(url)
            if answer.status != 200 or name not in answer.text:
                raise StepError(f"{url} says {answer.status}: {answer.text}")
            ctx.note(answer.text)
        return {}

    def destroy(self, resource: Resource, ctx: Context) -> None:
        ctx.run(("puddle", "destroy", resource.name))


@hookimpl
def simple_deploy_register(register):  # type: ignore[no-untyped-def]
    register(Puddle())


# -- what plays it --

SITE = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{sys.argv[2]} at {self.headers['Host']} over {self.headers['X-Forwarded-Proto']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def main(arguments: list[str]) -> int:
    import socket
    import time

    from simple_deploy.rehearsal import World, free_port, remote

    world = World.from_environment()
    if world.scenario == "logged-out":
        sys.stderr.write("Error: not logged in\n")
        return 100
    if arguments == ["whoami"]:
        print("ada@example.com")
    elif arguments == ["apps"]:
        print(json.dumps(list(world.read().get("apps", {}))))
    elif arguments == ["prepare"]:
        print("Water is here.")
    elif arguments[0] == "create":
        with world.change() as state:
            state.setdefault("apps", {})[arguments[1]] = {"key": sys.stdin.read()}
        remote.make(world, arguments[1], (sys.executable, "-m", "simple_deploy_puddle", "receive", arguments[1]))
    elif arguments[0] == "receive":
        name, commit = arguments[1], sys.stdin.read().split()[1]
        if world.scenario == "build-fails":
            print("The build broke off.")
            return 1
        folder = world.place("builds") / commit
        remote.check_out(commit, folder)
        assert (folder / "puddle.toml").read_text(encoding="utf-8") == f'app = "{name}"\n'
        port = free_port()
        world.start(name, (sys.executable, "-c", SITE, str(port), f"{name} {commit}"), cwd=folder, env={})
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.02)
        world.publish(f"{name}{DOMAIN}", port=port)
        print("Built and released.")
    elif arguments[0] == "destroy":
        name = arguments[1]
        with world.change() as state:
            state.get("apps", {}).pop(name, None)
        world.stop(name)
        world.withdraw(f"{name}{DOMAIN}")
        remote.remove(world, name)
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main(sys.argv[1:]))
