"""The plan of a deployment to this computer. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from simple_deploy.api import (
    DEPLOY_GROUP,
    AddRequirements,
    Answers,
    Call,
    Commit,
    Finding,
    Level,
    Plan,
    ProjectFacts,
    Remote,
    Resource,
    Settings,
    Step,
    Steps,
    admin_question,
    deploy_command,
    front_end_findings,
    has_database,
    unreachable_settings,
    uses_static_files,
    uses_uploads,
)
from simple_deploy_local import variables
from simple_deploy_local.questions import KEEPER, KEEPERS
from simple_deploy_local.settings_block import is_file, site_settings

SLUG = "local"


def wants_postgres(remote: Remote, answers: Answers) -> bool:
    """Whether the site's database is to be PostgreSQL."""
    chosen = answers.text("database", "auto")
    return chosen == "postgres" or (chosen == "auto" and remote.values.get("postgres") == "yes")


def make_plan(facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
    """The steps of a deployment of the project in *facts*."""
    settings = facts.settings
    if settings is None or settings.file is None:
        return Plan(platform=SLUG, steps=(), findings=(unreachable_settings(facts, SLUG),))
    postgres = wants_postgres(remote, answers)
    first = remote.values.get("current", "") == ""
    return Plan(
        platform=SLUG,
        steps=(
            *_file_steps(facts, settings, postgres=postgres),
            Commit(
                id="commit",
                title="Commit the changes",
                why="A release is made from a commit, so you always know exactly what is deployed.",
                undo="A commit that reverts the changes.",
                message="Configure deployment to this computer",
            ),
            *_calls(settings, postgres=postgres, first=first, carried=first and answers.flag("copy_data")),
            *_keeping(facts, remote, answers, postgres=postgres),
        ),
        creates=_creates(facts, remote, answers),
        questions=(admin_question(settings),) if first and settings.has_admin else (),
        findings=_findings(facts, settings, remote, postgres=postgres),
        notes=_notes(settings, remote),
        hosting=variables.hosting(settings, postgres=postgres, takes_own=answers.flag("take_variables")),
    )


def _file_steps(facts: ProjectFacts, settings: Settings, *, postgres: bool) -> tuple[Step, ...]:
    assert settings.file is not None
    wanted = ["gunicorn; sys_platform != 'win32'", "waitress; sys_platform == 'win32'", "django-environ"]
    if uses_static_files(settings):
        wanted.append("whitenoise")
    if postgres:
        wanted.append("psycopg[binary]")
    return (
        *Steps(slug=SLUG, name="this computer").settings(
            facts,
            site_settings(settings, postgres=postgres, immediate=facts.site_has_django(5, 1)),
            why="These set the site's address (plain http, since only this computer can reach it) and keep the "
            "database and uploads from one release to the next.",
            docs="https://docs.djangoproject.com/en/stable/howto/deployment/checklist/",
        ),
        AddRequirements(
            id="requirements",
            title="Add what the deployed site needs",
            why="An application server (gunicorn, on Windows waitress), "
            + ("WhiteNoise for static files, " if uses_static_files(settings) else "")
            + ("the PostgreSQL driver, " if postgres else "")
            + "and django-environ, which the settings above use.",
            undo="The lines are removed.",
            requirements=tuple(wanted),
            group=DEPLOY_GROUP,
            equivalents={"psycopg": ("psycopg2", "psycopg2-binary", "psycopg-binary")},
        ),
    )


def _creates(facts: ProjectFacts, remote: Remote, answers: Answers) -> tuple[Resource, ...]:
    there = {resource.kind for resource in remote.resources}
    wanted = ("site", *((KEEPER,) if facts.host.services and answers.flag("keep_running") else ()))
    return tuple(Resource(kind=kind, name=facts.name) for kind in wanted if kind not in there)


def _keeping(facts: ProjectFacts, remote: Remote, answers: Answers, *, postgres: bool) -> tuple[Step, ...]:
    """What makes the site start by itself, or takes that back."""
    by = KEEPERS.get(facts.host.services)
    if by is None:
        return ()
    params = {"database": "postgres" if postgres else "sqlite"}
    if answers.flag("keep_running"):
        return (
            Call(
                id="keep",
                name="keep",
                title="Start the site automatically",
                why=f"{by} starts it after a crash and when you log in, unless you stopped it. It is registered for "
                "your user only.",
                undo="`--destroy` removes it, and so does a deployment with `--no-keep-running`.",
                params=params,
            ),
        )
    if any(resource.kind == KEEPER for resource in remote.resources):
        return (
            Call(
                id="unkeep",
                name="unkeep",
                title="Stop starting the site automatically",
                why="You chose this. The site itself keeps running.",
                undo="A deployment with `--keep-running`.",
                params=params,
            ),
        )
    return ()


def _calls(settings: Settings, *, postgres: bool, first: bool, carried: bool) -> tuple[Step, ...]:
    def call(name: str, title: str, why: str, *, undo: str = "", docs: str = "") -> Call:
        page = f"https://docs.djangoproject.com/en/stable/{docs}" if docs else None
        params = {"database": "postgres" if postgres else "sqlite"}
        return Call(id=name, name=name, title=title, why=why, undo=undo, docs=page, params=params)

    prepare = call(
        "prepare",
        "Create the site's folder",
        "A folder outside your project holds the site's releases, its data, and secrets that only you can read.",
        undo="`--destroy` removes it.",
    )
    checkout = call(
        "checkout",
        "Lay out the release",
        "The release contains the commit's files and nothing else: changes that you have not committed are not "
        "deployed.",
    )
    install = call(
        "install",
        "Install the packages",
        "Each release gets its own environment, so an upgrade never breaks the one that is serving.",
    )
    static = call(
        "static",
        "Collect static files",
        "Each file gets a name that changes with its content, so browsers can cache it forever.",
        docs="ref/contrib/staticfiles/",
    )
    check = call(
        "check",
        "Run Django's deployment check",
        "Django checks for common oversights. Each one it finds is shown with its fix.",
        docs="ref/checks/",
    )
    rehearse = call(
        "rehearse",
        "Try the migrations on a copy",
        "A migration that fails on real data fails on the copy, where nothing is lost.",
    )
    probe = call(
        "probe",
        "Try the release",
        "It starts on a separate port, and the tool requests its pages. If they fail, no visitor ever sees this "
        "release.",
    )
    data = call(
        "data",
        "Copy the local data to the site",
        "Makes a consistent copy of your database and copies the uploaded files.",
    )
    migrate = call(
        "migrate",
        "Update the database",
        "Migrations change the tables to match what the release expects.",
        docs="topics/migrations/",
    )
    admin = call(
        "admin",
        "Offer to make an admin user",
        "Without one, nobody can log in to the admin pages. You can skip this.",
        docs="ref/django-admin/#createsuperuser",
    )
    activate = call(
        "activate",
        "Start the site" if first else "Switch to the release",
        "The release takes over the site's open socket, so no visitor is turned away.",
        undo="`--rollback` lets the previous release serve again.",
    )
    verify = call(
        "verify", "Visit the site", "The tool requests its home page, a static file and the admin, as a browser would."
    )
    database = has_database(settings)
    # A copy of a PostgreSQL database is not made just like that, so there the release is tried on the migrated one.
    rehearsed = database and not postgres
    wanted = (
        (prepare, True),
        (checkout, True),
        (install, True),
        # A check, and what collects static files, may ask the database: there is one with tables by then.
        (rehearse, rehearsed),
        (static, uses_static_files(settings)),
        (check, True),
        (probe, rehearsed or not database),
        (data, carried),
        (migrate, database),
        (probe, database and not rehearsed),
        (admin, first and settings.has_admin),
        (activate, True),
        (verify, True),
    )
    return tuple(step for step, is_wanted in wanted if is_wanted)


def _findings(facts: ProjectFacts, settings: Settings, remote: Remote, *, postgres: bool) -> tuple[Finding, ...]:
    found = []
    default = settings.default_database
    existing = remote.values.get("postgres")
    if existing is not None and (existing == "yes") != postgres:
        new, old = ("PostgreSQL", "SQLite") if postgres else ("SQLite", "PostgreSQL")
        found.append(
            Finding(
                id="local.database-changes",
                level=Level.WARNING,
                title=f"The site's database changes from {old} to {new}.",
                why=f"The data in the old database is not copied; the site shows what the {new} database holds.",
                fix="Choose “Keep the current database” to stay with the one the site has.",
            )
        )
    elif default is not None and has_database(settings) and not is_file(default) and not postgres:
        kind = "PostgreSQL" if default.is_postgresql else default.engine.rpartition(".")[2]
        found.append(
            Finding(
                id="local.other-database",
                level=Level.WARNING,
                title=f"The project uses {kind} here, and the site will use SQLite.",
                why="Most projects run on either, but some features exist in only one of them.",
                fix="Give the address of a PostgreSQL database to use that.",
            )
        )
    if settings.websockets:
        found.append(
            Finding(
                id="local.websockets",
                level=Level.WARNING,
                title="WebSockets will not work on this site.",
                why="The site is served over WSGI, which has no WebSockets. Pages work as usual.",
                fix="If the project works without them, there is nothing to do.",
            )
        )
    found += _beside(settings)
    found += front_end_findings(
        facts,
        SLUG,
        "This computer",
        builds="",
        by_hand="A release is made from the commit: remove the line from .gitignore and commit what is built.",
    )
    if not facts.host.services:
        found.append(
            Finding(
                id="local.no-services",
                level=Level.INFO,
                title="Nothing on this computer restarts the site automatically.",
                why="Automatic restarts need a systemd user instance, which containers, WSL without systemd and some "
                "remote logins do not have. If the site goes down, your next visit to the dashboard starts it "
                "again.",
            )
        )
    return tuple(found)


def _beside(settings: Settings) -> Iterator[Finding]:
    """What runs beside the site is not started here: the site is one process that the tool looks after."""
    if settings.processes:
        titles = ", ".join(dict.fromkeys(each.title for each in settings.processes))
        # Of what runs beside a site only management commands can be run with its variables from here.
        first = next((each for each in settings.processes if each.command[1:2] == ("manage.py",)), None)
        yield Finding(
            id="local.background",
            level=Level.WARNING,
            title=f"Only the site itself runs here: {titles} {'does' if ',' not in titles else 'do'} not.",
            why="Tasks wait until a worker processes them.",
            fix=f"Run {first.title} on the site: "
            + deploy_command(SLUG, f"--run {shlex.quote(shlex.join(first.command))}")
            if first is not None
            else "Start it in another terminal, with the site's own variables.",
            details=tuple(f"{each.title}: {shlex.join(each.command)}" for each in settings.processes if each.command),
        )
    more = [each.alias for each in settings.further_databases if each.local and not each.is_sqlite]
    if more:
        yield Finding(
            id="local.databases",
            level=Level.INFO,
            title=f"The site uses the same database {', '.join(more)} as the project here.",
            why="Only the default database belongs to the site alone.",
            fix="To keep the site's data separate, give the settings a different address through a variable.",
        )


def _notes(settings: Settings, remote: Remote) -> tuple[str, ...]:
    told = remote.values.get("told")
    notes = [
        f"Other computers reach the site at {told}. Here it listens on 127.0.0.1."
        if told
        else "Only this computer can reach the site: it listens on 127.0.0.1."
    ]
    if uses_uploads(settings):
        notes.append("Uploaded files survive each new release and are served under MEDIA_URL.")
    return tuple(notes)
