"""The plan of a deployment to Fly.io. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping

from simple_deploy.api import (
    BACKGROUND,
    DEPLOY_GROUP,
    EQUIVALENTS,
    Answers,
    EditBlock,
    Plan,
    ProjectFacts,
    PythonChoice,
    Remote,
    Resource,
    Settings,
    Step,
    Steps,
    building,
    choose_python,
    front_end_findings,
    has_database,
    migrating,
    running,
    site_requirements,
    unreachable_settings,
    unreachable_sources,
    uses_uploads,
    variable_findings,
)
from simple_deploy_flyio import account, concerns, names, pages
from simple_deploy_flyio.commands import Cluster
from simple_deploy_flyio.dockerfile import PYTHONS, Image
from simple_deploy_flyio.dockerignore import dockerignore
from simple_deploy_flyio.flytoml import FlyToml
from simple_deploy_flyio.hosting import hosting, read_by, site_settings
from simple_deploy_flyio.installing import EXPORTED, OWN
from simple_deploy_flyio.questions import MANAGED, ON_PUSH, SQLITE, UNMANAGED, app_name, health_path

SLUG = "flyio"
STEPS = Steps(slug=SLUG, name="Fly.io")

#: Managers that keep packages in named groups, which their own command installs when it is told to.
_WITH_GROUPS = frozenset({"pipenv", "poetry", "uv"})


def make_plan(facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
    """The steps of a deployment of the project in *facts*."""
    settings = facts.settings
    if settings is None or settings.file is None:
        return Plan(platform=SLUG, steps=(), findings=(unreachable_settings(facts, SLUG),))
    app = app_name(facts, remote, answers)
    database = answers.text("database") if has_database(settings) else ""
    python = choose_python(facts, supported=PYTHONS, platform="The official Python image")
    return Plan(
        platform=SLUG,
        steps=(
            *_file_steps(facts, settings, answers, app=app, database=database, python=python),
            STEPS.commit(),
            *_calls(remote, answers, app=app, database=database),
        ),
        creates=_creates(remote, app=app, database=database),
        findings=(
            *([python.finding] if python.finding else []),
            *concerns.findings(settings, answers, database=database),
            *unreachable_sources(
                facts, SLUG, "Fly.io", variable="a build secret: https://fly.io/docs/apps/build-secrets/"
            ),
            *front_end_findings(facts, SLUG, "Fly.io", builds="A stage of the Dockerfile does that.", by_hand=""),
            *concerns.system(facts.dependencies, settings),
            *variable_findings(
                SLUG,
                facts,
                answers,
                read_by(settings),
                there=remote.values.get("variables", "").split(),
                how=f"fly secrets set NAME=VALUE -a {app}",
                exists=bool(remote.resources),
            ),
            *concerns.standing(remote, app, database=database),
            *ON_PUSH.findings(answers, app=app, exported=EXPORTED if facts.dependencies.manager not in OWN else ""),
        ),
        notes=_notes(database),
        hosting=hosting(
            app,
            _region(answers),
            _env(settings, answers, database),
            settings,
            answers,
            database=bool(database),
            releases=bool(database) and database != SQLITE,
            python=python.version,
            there=remote.values.get("variables", "").split(),
        ),
    )


def requirements(settings: Settings, *, postgres: bool) -> tuple[str, ...]:
    """What the site needs installed besides the project's own packages, PEP 508."""
    return site_requirements(settings, postgres=postgres)


