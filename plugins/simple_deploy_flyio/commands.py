"""The command lines of the program `fly`, and what its answers mean. Pure.

Sources: superfly/flyctl at ad0172f and superfly/fly-go at 22d6e51, both August 2026; the file is named beside each.
What could not be verified is said, and both variants are understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simple_deploy.api import Argv, Completed, Login, Organizations, Program, json_in
from simple_deploy_flyio import pages

FLY = "fly"

#: internal/command/version/version.go
VERSION = (FLY, "version", "--json")
#: internal/command/auth/whoami.go; with --json it never asks, whatever the terminal.
WHOAMI = (FLY, "auth", "whoami", "--json")
#: internal/command/orgs/list.go: an object of short names and names.
ORGS = (FLY, "orgs", "list", "--json")
#: internal/command/platform/regions.go, fly-go types.go:612
REGIONS = (FLY, "platform", "regions", "--json")
#: internal/command/apps/list.go, fly-go types.go:241: capitalised keys.
APPS = (FLY, "apps", "list", "--json")


#: internal/command/deploy: builds on Fly.io's own builder, one machine; --yes answers what it would ask.
DEPLOY = (FLY, "deploy", "--yes", "--remote-only", "--ha=false")

#: Where `fly deploy` can end.
UNREACHABLE, NOT_BUILT, NOT_RELEASED, UNHEALTHY = "unreachable", "not-built", "not-released", "unhealthy"
_ENDS = (
    (NOT_RELEASED, r"release.command"),
    (UNHEALTHY, r"health checks|smoke checks"),
    (
        UNREACHABLE,
        r"i/o timeout|no such host|connection (?:refused|reset)|connecting to|network is unreachable|\bdial ",
    ),
    (NOT_BUILT, r"error building|build from source"),
)


def create_app(app: str, organization: str) -> Argv:
    """internal/command/apps/create.go: prints the App as JSON."""
    return (FLY, "apps", "create", app, "--org", organization, "--json")


def destroy_app(app: str) -> Argv:
    """internal/command/apps/destroy.go: its machines, volumes and secrets go with it."""
    return (FLY, "apps", "destroy", app, "--yes")


def list_secrets(app: str) -> Argv:
    """internal/command/secrets/list.go: names, never values."""
    return (FLY, "secrets", "list", "-a", app, "--json")


def import_secrets(app: str, *, staged: bool = True) -> Argv:
    """internal/command/secrets/import.go: NAME=VALUE lines on standard input.

    :param staged: until the next deployment; else the machines start anew with them.
    """
    return (FLY, "secrets", "import", "-a", app, *(("--stage",) if staged else ()))


def list_volumes(app: str) -> Argv:
    """internal/command/volumes/list.go"""
    return (FLY, "volumes", "list", "-a", app, "--json")


def secret_line(name: str, value: str) -> str:
    """*name* and *value* as :func:`import_secrets` reads them (internal/command/secrets/parser.go): three quotes stand
    around several lines, and a ``#`` begins a comment unless an odd number of double quotes stands before it."""
    if "\n" in value:
        return f'{name}="""{value}"""\n'
    before, hash_sign, _ = value.partition("#")
    quote = "'" if '"' in value and (not hash_sign or before.count('"') % 2) else '"'
    return f"{name}={quote}{value}{quote}\n"


def create_volume(app: str, name: str, region: str) -> Argv:
    """internal/command/volumes/create.go; --size is in GB."""
    return (FLY, "volumes", "create", name, "-a", app, "-r", region, "--size", "1", "--yes", "--json")


def create_postgres(name: str, organization: str, region: str) -> Argv:
    """internal/command/postgres/create.go: prints a password; --volume-size is in GB."""
    place = ("--name", name, "--org", organization, "--region", region)
    return (
        *(FLY, "postgres", "create", *place),
        *("--initial-cluster-size", "1", "--vm-size", "shared-cpu-1x", "--volume-size", "1"),
    )


def attach_postgres(name: str, app: str, *, user: str = "") -> Argv:
    """internal/command/postgres/attach.go: sets DATABASE_URL, and prints it.

    :param user: of the database; one named after the app when left out.
    """
    more = ("--database-user", user) if user else ()
    return (FLY, "postgres", "attach", name, "-a", app, *more, "--yes")


def list_clusters(organization: str) -> Argv:
    """internal/command/mpg/list.go: plain words in place of JSON where there is none."""
    return (FLY, "mpg", "list", "-o", organization, "--json")


