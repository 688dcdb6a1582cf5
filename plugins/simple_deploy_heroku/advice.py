"""What the person can do next, as commands with this project's names in them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from simple_deploy.api import (
    Advice,
    FinishedRun,
    ProjectFacts,
    SiteCommands,
    deploy_command,
    has_database,
    on_push_advice,
    standard_advice,
)
from simple_deploy_heroku import files, hosting, names, pages
from simple_deploy_heroku.planning import database_plan
from simple_deploy_heroku.questions import ON_PUSH

#: Stands for the name of an app that is there already, in commands to copy.
UNNAMED = "NAME"
_PUSH = "git push heroku HEAD:main"
_NEW_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(50))'"


def advice(run: FinishedRun) -> tuple[Advice, ...]:
    """Commands for the app of *run*."""
    facts = run.facts
    if facts is None:
        return ()
    known = (each.name for each in (*run.resources, *run.planned) if each.kind == "app")
    # Where nothing is to be made, the app is there, and its name is in the project.
    name = run.results.get("app") or next(known, "") or run.answers.text(names.OPTION) or UNNAMED
    before = () if run.kind == "deploy" else tuple(_by_hand(run, facts, name))
    return (*before, *standard_advice(run, _commands(run, facts, name)))


def _by_hand(run: FinishedRun, facts: ProjectFacts, name: str) -> Iterator[Advice]:
    """The first deployment, step by step."""
    answers = run.answers
    settings = facts.settings
    plan = database_plan(settings, answers)
    team = f" --team {answers.text('team')}" if answers.text("team") else ""
    yield Advice(title="Commit the changes", command=run.commit_command("Configure deployment to Heroku"))
    if name == UNNAMED:
        yield Advice(
            title="Link this folder to the app",
            text=f"The app already exists; {UNNAMED} stands for its name, which is in app.json.",
            command=f"heroku git:remote --app {UNNAMED}",
        )
        yield Advice(title="Deploy", text="Heroku builds the commit.", command=_PUSH)
        return
    yield Advice(
        title="Create the app",
        text="Do this once. The command prints the site's address, which is the name followed by twelve digits and "
        "letters, and adds the remote “heroku” to your repository.",
        command=f"heroku apps:create {name} --region {answers.text('region', 'us')}{team}",
        url=pages.DEPLOYING,
    )
    if plan:
        yield Advice(
            title="Create the database",
            text="Do this once, before the first push. It costs money from now on; see the prices above.",
            command=f"heroku addons:create heroku-postgresql:{plan} --app {name} --wait",
            url=pages.POSTGRES,
        )
    pairs = " ".join(f"{key}={value}" for key, value in hosting.open_variables(facts).items())
    yield Advice(
        title="Set the config vars",
        text="Do this before the first push, since the build reads them too. The command makes a new secret key.",
        command=f'heroku config:set {pairs} "{hosting.SECRET_KEY}=$({_NEW_KEY})" --app {name}',
        url=pages.VARIABLES,
    )
    if read := hosting.read_by(settings):
        yield Advice(
            title="Set what your settings read",
            text="Use the values for the site; you can leave out those that have a default.",
            command=f"heroku config:set {' '.join(f'{key}=VALUE' for key in read)} --app {name}",
            url=pages.VARIABLES,
        )
    if settings is not None and has_database(settings) and not plan:
        address = "postgres://USER:PASSWORD@HOST:5432/NAME"
        yield Advice(
            title="Say where the database is",
            command=f'heroku config:set "{hosting.DATABASE_URL}={address}" --app {name}',
        )
    yield Advice(
        title="Have the site answer only to its own name",
        text="Use the host from the address that creating the app printed. Until then, the site answers to every name "
        "under herokuapp.com.",
        command=f"heroku config:set {hosting.HOSTS}={name}-0123456789ab.herokuapp.com --app {name}",
    )
    yield Advice(
        title="Deploy",
        text="Heroku builds the commit, migrates the database, and starts the site.",
        command=_PUSH,
        url=pages.DEPLOYING,
    )
    if size := answers.text("size"):
        yield Advice(title="Choose the dynos", command=f"heroku ps:type web={size} --app {name}", url=pages.DYNOS)
    yield Advice(title="Open the site", command=f"heroku open --app {name}")


def _commands(run: FinishedRun, facts: ProjectFacts, name: str) -> SiteCommands:
    return SiteCommands(
        manage=lambda command: f"heroku run --app {name} -- {files.manage(facts.location)} {command}",
        deploy=_PUSH,
        logs=f"heroku logs --app {name} --tail",
        docs={"migrate": pages.RELEASE, "logs": pages.LOGS},
        variables=Advice(
            title="See and set config vars",
            text="Setting one restarts the site. The output includes the secret key and the database's password.",
            command=f"heroku config --app {name}",
            url=pages.VARIABLES,
        ),
        more=(
            *on_push_advice(ON_PUSH, run.answers, app=name),
            Advice(
                title="More dynos",
                text="Eco and Basic dynos come one at a time; Standard ones can be several.",
                command=deploy_command("heroku", "--resize", "standard-1x:2")
                if run.kind == "deploy"
                else f"heroku ps:scale web=2:standard-1x --app {name}",
                url=pages.DYNOS,
            ),
            Advice(
                title="Your own domain",
                text="The command tells you what to enter where you manage the domain, and lets Django answer at it."
                if run.kind == "deploy"
                else f"Then name it in {hosting.HOSTS} too, with a comma before it.",
                command=deploy_command("heroku", "--add-domain", "www.example.com")
                if run.kind == "deploy"
                else f"heroku domains:add www.example.com --app {name}",
                url=pages.DOMAINS,
            ),
        ),
        destroy=Advice(
            title="Remove the app",
            text="This deletes its database too. It costs nothing from then on, and the data cannot be recovered.",
            command=f"heroku apps:destroy --app {name} --confirm {name}",
            url=f"{pages.DASHBOARD}/{name}",
        ),
    )
