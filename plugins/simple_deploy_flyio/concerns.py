"""What somebody should know before a project goes to Fly.io. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from simple_deploy.api import Answers, Dependencies, Finding, Level, Remote, Settings, running, system_needs, timed
from simple_deploy_flyio import pages
from simple_deploy_flyio.questions import BESIDE, MANAGED, SQLITE, health_path
from simple_deploy_flyio.regions import WITH_MANAGED

#: Least and most memory of a machine in MB: fly.io/docs/about/pricing.
_MEMORY: Mapping[str, tuple[int, int]] = {
    "shared-cpu-1x": (256, 2048),
    "shared-cpu-2x": (512, 4096),
    "shared-cpu-4x": (1024, 8192),
    "performance-1x": (2048, 8192),
}
_MB: Mapping[str, int] = {"256mb": 256, "512mb": 512, "1gb": 1024, "2gb": 2048}


def findings(settings: Settings, answers: Answers, *, database: str) -> Iterator[Finding]:
    """:param database: what was chosen; empty for a project without one."""
    size, memory, region = answers.text("vm_size"), answers.text("vm_memory"), answers.text("region")
    least, most = _MEMORY.get(size, (0, 1 << 20))
    if not least <= _MB.get(memory, least) <= most:
        yield Finding(
            id="flyio.memory",
            level=Level.BLOCKER,
            title=f"A {size} machine has between {least} and {most} MB of memory, not {memory}.",
            why="Fly.io refuses to make it.",
            fix="Choose another memory or another size.",
            docs=pages.PRICES,
        )
    if database == MANAGED and region and region not in WITH_MANAGED:
        yield Finding(
            id="flyio.no-managed-postgres",
            level=Level.BLOCKER,
            title=f"There is no Managed Postgres in the region {region}.",
            why="The site and the database have to be near each other, or every page is slow.",
            fix=f"Choose one of these regions: {', '.join(WITH_MANAGED)}. Or choose another database.",
            docs=pages.MANAGED_POSTGRES,
        )
    yield from _database(settings, database)
    if settings.file_fields and database != SQLITE:
        yield Finding(
            id="flyio.uploads",
            level=Level.WARNING,
            title="Uploaded files would be lost: " + ", ".join(settings.file_fields[:3]),
            why="A machine gets a new disk at each deployment and whenever a stopped machine is replaced.",
            fix="Keep uploads in object storage: `fly storage create` makes some, and the package django-storages lets "
            "Django use it. Or mount a volume at the folder of MEDIA_ROOT, on one machine only.",
            docs=pages.STORAGE,
            details=(f"Volumes: {pages.VOLUMES}", f"Object storage: {pages.STORAGE}", *settings.file_fields),
        )
    elif settings.file_fields:
        yield Finding(
            id="flyio.uploads-on-the-volume",
            level=Level.WARNING,
            title="Uploaded files are kept on the volume, but Django does not serve them with DEBUG off.",
            why="The folder /data/media survives deployments, but visitors get a file only if one of the project's "
            "views serves it.",
            fix="Keep uploads in object storage, which serves them directly, or serve MEDIA_ROOT with a view.",
            docs=pages.STORAGE,
        )
    if database == SQLITE and running(settings):
        yield Finding(
            id="flyio.background-volume",
            level=Level.WARNING,
            title="With SQLite on a volume, Fly.io can run nothing in addition to the site: "
            + ", ".join(dict.fromkeys(each.title for each in running(settings))),
            why="A volume belongs to one machine, and another one could not reach the database.",
            fix="Choose a Postgres database (--database), and --background.",
            docs=f"{pages.DOCS}launch/processes/",
        )
        yield from BESIDE.findings(replace(settings, processes=timed(settings)), answers)
    else:
        yield from BESIDE.findings(settings, answers)
    if not health_path(settings, answers):
        yield Finding(
            id="flyio.no-health-path",
            level=Level.INFO,
            title="Fly.io only looks whether the site listens, not whether Django answers.",
            why="A page that needs no login and does not redirect would tell more.",
            fix="Name one with --health-path, preferably one that makes a small database query.",
            docs=f"{pages.DOCS}reference/health-checks/",
        )


def system(dependencies: Dependencies, settings: Settings) -> Iterator[Finding]:
    """What no Debian package brings."""
    for name, need in system_needs(dependencies, settings).by:
        if need.other:
            yield Finding(
                id=f"flyio.system-{name}",
                level=Level.WARNING,
                title=f"{name} needs something that the image does not have: {need.other}.",
                why="Without it, the site starts but fails wherever it is used.",
                fix="Add the lines that install it to the Dockerfile, or use another library.",
                docs=need.source,
            )


def _database(settings: Settings, database: str) -> Iterator[Finding]:
    default = settings.default_database
    if default is None or not database:
        return
    other = not default.is_sqlite and not default.is_postgresql
    if other or (default.is_postgresql and database == SQLITE):
        kind = "PostgreSQL" if default.is_postgresql else default.engine.rpartition(".")[2]
        new = "SQLite" if database == SQLITE else "Postgres"
        yield Finding(
            id="flyio.other-database",
            level=Level.WARNING,
            title=f"The project uses {kind} here, and the site will use {new}.",
            why="Most projects run on either, but some features exist in only one of them.",
            fix="Try the project with that database before people use the site.",
        )


def standing(remote: Remote, app: str, *, database: str) -> Iterator[Finding]:
    """What the name of the app, and a database that is there, mean for a deployment."""
    if remote.values.get("standing") == "another":
        yield Finding(
            id="flyio.other-app",
            level=Level.BLOCKER,
            title=f"You already have an app {app}, and nothing shows that it belongs to this project.",
            why="Deploying would replace what it serves.",
            fix="Choose another name with --deployed-project-name. If it belongs to this project, commit its fly.toml.",
        )
    there = remote.values.get("database", "")
    if there and database and there != database:
        yield Finding(
            id="flyio.database-changes",
            level=Level.WARNING,
            title=f"The site has a database already ({there}), and {database} was chosen now.",
            why="The data in the old database is not copied, and the old database costs money until you remove it.",
            fix=f"Answer --database {there} to keep it.",
        )
