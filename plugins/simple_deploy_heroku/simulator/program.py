"""The program ``heroku``: takes its arguments, says what the real one says, ends with its exit code.

The words and the two streams are those of heroku/cli v11.9.0; a test compares them with the program itself.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from simple_deploy.rehearsal import World, answering
from simple_deploy.rehearsal.program import Call, Grammar, Program, say, say_json
from simple_deploy_heroku.simulator import platform_api, state
from simple_deploy_heroku.simulator.dynos import MODULE, Dynos, interpreter
from simple_deploy_heroku.simulator.replies import REPLIES
from simple_deploy_heroku.simulator.state import ACCOUNT

VERSION = "heroku/11.9.0 simulated"
_SIGN = " ›   "
_WIDTH = 74  # characters of an error that stand in a line


def _turn_away(world: World, call: Call) -> int | None:
    """What nobody who is logged in gets to hear."""
    if world.scenario != "logged-out" or call.command == "version":
        return None
    if call.command == "auth:whoami":
        raise REPLIES.refuse("logged-out")
    if call.command == "auth:token":
        return _error(REPLIES.rows["logged-out"][0].said, exit_code=2)
    if call.command == "apps:create":  # it has begun by then
        sys.stderr.write(f"Creating {call.words[0]}... !\n")
    reply = REPLIES.rows["log-in-first"][0]
    sys.stderr.write("heroku: Press any key to open up the browser to login or q to exit\n")
    sys.stderr.write(f"    {reply.said}\n")
    return reply.code


def _error(message: str, id: str = "", *, exit_code: int) -> int:
    lines = [
        row for line in f"Error: {message}".splitlines() for row in textwrap.wrap(line, _WIDTH, break_long_words=False)
    ]
    lines += ["", f"Error ID: {id}"] if id else []
    sys.stderr.write("".join(f"{_SIGN}{line}".rstrip() + "\n" for line in lines))
    return exit_code


def _own_error(message: str) -> int:
    """One that the program itself found, and not Heroku."""
    sys.stderr.write(f"    Error: {message}\n")
    return 1


class _Trying:
    """``Doing it... done``, or ``Doing it... !`` when it is refused, on standard error."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.said = "done"

    def __enter__(self) -> _Trying:
        sys.stderr.write(f"{self._text}... ")
        sys.stderr.flush()
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        sys.stderr.write("!\n" if kind else f"{self.said}\n")


# -- the commands the plugin calls --


def _version(_world: World, _call: Call) -> None:
    say(VERSION)


def _whoami(_world: World, _call: Call) -> None:
    say(ACCOUNT)


def _token(world: World, _call: Call) -> None:
    answering.ensure(world, platform_api.ADDRESS, MODULE, "api")  # whoever asks for the token is about to speak with it
    say(platform_api.token(world))


def _teams(world: World, _call: Call) -> None:
    say_json([{"name": name, "role": "admin"} for name in world.read().get("teams", [])])


def _create(world: World, call: Call) -> None:
    name, region, team = call.words[0], call.flag("region"), call.flag("team")
    dynos = Dynos(world, name)
    with _Trying(f"Creating {name}") as trying:
        with world.change() as whole:
            if _is_taken(world, name):
                raise REPLIES.refuse("name-taken", whole, app=name)
            info = state.create_app(whole, name, region=region or "us", team=team)
        dynos.make_repository()
        if world.scenario == "database-exists":
            url = dynos.make_database()
            with world.change() as whole:
                state.add_addon(state.app_of(whole, name), "heroku-postgresql:essential-0", url)
        trying.said = f"done, region is {region}" if region else "done"
    if "json" in call.flags:
        say_json(info)
    else:
        say(f"{info['web_url']} | {info['git_url']}")


def _info(world: World, call: Call) -> None:
    name = _named(call)
    known = world.read()
    if _is_taken(world, name):
        raise REPLIES.refuse("not-yours", known, app=name)
    app = state.app_of(known, name)
    say_json(
        {
            "addons": app["addons"],
            "app": app["info"],
            "dynos": state.dynos(app, up=Dynos(world, name).site.is_up),
            "collaborators": [{"user": {"email": ACCOUNT}}],
            "pipeline_coupling": None,
        }
    )


