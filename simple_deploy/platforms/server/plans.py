"""What a site of a project is on a server, worked out once from facts and answers; and the steps that make it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from simple_deploy.core.facts import Process, ProjectFacts, Settings
from simple_deploy.core.findings import slug
from simple_deploy.core.options import Answers, Option
from simple_deploy.core.plan import Hosting
from simple_deploy.core.steps import DEPLOY_GROUP
from simple_deploy.platforms.beside import BACKGROUND, local_redis, running, timed, url_variable
from simple_deploy.platforms.builder import system_needs
from simple_deploy.platforms.identity import PROJECT_VARIABLE, suggested_name
from simple_deploy.platforms.production import (
    SiteSettings,
    application_server,
    has_database,
    static_folder,
    uses_static_files,
    uses_uploads,
)
from simple_deploy.platforms.server.front import Front
from simple_deploy.platforms.server.inspection import SiteDatabase
from simple_deploy.platforms.server.schedules import calendar
from simple_deploy.platforms.server.units import Running, release_units
from simple_deploy.platforms.variables import debug_off, expected_variables, own_variables

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
REDIS_URL = "REDIS_URL"
NAMES = (SECRET_KEY, DATABASE_URL, HOSTS, HTTPS, MEDIA, MARKER, "DJANGO_SETTINGS_MODULE", PROJECT_VARIABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """One site.

    :param hosts: names and addresses by which visitors may reach it. :param domain: empty without one.
    :param database: ``sqlite``, ``postgresql``, ``elsewhere``, or empty for a project without one.
    :param further: Django's names of the other databases that are made for it. :param front: what answers visitors.
    """

    name: str
    hosts: tuple[str, ...]
    domain: str
    database: str
    further: tuple[str, ...] = ()
    front: Front = field(default_factory=Front)

    @property
    def url(self) -> str:
        if self.domain:
            return f"https://{self.domain}/"
        host = self.hosts[0]
        return f"http://[{host}]/" if ":" in host else f"http://{host}/"

    @property
    def databases(self) -> tuple[SiteDatabase, ...]:
        """Those that the site has, the default one first."""
        if not self.database:
            return ()
        named = ["db", *(f"further-{slug(alias)}" for alias in self.further)]
        if self.database == "sqlite":
            places = [f"/srv/{self.name}/shared/data/{each}.sqlite3" for each in named]
        else:
            places = [self.name, *(f"{self.name}.{slug(alias)}" for alias in self.further)]
        return tuple(
            SiteDatabase(alias=alias, kind=self.database, place=place)
            for alias, place in zip(("default", *self.further), places, strict=True)
        )

    @property
    def database_urls(self) -> Mapping[str, str]:
        """The variables with their addresses, as far as those are known here."""
        return {
            DATABASE_URL if each.alias == "default" else url_variable(each.alias): _url(each)
            for each in self.databases
            if each.kind != "elsewhere"
        }

    @property
    def allowed_hosts(self) -> str:
        return ",".join(f"[{each}]" if ":" in each else each for each in self.hosts)


def _url(database: SiteDatabase) -> str:
    if database.kind == "sqlite":
        # Several requests at once wait for each other instead of failing with "database is locked".
        return f"sqlite:///{database.place}?timeout=20&transaction_mode=IMMEDIATE"
    # The system's user is who PostgreSQL takes for the role: no password, no network.
    return f"postgres:////var/run/postgresql/{database.place}"


def further_databases(settings: Settings | None, database: str) -> tuple[str, ...]:
    """The other databases of the project that live on this computer, and that are made on the server."""
    if settings is None or database not in ("sqlite", "postgresql"):
        return ()
    local = (each.alias for each in settings.further_databases if each.local)
    return tuple(alias for alias in local if re.fullmatch(r"[A-Za-z0-9_.-]+", alias))


def beside(settings: Settings | None, answers: Answers) -> tuple[Process, ...]:
    """What runs beside the site on the server."""
    if settings is None or not answers.flag(BACKGROUND):
        return ()
    return (*running(settings), *(each for each in timed(settings) if _is_calendar(each.schedule)))


def units(facts: ProjectFacts, settings: Settings, site: SitePlan, answers: Answers) -> Mapping[str, str]:
    """The systemd units of a release, by name."""
    how = Running(
        site=site.name,
        project_folder=facts.location.project_dir,
        arguments=gunicorn_arguments(settings),
        group=site.front.group,
        postgres=site.database == "postgresql",
        redis=needs_redis(settings),
    )
    return release_units(how, beside(settings, answers))


def migrated(settings: Settings, site: SitePlan) -> tuple[str, ...]:
    """Django's names of the databases besides the default one that are migrated."""
    found = settings.further_databases
    return tuple(each.alias for each in found if not each.local or each.alias in site.further)


