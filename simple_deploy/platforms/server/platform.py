"""A platform whose sites run on a server that the person reaches over SSH. A plugin adds its card and its pages."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.core.facts import ProjectFacts, Settings
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.interfaces import Context
from simple_deploy.core.options import Answers, Choice, Option
from simple_deploy.core.plan import Plan
from simple_deploy.core.resources import Resource
from simple_deploy.core.steps import Step
from simple_deploy.platforms.base import Advice, FinishedRun, Remote
from simple_deploy.platforms.identity import project_id
from simple_deploy.platforms.production import (
    has_database,
    site_requirements,
    unreachable_settings,
    uses_static_files,
    uses_uploads,
)
from simple_deploy.platforms.python import PythonChoice, choose_python
from simple_deploy.platforms.server import inspection, locating, plans
from simple_deploy.platforms.server.address import PATTERN, PATTERN_HELP, Address, parse
from simple_deploy.platforms.server.advice import advice
from simple_deploy.platforms.server.connection import question
from simple_deploy.platforms.server.front import CADDY, NGINX, front_of
from simple_deploy.platforms.server.inspection import ServerFacts
from simple_deploy.platforms.server.operation import ServerSite
from simple_deploy.platforms.server.plans import SitePlan
from simple_deploy.platforms.server.releases import ServerDeployment, site_resource
from simple_deploy.platforms.site import SitePlatform
from simple_deploy.platforms.steps import Steps
from simple_deploy.platforms.variables import chosen_variables, variable_findings, variable_options
from simple_deploy.system import dns

#: What a site on a server can be made with, for a card.
MANAGERS = ("requirements", "pip-tools", "uv", "poetry", "pipenv", "pdm", "hatch", "pep621")
DATABASES = ("postgresql", "sqlite")
UNREHEARSED = (
    "It cannot be rehearsed: a server is a whole machine with systemd, and this computer does not boot one for that. "
    "The plan shows each step before anything is done, and a server that is rented for an hour costs a few cents."
)
_CERTIFICATES = {CADDY: "Caddy", NGINX: "certbot"}

SERVER = Option(
    name="server",
    label="Server",
    help="How you reach it with ssh: root@203.0.113.7, or a user who may use sudo, or a name of your ssh "
    f"configuration. Leave it empty to keep the one that {locating.FILE} names.",
    default="",
    required=False,
    pattern=PATTERN,
    pattern_help=PATTERN_HELP,
)
DOMAIN = Option(
    name="domain",
    label="Domain",
    help="The name visitors use, such as blog.example.com; its DNS has to lead to the server first. Without one the "
    "site is reached by the server's address, over plain http; deploy again with a domain when you have one.",
    default="",
    required=False,
    pattern=r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}",
    pattern_help="It is a host name in small letters, without https://.",
)
DATABASE = Option(
    name="database",
    label="Database",
    kind="choice",
    help="It is on the same server, and costs nothing more.",
    default="auto",
    choices=(
        Choice(value="auto", label="As it is", help="What the site has now; PostgreSQL for a new site."),
        Choice(value="postgresql", label="PostgreSQL", help="Made on the server; reached without a password."),
        Choice(value="sqlite", label="SQLite", help="A file that outlives releases. Enough for a small site."),
        Choice(value="elsewhere", label="One you have elsewhere", help="You give its address."),
    ),
)
DATABASE_URL = Option(
    name="database_url",
    label="Address of the database",
    kind="secret",
    help="postgres://USER:PASSWORD@HOST:5432/NAME. It is kept on the server, where root and the site can read it; "
    "leave it empty to keep the one that was given before.",
    required=False,
    when=("database", "elsewhere"),
)
NAME = Option(
    name="deployed_project_name",
    label="Name of the site on the server",
    help="Its user, its folder below /srv and its database are called that. Leave it empty to keep the one it has, or "
    "to use the project's name.",
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
    help="Only where sudo asks for one on the server. It is used while the run lasts and stored nowhere.",
    required=False,
    for_plan=True,
    advanced=True,
)
FIREWALL = Option(
    name="firewall",
    label="Switch on the firewall",
    kind="flag",
    help="ufw lets in ssh, http and https, and nothing else.",
    default=True,
    advanced=True,
)
SWAP = Option(
    name="swap",
    label="Add swap where there is little memory",
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
    removed: ClassVar[str] = "With its database and uploaded files. The server stays, and so do its other sites."
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
                    why="The site needs a machine to run on: any with Debian 12 or 13 that you reach with ssh.",
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
        address = connection.address
        reached = address.host if dns.resolved(address.host) else (*server.addresses, address.host)[0]
        values = {
            "server": locating.server_of(ctx),
            "name": name,
            "domain": domain,
            "hosts": " ".join(locating.hosts(Address(host=reached), domain, server.addresses)),
            "standing": _standing(ctx, server, name),
            "database": ledger.database if ledger else "",
            "dns": " ".join(sorted(dns.resolved(domain))) if domain else "",
            "addresses": " ".join((reached, *server.addresses)),
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
        found = site_resource(values["server"], locating.site_of(ledger, Address(host=reached))) if ledger else None
        return Remote(resources=(found,) if found else (), values=values)

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        settings, slug = facts.settings, self.card.slug
        if settings is None or settings.file is None:
            return Plan(platform=slug, steps=(), findings=(unreachable_settings(facts, slug),))
        site = _site(facts, remote, answers)
        python = _python(facts, remote)
        return Plan(
            platform=slug,
            steps=(
                *self._file_steps(facts, settings, site, remote, answers),
                self.steps.commit(),
                *self._calls(facts, settings, site, remote, answers, python),
                self.steps.visit(within=120),
            ),
            creates=() if _has_site(remote) else (site_resource(remote.values.get("server", ""), site),),
            findings=tuple(self._findings(facts, settings, site, remote, answers, python)),
            questions=(question(_address(remote, answers), "of the first connection"),),
            hosting=plans.hosting(facts, site, answers, there=remote.values.get("variables", "").split()),
        )

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

    def _file_steps(
        self, facts: ProjectFacts, settings: Settings, site: SitePlan, remote: Remote, answers: Answers
    ) -> Iterator[Step]:
        server = answers.text("server") or remote.values.get("server", "")
        yield self.steps.file(
            "server-file",
            locating.FILE,
            locating.Linked(server=server, name=site.name, domain=site.domain).to_json(),
            why="It names the server and the site, so that every clone of the project deploys to the same one. It "
            "holds no secret.",
            docs=self.docs,
            if_exists="replace",
        )
        yield from self.steps.settings(
            facts,
            plans.site_settings(settings, self.card.name),
            why="How the site knows that it runs on the server, its names there, and https once there is a "
            "certificate. Elsewhere the block does nothing, so your development settings stay as they are.",
            docs=self.docs,
        )
        packages = site_requirements(settings, postgres=site.database in ("postgresql", "elsewhere"))
        yield self.steps.requirements(
            packages,
            why="An application server (gunicorn), django-environ, which reads the site's variables"
            + (", WhiteNoise, which gives static files their names" if uses_static_files(settings) else "")
            + (", psycopg, the driver of PostgreSQL." if "psycopg[binary]" in packages else "."),
            group="deploy",
        )

    def _calls(
        self,
        facts: ProjectFacts,
        settings: Settings,
        site: SitePlan,
        remote: Remote,
        answers: Answers,
        python: PythonChoice,
    ) -> Iterator[Step]:
        bring = "" if python.version == remote.values.get("python") else python.version
        common = {
            "server": remote.values.get("server", "") or answers.text("server"),
            "name": site.name,
            "hosts": " ".join(site.hosts),
            "domain": site.domain,
            "database": site.database,
            "bring": bring,
            "front": site.front.program,
            "front_group": site.front.group,
        }
        known = _server(remote)
        # A server that is yet to be rented has no address.
        common["hosts"] = common["hosts"] if site.domain or common["server"] else ""
        redis = plans.needs_redis(settings)
        missing = known.missing(plans.wanted_packages(facts, site, redis=redis))
        for step in plans.preparing(self.steps, known, answers, python.version, missing=missing, docs=self.docs):
            yield self.steps.call(
                step.id, step.title, step.why, docs=self.docs, undo=step.undo, **{**step.params, **common}
            )
        here = self.steps.call
        there = _has_site(remote)
        yield here(
            "account",
            f"Use the site {site.name}"
            if there
            else f"Make the user {site.name}, without a login, and /srv/{site.name}",
            "The site runs as a user of its own, which can change nothing but its own data. "
            f"/etc/simple_deploy/sites/{site.name}.json says what belongs to it.",
            undo="`--destroy` removes both.",
            docs=self.docs,
            **common,
        )
        if site.database == "postgresql":
            named = ", ".join(each.place for each in site.databases)
            yield here(
                "database",
                f"{'Use' if there else 'Make'} the database{'s' if site.further else ''} {named}",
                f"The owner is a role {site.name}, which PostgreSQL knows by the system's user: there is no "
                "password to keep, and no network.",
                undo="`--destroy` removes it, with all data in it.",
                docs=self.docs,
                **common,
            )
        chosen = chosen_variables(answers, plans.own_names(settings))
        yield here(
            "variables",
            "Set the variables of the site",
            "A secret key of its own, made at the first deployment; its hosts; its database"
            + (f"; and {', '.join(chosen)}" if chosen else "")
            + ". Root can write them and the site read them. What you have set yourself stays.",
            undo="`--destroy` removes them.",
            docs=self.docs,
            **common,
        )
        if redis:
            yield here(
                "redis",
                f"Run a Redis for {site.name}",
                "The settings name one on this computer. The site's own has a password and a port on the server, "
                "which cannot be reached from outside; its data outlive releases.",
                undo="`--destroy` removes it.",
                docs=self.docs,
                **common,
            )
        yield here(
            "install",
            "Send the commit and install its packages",
            "Each release has a folder and an environment of its own, so the one that serves is not touched.",
            docs=self.docs,
            **common,
        )
        yield here(
            "prepare",
            "Collect static files and check the settings" if uses_static_files(settings) else "Check the settings",
            f"{site.front.name} hands static files out itself; those of the previous release stay for pages that are "
            "open.",
            docs=self.docs,
            **common,
        )
        if site.database:
            if site.database != "elsewhere":
                yield here(
                    "backup",
                    "Back the database up",
                    f"Before each migration. The last five are in /srv/{site.name}/backups.",
                    docs=self.docs,
                    **common,
                )
            yield here(
                "migrate",
                "Migrate the database",
                "While the previous release serves: if it fails, that goes on.",
                docs=self.docs,
                **common,
            )
        yield here(
            "probe",
            "Try the release before it serves",
            "It is started on a socket of its own and asked for a page. If it does not answer, the one before goes on.",
            docs=self.docs,
            **common,
        )
        yield here(
            "switch",
            "Let the release serve",
            "systemd holds the socket meanwhile, so no request is lost. What runs beside the site changes with it. If "
            "one of them does not start, the release before serves again. The last five are kept.",
            undo="`--rollback` goes back to the one before.",
            docs=self.docs,
            **common,
        )
        yield here(
            "nightly",
            "Back the site up each night",
            f"Its databases and uploaded files, in /srv/{site.name}/backups: seven days and four weeks. They are lost "
            "with the server, so save one elsewhere now and then: --backup FILE.",
            undo="`--destroy` removes the timer and the backups.",
            docs=self.docs,
            **common,
        )
        yield here(
            "front",
            f"Serve it at {site.url if common['hosts'] else 'the address of the server'}",
            f"{_CERTIFICATES[site.front.program]} gets a certificate for the domain, and renews it."
            if site.domain
            else "Over plain http, since certificates are for domains: passwords are sent in the open. Deploy "
            "again with --domain when you have one.",
            undo=f"`--destroy` removes the site's file in {site.front.folder}.",
            docs=self.docs,
            **common,
        )

    def _findings(
        self,
        facts: ProjectFacts,
        settings: Settings,
        site: SitePlan,
        remote: Remote,
        answers: Answers,
        python: PythonChoice,
    ) -> Iterator[Finding]:
        if python.finding is not None:
            yield python.finding
        yield from plans.beside_findings(settings, site, answers)
        yield from variable_findings(
            "server",
            facts,
            answers,
            plans.own_names(settings),
            there=remote.values.get("variables", "").split(),
            how=f"python manage.py deploy --platform {self.card.slug} --set NAME",
            exists=_has_site(remote),
        )
        yield from plans.builder_findings(facts, settings, site)
        yield from _name_findings(site, remote)
        yield from _domain_findings(site, remote)
        if uses_uploads(settings):
            yield Finding(
                id="server.uploads",
                level=Level.OK,
                title=f"Uploaded files are kept in /srv/{site.name}/shared/media.",
            )


def _site(facts: ProjectFacts, remote: Remote, answers: Answers) -> SitePlan:
    values = remote.values
    host = _address(remote, answers).host
    domain = answers.text("domain") or values.get("domain", "")
    before = values.get("database", "")
    database = plans.database_kind(facts.settings, answers, "" if before == "none" else before)
    return SitePlan(
        name=values.get("name") or plans.site_name(facts, answers, ""),
        hosts=tuple(values.get("hosts", "").split()) or ((domain,) if domain else (host,)),
        domain=domain,
        database=database,
        further=plans.further_databases(facts.settings, database),
        front=front_of(values),
    )


def _has_site(remote: Remote) -> bool:
    return remote.values.get("standing") == "ours"


def _address(remote: Remote, answers: Answers) -> Address:
    return parse(answers.text("server") or remote.values.get("server", "") or "203.0.113.7")


def _server(remote: Remote) -> ServerFacts:
    """What the plan knows of the server."""
    values = remote.values
    return ServerFacts(
        python=values.get("python", ""),
        packages=frozenset(values.get("packages", "").split()),
        firewall=values.get("firewall", ""),
        allowed=tuple(values.get("allowed", "").split()),
        ssh_port=values.get("ssh_port", "22"),
        memory=int(values.get("memory") or inspection.LITTLE_MEMORY),
        swap=int(values.get("swap") or 0),
    )


def _python(facts: ProjectFacts, remote: Remote) -> PythonChoice:
    """The system's own Python where the project runs on it; else one that uv brings."""
    own = remote.values.get("python", "")
    if own:
        choice = choose_python(facts, supported=(own,), platform="The server")
        if choice.finding is None or choice.finding.level is not Level.BLOCKER:
            return choice
    return choose_python(facts, supported=plans.PYTHONS, platform="uv")