def _named(call: Call) -> str:
    """The app of a command that takes it as a word too."""
    return call.app or next(iter(call.words), "")


def _is_taken(world: World, name: str) -> bool:
    """Whether somebody else has the name, in the scenario that says so."""
    return world.scenario == "name-taken" and name not in world.read().get("apps", {})


def _config(world: World, call: Call) -> None:
    say_json(state.app_of(world.read(), call.app)["config"])


def _add_addon(world: World, call: Call) -> None:
    plan, dynos = call.words[0], Dynos(world, call.app)
    price = state.PRICES.get(plan.partition(":")[2], 0) / 100
    with _Trying(f"Creating {plan} on {call.app}") as trying:
        state.app_of(world.read(), call.app)
        url = dynos.make_database()
        with world.change() as whole:
            addon = state.add_addon(state.app_of(whole, call.app), plan, url)
        dynos.restart()
        trying.said = f"~${price / 720:.3f}/hour (max ${price:.0f}/month)"
    say(f"Created {addon['name']} as DATABASE_URL")
    say("Run heroku addons:docs heroku-postgresql to view documentation.")


def _buildpacks(world: World, call: Call) -> None:
    found = state.app_of(world.read(), call.app).get("buildpacks", [])
    if not found:
        say(f"{call.app} has no Buildpacks.")
        return
    say(f"=== {call.app} Classic Buildpacks (from the Heroku Buildpack Registry)\n")
    for line in _numbered(found):
        say(line)


def _add_buildpack(world: World, call: Call) -> None:
    with world.change() as whole:
        found = state.app_of(whole, call.app).setdefault("buildpacks", [])
        found.insert(int(call.flag("index", str(len(found) + 1))) - 1, call.words[0])
    several = len(found) > 1
    these = "these buildpacks" if several else "this buildpack"
    say(f"Buildpack added. Next release on {call.app} will use" + (":" if several else f" {found[0]}."))
    for line in _numbered(found) if several else ():
        say(f"  {line}")
    say(f"Run git push heroku main to create a new release using {these}.")


def _numbered(names: Sequence[str]) -> Sequence[str]:
    return [f"{number}. {each}" for number, each in enumerate(names, 1)] if len(names) > 1 else names


def _wait_for_addon(world: World, call: Call) -> None:
    with world.change() as whole:
        app = state.app_of(whole, call.app)
        addon = next((each for each in app["addons"] if each["name"] == call.words[0]), None)
        if addon is None:
            raise REPLIES.refuse("no-addon")
        waited, addon["state"] = addon["state"] == "provisioning", "provisioned"
    if waited:
        with _Trying(f"Creating {addon['name']}"):
            pass
        say(f"Created {addon['name']} as DATABASE_URL")


def _releases(world: World, call: Call) -> None:
    dynos = Dynos(world, call.app)
    newest = sorted(dynos.app["releases"], key=lambda each: int(each["version"]), reverse=True)
    if world.scenario:
        dynos.site.expect_push()
    say_json(newest[: int(call.flag("num", "15"))])


def _release_output(world: World, call: Call) -> None:
    dynos = Dynos(world, call.app)
    sys.stdout.write(dynos.release_output(dynos.app["releases"][-1]["version"]))


def _retry_release(world: World, call: Call) -> None:
    release = state.app_of(world.read(), call.app)["releases"][-1]
    with _Trying(f"Retrying v{release['version']} on {call.app}") as trying:
        text, slug = f"Retry of v{release['version']}", release["slug"]["id"]
        with world.change() as whole:
            fresh = state.add_release(state.app_of(whole, call.app), text, slug=slug, status="pending")
        trying.said = f"done, v{fresh['version']}"
    say("Running release command...")
    Dynos(world, call.app).release(fresh["version"])


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
    with _Trying(f"Rolling back {call.app} to v{target['version']}") as trying:
        Dynos(world, call.app).restart()
        trying.said = f"done, v{version}"
    sys.stderr.write(
        f"{_SIGN}Warning: Rollback affects code and config vars; it doesn't add or remove addons.\n"
        f"{_SIGN}Warning: To undo, run: heroku rollback v{version - 1}\n"
    )
    return 0


