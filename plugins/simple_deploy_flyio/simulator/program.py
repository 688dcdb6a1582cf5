"""The program ``fly``: takes its arguments, says what the real one says, ends with its exit code.

The words and shapes are those of superfly/flyctl@ad0172f, as the fact sheet of 2026-11-21 has them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from simple_deploy.rehearsal import World, database
from simple_deploy_flyio import names
from simple_deploy_flyio.simulator import machines, state
from simple_deploy_flyio.simulator.replies import Refused, refuse

VERSION = {"Name": "flyctl", "Version": "0.3.200", "Commit": "simulated", "OS": "simulated", "Architecture": "none"}
_UNMANAGED = (
    "Unmanaged Fly Postgres is not supported by Fly.io Support and users are responsible for operations, management, "
    "and disaster recovery. If you'd like a managed, supported solution, try 'fly mpg' (Managed Postgres)."
)
_SHORT = {"-a": "app", "-o": "org", "-r": "region", "-n": "name", "-j": "json", "-y": "yes", "-i": "image"}
_ALONE = frozenset({"json", "yes", "stage", "remote-only", "local-only", "no-tail", "detach", "now", "pty", "ha"})


@dataclass
class Call:
    """A command with its words and flags."""

    command: str = ""
    words: list[str] = field(default_factory=list)
    flags: dict[str, str] = field(default_factory=dict)

    @property
    def app(self) -> str:
        return self.flags.get("app", "")


def parse(arguments: Sequence[str]) -> Call:
    """The call that these arguments mean."""
    call = Call()
    pending = iter(arguments)
    for word in pending:
        if not word.startswith("-"):
            call.words.append(word)
            continue
        name, given, value = word.partition("=")
        name = _SHORT.get(name, name.lstrip("-"))
        alone = name in _ALONE or (name == "image" and call.words[:1] == ["releases"])
        call.flags[name] = value if given else "true" if alone else next(pending, "")
    for length in (2, 1):
        command = " ".join(call.words[:length])
        if command in _COMMANDS:
            call.command, call.words = command, call.words[length:]
            return call
    call.command = " ".join(call.words)
    return call


def main(arguments: Sequence[str]) -> int:
    """:returns: the exit code."""
    world = World.from_environment()
    call = parse(arguments)
    action = _COMMANDS.get(call.command)
    if action is None:
        return _error(f'unknown command "{call.command}" for "flyctl"')
    try:
        if call.command != "version" and world.scenario == "logged-out":
            raise refuse("logged-out", state.variant(world.read()))
        return action(world, call) or 0
    except Refused as refused:
        return _error(refused.message)


def _error(message: str) -> int:
    sys.stdout.flush()
    sys.stderr.write(f"Error: {message}\n")
    return 1


def _print(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _print_json(value: object) -> None:
    _print(json.dumps(value, indent=4))


def _version(_world: World, _call: Call) -> None:
    _print_json(VERSION)


def _whoami(_world: World, _call: Call) -> None:
    _print_json({"email": state.ACCOUNT})


def _organizations(_world: World, _call: Call) -> None:
    _print_json(state.ORGANIZATIONS)


def _regions(_world: World, _call: Call) -> None:
    _print_json(state.regions())


def _apps(world: World, _call: Call) -> None:
    known = world.read().get("apps", {}).values()
    _print_json([state.shown_app(app) for app in known if app["organization"] != state.SOMEBODY])


def _create(world: World, call: Call) -> None:
    name = call.words[0]
    if "org" not in call.flags:
        raise Refused("not-interactive", "org slug must be specified when not running interactively")
    with world.change() as whole:
        if world.scenario == "name-taken" and name not in whole.setdefault("apps", {}):
            state.create_app(whole, name, state.SOMEBODY)
        app = state.create_app(whole, name, call.flags["org"])
    if world.scenario == "database-exists":
        with world.change() as whole:
            state.create_app(whole, names.database(name), call.flags["org"], postgres=True)
            state.create_cluster(whole, names.database(name), call.flags["org"], "iad", "basic")
    if "json" in call.flags:
        _print_json(state.shown_app(app))
    else:
        _print(f"New app created: {name}")


def _destroy(world: World, call: Call) -> None:
    name = call.words[0]
    if "yes" not in call.flags:
        raise refuse("not-interactive")
    app = state.app_of(world.read(), name)
    machines.remove(world, app)
    with world.change() as whole:
        del whole["apps"][name]
    _print(f"Destroyed app {name}")


def _secrets(world: World, call: Call) -> None:
    whole = world.read()
    _print_json(state.shown_secrets(state.app_of(whole, call.app), state.variant(whole)))


def _import(world: World, call: Call) -> None:
    lines = sys.stdin.read().splitlines()
    with world.change() as whole:
        app = state.app_of(whole, call.app)
        app["secrets"].update(line.split("=", 1) for line in lines if "=" in line)
        first = not app["deployed"]
    _print("Secrets are staged for the first deployment" if first else "Secrets have been staged, but not set on VMs.")


def _volumes(world: World, call: Call) -> None:
    _print_json(state.app_of(world.read(), call.app)["volumes"])


def _create_volume(world: World, call: Call) -> None:
    if "yes" not in call.flags:
        raise refuse("not-interactive")
    with world.change() as whole:
        app = state.app_of(whole, call.app)
        volume = state.add_volume(app, call.words[0], call.flags["region"], int(call.flags.get("size", "3")))
    _print_json(volume)


def _create_postgres(world: World, call: Call) -> None:
    sys.stderr.write(f"{_UNMANAGED}\n")
    name = call.flags["name"]
    _print(f"Creating postgres cluster in organization {call.flags['org']}")
    with world.change() as whole:
        state.create_app(whole, name, call.flags["org"], postgres=True)
    password = state.mark(name)[:15]
    _print("Creating app...")
    _print("Setting secrets on app...")
    _print(f"Provisioning 1 of 1 machines with image flyio/postgres-flex:17\nPostgres cluster {name} created")
    _print(f"  Username:    postgres\n  Password:    {password}\n  Hostname:    {name}.internal")
    _print(f"  Connection string: postgres://postgres:{password}@{name}.flycast:5432\n")
    _print("Save your credentials in a secure place -- you won't be able to see them again!")


def _attach_postgres(world: World, call: Call) -> None:
    sys.stderr.write(f"{_UNMANAGED}\n")
    server = call.words[0]
    whole = world.read()
    _print("Checking for existing attachments")
    if not state.app_of(whole, server)["postgres"]:
        raise Refused("no-app", f"app {server} is not a postgres app")
    if "DATABASE_URL" in state.app_of(whole, call.app)["secrets"]:
        raise refuse("has-database", app=call.app)
    user = (call.flags.get("database-user") or call.app).replace("-", "_")
    if user in whole["apps"][server].get("users", []):
        raise refuse("user-exists", user=user)
    _print("Registering attachment\nCreating database\nCreating user")
    made = database.create(world, server)
    url = made.url(query="sslmode=disable").reveal()
    with world.change() as whole:
        whole["apps"][server].setdefault("users", []).append(user)
        state.app_of(whole, call.app)["secrets"]["DATABASE_URL"] = url
    _print(f"\nPostgres cluster {server} is now attached to {call.app}")
    _print(f"The following secret was added to {call.app}:\n  DATABASE_URL={url}")


def _clusters(world: World, call: Call) -> None:
    organization = call.flags.get("org", "personal")
    known = world.read().get("clusters", {}).values()
    found = [each for each in known if each["organization"]["slug"] == organization]
    if not found:
        _print(f"No managed postgres clusters found in organization {organization}")
    else:
        _print_json(found)


def _create_cluster(world: World, call: Call) -> None:
    name = call.flags["name"]
    with world.change() as whole:
        cluster = state.create_cluster(whole, name, call.flags["org"], call.flags["region"], call.flags["plan"])
    url = database.create(world, f"mpg-{cluster['id']}").url("postgresql").reveal()
    _print(f"Initiating creation of Managed Postgres cluster '{name}' in region {cluster['region']}")
    _print(f"\nManaged Postgres cluster created\n  ID: {cluster['id']}\n  Name: {name}\n  Plan: {cluster['plan']}")
    _print(f"  Connection string: {url}")


def _attach_cluster(world: World, call: Call) -> None:
    id = call.words[0]
    whole = world.read()
    if id not in whole.get("clusters", {}):
        raise Refused("no-app", f"failed retrieving cluster {id}: not found")
    if "DATABASE_URL" in state.app_of(whole, call.app)["secrets"]:
        raise refuse("has-cluster", app=call.app)
    url = database.create(world, f"mpg-{id}").url("postgresql").reveal()
    with world.change() as whole:
        app = state.app_of(whole, call.app)
        app["secrets"]["DATABASE_URL"] = url
        whole["clusters"][id]["attached_apps"].append({"name": call.app, "id": app["id"]})
    _print(f"Postgres cluster {id} is being attached to {call.app}")
    _print(f"The following secret was added to {call.app}:\n  DATABASE_URL={url}")


def _destroy_cluster(world: World, call: Call) -> None:
    if "yes" not in call.flags:
        raise refuse("not-interactive")
    database.drop(world, f"mpg-{call.words[0]}")
    with world.change() as whole:
        gone = whole.get("clusters", {}).pop(call.words[0], None)
    if gone is None:
        raise Refused("no-app", f"failed retrieving cluster {call.words[0]}: not found")
    _print(f"Managed Postgres cluster {gone['name']} was destroyed")


def _deploy(world: World, call: Call) -> None:
    machines.deploy(world, image=call.flags.get("image", ""), ha=call.flags.get("ha") != "false")


def _machines(world: World, call: Call) -> None:
    app = state.app_of(world.read(), call.app)
    machine = app["machine"]
    running = machine is not None and world.is_running(machines.process_of(app["name"], machine["version"]))
    rows = [{"id": machine["id"], "name": "site", "state": "started" if running else "stopped"}] if machine else []
    _print_json([{**row, "region": machine["region"], "image_ref": {}} for row in rows])


def _releases(world: World, call: Call) -> None:
    found = state.app_of(world.read(), call.app)["releases"]
    _print_json(sorted(found, key=lambda each: int(each["Version"]), reverse=True))


def _logs(world: World, call: Call) -> None:
    for line in machines.log(world, state.app_of(world.read(), call.app)):
        _print(line)


_COMMANDS: Mapping[str, Callable[[World, Call], int | None]] = {
    "version": _version,
    "auth whoami": _whoami,
    "orgs list": _organizations,
    "platform regions": _regions,
    "apps list": _apps,
    "apps create": _create,
    "apps destroy": _destroy,
    "secrets list": _secrets,
    "secrets import": _import,
    "volumes list": _volumes,
    "volumes create": _create_volume,
    "postgres create": _create_postgres,
    "postgres attach": _attach_postgres,
    "mpg list": _clusters,
    "mpg create": _create_cluster,
    "mpg attach": _attach_cluster,
    "mpg destroy": _destroy_cluster,
    "deploy": _deploy,
    "machine list": _machines,
    "releases": _releases,
    "logs": _logs,
}
