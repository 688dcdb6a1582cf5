"""The program ``heroku``: takes its arguments, says what the real one says, ends with its exit code.

The words and the two streams are those of heroku/cli v11.9.0; a test compares them with the program itself.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simple_deploy.rehearsal import World
from simple_deploy_heroku.simulator import dynos, platform_api, state
from simple_deploy_heroku.simulator.replies import REPLIES, Refused, refuse
from simple_deploy_heroku.simulator.state import ACCOUNT

VERSION = "heroku/11.9.0 simulated"
_SIGN = " ›   "
_WIDTH = 74  # characters of an error that stand in a line
_FLAGS = frozenset({"json", "no-remote", "wait", "exit-code", "no-tty", "tail"})
_SHORT: Mapping[str, str] = {"-a": "--app", "-n": "--num", "-x": "--exit-code"}


@dataclass
class Call:
    """One call of the program.

    :param words: arguments that are no flags; those behind ``--`` are *rest*.
    """

    command: str
    words: list[str] = field(default_factory=list)
    flags: dict[str, str] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)

    @property
    def app(self) -> str:
        """:raises Refused: no app was named."""
        return self.flags.get("app") or (self.words[0] if self.command.startswith("apps:") and self.words else "")


def parse(arguments: Sequence[str]) -> Call:
    """The call that these arguments mean."""
    head, *others = list(arguments) or ["help"]
    rest: list[str] = []
    if "--" in others:
        cut = others.index("--")
        others, rest = others[:cut], others[cut + 1 :]
    call = Call(_ALIASES.get(head, head), rest=rest)
    pending = iter(others)
    for word in pending:
        word = _SHORT.get(word, word)
        if not word.startswith("--"):
            call.words.append(word)
            continue
        name, given, value = word[2:].partition("=")
        call.flags[name] = value if given else ("yes" if name in _FLAGS else next(pending, ""))
    return call


def main(arguments: Sequence[str]) -> int:
    """:returns: the exit code."""
    world = World.from_environment()
    call = parse(arguments)
    action = _COMMANDS.get(call.command)
    if action is None:
        return _error(f"{call.command} is not a heroku command.", exit_code=127)
    try:
        if world.scenario == "logged-out" and call.command not in _NEEDS_NOBODY:
            return _turn_away(call)
        return action(world, call) or 0
    except Refused as refused:
        reply = REPLIES[refused.name]
        return _error(refused.message, reply.id, exit_code=reply.exit_code)


def _turn_away(call: Call) -> int:
    """What nobody who is logged in gets to hear."""
    if call.command == "auth:whoami":
        raise refuse("logged-out")
    if call.command == "auth:token":
        return _error(REPLIES["logged-out"].texts[0], exit_code=2)
    reply = REPLIES["log-in-first"]
    if call.command == "apps:create":  # it has begun by then
        sys.stderr.write(f"Creating {call.words[0]}... !\n")
    sys.stderr.write("heroku: Press any key to open up the browser to login or q to exit\n")
    sys.stderr.write(f"    {reply.texts[0]}\n")
    return reply.exit_code


def _error(message: str, id: str = "", *, exit_code: int) -> int:
    lines = [*_wrapped(f"Error: {message}"), *(["", f"Error ID: {id}"] if id else [])]
    sys.stderr.write("".join(f"{_SIGN}{line}".rstrip() + "\n" for line in lines))
    return exit_code


def _wrapped(text: str) -> list[str]:
    return [row for line in text.splitlines() for row in textwrap.wrap(line, _WIDTH, break_long_words=False)]


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _print_json(value: object) -> None:
    _print(json.dumps(value, indent=2, ensure_ascii=False))


def _action(text: str) -> None:
    """What the program is doing; it says so on standard error."""
    sys.stderr.write(f"{text}... ")
    sys.stderr.flush()


def _done(text: str = "done") -> None:
    sys.stderr.write(f"{text}\n")


class _Trying:
    """``Doing it... done``, or ``Doing it... !`` when it is refused."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.said = "done"

    def __enter__(self) -> _Trying:
        _action(self._text)
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        _done("!" if kind else self.said)


# -- the commands the plugin calls --


def _version(_world: World, _call: Call) -> None:
    _print(VERSION)


def _whoami(_world: World, _call: Call) -> None:
    _print(ACCOUNT)


def _token(world: World, _call: Call) -> None:
    platform_api.ensure(world)  # whoever asks for the token is about to speak with it
    _print(state.TOKEN)


def _teams(world: World, _call: Call) -> None:
    _print_json([{"name": name, "role": "admin"} for name in world.read().get("teams", [])])