def _standing(ctx: Context, server: ServerFacts, name: str) -> str:
    ledger = server.ledger(name)
    if ledger is not None:
        ours = ledger.project == project_id(ctx) or locating.linked(ctx).name == name
        return "ours" if ours else "another"
    return "taken" if server.taken else "free"


def _name_findings(site: SitePlan, remote: Remote) -> Iterator[Finding]:
    standing = remote.values.get("standing", "")
    if standing == "ours":
        yield Finding(id="server.site", level=Level.OK, title=f"The site {site.name} exists and is this project's.")
    elif standing in ("another", "taken"):
        what = "a site of another project" if standing == "another" else "something else"
        yield Finding(
            id="server.name-taken",
            level=Level.DEPLOY_BLOCKER,
            title=f"The name {site.name} belongs to {what} on the server.",
            why="The site's user, folder and database are called that.",
            fix="Choose another name: --deployed-project-name NAME.",
        )


def _domain_findings(site: SitePlan, remote: Remote) -> Iterator[Finding]:
    values = remote.values
    if not site.domain:
        if values.get("plain"):
            yield Finding(
                id="server.plain-taken",
                level=Level.DEPLOY_BLOCKER,
                title=f"The site {values['plain']} is reached by the server's address already.",
                why="Sites on one server are told apart by their domains; one may do without.",
                fix="Give this one a domain: --domain blog.example.com",
            )
        yield Finding(
            id="server.http",
            level=Level.WARNING,
            title="The site is served over plain http.",
            why="Certificates are for domains. Without https passwords and cookies can be read on the way.",
            fix="Deploy again with --domain once you have one. Until then use no password that matters.",
        )
        return
    if "addresses" not in values:
        return
    found, own = set(values.get("dns", "").split()), set(values["addresses"].split())
    wrong = sorted(found - own)
    if not found:
        yield Finding(
            id="server.dns",
            level=Level.DEPLOY_BLOCKER,
            title=f"DNS has no address for {site.domain}.",
            why="Visitors would not find the site, and a certificate is given only to who can be found by the name.",
            fix=f"Where you manage the domain, add an A record for {site.domain} with "
            f"{values['addresses'].split()[0]}. It may take some minutes until it is seen.",
        )
    elif wrong:
        yield Finding(
            id="server.dns",
            level=Level.DEPLOY_BLOCKER if not found & own else Level.WARNING,
            title=f"{site.domain} leads to {', '.join(wrong)}, and that is not this server.",
            why="Visitors and the certificate authority would ask another machine. Behind a proxy of a provider, or "
            "where the server has an address that it does not know of itself, that can be right.",
            fix=f"Let its A and AAAA records lead to {', '.join(dict.fromkeys(values['addresses'].split()))} only.",
        )
