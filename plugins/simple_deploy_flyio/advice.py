"""What to do after a run, as commands with the project's own names. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from simple_deploy.api import (
    Advice,
    Answers,
    FinishedRun,
    ProjectFacts,
    Remote,
    Settings,
    SiteCommands,
    deploy_command,
    has_database,
    in_double_quotes,
    on_push_advice,
    standard_advice,
)
from simple_deploy_flyio import names, pages
from simple_deploy_flyio.commands import FLYCTL
from simple_deploy_flyio.installing import CODE
from simple_deploy_flyio.questions import MANAGED, ON_PUSH, SQLITE, UNMANAGED, app_name

DEPLOY = "fly deploy --ha=false"
_OF_THE_TOOL = (
    Advice(title="See how the site is", command=deploy_command("flyio", "--status")),
    Advice(
        title="Roll back to the previous release",
        text="The database stays as it is.",
        command=deploy_command("flyio", "--rollback"),
    ),
)


def advice(run: FinishedRun, facts: ProjectFacts) -> tuple[Advice, ...]:
    """Commands for the app of *run*. They are the same in every shell, PowerShell too."""
    there = next((each.name for each in run.resources if each.kind == "app"), "") or run.results.get("app", "")
    app = there or app_name(facts, Remote(), run.answers)
    before = () if run.kind == "deploy" else tuple(_first_time(run, facts, app))
    return (*before, *standard_advice(run, _commands(run, facts, app)))


def _first_time(run: FinishedRun, facts: ProjectFacts, app: str) -> Iterator[Advice]:
    answers = run.answers
    organization = answers.text("organization", "personal")
    yield Advice(
        title="Commit the changes",
        text="Look at them first: git diff",
        command=run.commit_command("Configure deployment to Fly.io"),
    )
    yield Advice(
        title="Install flyctl and log in",
        text=f"Once on each computer. {FLYCTL.install[facts.host.system]}.",
        command="fly auth login",
        url=pages.INSTALL,
    )
    yield Advice(
        title="Create the app",
        text="If the name is taken, choose another one and plan again, so that all files use it.",
        command=f"fly apps create {app} --org {organization}",
    )
    yield from _database(facts.settings, answers, app, organization)
    yield Advice(
        title="Give the site its secret key",
        text="This computer generates it and sends it straight to Fly.io; you don't need to know it.",
        command="python -c \"import secrets; print('SECRET_KEY=' + secrets.token_urlsafe(50))\" "
        f"| fly secrets import -a {app} --stage",
        url=pages.SECRETS,
    )
    yield Advice(
        title="Deploy",
        text="Fly.io builds the image, updates the database and starts the site. Without --ha=false there would be two "
        "machines.",
        command=DEPLOY,
        where="the folder of fly.toml",
        url=names.url(app),
    )


def _database(settings: Settings | None, answers: Answers, app: str, organization: str) -> Iterator[Advice]:
    if settings is None or not has_database(settings):
        return
    region, database = answers.text("region", "iad"), answers.text("database")
    name = names.database(app)
    if database == SQLITE:
        yield Advice(
            title="Make the volume for the database",
            text=f"{pages.SQLITE_COST[0].upper()}{pages.SQLITE_COST[1:]}. It outlives deployments.",
            command=f"fly volumes create {names.VOLUME} -a {app} -r {region} --size 1 --yes",
            url=pages.VOLUMES,
        )
    elif database == MANAGED:
        yield Advice(
            title="Create the database",
            text=f"Managed Postgres costs {pages.MANAGED_COST} from now on. The command prints a secret.",
            command=f"fly mpg create -n {name} -o {organization} -r {region} --plan basic --volume-size 10",
            url=pages.MANAGED_POSTGRES,
        )
        yield Advice(
            title="Connect the site to the database",
            text=f"The last command printed CLUSTER_ID behind ID:, and fly mpg list -o {organization} shows it.",
            command=f"fly mpg attach CLUSTER_ID -a {app}",
        )
    elif database == UNMANAGED:
        yield Advice(
            title="Create the database",
            text=f"It costs {pages.POSTGRES_COST} from now on. The command prints a secret.",
            command=f"fly postgres create --name {name} --org {organization} --region {region} "
            "--initial-cluster-size 1 --vm-size shared-cpu-1x --volume-size 1",
            url=pages.POSTGRES,
        )
        yield Advice(title="Connect the site to the database", command=f"fly postgres attach {name} -a {app} --yes")


def on_machine(app: str, project_dir: str, command: str) -> str:
    """The command line that runs a management command on a machine of the site, split there as by a shell."""
    manage = in_double_quotes(shlex.quote(str(CODE / project_dir / "manage.py")))
    return f'fly ssh console -a {app} --pty -C "/venv/bin/python {manage} {command}"'


def _commands(run: FinishedRun, facts: ProjectFacts, app: str) -> SiteCommands:
    settings, answers = facts.settings, run.answers
    return SiteCommands(
        manage=lambda command: on_machine(app, facts.location.project_dir, command),
        deploy=DEPLOY,
        own_deploy=DEPLOY,
        url=names.url(app),
        logs=f"fly logs -a {app}",
        admin="It asks for a password. The site has to be awake: open it in a browser first.",
        variables=Advice(
            title="Set a variable",
            text="Set secrets this way. Values that anyone may read go into [env] of fly.toml. fly secrets list shows "
            "the names.",
            command=f"fly secrets set NAME=VALUE -a {app}",
            url=pages.SECRETS,
        ),
        more=(
            *on_push_advice(ON_PUSH, answers, app=app),
            *(_OF_THE_TOOL if run.kind == "deploy" else ()),
            _scale(answers),
            Advice(
                title="Use a domain of your own",
                text="The command tells you what to enter where you manage the domain"
                + (
                    ", and lets Django answer at it."
                    if run.kind == "deploy"
                    else '. Then add SITE_DOMAINS = "www.example.com" to [env] of fly.toml and deploy again.'
                ),
                command=deploy_command("flyio", "--add-domain", "www.example.com")
                if run.kind == "deploy"
                else f"fly certs add www.example.com -a {app}",
                url=pages.DOMAINS,
            ),
            Advice(
                title="Manage the app in a browser", text=f"What it costs: {pages.BILLING}", url=names.dashboard(app)
            ),
        ),
        destroy=Advice(
            title="Remove the site",
            text="This deletes the site, its volumes and its database for good. If you leave a database, you keep "
            "paying for it.",
            command="\n".join(_destroy(settings, answers, app)),
        ),
    )


def _scale(answers: Answers) -> Advice:
    if answers.text("database") == SQLITE:
        return Advice(
            title="Give the machine more memory",
            text="With SQLite there is one machine. WEB_CONCURRENCY in fly.toml is the number of workers. You see the "
            "price before anything changes.",
            command=deploy_command("flyio", "--resize", "1gb"),
        )
    return Advice(
        title="Run two machines",
        text="The site then stays up if one machine fails, and costs twice as much. You see the price before anything "
        "changes.",
        command=deploy_command("flyio", "--resize", f"{answers.text('vm_memory')}:2"),
    )


def _destroy(settings: Settings | None, answers: Answers, app: str) -> Iterator[str]:
    yield f"fly apps destroy {app}"
    if settings is not None and has_database(settings):
        own = {MANAGED: "fly mpg destroy CLUSTER_ID", UNMANAGED: f"fly apps destroy {names.database(app)}"}
        yield from (command for kind, command in own.items() if answers.text("database") == kind)