def _create(world: World, call: Call) -> None:
    name, region, team = call.words[0], call.flags.get("region", ""), call.flags.get("team", "")
    with _Trying(f"Creating {name}") as trying:
        with world.change() as whole:
            if _is_taken(world, name):
                raise refuse("name-taken", state.variant(whole), app=name)
            info = state.create_app(whole, name, region=region or "us", team=team)
        dynos.make_repository(world, name)
        if world.scenario == "database-exists":
            url = dynos.make_database(world, name)
            with world.change() as whole:
                state.add_addon(state.app_of(whole, name), "heroku-postgresql:essential-0", url)
        trying.said = f"done, region is {region}" if region else "done"
    if "json" in call.flags:
        _print_json(info)
    else:
        _print(f"{info['web_url']} | {info['git_url']}")


def _info(world: World, call: Call) -> None:
    known = world.read()
    if _is_taken(world, call.app):
        raise refuse("not-yours", state.variant(known), app=call.app)
    app = state.app_of(known, call.app)
    _print_json(
        {
            "addons": app["addons"],
            "app": app["info"],
            "dynos": state.dynos(app, up=dynos.is_up(world, call.app)),
            "collaborators": [{"user": {"email": ACCOUNT}}],
            "pipeline_coupling": None,
        }
    )


def _is_taken(world: World, name: str) -> bool:
    """Whether somebody else has the name, in the scenario that says so."""
    return world.scenario == "name-taken" and name not in world.read().get("apps", {})


def _config(world: World, call: Call) -> None:
    _print_json(state.app_of(world.read(), call.app)["config"])


def _add_addon(world: World, call: Call) -> None:
    plan = call.words[0]
    price = state.PRICES.get(plan.partition(":")[2], 0) / 100
    with _Trying(f"Creating {plan} on {call.app}") as trying:
        state.app_of(world.read(), call.app)
        url = dynos.make_database(world, call.app)
        with world.change() as whole:
            addon = state.add_addon(state.app_of(whole, call.app), plan, url)
        dynos.restart(world, call.app)
        trying.said = f"~${price / 720:.3f}/hour (max ${price:.0f}/month)"
    _print(f"Created {addon['name']} as DATABASE_URL")
    _print("Run heroku addons:docs heroku-postgresql to view documentation.")


def _wait_for_addon(world: World, call: Call) -> None:
    with world.change() as whole:
        app = state.app_of(whole, call.app)
        addon = next((each for each in app["addons"] if each["name"] == call.words[0]), None)
        if addon is None:
            raise refuse("no-addon")
        waited, addon["state"] = addon["state"] == "provisioning", "provisioned"
    if waited:
        _action(f"Creating {addon['name']}")
        _done()
        _print(f"Created {addon['name']} as DATABASE_URL")


def _releases(world: World, call: Call) -> None:
    app = state.app_of(world.read(), call.app)
    if world.scenario:
        dynos.expect_push(world, call.app)
    newest = sorted(app["releases"], key=lambda each: int(each["version"]), reverse=True)
    _print_json(newest[: int(call.flags.get("num", "15"))])


def _release_output(world: World, call: Call) -> None:
    app = state.app_of(world.read(), call.app)
    sys.stdout.write(dynos.release_output(world, call.app, app["releases"][-1]))


def _retry_release(world: World, call: Call) -> None:
    app = state.app_of(world.read(), call.app)
    release = app["releases"][-1]
    with _Trying(f"Retrying v{release['version']} on {call.app}") as trying:
        slug = release["slug"]["id"]
        with world.change() as whole:
            fresh = state.add_release(
                state.app_of(whole, call.app), f"Retry of v{release['version']}", slug=slug, status="pending"
            )
        trying.said = f"done, v{fresh['version']}"
    _print("Running release command...")
    dynos.release(world, call.app, fresh["version"], say=_print)


def _rollback(world: World, call: Call) -> int:
    with world.change() as whole:
        app = state.app_of(whole, call.app)
        wanted = call.words[0].lstrip("v") if call.words else ""
        fitting = [each for each in app["releases"] if each["eligible_for_rollback"]]
        chosen = [each for each in fitting if not wanted or str(each["version"]) == wanted]
        slug = state.current_slug(app)
        target = next((each for each in reversed(chosen) if wanted or each["slug"]["id"] != slug), None)
        if target is None:
            return _error(f"No eligible release found for {call.app} to roll back to.", exit_code=2)
        state.add_release(app, f"Rollback to v{target['version']}", slug=target["slug"]["id"])
        version = app["releases"][-1]["version"]
    _action(f"Rolling back {call.app} to v{target['version']}")
    dynos.restart(world, call.app)
    _done(f"done, v{version}")
    sys.stderr.write(
        f"{_SIGN}Warning: Rollback affects code and config vars; it doesn't add or remove addons.\n"
        f"{_SIGN}Warning: To undo, run: heroku rollback v{version - 1}\n"
    )
    return 0


