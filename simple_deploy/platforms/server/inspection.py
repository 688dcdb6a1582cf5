"""What a server is, as its own answers say, and what that means for a site on it. Pure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from simple_deploy.core.findings import Finding, Level
from simple_deploy.platforms.server.front import NGINX, Front

#: What every site needs there, as packages of Debian, besides what answers visitors.
PACKAGES = ("ca-certificates", "curl", "openssl", "python3", "python3-venv", "ufw", "unattended-upgrades")
POSTGRES = "postgresql"
REDIS = "redis-server"
SEEN = ("12", "13")  # of Debian: deployed to in the tests
WRITTEN_FOR = {"debian": SEEN, "ubuntu": ("24.04", "26.04")}
LITTLE_MEMORY = 1000  # megabytes, as the kernel counts those of a machine with 1 GB
LITTLE_DISK = 1500  # megabytes
CLOCK = 300  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDatabase:
    """A database of a site.

    :param alias: Django's name of it. :param kind: ``sqlite``, ``postgresql`` or ``elsewhere``.
    :param place: its name, or the path of its file, on the server.
    """

    alias: str
    kind: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What a site on the server consists of, as ``/etc/simple_deploy/sites/NAME.json`` says there.

    :param project: which project it belongs to, as :func:`~simple_deploy.api.project_id` says.
    :param database: ``sqlite``, ``postgresql``, ``elsewhere`` or ``none``. :param domain: empty without one.
    :param databases: those that it has. :param units: of systemd, those of all its releases.
    """

    name: str
    project: str = ""
    database: str = "sqlite"
    domain: str = ""
    databases: tuple[SiteDatabase, ...] = ()
    units: tuple[str, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @property
    def database_lines(self) -> str:
        """Its databases, as scripts read them."""
        return "\n".join(f"{each.alias} {each.kind} {each.place}" for each in self.databases)

    @property
    def aliases(self) -> str:
        """Django's names of the databases besides the default one, as scripts read them."""
        return " ".join(each.alias for each in self.databases if each.alias != "default")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """A server as it was when it was looked at.

    :param id: of the distribution, such as ``debian``. :param version: such as ``13``. :param name: for people.
    :param machine: the processor, such as ``x86_64``. :param memory: :param swap: :param disk: in megabytes; *disk* is
    what is free. :param time: its clock, in seconds since the epoch. :param python: of the system, such as ``3.13``.
    :param managed: versions of Python that uv has installed there. :param uv: its version.
    :param addresses: IPv4 and IPv6, those of its own network cards. :param packages: those that a
        site needs and that are there.
    :param listens: port and program of what can be reached from outside.
    :param firewall: ``active``, ``inactive``, or empty where ufw is not installed.
    :param allowed: what the firewall lets in. :param ledgers: the sites of this tool.
    :param taken: what has the site's name though no site has it: ``user``, ``folder``.
    :param variables: of sites, the site's name and the variable's.
    :param nginx_group: of the system, in which an nginx is that runs; empty where none does.
    """

    id: str = ""
    version: str = ""
    name: str = ""
    machine: str = ""
    init: str = ""
    memory: int = 0
    swap: int = 0
    disk: int = 0
    time: float = 0.0
    reboot: bool = False
    apt_busy: bool = False
    ssh_port: str = "22"
    python: str = ""
    managed: tuple[str, ...] = ()
    uv: str = ""
    addresses: tuple[str, ...] = ()
    packages: frozenset[str] = frozenset()
    listens: tuple[tuple[str, str], ...] = ()
    firewall: str = ""
    allowed: tuple[str, ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    taken: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    nginx_group: str = ""

    @property
    def answering(self) -> frozenset[str]:
        """The programs that listen where visitors come in."""
        return frozenset(program for port, program in self.listens if port in ("80", "443"))

    @property
    def front(self) -> Front:
        """What answers visitors of a site: an nginx that answers others already, else Caddy."""
        if self.nginx_group and self.answering == {NGINX}:
            return Front(program=NGINX, group=self.nginx_group)
        return Front()

    def ledger(self, name: str) -> Ledger | None:
        return next((each for each in self.ledgers if each.name == name), None)

    def variables_of(self, name: str) -> tuple[str, ...]:
        """The names of the variables that the site *name* has."""
        return tuple(variable for site, variable in self.variables if site == name)

    def missing(self, wanted: Sequence[str]) -> tuple[str, ...]:
        return tuple(each for each in wanted if each not in self.packages)

    @property
    def wants_swap(self) -> bool:
        return self.memory < LITTLE_MEMORY and self.swap == 0


def read_facts(text: str) -> ServerFacts:
    """What the script ``inspect`` printed."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals:
            found[name].append(value.strip())
    one = {name: values[-1] for name, values in found.items()}
    listens = (each.split(" ", 1) for each in found["listens"])
    return ServerFacts(
        id=one.get("id", ""),
        version=one.get("version", ""),
        name=one.get("name", ""),
        machine=one.get("machine", ""),
        init=one.get("init", ""),
        memory=_number(one.get("memory")),
        swap=_number(one.get("swap")),
        disk=_number(one.get("disk")),
        time=float(_number(one.get("time"))),
        reboot="reboot" in one,
        apt_busy=one.get("apt") == "busy",
        ssh_port=one.get("ssh_port") or "22",
        python=one.get("python_offered") or one.get("python", ""),
        managed=tuple(found["managed"]),
        uv=one.get("uv", ""),
        addresses=tuple(dict.fromkeys(filter(None, (*found["reached"], *found["address"])))),
        packages=frozenset(found["package"]),
        listens=tuple((each[0], each[-1]) for each in listens if each),
        firewall=one.get("firewall", ""),
        nginx_group=one.get("nginx_group", ""),
        allowed=tuple(found["allowed"]),
        ledgers=tuple(filter(None, map(_ledger, found["ledger"]))),
        taken=tuple(found["taken"]),
        variables=tuple((site, name) for site, _, name in (each.partition(" ") for each in found["variable"])),
    )


def findings(facts: ServerFacts, *, now: float) -> Iterator[Finding]:
    """What of the server a person has to know before a site is deployed to it.

    :param now: the time here, in seconds since the epoch.
    """
    yield from _system(facts)
    yield from _room(facts)
    off = facts.time - now
    if abs(off) > CLOCK:
        yield Finding(
            id="server.clock",
            level=Level.DEPLOY_BLOCKER,
            title=f"The server's clock is {abs(off) / 60:.0f} minutes {'fast' if off > 0 else 'slow'}.",
            why="With the wrong time, packages, certificates and logins are refused.",
            fix="Set it there: `timedatectl set-ntp true`. If this computer's clock is wrong, set that instead.",
        )
    front = facts.front
    holder = next(iter(sorted(facts.answering - {front.program})), "")
    if holder:
        yield Finding(
            id="server.port-taken",
            level=Level.DEPLOY_BLOCKER,
            title=f"Port 80 or 443 of the server belongs to {holder}.",
            why="Visitors arrive through these ports. This tool serves sites with Caddy, or with an nginx that has "
            "both ports.",
            fix=f"If you do not need it, stop it there: `systemctl disable --now {holder}`. Whatever it serves is gone "
            f"then, and {holder} is never changed by this tool: if you need it, take another server for this site.",
        )
    elif front.program == NGINX:
        yield Finding(
            id="server.nginx",
            level=Level.INFO,
            title="nginx already answers the server's visitors and will serve this site too.",
            why=f"The site gets its own file in {front.folder}, and everything else that nginx serves stays as it is. "
            "certbot gets the certificate for a domain and renews it.",
            fix="",
        )
    if facts.apt_busy:
        yield Finding(
            id="server.apt",
            level=Level.INFO,
            title="The server is installing packages right now.",
            why="New servers update themselves. The deployment waits up to five minutes for this to finish.",
            fix="",
        )
    if facts.reboot:
        yield Finding(
            id="server.reboot",
            level=Level.INFO,
            title="The server needs a reboot after an update.",
            why="Kernel updates take effect only after a reboot. Sites start again automatically.",
            fix="Reboot it when it suits you: `reboot`.",
        )


def _system(facts: ServerFacts) -> Iterator[Finding]:
    if facts.init != "systemd":
        yield Finding(
            id="server.systemd",
            level=Level.DEPLOY_BLOCKER,
            title="The server does not run systemd.",
            why="systemd starts the site, including after a reboot, and isolates it from the rest of the server.",
            fix="Use a virtual machine with Debian 12 or 13; containers without systemd do not work.",
        )
    elif facts.version not in WRITTEN_FOR.get(facts.id, ()):
        known = facts.id in WRITTEN_FOR
        yield Finding(
            id="server.system",
            level=Level.WARNING if known else Level.DEPLOY_BLOCKER,
            title=f"The server runs {facts.name or 'an unknown system'}.",
            why="Sites are deployed to Debian 12 and 13; Ubuntu 24.04 and 26.04 should do. Nobody has tried this one.",
            fix="Install Debian 13 on the server: providers offer it in their console.",
        )
    elif facts.id == "debian":
        yield Finding(id="server.system", level=Level.OK, title=f"The server runs {facts.name}.")
    else:
        yield Finding(
            id="server.system",
            level=Level.INFO,
            title=f"The server runs {facts.name}.",
            why="The steps are written for it too, but have only been tried on Debian.",
            fix="",
        )


def _room(facts: ServerFacts) -> Iterator[Finding]:
    if facts.disk < LITTLE_DISK:
        yield Finding(
            id="server.disk",
            level=Level.DEPLOY_BLOCKER if facts.disk < LITTLE_DISK / 3 else Level.WARNING,
            title=f"The server has {facts.disk} MB of disk left.",
            why="Packages, releases and backups need about 1.5 GB.",
            fix="Free some space there with `apt-get clean` and `journalctl --vacuum-size=100M`; `du -xh / | sort -h "
            "| tail` shows what takes the most.",
        )
    if facts.memory < LITTLE_MEMORY:
        yield Finding(
            id="server.memory",
            level=Level.INFO if facts.swap else Level.WARNING,
            title=f"The server has {facts.memory} MB of memory.",
            why="A small site runs in this. Installing packages may briefly need more and would then be killed.",
            fix="" if facts.swap else "Deploying adds a swap file.",
        )


def _ledger(line: str) -> Ledger | None:
    name, _, text = line.partition(" ")
    try:
        data: Mapping[str, Any] = json.loads(text)
        return Ledger(
            name=name,
            project=str(data.get("project") or ""),
            database=str(data.get("database") or ""),
            domain=str(data.get("domain") or ""),
            databases=tuple(SiteDatabase(**each) for each in data.get("databases") or ()),
            units=tuple(map(str, data.get("units") or ())),
        )
    except (ValueError, TypeError, AttributeError):
        return None


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0
