"""A platform whose sites run on a server that the person reaches over SSH. A plugin adds its card and its pages."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.interfaces import Context
from simple_deploy.core.options import Answers, Choice, Option
from simple_deploy.core.plan import Plan
from simple_deploy.core.resources import Resource
from simple_deploy.platforms.base import Advice, FinishedRun, Remote
from simple_deploy.platforms.identity import project_id
from simple_deploy.platforms.planning import planned
from simple_deploy.platforms.production import has_database
from simple_deploy.platforms.server import inspection, locating, plans
from simple_deploy.platforms.server.address import PATTERN, PATTERN_HELP
from simple_deploy.platforms.server.advice import advice
from simple_deploy.platforms.server.front import CADDY, NGINX
from simple_deploy.platforms.server.inspection import ServerFacts
from simple_deploy.platforms.server.operation import ServerSite
from simple_deploy.platforms.server.planning import ServerPlanning
from simple_deploy.platforms.server.releases import ServerDeployment, site_resource
from simple_deploy.platforms.site import SitePlatform
from simple_deploy.platforms.steps import Steps
from simple_deploy.platforms.variables import variable_options
from simple_deploy.system import dns

#: What a site on a server can be made with, for a card.
SERVER_MANAGERS = ("requirements", "pip-tools", "uv", "poetry", "pipenv", "pdm", "hatch", "pep621")
SERVER_DATABASES = ("postgresql", "sqlite")
SERVER_UNREHEARSED = (
    "It cannot be rehearsed: a server is a whole machine with systemd, and this tool does not boot one on your "
    "computer. The plan shows each step before anything happens, and renting a server for an hour costs a few cents."
)
_CERTIFICATES = {CADDY: "Caddy", NGINX: "certbot"}

SERVER = Option(
    name="server",
    label="Server",
    help="How you reach it with ssh: root@203.0.113.7, a user who may use sudo, or a name from your ssh "
    f"configuration. Leave it empty to keep the one that {locating.FILE} names.",
    default="",
    required=False,
    pattern=PATTERN,
    pattern_help=PATTERN_HELP,
)
DOMAIN = Option(
    name="domain",
    label="Domain",
    help="The name visitors use, such as blog.example.com. Its DNS must point to the server first. Without a domain, "
    "visitors reach the site at the server's address, over plain http; deploy again when you have one.",
    default="",
    required=False,
    pattern=r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}",
    pattern_help="It is a host name in small letters, without https://.",
)
DATABASE = Option(
    name="database",
    label="Database",
    kind="choice",
    help="It is on the same server, at no extra cost.",
    default="auto",
    choices=(
        Choice(value="auto", label="As it is", help="What the site has now; PostgreSQL for a new site."),
        Choice(value="postgresql", label="PostgreSQL", help="Runs on the server and needs no password."),
        Choice(
            value="sqlite",
            label="SQLite",
            help="A file that stays when you deploy new releases. Enough for a small site.",
        ),
        Choice(value="elsewhere", label="One that you have elsewhere", help="You give its address."),
    ),
)
DATABASE_URL = Option(
    name="database_url",
    label="Address of the database",
    kind="secret",
    help="postgres://USER:PASSWORD@HOST:5432/NAME. It is stored on the server, where root and the site can read it. "
    "Leave it empty to keep the previous address.",
    required=False,
    when=("database", "elsewhere"),
)
NAME = Option(
    name="deployed_project_name",
    label="Name of the site on the server",
    help="Its user, its folder under /srv and its database get this name. Leave it empty to keep the current name or, "
    "for a new site, to use the project's name.",
    default="",
    required=False,
    pattern=plans.NAME_PATTERN,
    pattern_help=plans.NAME_HELP,
    advanced=True,
)
SUDO = Option(
    name="sudo_password",
    label="Password for sudo",
    kind="secret",
    help="Needed only if sudo asks for one on the server. It is used only during this run and never stored.",
    required=False,
    for_plan=True,
    advanced=True,
)
FIREWALL = Option(
    name="firewall",
    label="Turn on the firewall",
    kind="flag",
    help="ufw allows ssh, http and https, and nothing else.",
    default=True,
    advanced=True,
)
SWAP = Option(
    name="swap",
    label="Add swap if there is little memory",
    kind="flag",
    help="A file of 1 GB, on servers with less than 1 GB of memory and no swap.",
    default=True,
    advanced=True,
)
AUTHORITY = Option(
    name="certificate_authority",
    label="Certificate authority",
    help="The ACME directory that the certificate comes from. Leave it empty for Let's Encrypt.",
    default="",
    required=False,
    pattern=r"https://[A-Za-z0-9.:/_-]+",
    pattern_help="It is an address that begins with https://.",
    advanced=True,
)


class ServerPlatform(SitePlatform):
    """Sites on a server with Debian. Mandatory: :attr:`card`, :attr:`docs`."""

    #: The page that says what is changed on a server.
    docs: ClassVar[str]
    #: What goes and what stays when a site is removed.
    removed: ClassVar[str] = "This deletes its database and uploaded files too. The server and its other sites stay."
    site: ClassVar[type[ServerSite]] = ServerSite

    @property
    def steps(self) -> Steps:
        return Steps(slug=self.card.slug, name=self.card.name)

    @property
    def where(self) -> tuple[Option, ...]:
        """What is asked about the server."""
        return (SERVER,)

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        settings = facts.settings
        database = () if settings is not None and not has_database(settings) else (DATABASE, DATABASE_URL)
        beside = plans.background_option(facts)
        variables = variable_options(facts, plans.own_names(settings))
        return (*self.where, DOMAIN, *database, *beside, *variables, NAME, SUDO, FIREWALL, SWAP, AUTHORITY)

    def check(self, ctx: Context) -> Iterable[Finding]:
        try:
            connection = locating.connect(ctx)
            if connection is None:
                yield Finding(
                    id="server.none",
                    level=Level.DEPLOY_BLOCKER,
                    title="No server is named.",
                    why="The site needs a machine to run on: any machine with Debian 12 or 13 that you can reach with "
                    "ssh.",
                    fix="Name it: --server root@203.0.113.7",
                    docs=self.docs,
                )
                return
            connection.trust()
            facts = locating.look(connection, "")
        except SimpleDeployError as error:
            yield self._stopped(error)
        else:
            yield from inspection.findings(facts, now=time.time())

    def probe(self, ctx: Context) -> Remote:
        """Values: what the plan has to know of the server, as text."""
        linked = locating.linked(ctx)
        try:
            connection = locating.connect(ctx)
            if connection is None:
                return Remote(asked=False)
            wanted = plans.site_name(ctx.facts, ctx.answers, linked.name)
            server = locating.look(connection, wanted, plans.system_packages(ctx.facts))
        except SimpleDeployError:
            return Remote(values={"server": locating.server_of(ctx)}, asked=False)
        ledger = locating.ledger_of(ctx, server)
        name = ledger.name if ledger else wanted
        domain = ctx.answers.text("domain") or linked.domain or (ledger.domain if ledger else "")
        reached = locating.reached(connection, server)
        values = {
            "server": locating.server_of(ctx),
            "name": name,
            "domain": domain,
            "hosts": " ".join(locating.hosts(reached, domain, server.addresses)),
            "standing": _standing(ctx, server, name),
            "database": ledger.database if ledger else "",
            "dns": " ".join(sorted(dns.resolved(domain))) if domain else "",
            "addresses": " ".join((reached.host, *server.addresses)),
            "python": server.python,
            "packages": " ".join(sorted(server.packages)),
            "firewall": server.firewall,
            "allowed": " ".join(server.allowed),
            "ssh_port": server.ssh_port,
            "memory": str(server.memory),
            "swap": str(server.swap),
            "variables": " ".join(server.variables_of(name)),
            "front": server.front.program,
            "front_group": server.front.group,
            "plain": " ".join(each.name for each in server.ledgers if not each.domain and each.name != name),
        }
        found = site_resource(values["server"], locating.site_of(ledger, reached)) if ledger else None
        return Remote(resources=(found,) if found else (), values=values)

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        return planned(partial(ServerPlanning, docs=self.docs), self.steps, facts, remote, answers)

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        return ServerDeployment(ctx, params).do(call)

    def destroy(self, resource: Resource, ctx: Context) -> None:
        place = locating.locate(ctx)
        if place.site.name == resource.name:
            place.connection.run("destroy", {"site": resource.name, "units": " ".join(place.ledger.units)})

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        return tuple(advice(run, self.card.slug, removed=self.removed))

    # -- parts --

    def _stopped(self, error: SimpleDeployError) -> Finding:
        return Finding(
            id="server.unreachable",
            level=Level.DEPLOY_BLOCKER,
            title=error.message,
            why="Nothing was changed on the server.",
            fix=error.hint,
            docs=self.docs,
        )


def _standing(ctx: Context, server: ServerFacts, name: str) -> str:
    ledger = server.ledger(name)
    if ledger is not None:
        ours = ledger.project == project_id(ctx) or locating.linked(ctx).name == name
        return "ours" if ours else "another"
    return "taken" if server.taken else "free"
