"""The plan of a deployment to a server: its files, its steps, and what is to be said about them. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.options import Question
from simple_deploy.core.plan import Hosting
from simple_deploy.core.resources import Resource
from simple_deploy.core.steps import DEPLOY_GROUP, Call, Step
from simple_deploy.platforms.beside import BACKGROUND, Beside, timed
from simple_deploy.platforms.builder import front_end_findings, system_needs, unreachable_sources
from simple_deploy.platforms.planning import Planning
from simple_deploy.platforms.production import site_requirements, uses_static_files, uses_uploads
from simple_deploy.platforms.python import PythonChoice, choose_python
from simple_deploy.platforms.server import inspection, locating, plans
from simple_deploy.platforms.server.address import Address, parse
from simple_deploy.platforms.server.connection import question
from simple_deploy.platforms.server.front import CADDY, NGINX, front_of
from simple_deploy.platforms.server.inspection import PACKAGES, POSTGRES, REDIS, ServerFacts
from simple_deploy.platforms.server.plans import SitePlan
from simple_deploy.platforms.server.releases import site_resource
from simple_deploy.platforms.variables import chosen_variables, variable_findings

_CERTIFICATES = {CADDY: "Caddy", NGINX: "certbot"}
_PURPOSES = {
    "caddy": "Caddy answers visitors and gets certificates",
    "certbot": "certbot gets certificates for nginx",
    POSTGRES: "PostgreSQL stores the data",
    REDIS: "Redis carries tasks and keeps the cache",
    "unattended-upgrades": "unattended-upgrades installs security updates",
}
_BESIDE = Beside(
    slug="server",
    name="The server",
    price="nothing more but memory",
    by_hand="",
    cron="",
    redis="",
    variable="`manage.py deploy --set {name}`",
    docs="https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html",
)


@dataclass(frozen=True, kw_only=True)
class ServerPlanning(Planning):
    """What makes up a plan for a server.

    :param docs: the page that says what is changed on a server.
    """

    docs: str

    def creates(self) -> tuple[Resource, ...]:
        return () if self._has_site else (site_resource(self._values.get("server", ""), self._site),)

    def questions(self) -> tuple[Question, ...]:
        return (question(self._address, "of the first connection"),)

    def hosting(self) -> Hosting:
        return plans.hosting(self.facts, self._site, self.answers, there=self._variables)

    # -- what it is about --

    @property
    def _values(self) -> Mapping[str, str]:
        return self.remote.values

    @cached_property
    def _site(self) -> SitePlan:
        values = self._values
        domain = self.answers.text("domain") or values.get("domain", "")
        before = values.get("database", "")
        database = plans.database_kind(self.settings, self.answers, "" if before == "none" else before)
        return SitePlan(
            name=values.get("name") or plans.site_name(self.facts, self.answers, ""),
            hosts=tuple(values.get("hosts", "").split()) or (domain or self._address.host,),
            domain=domain,
            database=database,
            further=plans.further_databases(self.settings, database),
            front=front_of(values),
        )

    @cached_property
    def _python(self) -> PythonChoice:
        """The system's own Python where the project runs on it; else one that uv brings."""
        own = self._values.get("python", "")
        if own:
            choice = choose_python(self.facts, supported=(own,), platform="The server")
            if choice.finding is None or choice.finding.level is not Level.BLOCKER:
                return choice
        return choose_python(self.facts, supported=plans.PYTHONS, platform="uv")

    @cached_property
    def _server(self) -> ServerFacts:
        """What is known of the server."""
        values = self._values
        return ServerFacts(
            python=values.get("python", ""),
            packages=frozenset(values.get("packages", "").split()),
            firewall=values.get("firewall", ""),
            allowed=tuple(values.get("allowed", "").split()),
            ssh_port=values.get("ssh_port", "22"),
            memory=int(values.get("memory") or inspection.LITTLE_MEMORY),
            swap=int(values.get("swap") or 0),
        )

    @property
    def _address(self) -> Address:
        return parse(self.answers.text("server") or self._values.get("server", "") or "203.0.113.7")

    @property
    def _has_site(self) -> bool:
        return self._values.get("standing") == "ours"

    @property
    def _has_redis(self) -> bool:
        return plans.needs_redis(self.settings)

    @property
    def _variables(self) -> list[str]:
        """Those that the site has already."""
        return self._values.get("variables", "").split()

    @property
    def _missing(self) -> tuple[str, ...]:
        """The packages of Debian that the site needs and the server lacks."""
        site = self._site
        more = [POSTGRES] * (site.database == "postgresql") + [REDIS] * self._has_redis
        system = plans.system_packages(self.facts)
        wanted = dict.fromkeys((*PACKAGES, *site.front.packages(site.domain), *more, *system))
        return self._server.missing(tuple(wanted))

    # -- files --

    def files(self) -> Iterator[Step]:
        site, settings = self._site, self.settings
        server = self.answers.text("server") or self._values.get("server", "")
        yield self.make.file(
            "server-file",
            locating.FILE,
            locating.Linked(server=server, name=site.name, domain=site.domain).to_json(),
            why="It names the server and the site, so that every clone of the project deploys to the same one. It "
            "holds no secret.",
            docs=self.docs,
            if_exists="replace",
        )
        yield from self.make.settings(
            self.facts,
            plans.site_settings(settings, self.make.name),
            why="The block tells the site that it runs on the server, sets its host names, and turns on https once "
            "there is a certificate. Elsewhere it does nothing, so your development settings stay as they are.",
            docs=self.docs,
        )
        packages = site_requirements(settings, postgres=site.database in ("postgresql", "elsewhere"))
        yield self.make.requirements(
            packages,
            why="An application server (gunicorn), django-environ, which reads the site's variables"
            + (", WhiteNoise, which gives static files their names" if uses_static_files(settings) else "")
            + (", psycopg, the driver of PostgreSQL." if "psycopg[binary]" in packages else "."),
            group="deploy",
        )

    # -- steps on the server --

    def calls(self) -> Iterator[Step]:
        yield from self._preparing()
        yield from self._releasing()
        yield self.make.visit(within=120)

    def _call(self, id: str, title: str, why: str, *, undo: str = "", **params: str) -> Call:
        return self.make.call(id, title, why, undo=undo, docs=self.docs, **params, **self._common)

    @cached_property
    def _common(self) -> Mapping[str, str]:
        """What every step on the server is told."""
        site, values, version = self._site, self._values, self._python.version
        server = values.get("server", "") or self.answers.text("server")
        return {
            "server": server,
            "name": site.name,
            # A server that is yet to be rented has no address.
            "hosts": " ".join(site.hosts) if site.domain or server else "",
            "domain": site.domain,
            "database": site.database,
            "bring": "" if version == values.get("python") else version,
            "front": site.front.program,
            "front_group": site.front.group,
        }

    def _releasing(self) -> Iterator[Call]:
        site, settings, there = self._site, self.settings, self._has_site
        yield self._call(
            "account",
            f"Use the site {site.name}"
            if there
            else f"Make the user {site.name}, without a login, and /srv/{site.name}",
            "The site runs as its own user, which can change nothing but the site's data. "
            f"/etc/simple_deploy/sites/{site.name}.json lists what belongs to the site.",
            undo="`--destroy` removes both.",
        )
        if site.database == "postgresql":
            named = ", ".join(each.place for each in site.databases)
            yield self._call(
                "database",
                f"{'Use' if there else 'Make'} the database{'s' if site.further else ''} {named}",
                f"The owner is the role {site.name}, which PostgreSQL identifies by the system user, so no password "
                "and no network connection are needed.",
                undo="`--destroy` removes it and all data in it.",
            )
        chosen = chosen_variables(self.answers, plans.own_names(settings))
        yield self._call(
            "variables",
            "Set the variables of the site",
            "A new secret key, made at the first deployment; the site's hosts; its database"
            + (f"; and {', '.join(chosen)}" if chosen else "")
            + ". Root can write them, and the site can read them. Values that you have set yourself stay.",
            undo="`--destroy` removes them.",
        )
        if self._has_redis:
            yield self._call(
                "redis",
                f"Run a Redis for {site.name}",
                "The settings name one on this computer. The site's own Redis has a password and a port that cannot "
                "be reached from outside the server. Its data stays from one release to the next.",
                undo="`--destroy` removes it.",
            )
        yield self._call(
            "install",
            "Send the commit and install its packages",
            "Each release has its own folder and environment, so the one that is serving is not touched.",
        )
        yield self._call(
            "prepare",
            "Collect static files and check the settings" if uses_static_files(settings) else "Check the settings",
            f"{site.front.name} serves static files directly. Those of the previous release stay, for pages that "
            "visitors still have open.",
        )
        if site.database:
            if site.database != "elsewhere":
                yield self._call(
                    "backup",
                    "Back up the database",
                    f"This happens before each migration. The last five backups are in /srv/{site.name}/backups.",
                )
            yield self._call(
                "migrate",
                "Migrate the database",
                "The previous release keeps serving, even if this fails.",
            )
        yield self._call(
            "probe",
            "Try the release before it serves",
            "It starts on a separate socket, and the tool requests a page. If it does not answer, the previous "
            "release keeps serving.",
        )
        yield self._call(
            "switch",
            "Switch to the release",
            "systemd holds the socket meanwhile, so no request is lost. Background processes switch along with the "
            "site. If anything does not start, the previous release serves again. The last five releases are kept.",
            undo="`--rollback` lets the previous release serve again.",
        )
        yield self._call(
            "nightly",
            "Back up the site every night",
            f"Its databases and uploaded files, in /srv/{site.name}/backups: seven days and four weeks. They are lost "
            "if the server is, so save one elsewhere now and then: --backup FILE.",
            undo="`--destroy` removes the timer and the backups.",
        )
        yield self._call(
            "front",
            f"Serve it at {site.url if self._common['hosts'] else 'the address of the server'}",
            f"{_CERTIFICATES[site.front.program]} gets a certificate for the domain and renews it."
            if site.domain
            else "The site uses plain http, since certificates are for domains, so passwords are sent unencrypted. "
            "Deploy again with --domain when you have one.",
            undo=f"`--destroy` removes the site's file in {site.front.folder}.",
        )

    def _preparing(self) -> Iterator[Call]:
        """What makes the server ready, each only where something is missing."""
        server, missing, python = self._server, self._missing, self._python.version
        if missing:
            known = " ".join(f"{_PURPOSES[each]};" for each in missing if each in _PURPOSES)
            yield self._call(
                "packages",
                f"Install {', '.join(missing)}",
                f"{known[:1].upper()}{known[1:-1]}. They come from the distribution's own archive."
                if known
                else "They come from the distribution's own archive.",
                undo=f"They stay, as other sites may need them. By hand: `apt-get purge {' '.join(missing)}`.",
                packages=" ".join(missing),
            )
        if self.answers.flag("firewall") and (server.firewall != "active" or not _lets_in(server)):
            yield self._call(
                "firewall",
                "Allow only ssh, http and https",
                "Anything else that listens on the server should not be reachable from outside. Port "
                f"{server.ssh_port}, which your connection uses, is allowed first.",
                undo="It stays. By hand: `ufw disable`.",
                ssh_port=server.ssh_port,
            )
        if self.answers.flag("swap") and server.wants_swap:
            yield self._call(
                "swap",
                "Add 1 GB of swap",
                f"The server has {server.memory} MB of memory. Without swap, installing packages may be killed.",
                undo="It stays. By hand: `swapoff /swapfile; rm /swapfile`, and take its line out of /etc/fstab.",
                megabytes="1024",
            )
        yield self._call(
            "uv",
            "Install uv on the server"
            if python in (server.python, "")
            else f"Install uv and Python {python} on the server",
            "uv makes each release's environment. It goes into /opt/simple_deploy. This computer's copy is sent and "
            "verified by its checksum; a server with another processor gets the same version from the package index.",
            undo="It stays, as other sites may need it. By hand: `rm -r /opt/simple_deploy`.",
            python="" if python == server.python else python,
        )

    # -- findings --

    def findings(self) -> Iterator[Finding]:
        if self._python.finding is not None:
            yield self._python.finding
        yield from self._beside_findings()
        yield from variable_findings(
            "server",
            self.facts,
            self.answers,
            plans.own_names(self.settings),
            there=self._variables,
            how=f"python manage.py deploy --platform {self.make.slug} --set NAME",
            exists=self._has_site,
        )
        yield from self._builder_findings()
        yield from self._name_findings()
        yield from self._domain_findings()
        if uses_uploads(self.settings):
            yield Finding(
                id="server.uploads",
                level=Level.OK,
                title=f"Uploaded files are kept in /srv/{self._site.name}/shared/media.",
            )

    def _beside_findings(self) -> Iterator[Finding]:
        """What is done about what the project needs besides its web process."""
        for each in _BESIDE.findings(self.settings, self.answers):
            if each.id == "server.cron":
                yield from self._timed_finding()
            elif not (each.id.startswith("server.database-") and self._site.further):
                yield each
        if self._has_redis:
            yield Finding(
                id="server.redis",
                level=Level.INFO,
                title="The site gets its own Redis on the server.",
                why="The settings name one on this computer. The site's own has a password, keeps its data in "
                f"/srv/{self._site.name}/shared/redis, and cannot be reached from outside.",
            )

    def _timed_finding(self) -> Iterator[Finding]:
        found = timed(self.settings)
        titles = ", ".join(dict.fromkeys(each.title for each in found))
        fitting = {each.name for each in plans.beside(self.settings, self.answers)}
        details = tuple(f"{each.schedule}  {shlex.join(each.command)}" for each in found)
        if all(each.name in fitting for each in found):
            yield Finding(
                id="server.cron",
                level=Level.INFO,
                title=f"The server runs {titles} on schedule.",
                why="A systemd timer runs each one with the release that is serving.",
                details=details,
            )
        else:
            yield Finding(
                id="server.cron",
                level=Level.WARNING,
                title=f"Nothing runs {titles} on schedule.",
                why="You did not choose it, or the tool cannot read its schedule.",
                fix=f"Choose --{BACKGROUND}, and write times in crontab format.",
                details=details,
            )

    def _builder_findings(self) -> Iterator[Finding]:
        """What of the project the server cannot get, or does not make."""
        where = f"a line in /srv/{self._site.name}/.netrc on the server, which the site's user reads"
        yield from unreachable_sources(self.facts, "server", "The server", variable=where)
        by_hand = "Build it here, commit the result, then plan again."
        yield from front_end_findings(self.facts, "server", "The server", builds="", by_hand=by_hand)
        for name, need in system_needs(self.facts.dependencies, self.settings, groups=(DEPLOY_GROUP,)).by:
            if need.other:
                yield Finding(
                    id=f"server.system-{name}",
                    level=Level.WARNING,
                    title=f"{name} needs something that Debian does not have: {need.other}.",
                    why="Without it, the site starts but fails wherever it is used.",
                    fix="Install it on the server yourself, or use another library.",
                    docs=need.source,
                )

    def _name_findings(self) -> Iterator[Finding]:
        standing = self._values.get("standing", "")
        if standing == "ours":
            yield Finding(
                id="server.site", level=Level.OK, title=f"The site {self._site.name} exists and is this project's."
            )
        elif standing in ("another", "taken"):
            what = "a site of another project" if standing == "another" else "something else"
            yield Finding(
                id="server.name-taken",
                level=Level.DEPLOY_BLOCKER,
                title=f"The name {self._site.name} belongs to {what} on the server.",
                why="The site's user, folder and database have this name.",
                fix="Choose another name: --deployed-project-name NAME.",
            )

    def _domain_findings(self) -> Iterator[Finding]:
        values, site = self._values, self._site
        if not site.domain:
            if values.get("plain"):
                yield Finding(
                    id="server.plain-taken",
                    level=Level.DEPLOY_BLOCKER,
                    title=f"The site {values['plain']} is reached by the server's address already.",
                    why="Domains distinguish the sites on one server; only one site can do without a domain.",
                    fix="Give this one a domain: --domain blog.example.com",
                )
            yield Finding(
                id="server.http",
                level=Level.WARNING,
                title="The site is served over plain http.",
                why="Certificates are for domains. Without https, passwords and cookies can be read in transit.",
                fix="Deploy again with --domain once you have one. Until then, do not use a password that matters.",
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
                why="Visitors would not find the site, and a certificate is issued only if the domain leads to the "
                "server.",
                fix=f"Where you manage the domain, add an A record for {site.domain} with "
                f"{values['addresses'].split()[0]}. It may take some minutes to take effect.",
            )
        elif wrong:
            yield Finding(
                id="server.dns",
                level=Level.DEPLOY_BLOCKER if not found & own else Level.WARNING,
                title=f"{site.domain} leads to {', '.join(wrong)}, and that is not this server.",
                why="Visitors and the certificate authority would reach another machine. That can be right behind a "
                "provider's proxy, or if the server has an address that it does not know about.",
                fix=f"Point its A and AAAA records to {', '.join(dict.fromkeys(values['addresses'].split()))} only.",
            )


def _lets_in(server: ServerFacts) -> bool:
    allowed = {each.removesuffix("/tcp") for each in server.allowed}
    return {"80", "443"} <= allowed