def create_cluster(name: str, organization: str, region: str) -> Argv:
    """internal/command/mpg/create.go: waits until it is ready; prints its id and its address with the password."""
    return (
        *(FLY, "mpg", "create", "-n", name, "-o", organization, "-r", region),
        *("--plan", "basic", "--volume-size", "10"),
    )


def attach_cluster(cluster: str, app: str) -> Argv:
    """internal/command/mpg/v2/run_attach.go: sets DATABASE_URL, and prints it."""
    return (FLY, "mpg", "attach", cluster, "-a", app)


def destroy_cluster(cluster: str) -> Argv:
    """internal/command/mpg/destroy.go"""
    return (FLY, "mpg", "destroy", cluster, "--yes")


def list_machines(app: str) -> Argv:
    """internal/command/machine/list.go"""
    return (FLY, "machine", "list", "-a", app, "--json")


def list_releases(app: str) -> Argv:
    """internal/command/apps/releases.go: the newest first, with the image of each."""
    return (FLY, "releases", "-a", app, "--image", "--json")


def deploy_image(app: str, image: str) -> Argv:
    """internal/command/deploy: an image that was built earlier."""
    return (FLY, "deploy", "-a", app, "--image", image, "--yes", "--ha=false")


def console(app: str, command: str) -> Argv:
    """Run a command line in the machine that serves; it has to be awake."""
    return (FLY, "ssh", "console", "-a", app, "-C", command)


def restart(app: str) -> Argv:
    """All machines of the app, one after the other."""
    return (FLY, "apps", "restart", app)


def scale_memory(app: str, megabytes: int) -> Argv:
    """internal/command/scale/memory.go: the machines that serve start anew with it."""
    return (FLY, "scale", "memory", str(megabytes), "-a", app, "--process-group", "app")


def scale_count(app: str, machines: int) -> Argv:
    """internal/command/scale/count.go"""
    return (FLY, "scale", "count", f"app={machines}", "-a", app, "--yes")


def list_certificates(app: str) -> Argv:
    return (FLY, "certs", "list", "-a", app, "--json")


def add_certificate(app: str, domain: str) -> Argv:
    return (FLY, "certs", "add", domain, "-a", app)


def remove_certificate(app: str, domain: str) -> Argv:
    return (FLY, "certs", "remove", domain, "-a", app, "--yes")


def list_addresses(app: str) -> Argv:
    return (FLY, "ips", "list", "-a", app, "--json")


def set_open_secret(app: str, name: str, value: str) -> Argv:
    """A variable that anybody may read, as a secret: those come before what fly.toml sets. The machines start anew."""
    return (FLY, "secrets", "set", f"{name}={value}", "-a", app)


def unset_secret(app: str, name: str) -> Argv:
    return (FLY, "secrets", "unset", name, "-a", app)


def logs(app: str) -> Argv:
    """internal/command/logs; without --no-tail it never ends."""
    return (FLY, "logs", "-a", app, "--no-tail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A Managed Postgres cluster.

    :param apps: names of the apps that use it.
    """

    id: str
    name: str
    status: str = ""
    apps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """:param image: what it was made from; empty when that was not said. :param created: when, as Fly.io says."""

    version: int
    status: str = ""
    image: str = ""
    created: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """:param managed_postgres: whether Managed Postgres is there; None when that was not said."""

    code: str
    deprecated: bool = False
    needs_paid_plan: bool = False
    managed_postgres: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """
    :param organization: its short name, empty when that was not said.
    :param deployed: whether anything was ever deployed to it; None when that was not said.
    """

    name: str
    organization: str = ""
    status: str = ""
    deployed: bool | None = None


def is_flyctl(output: str) -> bool:
    """Whether `fly version --json` was answered by flyctl; another program, of Concourse CI, is called fly too."""
    return isinstance(json_in(output), dict) or "flyctl" in output.lower() or output.lower().startswith("fly v")


def version(output: str) -> tuple[int, ...]:
    """The version in the answer to :data:`VERSION`; empty when there is none."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", str(_field(json_in(output), "version") or ""), re.ASCII)
    return tuple(map(int, found[1].split("."))) if found else ()


def email(output: str) -> str:
    found = _field(json_in(output), "email")
    return found if isinstance(found, str) else ""


def login(asked: Completed) -> Login:
    """What the answer to :data:`WHOAMI` means."""
    if asked.ok:
        return Login(state="in", name=email(asked.output))
    return Login(state="out" if is_logged_out(asked.output) else "unclear")


