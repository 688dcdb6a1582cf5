"""The plan of a deployment to Upsun. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from simple_deploy.api import (
    BACKGROUND,
    Answers,
    EditBlock,
    Finding,
    Level,
    Plan,
    ProjectFacts,
    PythonChoice,
    Remote,
    Resource,
    Settings,
    Step,
    Steps,
    choose_python,
    chosen_variables,
    front_end_findings,
    has_database,
    sent_variables,
    site_requirements,
    system_needs,
    unreachable_settings,
    unreachable_sources,
    uses_static_files,
    variable_findings,
)
from simple_deploy_upsun import account, config, hosting, owned, pages, place, questions

SLUG = "upsun"
NAME = "Upsun"
STEPS = Steps(slug=SLUG, name=NAME)


def make_plan(facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
    """The steps of a deployment of the project in *facts*."""
    settings = facts.settings
    if settings is None or settings.file is None:
        return Plan(platform=SLUG, steps=(), findings=(unreachable_settings(facts, SLUG),))
    python = choose_python(facts, supported=config.PYTHONS, platform=NAME)
    title = remote.values.get("title") or answers.text(questions.TITLE) or questions.default_title(facts)
    made = Resource(kind="project", name=title, cost=account.PRICE)
    push, there = questions.on_push(remote.values.get("branch", "main")), remote.values.get("project", "")
    return Plan(
        platform=SLUG,
        steps=(
            *_file_steps(facts, settings, answers, python, title),
            *push.steps(facts, answers, app=there),
            STEPS.commit(),
            *_calls(facts, settings, remote, answers, title),
        ),
        creates=() if remote.resources else (made,),
        findings=(
            *((python.finding,) if python.finding else ()),
            *owned.beside(facts),
            *_variables(facts, settings, remote, answers),
            *_findings(facts, settings),
            *questions.BESIDE.findings(settings, answers),
            *unreachable_sources(
                facts,
                SLUG,
                NAME,
                variable="`upsun variable:create --visible-build true`",
            ),
            *front_end_findings(
                facts, SLUG, NAME, builds="The build hook does that, with the Node in Upsun's image.", by_hand=""
            ),
            *_system(facts, settings),
            *_namesake(remote),
            *push.findings(answers, app=there, exported=place.exports(facts.dependencies) or ""),
        ),
        notes=_notes(facts, settings),
        hosting=hosting.hosting(settings, answers, there=_there(settings, remote)),
    )


def _file_steps(
    facts: ProjectFacts, settings: Settings, answers: Answers, python: PythonChoice, title: str
) -> Iterator[Step]:
    yield STEPS.file(
        "config",
        config.PATH,
        config.config(
            facts,
            settings,
            python.version,
            title,
            background=answers.flag(BACKGROUND),
            empty=[name for name in chosen_variables(answers, hosting.read_by(settings)) if name in facts.emptied],
        ),
        title="Configure how Upsun builds and runs the site",
        why=f"One file names the app{' and its database' if has_database(settings) else ''}, what is done to build it, "
        f"what is done at each deployment, and how it is served. Python {python.version}: {python.reason}",
        docs=pages.APP,
    )
    packages = place.packages(facts)
    variables = hosting.dot_environment(settings, packages.programs)
    if variables:
        yield EditBlock(
            id="environment",
            title="Set variables of the site",
            why=_why_environment(settings, packages.programs),
            undo="The lines are removed.",
            docs=pages.VARIABLES,
            path=f"{place.app_folder(facts)}/.environment".lstrip("/"),
            block_id=SLUG,
            text=variables,
        )
    yield from STEPS.settings(
        facts,
        hosting.site_settings(facts, settings),
        why="A secret key, hosts and database as Upsun gives them; the hosts come as JSON in base64. The "
        "block acts only where Upsun sets its variables, so your development settings stay as they are.",
        docs=pages.DJANGO,
    )
    packages_of_site = site_requirements(settings, postgres=has_database(settings))
    yield STEPS.requirements(packages_of_site, why=_why_requirements(settings), docs=pages.PACKAGES)
    exported = place.exports(facts.dependencies)
    if exported is not None:
        yield STEPS.export(
            exported,
            title="Write the packages as a requirements file",
            why=f"Upsun's Python has pip but no {facts.dependencies.manager}. This file lets pip install what your "
            "lock names.",
            docs=pages.PACKAGES,
        )


def _why_environment(settings: Settings, programs: str) -> str:
    packages = (
        "The packages are installed into an environment of their own: `python` is that one for whoever logs in with "
        "`upsun ssh` too."
    )
    database = "If Upsun gives only the parts of the database's address, the file puts them together."
    return " ".join([*([packages] if programs else []), *([database] if has_database(settings) else [])])


def _variables(facts: ProjectFacts, settings: Settings, remote: Remote, answers: Answers) -> Iterator[Finding]:
    names = hosting.read_by(settings)
    yield from variable_findings(
        SLUG,
        facts,
        answers,
        names,
        there=_there(settings, remote),
        how="upsun variable:create --level project --name env:NAME --sensitive true",
        exists=bool(remote.resources),
    )


def _there(settings: Settings, remote: Remote) -> tuple[str, ...]:
    """The variables that the project has already. Which is known when it is deployed to: then it is asked."""
    return hosting.read_by(settings) if remote.resources else ()


def _calls(facts: ProjectFacts, settings: Settings, remote: Remote, answers: Answers, title: str) -> Iterator[Step]:
    params = {
        "title": title,
        "region": answers.text(questions.REGION, questions.DEFAULT_REGION),
        "organization": answers.text(questions.ORGANIZATION),
        "resources": answers.text(questions.RESOURCES, questions.SIZES[0].value),
        "branch": remote.values.get("branch") or (facts.git.branch if facts.git else None) or "main",
    }
    there = bool(remote.resources)
    yield STEPS.call(
        "create",
        "Find the project on Upsun" if there else "Make the project on Upsun",
        f"{title} already exists, from an earlier deployment."
        if there
        else "A project holds the sites of all branches, each with its database. It takes some minutes.",
        cost="" if there else account.PRICE,
        undo="`--destroy` deletes it.",
        docs=pages.CLI,
        **params,
    )
    sent = sent_variables(settings, answers, hosting.read_by(settings))
    names = [name for name in sent if name not in facts.emptied]
    if names:
        yield STEPS.call(
            "variables",
            f"Set variables: {', '.join(names)}",
            "The settings read them from the environment. They become sensitive variables of the project. Variables "
            "that are already set stay.",
            undo="`upsun variable:delete` removes one.",
            docs=pages.VARIABLES,
            **params,
        )
    yield STEPS.call(
        "push",
        "Send the commit and build it",
        "Upsun installs the packages, collects the static files and starts the site. You see its output.",
        undo="Deploy an earlier commit.",
        docs=pages.HOOKS,
        **params,
    )
    if has_database(settings):
        yield STEPS.call(
            "migrated",
            "Check that the database was migrated",
            "Upsun continues even if a migration fails, so this step asks the site itself.",
            docs=pages.HOOKS,
            **params,
        )
    yield STEPS.call(
        "address",
        "Ask for the address",
        "Upsun makes the address from the branch, the project and the region.",
        docs=pages.DOMAINS,
        **params,
    )
    yield STEPS.visit(within=60)


def _namesake(remote: Remote) -> Iterator[Finding]:
    namesake = remote.values.get("namesake")
    if namesake:
        yield Finding(
            id="upsun.namesake",
            level=Level.WARNING,
            title="You have a project with this name on Upsun, but nothing shows that it is this one.",
            why="A deployment would create another one, which costs extra.",
            fix=f"If it is this one, run `upsun project:set-remote {namesake}`.",
            docs=pages.CLI,
        )


def _why_requirements(settings: Settings) -> str:
    parts = ["gunicorn serves the site"]
    if uses_static_files(settings):
        parts.append("WhiteNoise its static files")
    if has_database(settings):
        parts.append("psycopg connects to PostgreSQL")
    return f"{', '.join(parts)}, and django-environ reads the settings above."


def _findings(facts: ProjectFacts, settings: Settings) -> Iterator[Finding]:
    default = settings.default_database
    if default is not None and has_database(settings) and not default.is_postgresql:
        kind = "SQLite" if default.is_sqlite else default.engine.rpartition(".")[2]
        yield Finding(
            id="upsun.other-database",
            level=Level.INFO,
            title=f"The project uses {kind} here, and PostgreSQL on Upsun.",
            why="A site's file system on Upsun is read-only, so a database file cannot be used there. The new "
            "database is empty: migrations create its tables, and your local data stays here.",
            fix="If your tests depend on the database, run them once with PostgreSQL.",
            docs=pages.POSTGRESQL,
        )
    kept = place.uploads(facts, settings)
    if kept is not None:
        yield Finding(
            id="upsun.uploads",
            level=Level.INFO,
            title=f"Uploaded files are kept in a mount, {kept.folder}/, and served below {kept.path}/.",
            why="It is the only folder that the site can write to, and it survives deployments. Files from the "
            "repository in that folder are not visible there.",
            docs=pages.APP,
        )


def _system(facts: ProjectFacts, settings: Settings) -> Iterator[Finding]:
    """Its containers have no apt, and what they have besides Python is not promised."""
    needed = {
        name: need
        for name, need in system_needs(facts.dependencies, settings).by
        if need.other or {*need.run} - {"libpq5", "libmariadb3"}
    }
    if needed:
        packages = ", ".join(sorted({each for need in needed.values() for each in (*need.run, need.other) if each}))
        yield Finding(
            id="upsun.system-packages",
            level=Level.DEPLOY_BLOCKER,
            title=f"Upsun's containers may lack what {', '.join(needed)} {'needs' if len(needed) == 1 else 'need'}.",
            why=f"Its containers have no apt. These may be missing: {packages}. Upsun's composable image can have such "
            "packages, but this plan does not write one.",
            fix="Choose a platform that builds an image, such as Fly.io; or write .upsun/config.yaml yourself, with "
            "`type: composable` and these below `stack`, commit it, and keep it when you plan again.",
            docs="https://docs.upsun.com/create-apps/app-reference/composable-image.html",
            details=tuple(f"{name}: {need.source}" for name, need in needed.items()),
        )


def _notes(facts: ProjectFacts, settings: Settings) -> tuple[str, ...]:
    notes = ["Upsun gives every branch its own site at its own address; the settings take the hosts from Upsun."]
    if facts.dependencies.manager in {"uv", "poetry", "pipenv"} and not facts.dependencies.lock:
        notes.append("There is no lock file, so each build installs the newest packages that fit.")
    if has_database(settings):
        notes.append("A migration that fails does not stop a deployment on Upsun: `upsun log deploy` shows it.")
    return tuple(notes)