def _run(world: World, call: Call) -> int:
    state.app_of(world.read(), call.app)
    command = _one_line(call.rest)
    with _Trying(f"Running {command} on {call.app}") as trying:
        trying.said = "up, run.1"
    code = Dynos(world, call.app).run(command)
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
            raise REPLIES.refuse("no-formation", app=call.app)
        state.scale(whole, app, size=size)
    _say_formation(state.formation(app))


def _say_formation(formation: Sequence[Mapping[str, Any]]) -> None:
    rows = []
    totals: dict[str, int] = {}
    for each in formation:
        size, quantity = str(each["size"]), int(each["quantity"])
        price = state.DYNO_PRICES.get(size, 0)
        totals[size] = totals.get(size, 0) + quantity
        hourly = f"~${price / 720 * (quantity or 1):.3f}" if price else ""
        rows.append((str(each["type"]), size, str(quantity), hourly, f"${price * quantity}" if price else ""))
    say("=== Process Types\n")
    _say_table(("type", "size", "qty", "cost/hour", "max cost/month"), rows)
    say("\n=== Dyno Totals\n")
    _say_table(("type", "total"), [(size, str(count)) for size, count in totals.items()])
    if "Eco" in totals:
        say("\n$5 (flat monthly fee, shared across all Eco dynos)")


def _say_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (heads, *rows)]
    rule = " " + "─" * (sum(widths) + 3 * len(widths) - 1)
    for line in (f"  {lines[0]}".rstrip(), rule, *(f"  {line}".rstrip() for line in lines[1:]), ""):
        say(line)


def _scale(world: World, call: Call) -> None:
    name, _, number = call.words[0].partition("=")
    if name != "web":
        state.app_of(world.read(), call.app)
        with _Trying("Scaling dynos") as trying:
            trying.said = "done, now running " + ", ".join(f"{each.replace('=', ' at ')}" for each in call.words)
        return
    wanted, size = int(number.partition(":")[0]), number.partition(":")[2]
    with _Trying("Scaling dynos") as trying:
        with world.change() as whole:
            app = state.app_of(whole, call.app)
            state.scale(whole, app, size=size, dynos=wanted)
        Dynos(world, call.app).restart()
        trying.said = f"done, now running web at {wanted}:{app['size']}"


def _schedules(world: World, call: Call) -> int:
    app = state.app_of(world.read(), call.app)
    if not app["addons"]:
        return _own_error(f"No Heroku Postgres legacy database on {call.app}")
    if "schedule" not in app:
        sys.stderr.write(
            f"{_SIGN}Warning: No backup schedules found on {call.app}\n"
            f"{_SIGN}Use heroku pg:backups:schedule to set one up\n"
        )
        return 0
    say("=== Backup Schedules\n")
    say(f"DATABASE_URL: daily at {app['schedule']}\n")
    return 0


def _schedule(world: World, call: Call) -> int:
    time, _, zone = call.flags["at"].partition(" ")
    hour = int(time.partition(":")[0])
    with world.change() as whole:
        app = state.app_of(whole, call.app)
        if not app["addons"]:
            return _own_error(f"{call.app} has no databases")
        app["schedule"] = f"{hour}:00 {zone}"
        name = app["addons"][0]["name"]
    with _Trying(f"Scheduling automatic daily backups of {name} at {hour:02}:00 {zone}"):
        return 0


def _unschedule(world: World, call: Call) -> int:
    with world.change() as whole:
        app = state.app_of(whole, call.app)
        database = next((addon["name"] for addon in app["addons"]), "")
        scheduled = app.pop("schedule", "")
    with _Trying(f"Unscheduling {call.words[0]} daily backups") as trying:
        trying.said = "done" if scheduled else "!"
    if scheduled:
        return 0
    return _own_error(f"No daily backups found for {database}" if database else f"{call.app} has no databases")


def _restart_all(world: World, call: Call) -> None:
    with _Trying(f"Restarting all dynos on {call.app}"):
        state.app_of(world.read(), call.app)
        Dynos(world, call.app).restart()


