"""What the steps of a deployment do on the server. Each looks first at what is there, so that it can be repeated."""

from __future__ import annotations

import hashlib
import os
import platform
import secrets
import shlex
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from simple_deploy.core.facts import Settings
from simple_deploy.core.resources import Resource
from simple_deploy.platforms.checking import django_check
from simple_deploy.platforms.cli import Calls
from simple_deploy.platforms.committed import FRESH_GIT, pack
from simple_deploy.platforms.identity import project_id
from simple_deploy.platforms.server import locating, plans, units
from simple_deploy.platforms.server.address import parse
from simple_deploy.platforms.server.connection import Connection
from simple_deploy.platforms.server.front import NGINX, Served, front_of, redirect
from simple_deploy.platforms.server.inspection import Ledger, read_facts
from simple_deploy.platforms.server.plans import SitePlan
from simple_deploy.platforms.server.scripts import script
from simple_deploy.platforms.variables import site_variables


class ServerDeployment(Calls):
    """One deployment. Params of every call: ``server``, ``name``, ``hosts``, ``domain``, ``database``, ``python``."""

    @property
    def connection(self) -> Connection:
        return Connection(self.ctx, parse(self.server), self.ctx.answers.secret("sudo_password"))

    @property
    def server(self) -> str:
        """The one of the plan, or the one that an earlier step has rented."""
        return self.params["server"] or self.ctx.results.get("server") or locating.server_of(self.ctx)

    @property
    def site(self) -> SitePlan:
        given = self.params
        hosts = given["hosts"] or self.ctx.results.get("hosts", "")
        return SitePlan(
            name=given["name"],
            hosts=tuple(hosts.split()) or (parse(self.server).host,),
            domain=given["domain"],
            database=given["database"],
            further=plans.further_databases(self.settings, given["database"]),
            front=front_of(given),
        )

    @cached_property
    def settings(self) -> Settings:
        settings = self.ctx.facts.settings
        assert settings is not None  # a plan without settings has no calls
        return settings

    # -- the server --

    def packages(self) -> None:
        self._run("packages", packages=self.params["packages"])

    def firewall(self) -> None:
        self._run("firewall", ssh_port=self.params["ssh_port"])

    def swap(self) -> None:
        self._run("swap", megabytes=self.params["megabytes"])

    def uv(self) -> None:
        """uv in the version that is here: this computer's own where it runs there, else from the package index."""
        program = Path(self.ctx.uv())
        said = self.ctx.run((str(program), "--version"), show=False).output.split()
        version = said[1] if len(said) > 1 else ""
        values = {"version": version, "python": self.params["bring"], "sent": "", "checksum": ""}
        there = self.connection.lines("inspect", {"packages": "", "site": ""})
        if f"\nuv={version}\n" not in there and f"\nmachine={platform.machine()}\n" in there and os.name == "posix":
            values["checksum"] = hashlib.sha256(program.read_bytes()).hexdigest()
            values["sent"] = self.connection.send(program, "uv")
        self._run("uv", **values)

    # -- the site --

    def account(self) -> Mapping[str, str]:
        """The site's user and folders; returns the address of the site, and its hosts: those of a server that this run
        has rented were not known to the plan.

        :raises StepError: something else has its name on the server.
        """
        site = self.site
        server = read_facts(self.connection.lines("inspect", {"packages": "", "site": site.name}))
        if not self.params["hosts"]:
            site = replace(site, hosts=locating.hosts(parse(self.server), site.domain, server.addresses))
        before = server.ledger(site.name)
        ledger = Ledger(
            name=site.name,
            project=project_id(self.ctx),
            database=site.database or "none",
            domain=site.domain,
            databases=site.databases,
            units=tuple(dict.fromkeys((*self._units, *(before.units if before else ())))),
        )
        self._run("account", ledger=ledger.to_json())
        self.ctx.created(site_resource(self.server, site), reused=before is not None)
        return {"url": site.url, "hosts": " ".join(site.hosts), "units": " ".join(ledger.units)}

    def variables(self) -> None:
        """The site's variables, those that were chosen among them. What somebody set there stays."""
        chosen = site_variables(self.ctx, plans.own_names(self.settings))
        first = {plans.SECRET_KEY: secrets.token_urlsafe(50), **chosen}
        address = self.ctx.answers.secret("database_url").reveal()
        fresh = dict(plans.variables(self.ctx.facts, self.site, project_id(self.ctx)))
        if self.site.database == "elsewhere" and address:
            fresh[plans.DATABASE_URL] = address
        self.ctx.hide(*first.values(), *([address] if address else []))
        given = {"fresh": units.variables(fresh), "first": units.variables(first)}
        self._run("variables", dropped="", restart="no", units="", **given)

    def database(self) -> None:
        self._run("database", names=" ".join(each.place for each in self.site.databases))

    def redis(self) -> None:
        password = secrets.token_urlsafe(24)
        self.ctx.hide(password)
        self._run("redis", password=password, unit=units.redis_unit(self.site.name))

    def nightly(self) -> None:
        name = self.site.name
        made = units.nightly_units(name)
        self._run(
            "nightly",
            program=script("backup", {"site": name, "databases": self._ledger.database_lines, "label": "nightly"}),
            service_unit=made[f"{name}.nightly.service"],
            timer_unit=made[f"{name}.nightly.timer"],
        )

    # -- the release --

    def install(self) -> Mapping[str, str]:
        """Send the commit, lay it out, and install its packages."""
        commit = self.ctx.run(("git", "rev-parse", "HEAD"), env=FRESH_GIT, show=False).output.strip()
        release = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{commit[:9]}"
        archive = self.ctx.home / f"{self.site.name}-{commit[:9]}.tar.gz"
        pack(self.ctx, commit, archive)
        size = archive.stat().st_size
        sent = self.connection.send(archive, "code.tar.gz")
        self.ctx.remove(archive)
        self.ctx.note(f"Sent commit {commit[:9]} ({max(size // 1024, 1):,} KB)")
        self._run(
            "install",
            id=release,
            archive=sent,
            commit=commit,
            python="/usr/bin/python3" if not self.params["bring"] else self.params["bring"],
            requirements=self.ctx.requirements(self.ctx.workbench),
            dependencies_folder=plans.dependencies_folder(self.ctx.facts),
        )
        return {"release": release}

    def prepare(self) -> None:
        check = shlex.join(django_check(self.settings, deploy=True))
        self._release("prepare", static=plans.static_of(self.ctx.facts), check=check)

    def backup(self) -> None:
        label = f"before-{self.ctx.results['release']}"
        self._run("backup", databases=self._ledger.database_lines, label=label)

    def migrate(self) -> None:
        caches = "yes" if self.settings.caches_in_database else ""
        self._release("migrate", aliases=" ".join(plans.migrated(self.settings, self.site)), caches=caches)

    def probe(self) -> None:
        self._release(
            "probe",
            arguments=" ".join(plans.trial_arguments(self.settings)),
            host=self.site.domain or self.site.allowed_hosts.split(",")[0],
            scheme="https" if self.site.domain else "http",
            path=self.settings.health_url or self.settings.first_url or "/",
            units="",
        )

    def switch(self) -> None:
        self._release("switch", unit_files=units.in_one(self._units), units=self.ctx.results["units"])

    def front(self) -> None:
        site = self.site
        served = Served(
            site=site.name,
            domain=site.domain,
            hosts=site.hosts,
            static_url=plans.web_path(self.settings.static_url or "static/") if plans.static_of(self.ctx.facts) else "",
            media_url=plans.web_path(self.settings.media_url or plans.MEDIA_URL),
            authority=self.ctx.answers.text("certificate_authority"),
        )
        values = {"front": site.front.file(served)}
        if site.front.program == NGINX:
            values |= {"redirect": redirect(served), "domain": served.domain, "authority": served.authority}
        self._run(site.front.program, **values)

    # -- parts --

    @property
    def _units(self) -> Mapping[str, str]:
        return plans.units(self.ctx.facts, self.settings, self.site, self.ctx.answers)

    @property
    def _ledger(self) -> Ledger:
        return Ledger(name=self.site.name, databases=self.site.databases)

    def _release(self, name: str, **values: str) -> None:
        folder = self.ctx.facts.location.project_dir or "."
        self._run(name, id=self.ctx.results["release"], project_folder=folder, **values)

    def _run(self, name: str, **values: str) -> None:
        self.connection.run(name, {"site": self.site.name, **values})


def site_resource(server: str, site: SitePlan) -> Resource:
    return Resource(
        kind="site",
        name=site.name,
        remote_id=server,
        url=site.url,
        holds="Holds the site on the server: its releases, its database, uploaded files, backups and variables. The "
        "server itself, its packages and other sites stay.",
    )
