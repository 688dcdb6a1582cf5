"""A platform whose programs print every secret they were given, in every way that programs do."""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from simple_deploy.api import (
    Advice,
    Answers,
    Call,
    Card,
    Commit,
    Context,
    FinishedRun,
    Operation,
    Option,
    Plan,
    Platform,
    ProjectFacts,
    Question,
    Release,
    Remote,
    Resource,
    RunCommand,
    Simulation,
    SiteState,
    StepError,
    WriteFile,
    hookimpl,
)

#: Prints what it finds in its environment; the last argument chooses how it ends.
PROGRAM = """
import base64, html, json, os, re, shlex, sys, time, urllib.parse
names = [name for name in os.environ if name.startswith("LEAK_") or name in ("CLOUD_TOKEN", "DATABASE_URL", "CACHE_ADDRESS")]
for name in names:
    value = os.environ[name]
    print("it is", value)
    value = value.split("://", 1)[1].split(":", 1)[1].rsplit("@", 1)[0] if "://" in value else value
    value = urllib.parse.unquote(value)
    raw = value.encode()
    print(name, value, repr(value), json.dumps({"x": value}))
    print(base64.b64encode(raw).decode(), base64.urlsafe_b64encode(b"a:" + raw).decode(), base64.b64encode(b"ab:" + raw + b"!").decode())
    print(raw.hex(), urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value))
    once = urllib.parse.quote(value)
    print(once, re.sub("%..", lambda match: match[0].lower(), once), urllib.parse.quote(once), urllib.parse.quote(value, safe="!'()*~"), html.escape(value), html.escape(json.dumps(value)))
    print(ascii(value), raw, raw.hex().upper(), raw.hex(":"), shlex.quote(value), value.replace("'", "''"), value.replace('"', '""'))
    print(base64.b32encode(raw).decode(), base64.b64encode(once.encode()).decode(), "".join("&#%d;" % ord(char) for char in value))
    print("".join("\\x1b[3%dm%s" % (at % 8, char) for at, char in enumerate(value)), "\\u200b".join(value))
    print(value[:9] + "\\n" + value[9:] + "\\n" + base64.encodebytes(b"-" * 40 + raw).decode())
    sys.stdout.write("split " + value[:7]); sys.stdout.flush(); time.sleep(0.02); sys.stdout.write(value[7:] + "\\n"); sys.stdout.flush()
    print("\\x1b[1m" + value[:5] + "\\x1b[36m" + value[5:] + "\\x1b[0m")
    print("x" * (16 * 1024 - 9) + value)
    print("y" * (64 * 1024 - 9) + value + "z" * 99)
    print(value, file=sys.stderr)
fresh = "Sentinel"  # put together here, so that the text of this program does not hold the values
print("Created postgres://ada:Fresh" + fresh + "77@db.example/app", "API_TOKEN=Fr3sh" + fresh + "Token99")
if sys.argv[1] == "raise":
    secret = os.environ[names[0]]
    raise RuntimeError("could not log in with " + secret)
if sys.argv[1] == "wait":
    print("waiting", flush=True)
    time.sleep(3600)
"""

#: What the program makes up; nobody could know these beforehand.
FRESH = ("FreshSentinel77", "Fr3shSentinelToken99")

ASK = Question(id="door", title="PIN?", fields=(Option(name="pin", label="PIN", kind="secret"),))


def raw_lines() -> list[str]:
    """What a site has written into its log, with all that its program prints."""
    done = subprocess.run((sys.executable, "-c", PROGRAM, "well"), capture_output=True, check=True)
    return [line for line in done.stdout.decode("utf-8").splitlines() if len(line) < 10_000]


class Leaky(Platform):
    card = Card(
        slug="leaky", name="Leaky", summary="Prints all.", cost="Nothing", checked=datetime.date(2026, 11, 1),
        needs_account=False, needs_card=False,
    )  # fmt: skip
    operations = ("status", "logs", "releases", "variables")
    simulation = Simulation(programs={"leaky-cloud": __name__}, scenarios=())

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return (
            Option(name="key", label="Key", kind="secret"),
            Option(name="end", label="End", default="well"),
        )

    def probe(self, ctx: Context) -> Remote:
        ctx.run((sys.executable, "-c", PROGRAM, "well"))
        made = ctx.home / "app"
        return Remote(resources=(Resource(kind="app", name="app"),) if made.exists() else ())

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        return Plan(
            platform="leaky",
            steps=(
                WriteFile(id="file", title="Write", why="So.", path="leaky.toml", text="leaky = true\n"),
                Commit(id="commit", title="Commit", why="So.", message="Configure"),
                RunCommand(id="build", title="Build", why="So.", argv=(sys.executable, "-c", PROGRAM, "well")),
                Call(id="release", title="Release", why="So.", name="release", params={"end": answers.text("end")}),
            ),
            questions=(ASK,),
        )

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        pin = ctx.ask(ASK).secrets["pin"]
        key = ctx.answers.secrets["key"]
        ctx.write(ctx.home / "app", "")
        ctx.created(Resource(kind="app", name="app"))
        ctx.note(f"with {pin.reveal()} and {key.reveal()}")
        done = ctx.run(
            (sys.executable, "-c", PROGRAM, params["end"]),
            env={"LEAK_PIN": pin, "LEAK_KEY": key},
            stdin=pin,
            check=False,
        )
        if params["end"] == "rehearsed":
            ctx.run(("leaky-cloud", "set"), env={"LEAK_KEY": key}, stdin=pin)
        if params["end"] == "raise":
            raise StepError(f"It failed: {done.output[-200:]}", hint=f"Use {key.reveal()} again.")
        if params["end"] == "bug":
            raise ValueError({"key": key.reveal(), "pin": pin.reveal()})
        return {"url": f"http://u:{pin.reveal()}@leaky.example/", "token": key.reveal()}

    def destroy(self, resource: Resource, ctx: Context) -> None:
        ctx.remove(ctx.home / "app")

    def operate(self, operation: Operation, ctx: Context, *, arguments: Mapping[str, str]) -> SiteState:
        done = ctx.run((sys.executable, "-c", PROGRAM, "well"))
        if operation == "logs":
            for line in raw_lines():
                ctx.note(line)
        lines = [done.output[:300], done.output[-300:], *raw_lines()]
        releases = tuple(Release(name=line, status=line, created=line) for line in lines)
        details = tuple((line, line) for line in lines)
        headline = "\u202e" + " ".join(lines)
        return SiteState(running=True, headline=headline, details=details, releases=releases, variables=tuple(lines))

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        return (
            Advice(
                title="Log in",
                command=f"leaky login {run.answers.secrets['key'].reveal()}" if run.answers.secrets else "leaky",
            ),
        )


@hookimpl
def simple_deploy_register(register: Any) -> None:
    register(Leaky())


# -- what plays it --


def main() -> None:
    """Print everything, remember what was told, and start a site that prints its environment."""
    from simple_deploy.rehearsal import World

    world = World.from_environment()
    sys.argv = ["leaky-cloud", "well"]
    exec(PROGRAM, {})
    with world.change() as state:
        state["told"] = sys.stdin.read()
    site = "import os, time; print(dict(os.environ), flush=True); time.sleep(600)"
    world.start("site", (sys.executable, "-c", site), cwd=world.place("site"), env={"PORT": "1"})


if __name__ == "__main__":
    main()
