"""What a site of a project is on a server, worked out once from facts and answers; and the steps that make it. Pure."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from simple_deploy.core.facts import ProjectFacts, Settings
from simple_deploy.core.options import Answers
from simple_deploy.core.plan import Hosting
from simple_deploy.core.steps import Call
from simple_deploy.platforms.identity import PROJECT_VARIABLE, suggested_name
from simple_deploy.platforms.production import (
    SiteSettings,
    application_server,
    block_lines,
    has_database,
    site_settings_block,
    static_folder,
    uses_static_files,
    uses_uploads,
)
from simple_deploy.platforms.server.inspection import PACKAGES, POSTGRES, ServerFacts
from simple_deploy.platforms.steps import Steps
from simple_deploy.platforms.variables import own_variables

MARKER = "SIMPLE_DEPLOY_SERVER"
HOSTS = "SITE_HOSTS"
HTTPS = "SITE_HTTPS"
MEDIA = "SITE_MEDIA"
SECRET_KEY = "SECRET_KEY"
DATABASE_URL = "DATABASE_URL"
NAME_PATTERN = r"[a-z][a-z0-9-]{1,22}[a-z0-9]"
NAME_HELP = "It is 3 to 24 small letters, digits and dashes, beginning with a letter."
MEDIA_URL = "media/"
#: Python versions that uv can bring where the system's does not fit; python.org, status of versions.
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
NAMES = (SECRET_KEY, DATABASE_URL, HOSTS, HTTPS, MEDIA, MARKER, "DJANGO_SETTINGS_MODULE", PROJECT_VARIABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """One site.

    :param hosts: names and addresses by which visitors may reach it. :param domain: empty without one.
    :param database: ``sqlite``, ``postgresql``, ``elsewhere``, or empty for a project without one.
    """

    name: str
    hosts: tuple[str, ...]
    domain: str
    database: str

    @property
    def url(self) -> str:
        if self.domain:
            return f"https://{self.domain}/"
        host = self.hosts[0]
        return f"http://[{host}]/" if ":" in host else f"http://{host}/"

    @property
    def database_url(self) -> str:
        """Empty where it is not known here."""
        if self.database == "sqlite":
            # Several requests at once wait for each other instead of failing with "database is locked".
            return f"sqlite:////srv/{self.name}/shared/data/db.sqlite3?timeout=20&transaction_mode=IMMEDIATE"
        if self.database == "postgresql":
            # The system's user is who PostgreSQL takes for the role: no password, no network.
            return f"postgres:////var/run/postgresql/{self.name}"
        return ""

    @property
    def allowed_hosts(self) -> str:
        return ",".join(f"[{each}]" if ":" in each else each for each in self.hosts)


def site_name(facts: ProjectFacts, answers: Answers, linked: str) -> str:
    """What the person chose, else the name the project's site has, else one made of the project's."""
    return answers.text("deployed_project_name") or linked or suggested_name(facts.name, longest=24)


def database_kind(settings: Settings | None, answers: Answers, before: str) -> str:
    """:param before: of the site that is there; empty when there is none."""
    if settings is not None and not has_database(settings):
        return ""
    chosen = answers.text("database", "auto")
    return before or "postgresql" if chosen == "auto" else chosen


def variables(facts: ProjectFacts, site: SitePlan, project: str) -> Mapping[str, str]:
    """Those that each deployment sets; no secrets."""
    module = facts.settings.module if facts.settings is not None else ""
    values = {
        MARKER: site.name,
        HOSTS: site.allowed_hosts,
        HTTPS: "yes" if site.domain else "no",
        MEDIA: f"/srv/{site.name}/shared/media",
        "DJANGO_SETTINGS_MODULE": module,
        PROJECT_VARIABLE: project,
    }
    return {**values, DATABASE_URL: site.database_url} if site.database_url else values


def hosting(facts: ProjectFacts, site: SitePlan) -> Hosting:
    values = {**variables(facts, site, "0123456789ab"), SECRET_KEY: "made-up-to-try-the-settings-and-used-nowhere-else"}
    values[MEDIA] = "media"
    if site.database == "sqlite":
        values[DATABASE_URL] = "sqlite:///made-up.sqlite3"
    elif site.database:
        values[DATABASE_URL] = "postgres://made-up@127.0.0.1:1/made-up"
    return Hosting(address=site.url, site=tuple(values.items()))


def settings_block(facts: ProjectFacts, settings: Settings, platform: str) -> str:
    """The block for the settings file of this project."""
    site = SiteSettings(
        platform=platform,
        condition=f'"{MARKER}" in _os.environ',
        told_by=f"Deploying sets {MARKER} there.",
        hosts=f'_env.list("{HOSTS}")',
        origins="[f\"{'https' if _https else 'http'}://{host}\" for host in ALLOWED_HOSTS]",
        https=f'_env.bool("{HTTPS}")',
    )
    block = site_settings_block(settings, facts.location, site)
    if not uses_uploads(settings):
        return block
    rows = ["# Uploaded files outlive releases; Caddy hands them out."]
    rows += [] if settings.media_url else [f'MEDIA_URL = "{MEDIA_URL}"']
    rows.append(f'MEDIA_ROOT = _env("{MEDIA}")')
    return block + "\n" + block_lines(rows)


def gunicorn_arguments(settings: Settings, workers: int = 2) -> tuple[str, ...]:
    argv = application_server(settings).argv[1:]
    threads = () if "--worker-class" in argv else ("--threads", "4")
    return ("--workers", str(workers), *threads, "--access-logfile", "-", *argv)


def web_path(url: str | None) -> str:
    """A URL setting as a path that Caddy can serve; empty where it is another host's, or the whole site."""
    if not url or "//" in url:
        return ""
    path = f"/{url.strip('/')}/"
    return path if re.fullmatch(r"/[A-Za-z0-9._~/-]+/", path) else ""