def is_logged_out(output: str) -> bool:
    """Whether an error says that nobody is logged in.

    Its first letter became small in fly-go 0.4.0 (c133dc7), and a session ends after 30 days with the same words.
    """
    text = output.lower()
    return "no access token available" in text or "not logged in" in text or "flyctl auth login" in text


def organizations(output: str) -> Mapping[str, str] | None:
    """Names by short name; None where the answer was none. A list of objects, as others here are, is understood too."""
    data = json_in(output)
    if isinstance(data, dict):
        return {str(slug): str(name) for slug, name in data.items()}
    if isinstance(data, list):
        return {str(_field(each, "slug")): str(_field(each, "name") or "") for each in data if _field(each, "slug")}
    return None


def regions(output: str) -> tuple[Region, ...] | None:
    """The regions; None where the answer was none."""
    data = json_in(output)
    if not isinstance(data, list):
        return None
    return tuple(
        Region(
            code=str(_field(each, "code")),
            deprecated=_field(each, "deprecated") is True,
            needs_paid_plan=_field(each, "requires_paid_plan", "requiresPaidPlan") is True,
            managed_postgres=_truth(_field(each, "mpg_available", "mpgAvailable")),
        )
        for each in data
        if _field(each, "code")
    )


def apps(output: str) -> tuple[App, ...] | None:
    """The apps of the account; None where the answer was none. An account without apps may be answered in words."""
    data = json_in(output)
    if data is None and output.strip() and "error" not in output.lower():
        return ()
    if not isinstance(data, list):
        return None
    return tuple(app for app in map(_app, data) if app is not None)


def app(output: str) -> App | None:
    """The app in the answer to :func:`create_app`."""
    return _app(json_in(output))


def names_in(output: str) -> tuple[str, ...]:
    """The names in a list of secrets or volumes. The key was ``Name`` before September 2025."""
    data = json_in(output)
    found = [_field(each, "name") for each in data] if isinstance(data, list) else []
    return tuple(name for name in found if isinstance(name, str) and name)


def clusters(output: str) -> tuple[Cluster, ...] | None:
    """The clusters of an organization; None where the answer was none. Without any it is said in words."""
    data = json_in(output)
    if data is None and "no managed postgres clusters" in output.lower():
        return ()
    if not isinstance(data, list):
        return None
    return tuple(
        Cluster(
            id=str(_field(each, "id")),
            name=str(_field(each, "name") or ""),
            status=str(_field(each, "status") or ""),
            apps=_names(_field(each, "attached_apps")),
        )
        for each in data
        if _field(each, "id")
    )


def cluster_id(output: str) -> str:
    """The id in what :func:`create_cluster` printed, or an empty text."""
    found = re.search(r"^\s*ID:\s*(\S+)", output, re.M)
    return found[1] if found else ""


def secrets_in(output: str) -> tuple[str, ...]:
    """What of a program's output nobody may see: addresses with a password in them, and passwords."""
    found = re.findall(r"\b\w+://[^\s:/@]*:([^\s@]+)@", output)
    found += re.findall(r"(?i)\bpassword:?\s+(\S+)", output)
    return tuple(dict.fromkeys([*found, *re.findall(r"\bpostgres(?:ql)?://\S+", output)]))