def groups(facts: ProjectFacts, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The named groups that the image installs: the one for deployment, where there is or will be one."""
    if facts.dependencies.manager not in _WITH_GROUPS:
        return ()
    declared = facts.dependencies.names
    missing = [each for each in wanted if not {_name(each), *EQUIVALENTS.get(_name(each), ())} & declared]
    return (DEPLOY_GROUP,) if missing or DEPLOY_GROUP in facts.dependencies.groups else ()


def _file_steps(
    facts: ProjectFacts, settings: Settings, answers: Answers, *, app: str, database: str, python: PythonChoice
) -> Iterator[Step]:
    volume = database == SQLITE
    wanted = requirements(settings, postgres=bool(database) and not volume)
    image = Image(
        location=facts.location,
        settings=settings,
        dependencies=facts.dependencies,
        python=python.version,
        groups=groups(facts, wanted),
        front_end=building(facts),
        volume=volume,
    )
    yield from STEPS.settings(
        facts,
        site_settings(settings, volume=volume),
        why="They set the app's own address and its database. The block takes effect only where Fly.io has set "
        "FLY_APP_NAME, so your development settings stay as they are.",
        docs=pages.DJANGO,
    )
    yield STEPS.requirements(
        wanted,
        why="gunicorn serves the pages, WhiteNoise the static files, django-environ reads the settings above"
        + (", psycopg talks to Postgres." if database and not volume else "."),
        group=DEPLOY_GROUP,
    )
    if facts.dependencies.manager not in OWN:
        yield STEPS.export(
            EXPORTED,
            title=f"Write {EXPORTED} for the image",
            why="The image installs with pip, which cannot read the files of the project's own manager. Each plan "
            "writes this file again.",
            groups=(DEPLOY_GROUP,),
        )
    yield STEPS.file(
        "dockerfile",
        "Dockerfile",
        image.render(),
        title="Write the Dockerfile",
        why=f"Fly.io builds the site's image from it, with Python {python.version} on Debian. {python.reason}",
        docs=pages.DOCKERFILE,
    )
    yield EditBlock(
        id="dockerignore",
        title="Keep secrets and leftovers out of the image",
        why="Docker copies everything in the folder unless this file excludes it; Fly.io does not read .gitignore.",
        undo="The lines are removed.",
        docs="https://docs.docker.com/build/concepts/context/#dockerignore-files",
        path=".dockerignore",
        block_id=SLUG,
        text=dockerignore(facts),
    )
    yield STEPS.file(
        "fly-toml",
        "fly.toml",
        _fly_toml(settings, answers, image, app=app, database=database).render(),
        why="It names the app and says how its machines run and how Fly.io checks the site's health.",
        cost=pages.price(pages.MACHINE_COST),
        docs=pages.CONFIGURATION,
    )
    yield from ON_PUSH.steps(facts, answers, app=app)


def _calls(remote: Remote, answers: Answers, *, app: str, database: str) -> Iterator[Step]:
    """What is done on Fly.io, in this order: a release command needs the database and the secrets."""
    organization = remote.values.get("organization") or answers.text("organization", "personal")
    params = {"app": app, "organization": organization, "region": _region(answers)}

    exists = remote.values.get("standing") == "ours"
    yield STEPS.call(
        "create",
        f"Use the app {app}" if exists else f"Make the app {app}",
        "Every clone of the project finds it by its name in fly.toml, so there is never a second one.",
        cost=pages.price(pages.MACHINE_COST),
        undo="`--destroy` removes it.",
        docs=pages.PRICES,
        **params,
    )
    if database == SQLITE:
        yield STEPS.call(
            "volume",
            "Make the volume for the database",
            "Its contents survive deployments. An existing volume is used.",
            cost=pages.price(pages.SQLITE_COST),
            undo="`--destroy` removes it and all data on it.",
            docs=pages.VOLUMES,
            **params,
        )
    elif database == UNMANAGED:
        yield STEPS.call(
            "postgres",
            f"Make the database {names.database(app)}",
            "The site gets its address as a secret. An existing database is used.",
            cost=pages.price(pages.POSTGRES_COST),
            undo="`--destroy` removes it and all data in it.",
            docs=pages.POSTGRES,
            **params,
        )
    elif database == MANAGED:
        yield STEPS.call(
            "managed",
            f"Make the database {names.database(app)}, managed by Fly.io",
            "The site gets its address as a secret. An existing database is used. Making it takes some minutes.",
            cost=pages.price(pages.MANAGED_COST),
            undo="`--destroy` removes it and all data in it.",
            docs=pages.MANAGED_POSTGRES,
            **params,
        )
    yield STEPS.call(
        "secrets",
        "Set the secrets that are missing",
        "The site gets its own secret key, which nobody sees. Values that you have set yourself stay.",
        docs=pages.SECRETS,
        **params,
    )
    yield STEPS.call(
        "deploy",
        "Deploy the commit",
        "Fly.io builds the image, updates the database, starts the machine, and sends visitors to it once it answers.",
        docs=pages.DOCKERFILE,
        **params,
    )
    yield STEPS.visit(within=180)


def _creates(remote: Remote, *, app: str, database: str) -> tuple[Resource, ...]:
    """What will exist afterwards and does not now."""
    there = {each.kind for each in remote.resources}
    wanted = [account.app_resource(app)]
    if database == SQLITE:
        wanted.append(account.volume_resource(names.VOLUME))
    elif remote.values.get("connected") == "yes":
        pass  # the site has the address of one, whosever it is
    elif database == UNMANAGED:
        wanted.append(account.postgres_resource(names.database(app)))
    elif database == MANAGED:
        wanted.append(account.cluster_resource(Cluster(id="", name=names.database(app))))
    return tuple(each for each in wanted if each.kind not in there)


def _fly_toml(settings: Settings, answers: Answers, image: Image, *, app: str, database: str) -> FlyToml:
    volume = database == SQLITE
    return FlyToml(
        app=app,
        host=names.host(app),
        region=_region(answers),
        size=answers.text("vm_size", "shared-cpu-1x"),
        memory=_memory(answers),
        env=_env(settings, answers, database),
        migrate=_migrate(settings) if database and not volume else None,
        volume=(names.VOLUME, names.DATA) if volume else None,
        health_path=health_path(settings, answers),
        processes=_processes(settings, answers, image),
    )


def _migrate(settings: Settings) -> str:
    """The command before a release, which no shell reads."""
    command = migrating(settings, "python manage.py")
    return f"sh -c {shlex.quote(command)}" if "&&" in command else command


def _processes(settings: Settings, answers: Answers, image: Image) -> dict[str, str]:
    """The groups of machines, where there is more than the site. A volume belongs to one machine, so with one there is
    no other that could reach the database."""
    found = running(settings)
    if not found or image.volume or not answers.flag(BACKGROUND):
        return {}
    return {"app": shlex.join(image.server), **{each.name: shlex.join(each.command) for each in found}}


def _env(settings: Settings, answers: Answers, database: str) -> dict[str, str]:
    """The variables of the site that are no secrets."""
    env = {"WEB_CONCURRENCY": "1" if _memory(answers) == "256mb" else "2"}
    if database == SQLITE:
        env["DATABASE_URL"] = f"sqlite:///{names.DATA}/db.sqlite3"
        if uses_uploads(settings):
            env["MEDIA_ROOT"] = f"{names.DATA}/media"
    return env


def _memory(answers: Answers) -> str:
    return answers.text("vm_memory", "512mb")


def _region(answers: Answers) -> str:
    return answers.text("region", "iad")


def _notes(database: str) -> tuple[str, ...]:
    costs: Mapping[str, str] = {
        SQLITE: f"The volume with the database costs {pages.SQLITE_COST}.",
        MANAGED: f"MANAGED POSTGRES COSTS {pages.MANAGED_COST}. That is about twenty times the combined cost of the "
        "site itself and a database that you look after yourself.",
    }
    unmanaged = (
        f"The database costs {pages.POSTGRES_COST}. Fly.io gives no support for it, and testing its backups is up to "
        "you."
    )
    return (
        f"The machine costs {pages.MACHINE_COST}; it stops while nobody visits. Seen on {pages.CHECKED.isoformat()}: "
        f"{pages.PRICES}",
        *([costs.get(database, unmanaged)] if database else []),
    )


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]).lower()