def needs_redis(settings: Settings) -> bool:
    """Whether the settings name a Redis of this computer in the place of which the site gets its own."""
    return bool(local_redis(settings))


def background_option(facts: ProjectFacts) -> tuple[Option, ...]:
    """The question whether to run what runs beside the site: it costs nothing, so the answer is yes."""
    settings = facts.settings
    if settings is None or not (running(settings) or timed(settings)):
        return ()
    titles = ", ".join(dict.fromkeys(each.title for each in (*running(settings), *timed(settings))))
    return (
        Option(
            name=BACKGROUND,
            label="Run background processes too",
            kind="flag",
            help=f"systemd runs {titles} in addition to the site. This costs only memory.",
            default=True,
        ),
    )


def _is_calendar(schedule: str) -> bool:
    try:
        return bool(calendar(schedule))
    except ValueError:
        return False


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
    return {**values, **site.database_urls}


def hosting(facts: ProjectFacts, site: SitePlan, answers: Answers, *, there: Collection[str]) -> Hosting:
    """What the site finds, with made-up values where they are secret.

    :param there: the variables that the site has already.
    """
    names = own_names(facts.settings)
    values = {
        **debug_off(names),
        **variables(facts, site, "0123456789ab"),
        SECRET_KEY: "made-up-to-try-the-settings-and-used-nowhere-else",
    }
    values |= {
        MEDIA: "media",
        "PYTHONUNBUFFERED": "1",
        "XDG_RUNTIME_DIR": "/tmp",
        "USER": site.name,
        "LOGNAME": site.name,
    }
    made_up = "sqlite:///made-up.sqlite3" if site.database == "sqlite" else "postgres://made-up@127.0.0.1:1/made-up"
    values |= dict.fromkeys(site.database_urls, made_up)
    if site.database == "elsewhere":
        values[DATABASE_URL] = made_up
    own = expected_variables(facts.settings, answers, names, there=there)
    return Hosting(address=site.url, site=tuple(values.items()), own=own)


def site_settings(settings: Settings, platform: str) -> SiteSettings:
    """What the settings of this project need on *platform*."""
    uploads = [
        "# Uploaded files outlive releases; the web server hands them out.",
        *([] if settings.media_url else [f'MEDIA_URL = "{MEDIA_URL}"']),
        f'MEDIA_ROOT = _Path(_os.environ["{MEDIA}"])',
    ]
    return SiteSettings(
        platform=platform,
        condition=f'"{MARKER}" in _os.environ',
        told_by=f"Deploying sets {MARKER} there.",
        setup=tuple(uploads if uses_uploads(settings) else ()),
        hosts=f'_os.environ["{HOSTS}"].split(",")',
        origins="[f\"{'http' if _http else 'https'}://{_host}\" for _host in ALLOWED_HOSTS]",
        http=f'_os.environ["{HTTPS}"] != "yes"',
    )


#: gunicorn's own format of its access log, and at its end the seconds that the answer took.
ACCESS_LOG = '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" %(L)s'


def gunicorn_arguments(settings: Settings) -> tuple[str, ...]:
    log = ("--access-logfile", "-", "--access-logformat", ACCESS_LOG)
    return ("--workers", "2", *log, *trial_arguments(settings))


def trial_arguments(settings: Settings) -> tuple[str, ...]:
    """Those that a release is tried with before it serves."""
    argv = application_server(settings).argv[1:]
    threads = () if "--worker-class" in argv else ("--threads", "4")
    return (*threads, *argv)


def web_path(url: str | None) -> str:
    """A URL setting as a path of files; empty where it is another host's, or the whole site."""
    if not url or "//" in url:
        return ""
    path = f"/{url.strip('/')}/"
    return path if re.fullmatch(r"/[A-Za-z0-9._~/-]+/", path) else ""


def own_names(settings: Settings | None) -> tuple[str, ...]:
    """The variables that the project's settings read and the site may need."""
    redis = (REDIS_URL,) if settings is not None and needs_redis(settings) else ()
    databases = map(url_variable, further_databases(settings, "postgresql"))
    return own_variables(settings, given=(*NAMES, *databases, *redis))


def dependencies_folder(facts: ProjectFacts) -> str:
    file = facts.dependencies.file
    return str(PurePosixPath(file).parent) if file else "."


def system_packages(facts: ProjectFacts) -> tuple[str, ...]:
    """What the project's own packages need of Debian, to be installed and to run."""
    if facts.settings is None:
        return ()
    needs = system_needs(facts.dependencies, facts.settings, groups=(DEPLOY_GROUP,))
    return tuple(dict.fromkeys((*needs.run, *needs.build)))


def static_of(facts: ProjectFacts) -> str:
    """Where ``collectstatic`` puts files, in the folder of manage.py; empty for a project without static files."""
    settings = facts.settings
    return static_folder(settings, facts.location) if settings is not None and uses_static_files(settings) else ""