def _run(world: World, call: Call) -> int:
    state.app_of(world.read(), call.app)
    command = _one_line(call.rest)
    _action(f"Running {command} on {call.app}")
    _done("up, run.1")
    code = dynos.run(world, call.app, command)
    # The real program says 0 unless it is told not to.
    if code == 0 or "exit-code" not in call.flags:
        return 0
    return _error(f"Process exited with code {code}", exit_code=code)


def _one_line(words: Sequence[str]) -> str:
    """The words as the program sends them to the dyno, where a shell reads them again (src/lib/run/helpers.ts)."""
    if len(words) == 1:
        return words[0]
    return " ".join('"' + each.replace('"', '\\"') + '"' if " " in each or '"' in each else each for each in words)


def _resize(world: World, call: Call) -> None:
    size = call.words[0].partition("=")[2]
    with _Trying(f"Scaling dynos on {call.app}"), world.change() as whole:
        app = state.app_of(whole, call.app)
        if not app["processes"]:
            raise Refused("no-app", f"Type web not found in process formation.\nTypes: for {call.app}")
        state.scale(app, size=size, eco=not whole.get("no_eco"), words=state.variant(whole))
    _print_formation(state.formation(app))


def _print_formation(formation: Sequence[Mapping[str, Any]]) -> None:
    rows = []
    totals: dict[str, int] = {}
    for each in formation:
        size, quantity = str(each["size"]), int(each["quantity"])
        price = state.DYNO_PRICES.get(size, 0)
        totals[size] = totals.get(size, 0) + quantity
        hourly = f"~${price / 720 * (quantity or 1):.3f}" if price else ""
        rows.append((str(each["type"]), size, str(quantity), hourly, f"${price * quantity}" if price else ""))
    _print("=== Process Types\n")
    _print_table(("type", "size", "qty", "cost/hour", "max cost/month"), rows)
    _print("")
    _print("=== Dyno Totals\n")
    _print_table(("type", "total"), [(size, str(count)) for size, count in totals.items()])
    if "Eco" in totals:
        _print("\n$5 (flat monthly fee, shared across all Eco dynos)")


def _print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (heads, *rows)]
    rule = " " + "─" * (sum(widths) + 3 * len(widths) - 1)
    for line in (f"  {lines[0]}".rstrip(), rule, *(f"  {line}".rstrip() for line in lines[1:])):
        _print(line)
    _print("")


def _scale(world: World, call: Call) -> None:
    wanted = int(call.words[0].partition("=")[2])
    with _Trying("Scaling dynos") as trying:
        with world.change() as whole:
            app = state.app_of(whole, call.app)
            state.scale(app, dynos=wanted)
            size = app["size"]
        dynos.restart(world, call.app)
        trying.said = f"done, now running web at {wanted}:{size}"


def _logs(world: World, call: Call) -> None:
    state.app_of(world.read(), call.app)
    for line in dynos.log(world, call.app, int(call.flags.get("num", "100"))):
        _print(line)


def _destroy(world: World, call: Call) -> int:
    state.app_of(world.read(), call.app)
    if call.flags.get("confirm") != call.app:
        return _error(f"Confirmation {call.flags.get('confirm', '')} did not match {call.app}. Aborted.", exit_code=1)
    with _Trying(f"Destroying {call.app} (including all add-ons)"):
        dynos.remove(world, call.app)
        with world.change() as whole:
            state.destroy_app(whole, call.app)
            is_last = not whole["apps"]
        if is_last:
            platform_api.end(world)
    return 0


_ALIASES: Mapping[str, str] = {
    "version": "--version",
    "whoami": "auth:whoami",
    "create": "apps:create",
    "info": "apps:info",
    "destroy": "apps:destroy",
    "rollback": "releases:rollback",
    "scale": "ps:scale",
}
_COMMANDS: Mapping[str, Callable[[World, Call], int | None]] = {
    "--version": _version,
    "auth:token": _token,
    "auth:whoami": _whoami,
    "teams": _teams,
    "apps:create": _create,
    "apps:info": _info,
    "apps:destroy": _destroy,
    "config": _config,
    "addons:create": _add_addon,
    "addons:wait": _wait_for_addon,
    "releases": _releases,
    "releases:output": _release_output,
    "releases:retry": _retry_release,
    "releases:rollback": _rollback,
    "run": _run,
    "ps:type": _resize,
    "ps:scale": _scale,
    "logs": _logs,
}
_NEEDS_NOBODY = frozenset({"--version"})
