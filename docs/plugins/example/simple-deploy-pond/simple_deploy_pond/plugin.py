"""Deploys Django projects to Pond with its program `pond`."""

from __future__ import annotations

import datetime
import json
import secrets
from collections.abc import Callable, Mapping, Sequence

from simple_deploy.api import (
    Advice,
    Answers,
    Calls,
    Card,
    Completed,
    Context,
    FinishedRun,
    Hosting,
    Link,
    Login,
    Option,
    Plan,
    Platform,
    Program,
    ProgramPlatform,
    ProjectFacts,
    Remote,
    Resource,
    Secret,
    Simulation,
    Site,
    SiteCommands,
    SiteSettings,
    SiteState,
    Steps,
    application_server,
    deploy_command,
    forget,
    hookimpl,
    object_in,
    quietly,
    read_text,
    remember,
    remembered,
    site_requirements,
    standard_advice,
    suggested_name,
    unreachable_settings,
)

DOCS = "https://pond.example/django"
FILE = "pond.json"
STEPS = Steps(slug="pond", name="Pond")


def logged_in(asked: Completed) -> Login:
    return Login(state="in", name=asked.output.strip()) if asked.ok else Login(state="out")


POND = Program(
    name="pond",
    slug="pond",
    platform="Pond",
    install=dict.fromkeys(("linux", "darwin", "windows"), "Install it as https://pond.example/install says"),
    login="pond login",
    signup="An account is free.",
    docs=DOCS,
    version=("pond", "version"),
    read_version=lambda output: tuple(int(each) for each in output.split()[-1].split(".") if each.isdigit()),
    who=("pond", "whoami"),
    read_login=logged_in,
)

SITE = SiteSettings(
    platform="Pond",
    condition='"POND_HOST" in _os.environ',
    told_by="Pond sets POND_HOST.",
    hosts='[_os.environ["POND_HOST"]]',
    origins='[f"https://{_host}" for _host in ALLOWED_HOSTS]',
)


class PondCalls(Calls):
    """What the calls of the plan do for the app ``params["app"]``."""

    def create(self) -> Mapping[str, str]:
        """Make the app, unless a run that failed later has made it already."""
        name = self.params["app"]
        exists = name in apps(self.ctx)
        if not exists:
            self.ctx.run(("pond", "apps", "create", name))
            key = Secret(secrets.token_urlsafe(50))
            self.ctx.run(("pond", "secrets", "set", "SECRET_KEY", "--app", name), stdin=key)
        remember(self.ctx, name)
        self.ctx.created(app(name), reused=exists)
        return {"app": name}

    def push(self) -> Mapping[str, str]:
        """Send the commit on the workbench; the last line that pond prints is the address."""
        done = self.ctx.run(("pond", "push", "--app", self.params["app"]), timeout=1800)
        return {"url": done.tail(1)[0].strip()}


class PondSite(Site):
    """The app that the project was deployed to."""

    def status(self) -> SiteState:
        state = object_in(quietly(self.ctx, ("pond", "status", "--app", app_of(self.ctx))).output)
        word = str(state.get("state", "away"))
        return SiteState(running=word == "up", headline=f"{app_of(self.ctx)} is {word}", url=state.get("url"))

    def logs(self) -> None:
        self.ctx.run(("pond", "logs", "--app", app_of(self.ctx)))


class Pond(ProgramPlatform):
    """One app in one pond."""

    card = Card(
        slug="pond",
        name="Pond",
        summary="A home for small sites.",
        cost="Free to try, then 5 € a month.",
        checked=datetime.date(2026, 11, 1),
        status="experimental",
        status_note="Nobody has deployed to the real Pond yet.",
        needs_card=False,
        links=(Link(title="Pond's guide for Django", url=DOCS),),
    )
    simulation = Simulation(
        programs={"pond": "simple_deploy_pond.simulator"},
        domains=(".pond.example",),
        scenarios=("logged-out", "cli-missing", "name-taken", "build-fails", "migration-fails", "health-check-fails"),
        prepare=("prepare",),
    )
    program = POND
    calls = PondCalls
    site = PondSite

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return (
            Option(
                name="app_name",
                label="Name of the app",
                help="Part of the site's address.",
                default=suggested_name(facts.name, longest=30),
                pattern="[a-z][a-z0-9-]{2,29}",
                pattern_help="Use 3 to 30 small letters, digits and dashes.",
            ),
        )

    def probe(self, ctx: Context) -> Remote:
        wanted = ctx.answers.text("app_name") or app_of(ctx)
        return Remote(resources=tuple(app(name) for name in apps(ctx) if name == wanted))

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        name, settings = answers.text("app_name"), facts.settings
        if settings is None or settings.file is None:
            return Plan(platform="pond", steps=(), findings=(unreachable_settings(facts, "pond"),))
        start = {"app": name, "folder": facts.location.project_dir, "start": list(application_server(settings).argv)}
        packages = site_requirements(settings, postgres=False)
        return Plan(
            platform="pond",
            steps=(
                STEPS.file(
                    "pond-json",
                    FILE,
                    json.dumps(start, indent=2) + "\n",
                    why="It tells Pond which app this is and how to start it.",
                    docs=DOCS,
                ),
                *STEPS.settings(facts, SITE, why="How the site knows that it runs on Pond, and its name.", docs=DOCS),
                STEPS.requirements(packages, why="A server for the pages, WhiteNoise for static files.", docs=DOCS),
                STEPS.commit(),
                STEPS.call("create", "Make the app", "Pond keeps each site in an app.", docs=DOCS, app=name),
                STEPS.call("push", "Send the commit", "Pond builds and starts it.", docs=DOCS, app=name),
                STEPS.visit(within=60),
            ),
            creates=() if remote.resources else (app(name),),
            hosting=Hosting(
                address="https://made-up.pond.example/",
                site=(
                    ("POND_HOST", "made-up.pond.example"),
                    ("SECRET_KEY", "made-up-to-try-the-settings"),
                    ("DATABASE_URL", "sqlite:////data/site.sqlite3"),
                ),
            ),
        )

    def destroy(self, resource: Resource, ctx: Context) -> None:
        ctx.run(("pond", "apps", "destroy", resource.name, "--yes"))
        forget(ctx)

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        name = run.results.get("app", "APP")
        commands = SiteCommands(
            manage=lambda command: f"pond run --app {name} python manage.py {command}",
            deploy="pond push",
            logs=deploy_command("pond", "--logs"),
            variables=Advice(title="See its variables", command=f"pond secrets list --app {name}"),
            destroy=Advice(title="Remove the app", text="Its data go with it.", command=f"pond apps destroy {name}"),
        )
        return tuple(standard_advice(run, commands))


def app(name: str) -> Resource:
    return Resource(kind="app", name=name, holds="The site and its database.")


def apps(ctx: Context) -> Sequence[str]:
    """The apps of the account."""
    return quietly(ctx, ("pond", "apps", "list")).output.split()


def app_of(ctx: Context) -> str:
    """The app this project was deployed to, as its own pond.json says, or this computer remembers."""
    return str(object_in(read_text(ctx.workbench / FILE)).get("app") or remembered(ctx))


@hookimpl
def simple_deploy_register(register: Callable[[Platform], None]) -> None:
    register(Pond())