def own_names(settings: Settings | None) -> tuple[str, ...]:
    """The variables that the project's settings read and the site may need."""
    return own_variables(settings, given=NAMES)


def dependencies_folder(facts: ProjectFacts) -> str:
    file = facts.dependencies.file
    return str(PurePosixPath(file).parent) if file else "."


def wanted_packages(site: SitePlan, server: ServerFacts) -> tuple[str, ...]:
    return server.missing((*PACKAGES, *((POSTGRES,) if site.database == "postgresql" else ())))


def preparing(
    steps: Steps, server: ServerFacts, site: SitePlan, answers: Answers, python: str, *, docs: str
) -> Iterator[Call]:
    """The steps that make the server ready, each only where something is missing."""
    if missing := wanted_packages(site, server):
        yield steps.call(
            "packages",
            f"Install {', '.join(missing)}",
            "Caddy answers visitors and gets certificates; PostgreSQL keeps the data; unattended-upgrades brings "
            "security updates. They come from the distribution's own archive."
            if POSTGRES in missing
            else "Caddy answers visitors and gets certificates; unattended-upgrades brings security updates. They come "
            "from the distribution's own archive.",
            undo=f"They stay, as other sites may need them. By hand: `apt-get purge {' '.join(missing)}`.",
            docs=docs,
            packages=" ".join(missing),
        )
    if answers.flag("firewall") and (server.firewall != "active" or not _lets_in(server)):
        yield steps.call(
            "firewall",
            "Let in ssh, http and https only",
            f"What else listens on the server is not for the world. Port {server.ssh_port}, by which you are "
            "connected, is let in first.",
            undo="It stays. By hand: `ufw disable`.",
            docs=docs,
            ssh_port=server.ssh_port,
        )
    if answers.flag("swap") and server.wants_swap:
        yield steps.call(
            "swap",
            "Add 1 GB of swap",
            f"The server has {server.memory} MB of memory. Without swap, installing packages may be killed.",
            undo="It stays. By hand: `swapoff /swapfile; rm /swapfile`, and take its line out of /etc/fstab.",
            docs=docs,
            megabytes="1024",
        )
    yield steps.call(
        "uv",
        "Put uv on the server" if python in (server.python, "") else f"Put uv and Python {python} on the server",
        "It makes the environment of each release. Its exact version, by checksum, in /opt/simple_deploy.",
        undo="It stays, as other sites may need it. By hand: `rm -r /opt/simple_deploy`.",
        docs=docs,
        python="" if python == server.python else python,
    )


def _lets_in(server: ServerFacts) -> bool:
    allowed = {each.removesuffix("/tcp") for each in server.allowed}
    return {"80", "443"} <= allowed


def static_of(facts: ProjectFacts) -> str:
    """Where ``collectstatic`` puts files, in the folder of manage.py; empty for a project without static files."""
    settings = facts.settings
    return static_folder(settings, facts.location) if settings is not None and uses_static_files(settings) else ""


def same_machine(server: ServerFacts, here: str) -> bool:
    """Whether a program of this computer runs on the server."""
    return sys.platform == "linux" and server.machine == here
