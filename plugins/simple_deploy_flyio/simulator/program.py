"""The program ``fly``: takes its arguments, says what the real one says, ends with its exit code.

The words and shapes are those of superfly/flyctl@ad0172f, as the fact sheet of 2026-11-21 has them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from simple_deploy.rehearsal import World, database
from simple_deploy.rehearsal.program import Call, Grammar, Program, say, say_json
from simple_deploy.rehearsal.site import mark, now
from simple_deploy_flyio import names
from simple_deploy_flyio.simulator import machines, state
from simple_deploy_flyio.simulator.dockerfile_lines import DOCKERFILE
from simple_deploy_flyio.simulator.replies import REPLIES

VERSION = {"Name": "flyctl", "Version": "0.3.200", "Commit": "simulated", "OS": "simulated", "Architecture": "none"}
_UNMANAGED = (
    "Unmanaged Fly Postgres is not supported by Fly.io Support and users are responsible for operations, management, "
    "and disaster recovery. If you'd like a managed, supported solution, try 'fly mpg' (Managed Postgres)."
)


def _error(message: str) -> int:
    sys.stdout.flush()
    sys.stderr.write(f"Error: {message}\n")
    return 1


def _turn_away(world: World, call: Call) -> None:
    if call.command != "version" and world.scenario == "logged-out":
        raise REPLIES.refuse("logged-out", world.read())


_say_json = partial(say_json, indent=4)


def _version(_world: World, _call: Call) -> None:
    _say_json(VERSION)


def _whoami(_world: World, _call: Call) -> None:
    _say_json({"email": state.ACCOUNT})


def _organizations(_world: World, _call: Call) -> None:
    _say_json(state.ORGANIZATIONS)


def _regions(_world: World, _call: Call) -> None:
    _say_json(state.regions())


def _apps(world: World, _call: Call) -> None:
    known = world.read().get("apps", {}).values()
    _say_json([state.shown_app(app) for app in known if app["organization"] != state.SOMEBODY])


def _create(world: World, call: Call) -> None:
    name = call.words[0]
    if "org" not in call.flags:
        raise REPLIES.refuse("no-org-slug")
    with world.change() as whole:
        if world.scenario == "name-taken" and name not in whole.setdefault("apps", {}):
            state.create_app(whole, name, state.SOMEBODY)
        app = state.create_app(whole, name, call.flags["org"])
    if world.scenario == "database-exists":
        with world.change() as whole:
            state.create_app(whole, names.database(name), call.flags["org"], postgres=True)
            state.create_cluster(whole, names.database(name), call.flags["org"], "iad", "basic")
    if "json" in call.flags:
        _say_json(state.shown_app(app))
    else:
        say(f"New app created: {name}")


def _destroy(world: World, call: Call) -> None:
    name = call.words[0]
    if "yes" not in call.flags:
        raise REPLIES.refuse("not-interactive")
    app = state.app_of(world.read(), name)
    machines.remove(world, app)
    with world.change() as whole:
        del whole["apps"][name]
    say(f"Destroyed app {name}")


def _secrets(world: World, call: Call) -> None:
    whole = world.read()
    _say_json(state.shown_secrets(state.app_of(whole, call.app), whole.get("variant", 0)))


def _import(world: World, call: Call) -> None:
    # Three quotes stand around a value of several lines.
    rows = re.findall(r'(?ms)^([^=\n]+)=(?:"""(.*?)"""|([^\n]*))$', sys.stdin.read())
    with world.change() as whole:
        app = state.app_of(whole, call.app)
        app["secrets"].update({name: several or _one_line(one) for name, several, one in rows})
        first = not app["deployed"]
    if "stage" not in call.flags:
        machines.restart(world, app)
        return
    say("Secrets are staged for the first deployment" if first else "Secrets have been staged, but not set on VMs.")


def _one_line(value: str) -> str:
    """A value without the comment behind it and the quotes around it."""
    before, hash_sign, _ = value.partition("#")
    value = before.rstrip(" ") if hash_sign and before.count('"') % 2 == 0 else value
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def _volumes(world: World, call: Call) -> None:
    _say_json(state.app_of(world.read(), call.app)["volumes"])


def _create_volume(world: World, call: Call) -> None:
    if "yes" not in call.flags:
        raise REPLIES.refuse("not-interactive")
    with world.change() as whole:
        app = state.app_of(whole, call.app)
        volume = state.add_volume(app, call.words[0], call.flags["region"], int(call.flag("size", "3")))
    _say_json(volume)


def _create_postgres(world: World, call: Call) -> None:
    sys.stderr.write(f"{_UNMANAGED}\n")
    name = call.flags["name"]
    say(f"Creating postgres cluster in organization {call.flags['org']}")
    with world.change() as whole:
        state.create_app(whole, name, call.flags["org"], postgres=True)
    password = mark(name)[:15]
    say("Creating app...")
    say("Setting secrets on app...")
    say(f"Provisioning 1 of 1 machines with image flyio/postgres-flex:17\nPostgres cluster {name} created")
    say(f"  Username:    postgres\n  Password:    {password}\n  Hostname:    {name}.internal")
    say(f"  Connection string: postgres://postgres:{password}@{name}.flycast:5432\n")
    say("Save your credentials in a secure place -- you won't be able to see them again!")


def _attach_postgres(world: World, call: Call) -> None:
    sys.stderr.write(f"{_UNMANAGED}\n")
    server = call.words[0]
    whole = world.read()
    say("Checking for existing attachments")
    if not state.app_of(whole, server)["postgres"]:
        raise REPLIES.refuse("no-postgres", app=server)
    if "DATABASE_URL" in state.app_of(whole, call.app)["secrets"]:
        raise REPLIES.refuse("has-database", app=call.app)
    user = (call.flag("database-user") or call.app).replace("-", "_")
    if user in whole["apps"][server].get("users", []):
        raise REPLIES.refuse("user-exists", user=user)
    say("Registering attachment\nCreating database\nCreating user")
    made = database.create(world, server)
    url = made.url(query="sslmode=disable").reveal()
    with world.change() as whole:
        whole["apps"][server].setdefault("users", []).append(user)
        state.app_of(whole, call.app)["secrets"]["DATABASE_URL"] = url
    say(f"\nPostgres cluster {server} is now attached to {call.app}")
    say(f"The following secret was added to {call.app}:\n  DATABASE_URL={url}")


def _clusters(world: World, call: Call) -> None:
    organization = call.flag("org", "personal")
    known = world.read().get("clusters", {}).values()
    found = [each for each in known if each["organization"]["slug"] == organization]
    if not found:
        say(f"No managed postgres clusters found in organization {organization}")
    else:
        _say_json(found)


def _create_cluster(world: World, call: Call) -> None:
    name = call.flags["name"]
    with world.change() as whole:
        cluster = state.create_cluster(whole, name, call.flags["org"], call.flags["region"], call.flags["plan"])
    url = database.create(world, f"mpg-{cluster['id']}").url("postgresql").reveal()
    say(f"Initiating creation of Managed Postgres cluster '{name}' in region {cluster['region']}")
    say(f"\nManaged Postgres cluster created\n  ID: {cluster['id']}\n  Name: {name}\n  Plan: {cluster['plan']}")
    say(f"  Connection string: {url}")


def _attach_cluster(world: World, call: Call) -> None:
    id = call.words[0]
    whole = world.read()
    if id not in whole.get("clusters", {}):
        raise REPLIES.refuse("no-cluster", cluster=id)
    if "DATABASE_URL" in state.app_of(whole, call.app)["secrets"]:
        raise REPLIES.refuse("has-cluster", app=call.app)
    url = database.create(world, f"mpg-{id}").url("postgresql").reveal()
    with world.change() as whole:
        app = state.app_of(whole, call.app)
        app["secrets"]["DATABASE_URL"] = url
        whole["clusters"][id]["attached_apps"].append({"name": call.app, "id": app["id"]})
    say(f"Postgres cluster {id} is being attached to {call.app}")
    say(f"The following secret was added to {call.app}:\n  DATABASE_URL={url}")


def _destroy_cluster(world: World, call: Call) -> None:
    if "yes" not in call.flags:
        raise REPLIES.refuse("not-interactive")
    database.drop(world, f"mpg-{call.words[0]}")
    with world.change() as whole:
        gone = whole.get("clusters", {}).pop(call.words[0], None)
    if gone is None:
        raise REPLIES.refuse("no-cluster", cluster=call.words[0])
    say(f"Managed Postgres cluster {gone['name']} was destroyed")


def _deploy(world: World, call: Call) -> None:
    machines.deploy(world, image=call.flag("image", ""), ha=call.flag("ha") != "false")


def _restart(world: World, call: Call) -> None:
    app = state.app_of(world.read(), call.words[0])
    machines.restart(world, app)
    say(f"{call.words[0]} is being restarted")


def _certificates(world: World, call: Call) -> None:
    found = state.app_of(world.read(), call.app).get("certificates", [])
    _say_json([{"CreatedAt": now(), "Hostname": name, "ClientStatus": "Awaiting configuration"} for name in found])


def _add_certificate(world: World, call: Call) -> None:
    with world.change() as whole:
        known = state.app_of(whole, call.app).setdefault("certificates", [])
        known.append(call.words[0])
    say(f"You are creating a certificate for {call.words[0]}")


def _remove_certificate(world: World, call: Call) -> None:
    if "yes" not in call.flags:
        raise REPLIES.refuse("not-interactive")
    with world.change() as whole:
        state.app_of(whole, call.app)["certificates"].remove(call.words[0])
    say(f"Certificate {call.words[0]} deleted from app {call.app}")


def _addresses(world: World, call: Call) -> None:
    state.app_of(world.read(), call.app)
    # Addresses for examples (RFC 5737 and RFC 3849): nobody has them.
    found = (("shared_v4", "192.0.2.66"), ("v6", "2001:db8::66"), ("private_v6", "fdaa::3"))
    _say_json([{"Type": kind, "Address": address, "Region": "global", "CreatedAt": now()} for kind, address in found])


def _set_secrets(world: World, call: Call) -> None:
    _change_secrets(world, call, dict(each.split("=", 1) for each in call.words))


def _unset_secrets(world: World, call: Call) -> None:
    _change_secrets(world, call, dict.fromkeys(call.words))


def _change_secrets(world: World, call: Call, changed: Mapping[str, str | None]) -> None:
    with world.change() as whole:
        app = state.app_of(whole, call.app)
        app["secrets"] = {name: value for name, value in {**app["secrets"], **changed}.items() if value is not None}
    machines.restart(world, app)


def _machines(world: World, call: Call) -> None:
    app = state.app_of(world.read(), call.app)
    machine = app["machine"]
    running = machines.site_of(world, app).is_up
    shown = "started" if running else "stopped"
    count = int(app.get("count", 1)) if machine else 0
    ids = [machine["id"], *(mark(f"{call.app}{number}")[:14] for number in range(1, count))] if machine else []
    _say_json(
        [
            {
                "id": id,
                "name": "site",
                "state": shown,
                "region": machine["region"],
                "image_ref": {},
                "config": {"guest": state.guest(app), "metadata": {"fly_process_group": "app"}},
            }
            for id in ids
        ]
    )


def _scale_memory(world: World, call: Call) -> None:
    with world.change() as whole:
        app = state.app_of(whole, call.app)
        app["memory"] = int(call.words[0])
    machines.restart(world, app)
    say(f"Scaled VM Memory to {app['memory']} MB")


def _scale_count(world: World, call: Call) -> None:
    if "yes" not in call.flags:
        raise REPLIES.refuse("not-interactive")
    number = int(call.words[0].rpartition("=")[2])
    with world.change() as whole:
        app = state.app_of(whole, call.app)
        if app["volumes"] and number > 1:
            raise REPLIES.refuse("needs-volume", whole, volume=app["volumes"][0]["name"], region="iad")
        app["count"] = number
    say(f"App '{call.app}' is going to be scaled according to this plan:")
    say(f"  {number} machines for group 'app'")


def _releases(world: World, call: Call) -> None:
    found = state.app_of(world.read(), call.app)["releases"]
    _say_json(sorted(found, key=lambda each: int(each["Version"]), reverse=True))


def _logs(world: World, call: Call) -> None:
    for line in machines.log(world, state.app_of(world.read(), call.app)):
        say(line)


def _console(world: World, call: Call) -> int:
    return machines.console(world, state.app_of(world.read(), call.app), call.flag("command"))


def _prepare(world: World, _words: Sequence[str]) -> int:
    from simple_deploy.rehearsal import preparing  # brings far more than any other call needs

    python = DOCKERFILE.python_of(Path.cwd() / "Dockerfile")
    return preparing.prepare(world, Path.cwd(), python=python, dockerfile="Dockerfile")


FLY = Program(
    grammar=Grammar(
        alone=frozenset(
            {"json", "yes", "stage", "remote-only", "local-only", "no-tail", "detach", "now", "pty", "ha"}
            | {"releases image"}
        ),
        short={
            "a": "app",
            "o": "org",
            "r": "region",
            "n": "name",
            "j": "json",
            "y": "yes",
            "i": "image",
            "C": "command",
        },
    ),
    commands={
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
        "apps restart": _restart,
        "scale memory": _scale_memory,
        "scale count": _scale_count,
        "certs list": _certificates,
        "certs add": _add_certificate,
        "certs remove": _remove_certificate,
        "ips list": _addresses,
        "secrets set": _set_secrets,
        "secrets unset": _unset_secrets,
        "releases": _releases,
        "logs": _logs,
        "ssh console": _console,
    },
    unknown=lambda command: _error(f'unknown command "{command}" for "flyctl"'),
    refused=lambda refused: _error(refused.message),
    logged_out=_turn_away,
    inner={"prepare": _prepare},
)
