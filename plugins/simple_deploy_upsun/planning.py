"""The plan of a deployment to Upsun. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from simple_deploy.api import (
    EQUIVALENTS,
    AddRequirements,
    Answers,
    Call,
    CheckUrl,
    Commit,
    EditBlock,
    ExportRequirements,
    Finding,
    Level,
    Plan,
    ProjectFacts,
    Remote,
    Resource,
    Settings,
    Step,
    WriteFile,
    choose_python,
    has_database,
    site_requirements,
    unreachable_settings,
    uses_static_files,
)
from simple_deploy_upsun import account, config, pages, place, questions, variables
from simple_deploy_upsun.hosting import hosting
from simple_deploy_upsun.settings_block import settings_block

SLUG = "upsun"
NAME = "Upsun"


def make_plan(facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
    """The steps of a deployment of the project in *facts*."""
    settings = facts.settings
    if settings is None or settings.file is None:
        return Plan(platform=SLUG, steps=(), findings=(unreachable_settings(facts, SLUG),))
    python = choose_python(facts, supported=config.PYTHONS, platform=NAME)
    title = remote.values.get("title") or answers.text(questions.TITLE) or questions.default_title(facts)
    made = Resource(kind="project", name=title, cost=account.PRICE)
    return Plan(
        platform=SLUG,
        steps=(
            *_file_steps(facts, settings, python.version, python.reason, title),
            Commit(
                id="commit",
                title="Commit the changes",
                why="Upsun builds a commit, so you always know what exactly is deployed.",
                undo="A commit that takes the changes back.",
                message="Configure deployment to Upsun",
            ),
            *_calls(facts, settings, remote, answers, title),
        ),
        creates=() if remote.resources else (made,),
        findings=(*((python.finding,) if python.finding else ()), *_findings(facts, settings), *_namesake(remote)),
        notes=_notes(facts, settings),
        hosting=hosting(settings),
    )


def _file_steps(facts: ProjectFacts, settings: Settings, python: str, reason: str, title: str) -> Iterator[Step]:
    assert settings.file is not None
    yield WriteFile(
        id="config",
        title="Tell Upsun how to build and run the site",
        why=f"One file names the app{' and its database' if has_database(settings) else ''}, what is done to build it, "
        f"what is done at each deployment, and how it is served. Python {python}: {reason}",
        undo="The file is removed.",
        docs=pages.APP,
        path=config.PATH,
        text=config.config(facts, settings, python, title),
    )
    packages = place.packages(facts)
    if packages.programs:
        yield EditBlock(
            id="environment",
            title="Let shells on the site find the packages",
            why="The packages are installed into an environment of their own. With this line `python` is that one for "
            "whoever logs in with `upsun ssh` too.",
            undo="The line is removed.",
            docs=pages.PACKAGES,
            path=f"{place.app_folder(facts)}/.environment".lstrip("/"),
            block_id=SLUG,
            text=f'export PATH="$PLATFORM_APP_DIR/{packages.programs}:$PATH"\n',
        )
    yield EditBlock(
        id="settings",
        title="Add settings for the site on Upsun",
        why="Debug mode off, a secret key, hosts and database as Upsun gives them, https, static files with hashed "
        "names. The block acts only where Upsun sets its variables, so your development settings stay as they are.",
        undo="The block is removed.",
        docs=pages.DJANGO,
        path=settings.file,
        block_id=SLUG,
        text=settings_block(facts, settings),
    )
    yield AddRequirements(
        id="requirements",
        title="Add what the site needs",
        why=_why_requirements(settings),
        undo="The lines are removed.",
        docs=pages.PACKAGES,
        requirements=site_requirements(settings, postgres=has_database(settings)),
        equivalents=EQUIVALENTS,
    )
    exported = place.exports(facts.dependencies)
    if exported is not None:
        yield ExportRequirements(
            id="export",
            title="Write the packages as a requirements file",
            why=f"Upsun's Python has pip, and no {facts.dependencies.manager}; pip installs from this file what your "
            "lock names.",
            undo="The file is removed.",
            docs=pages.PACKAGES,
            path=exported,
            groups=(),
        )


def _calls(facts: ProjectFacts, settings: Settings, remote: Remote, answers: Answers, title: str) -> Iterator[Step]:
    params = {
        "title": title,
        "region": answers.text(questions.REGION, questions.DEFAULT_REGION),
        "organization": answers.text(questions.ORGANIZATION),
        "resources": answers.text(questions.RESOURCES, questions.SIZES[0].value),
        "branch": remote.values.get("branch") or (facts.git.branch if facts.git else None) or "main",
    }
    there = bool(remote.resources)
    yield Call(
        id="create",
        name="create",
        title="Find the project on Upsun" if there else "Make the project on Upsun",
        why="A project holds the sites of all branches, each with its database. It takes some minutes."
        if not there
        else f"{title} is there, from an earlier deployment.",
        cost="" if there else account.PRICE,
        undo="`--destroy` deletes it.",
        docs=pages.CLI,
        params=params,
    )
    names = variables.wanted(settings)
    if names and answers.flag(questions.VARIABLES):
        yield Call(
            id="variables",
            name="variables",
            title=f"Take variables along: {', '.join(names)}",
            why="The settings read them from the environment. The site gets the values they have on this computer, as "
            "sensitive variables of the project; what is set there already stays.",
            undo="`upsun variable:delete` removes one.",
            docs=pages.VARIABLES,
            params=params,
        )
    yield Call(
        id="push",
        name="push",
        title="Send the commit, and have it built",
        why="Upsun installs the packages, collects the static files and starts the site. Its words are shown.",
        undo="Deploy an earlier commit.",
        docs=pages.HOOKS,
        params=params,
    )
    if has_database(settings):
        yield Call(
            id="migrated",
            name="migrated",
            title="See that the database was migrated",
            why="Upsun goes on when a migration fails, so this asks the site itself.",
            docs=pages.HOOKS,
            params=params,
        )
    yield Call(
        id="address",
        name="address",
        title="Ask for the address",
        why="Upsun makes it of the branch, the project and the region.",
        docs=pages.DOMAINS,
        params=params,
    )
    yield CheckUrl(
        id="visit",
        title="Visit the site",
        why="Its first page, a static file and the admin are asked for, as a browser would.",
        within=60.0,
    )


def _namesake(remote: Remote) -> Iterator[Finding]:
    namesake = remote.values.get("namesake")
    if namesake:
        yield Finding(
            id="upsun.namesake",
            level=Level.WARNING,
            title="You have a project of this name on Upsun, and nothing says that it is this one.",
            why="A deployment would make another one, which costs money of its own.",
            fix=f"If it is this one, say so with `upsun project:set-remote {namesake}`.",
            docs=pages.CLI,
        )


def _why_requirements(settings: Settings) -> str:
    parts = ["gunicorn serves the site"]
    if uses_static_files(settings):
        parts.append("WhiteNoise its static files")
    if has_database(settings):
        parts.append("psycopg speaks to PostgreSQL")
    return f"{', '.join(parts)}, and django-environ reads the settings above."


def _findings(facts: ProjectFacts, settings: Settings) -> Iterator[Finding]:
    default = settings.default_database
    if default is not None and has_database(settings) and not default.is_postgresql:
        kind = "SQLite" if default.is_sqlite else default.engine.rpartition(".")[2]
        yield Finding(
            id="upsun.other-database",
            level=Level.INFO,
            title=f"The project uses {kind} here, and PostgreSQL on Upsun.",
            why="The file system of a site on Upsun is read-only, so a database in a file is no choice there. The new "
            "database is empty: migrations make its tables, your local data stay here.",
            fix="Run your tests with PostgreSQL once, if they depend on the database.",
            docs=pages.POSTGRESQL,
        )
    kept = place.uploads(facts, settings)
    if kept is not None:
        yield Finding(
            id="upsun.uploads",
            level=Level.INFO,
            title=f"Uploaded files are kept in a mount, {kept.folder}/, and served below {kept.path}/.",
            why="It is the one folder the site may write to, and it outlives deployments. Files that are in the "
            "repository in that folder are not seen there.",
            docs=pages.APP,
        )
    if settings.uses_celery:
        yield Finding(
            id="upsun.celery",
            level=Level.WARNING,
            title="The project uses Celery, and no worker is configured.",
            why="Tasks would wait for ever: the site has neither a worker nor a broker.",
            fix=f"Add a worker and a Redis service to {config.PATH} after this, or call the tasks directly.",
            docs=pages.APP,
        )
    if settings.wsgi_application and {"channels", "daphne"} & {*settings.installed_apps, *facts.dependencies.names}:
        yield Finding(
            id="upsun.websockets",
            level=Level.WARNING,
            title="WebSockets will not work on the site.",
            why="It is served over WSGI, which has none. Pages work as usual.",
            fix="Nothing has to be done if the project works without them. Otherwise serve its ASGI application: "
            f"change the start command in {config.PATH} after this.",
            docs=pages.PYTHON,
        )


def _notes(facts: ProjectFacts, settings: Settings) -> tuple[str, ...]:
    notes = [
        "Upsun gives every branch a site of its own at an address of its own; the settings take the hosts from Upsun."
    ]
    if facts.dependencies.manager in {"uv", "poetry", "pipenv"} and not facts.dependencies.lock:
        notes.append("There is no lock file, so each build takes the newest packages that fit.")
    if has_database(settings):
        notes.append("A migration that fails does not stop a deployment on Upsun: `upsun log deploy` shows it.")
    return tuple(notes)