def _domains(world: World, call: Call) -> None:
    say_json(state.domains(state.app_of(world.read(), call.app)))


def _add_domain(world: World, call: Call) -> None:
    sys.stderr.write(f"Adding {call.words[0]} to {call.app}... done\n")  # whatever comes of it
    with world.change() as whole:
        domain = state.add_domain(state.app_of(whole, call.app), call.words[0])
    say_json(domain)


def _remove_domain(world: World, call: Call) -> None:
    with _Trying(f"Removing {call.words[0]} from {call.app}"), world.change() as whole:
        state.remove_domain(state.app_of(whole, call.app), call.words[0])


def _make_certificates(world: World, call: Call) -> None:
    with _Trying("Enabling Automatic Certificate Management") as trying, world.change() as whole:
        state.make_certificates(state.app_of(whole, call.app))
        trying.said = "starting. See status with heroku certs:auto or wait until active with heroku certs:auto --wait"
    say("=== Your certificate will now be managed by Heroku. Check the status by running heroku certs:auto.\n")


def _logs(world: World, call: Call) -> None:
    state.app_of(world.read(), call.app)
    for line in Dynos(world, call.app).log(int(call.flag("num", "100"))):
        say(line)


def _destroy(world: World, call: Call) -> int:
    name = _named(call)
    state.app_of(world.read(), name)
    if call.flag("confirm") != name:
        return _error(f"Confirmation {call.flag('confirm')} did not match {name}. Aborted.", exit_code=1)
    with _Trying(f"Destroying {name} (including all add-ons)"):
        Dynos(world, name).remove()
        with world.change() as whole:
            state.destroy_app(whole, name)
        if not whole["apps"]:
            answering.end(world, platform_api.ADDRESS)
    return 0


# -- what a rehearsal calls it for besides --


def _receive(world: World, words: Sequence[str]) -> int:
    return Dynos(world, words[0]).receive(sys.stdin.read().splitlines())


def _serve_api(world: World, words: Sequence[str]) -> int:
    answering.serve(partial(platform_api.answer, world), int(words[0]))
    return 0


def _restart(world: World, words: Sequence[str]) -> int:
    Dynos(world, words[0]).restart()
    return 0


def _prepare(world: World, _words: Sequence[str]) -> int:
    from simple_deploy.rehearsal import preparing  # brings far more than any other call needs

    return preparing.prepare(world, Path.cwd(), python=interpreter(Path.cwd()))


HEROKU = Program(
    grammar=Grammar(
        alone=frozenset({"json", "no-remote", "wait", "exit-code", "no-tty", "tail", "version"}),
        short={"a": "app", "n": "num", "x": "exit-code"},
        aliases={
            "whoami": "auth:whoami",
            "create": "apps:create",
            "info": "apps:info",
            "destroy": "apps:destroy",
            "rollback": "releases:rollback",
            "scale": "ps:scale",
        },
    ),
    commands={
        "version": _version,
        "auth:token": _token,
        "auth:whoami": _whoami,
        "teams": _teams,
        "apps:create": _create,
        "apps:info": _info,
        "apps:destroy": _destroy,
        "config": _config,
        "buildpacks": _buildpacks,
        "buildpacks:add": _add_buildpack,
        "addons:create": _add_addon,
        "addons:wait": _wait_for_addon,
        "releases": _releases,
        "releases:output": _release_output,
        "releases:retry": _retry_release,
        "releases:rollback": _rollback,
        "run": _run,
        "ps:type": _resize,
        "ps:scale": _scale,
        "ps:restart": _restart_all,
        "pg:backups:schedules": _schedules,
        "pg:backups:schedule": _schedule,
        "pg:backups:unschedule": _unschedule,
        "domains": _domains,
        "domains:add": _add_domain,
        "domains:remove": _remove_domain,
        "certs:auto:enable": _make_certificates,
        "logs": _logs,
    },
    unknown=lambda command: _error(f"{command} is not a heroku command.", exit_code=127),
    refused=lambda refused: _error(refused.message, refused.reply.id, exit_code=refused.reply.code),
    logged_out=_turn_away,
    inner={"receive": _receive, "api": _serve_api, "restart": _restart, "prepare": _prepare},
)