def releases(output: str) -> tuple[Release, ...]:
    """The releases, the newest first."""
    data = json_in(output)
    found = [each for each in data if isinstance(_field(each, "Version"), int)] if isinstance(data, list) else []
    made = [
        Release(
            version=int(_field(each, "Version")),
            status=str(_field(each, "Status") or ""),
            image=str(_field(each, "ImageRef", "image_ref") or ""),
            created=str(_field(each, "CreatedAt", "created_at") or ""),
        )
        for each in found
    ]
    return tuple(sorted(made, key=lambda release: release.version, reverse=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """What a machine has. :param cpu: such as ``shared-cpu-1x``; empty when that was not said."""

    cpu: str
    megabytes: int


def guests(output: str) -> tuple[Guest, ...]:
    """What each machine that serves has (fly-go, machine_types.go: Machine and MachineGuest)."""
    found = []
    for each in _list(output):
        config = _field(each, "config")
        guest, group = _field(config, "guest"), _field(_field(config, "metadata"), "fly_process_group")
        memory, kind, cpus = _field(guest, "memory_mb"), _field(guest, "cpu_kind"), _field(guest, "cpus")
        if isinstance(memory, int) and group in (None, "app"):
            found.append(Guest(cpu=f"{kind}-cpu-{cpus}x" if kind == "shared" else str(kind or ""), megabytes=memory))
    return tuple(found)


def machine_states(output: str) -> tuple[str, ...]:
    """How each machine is: ``started``, ``stopped``, ``suspended`` …"""
    data = json_in(output)
    found = [_field(each, "state") for each in data] if isinstance(data, list) else []
    return tuple(state for state in found if isinstance(state, str) and state)


def certificates(output: str) -> tuple[tuple[str, str], ...]:
    """Hostname and state of each certificate that ``certs list --json`` prints."""
    return tuple(
        (str(name), str(_field(each, "ClientStatus", "client_status", "Status") or ""))
        for each in _list(output)
        if (name := _field(each, "Hostname"))
    )


def addresses(output: str) -> tuple[str, ...]:
    """The public addresses that ``ips list --json`` prints, IPv4 first; private ones have the type ``private_v6``."""
    found = {
        str(address)
        for each in _list(output)
        if (address := _field(each, "Address")) and not str(_field(each, "Type") or "").startswith("private")
    }
    return tuple(sorted(found, key=lambda each: (":" in each, each)))


def is_name_taken(output: str) -> bool:
    """Whether an app was refused for its name. Since August 2026 there is a status ``name_taken`` with a suggestion
    (fly-go flaps/flaps_error.go); how the whole line reads was never seen."""
    text = output.lower()
    return "already been taken" in text or "name_taken" in text or "name is taken" in text


def needs_card(output: str) -> bool:
    """Whether something was refused because the account has no payment card."""
    text = output.lower()
    return any(word in text for word in ("payment method", "credit card", "billing"))


def reason(output: str) -> str:
    """What the program said was wrong: the line behind ``Error:``, else its last line. internal/cli/cli.go"""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("error:")]
    return (errors or lines or [""])[-1]


def ended_at(output: str) -> str:
    """Where `fly deploy` ended: one of the words below, or an empty text. The words around them change; what is looked
    for stands in internal/command/deploy/{deploy_build,machines_releasecommand,machines_deploymachinesapp}.go."""
    said = reason(output).lower()
    return next((where for where, pattern in _ENDS if re.search(pattern, said)), "")


def _app(data: object) -> App | None:
    name = _field(data, "Name")
    if not isinstance(name, str) or not name:
        return None
    owner = _field(data, "Organization")
    return App(
        name=name,
        organization=str(_field(owner, "Slug") or ""),
        status=str(_field(data, "Status") or ""),
        deployed=_truth(_field(data, "Deployed")),
    )


def _names(data: object) -> tuple[str, ...]:
    found = (
        [_field(each, "name") if isinstance(each, dict) else each for each in data] if isinstance(data, list) else []
    )
    return tuple(name for name in found if isinstance(name, str))


def _field(data: object, *keys: str) -> Any:
    """The first of *keys* that *data* has, however they are capitalised: that changed between versions."""
    if not isinstance(data, dict):
        return None
    lower = {str(key).lower(): value for key, value in data.items()}
    return next((lower[key.lower()] for key in keys if key.lower() in lower), None)


def _list(output: str) -> list[Any]:
    data = json_in(output)
    return data if isinstance(data, list) else []


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


FLYCTL = Program(
    name=FLY,
    slug="flyio",
    platform="Fly.io",
    # fly.io/docs/flyctl/install
    install={
        "linux": "Install it with `curl -L https://fly.io/install.sh | sh`",
        "darwin": "Install it with `brew install flyctl`",
        "windows": 'Install it with `pwsh -Command "iwr https://fly.io/install.ps1 -useb | iex"`',
    },
    login="fly auth login",
    signup="Without an account yet: `fly auth signup`. A login ends by itself after 30 days.",
    docs=pages.INSTALL,
    login_docs=f"{pages.DOCS}flyctl/auth/",
    status="https://status.flyio.net",
    version=VERSION,
    read_version=version,
    is_it=is_flyctl,
    namesake="Concourse CI has a program of the same name.",
    who=WHOAMI,
    read_login=login,
    organizations=Organizations(
        option="organization",
        command=ORGS,
        read=organizations,
        default="personal",
        create="Make one with `fly orgs create`.",
        docs=f"{pages.DOCS}security/tokens/",
    ),
)
