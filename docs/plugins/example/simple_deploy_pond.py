"""Deploy Django projects to Pond, a platform that does not exist, with its program `pond`."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence

from simple_deploy.api import (
    AddRequirements,
    Advice,
    Answers,
    Call,
    Card,
    CheckUrl,
    Choice,
    Commit,
    Context,
    EditBlock,
    Finding,
    FinishedRun,
    Hosting,
    Level,
    Link,
    Operation,
    Option,
    Plan,
    Platform,
    ProjectFacts,
    Remote,
    Resource,
    Secret,
    SiteSettings,
    SiteState,
    ToolMissing,
    WriteFile,
    hookimpl,
    site_requirements,
    site_settings_block,
)

SITE = SiteSettings(
    platform="Pond",
    condition='"POND_HOST" in _os.environ',
    told_by="Pond sets POND_HOST.",
    setup=('_host = _env("POND_HOST")',),
    hosts="[_host]",
    origins='[f"https://{_host}"]',
    database_url=None,
)


class Pond(Platform):
    """One app in one pond."""

    card = Card(
        slug="pond",
        name="Pond",
        summary="A quiet place for small sites.",
        cost="Free up to three ducks, then 5 € a month.",
        checked=datetime.date(2026, 11, 1),
        status="experimental",
        status_note="Pond does not exist.",
        needs_card=False,
        links=(Link(title="Pond's guide for Django", url="https://pond.example/django"),),
    )
    operations = ("status", "logs")

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return (
            Option(
                name="app_name",
                label="Name of the app",
                help="Part of the site's address.",
                default=facts.name.lower().replace("_", "-"),
                pattern="[a-z][a-z0-9-]{2,29}",
                pattern_help="Use 3 to 30 small letters, digits and dashes.",
            ),
            Option(
                name="size",
                label="Size",
                kind="choice",
                default="small",
                choices=(Choice(value="small", label="Small"), Choice(value="big", label="Big", help="5 € a month.")),
            ),
        )

    def check(self, ctx: Context) -> Iterable[Finding]:
        try:
            logged_in = ctx.run(("pond", "whoami"), check=False, show=False)
        except ToolMissing:
            yield Finding(
                id="pond.no-program",
                level=Level.BLOCKER,
                title="The program pond is not installed.",
                why="Deploying to Pond is done with it.",
                fix="Install it as https://pond.example/install says, and open a new terminal.",
            )
            return
        if not logged_in.ok:
            yield Finding(
                id="pond.logged-out",
                level=Level.BLOCKER,
                title="You are not logged in to Pond.",
                fix="Run `pond login` and try again.",
            )

    def probe(self, ctx: Context) -> Remote:
        listed = ctx.run(("pond", "apps", "list"), show=False).output.split()
        wanted = ctx.answers.text("app_name") or read_app_name(ctx)
        return Remote(resources=tuple(app(name) for name in listed if name == wanted))

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        name, settings = answers.text("app_name"), facts.settings
        if settings is None or settings.file is None:
            broken = Finding(id="pond.settings", level=Level.BLOCKER, title="The settings file cannot be edited.")
            return Plan(platform=self.card.slug, steps=(), findings=(broken,))
        params = {"name": name, "size": answers.text("size")}
        return Plan(
            platform=self.card.slug,
            steps=(
                WriteFile(
                    id="pond-toml",
                    title="Write pond.toml",
                    why="It tells Pond which app this is and how to start it.",
                    path="pond.toml",
                    text=f'app = "{name}"\nstart = "gunicorn {settings.module.rpartition(".")[0]}.wsgi"\n',
                ),
                EditBlock(
                    id="settings",
                    title="Add settings for Pond",
                    why="Debug mode off and a secret key of its own, on Pond only.",
                    path=settings.file,
                    block_id="pond",
                    text=site_settings_block(settings, facts.location, SITE),
                ),
                AddRequirements(
                    id="requirements",
                    title="Add what the site needs",
                    why="gunicorn serves the pages, WhiteNoise the static files.",
                    requirements=site_requirements(settings, postgres=False),
                ),
                Commit(id="commit", title="Commit", why="Pond builds commits.", message="Configure deployment to Pond"),
                Call(id="create", name="create", title="Create the app", why="The site needs a place.", params=params),
                Call(id="push", name="push", title="Send it", why="Pond builds and starts it.", params=params),
                CheckUrl(id="visit", title="Visit the site", why="See that it answers."),
            ),
            creates=() if remote.resources else (app(name),),
            hosting=Hosting(
                address="https://pond.example/",
                site=(("POND_HOST", "pond.example"), ("SECRET_KEY", "made-up-for-the-check")),
            ),
        )

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        return create(params, ctx) if call == "create" else push(params, ctx)

    def destroy(self, resource: Resource, ctx: Context) -> None:
        ctx.run(("pond", "apps", "destroy", resource.name, "--yes"))

    def operate(self, operation: Operation, ctx: Context, *, arguments: Mapping[str, str]) -> SiteState:
        name = read_app_name(ctx)
        if operation == "logs":
            ctx.run(("pond", "logs", "--app", name))
        state = ctx.run(("pond", "status", "--app", name), show=False).output.strip()
        return SiteState(running=state == "swimming", headline=f"{name} is {state}")

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        return (
            Advice(title="Deploy again", command="python manage.py deploy --platform pond --automate-all"),
            Advice(title="Read its log", command="python manage.py deploy --platform pond --logs"),
            Advice(title="Make an admin user", command="pond run python manage.py createsuperuser"),
            Advice(title="Remove the app", command="python manage.py deploy --platform pond --destroy"),
        )


def create(params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
    """Make the app, unless a run that failed later has made it already."""
    name = params["name"]
    exists = name in ctx.run(("pond", "apps", "list"), show=False).output.split()
    ctx.created(app(name), reused=exists)
    if not exists:
        ctx.run(("pond", "apps", "create", name, "--size", params["size"]))
        key = Secret(secrets.token_urlsafe(50))
        ctx.run(("pond", "secrets", "set", "SECRET_KEY", "--app", name), stdin=key)
    return {}


def push(params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
    """Send the commit on the workbench; the last line that pond prints is the address."""
    done = ctx.run(("pond", "push", "--app", params["name"]), timeout=1800)
    return {"url": done.tail(1)[0].strip()}


def app(name: str) -> Resource:
    return Resource(kind="app", name=name, holds="The site and its database.")


def read_app_name(ctx: Context) -> str:
    """The app this project was deployed to, as its own pond.toml says."""
    try:
        text = (ctx.workbench / "pond.toml").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    return text.partition('app = "')[2].partition('"')[0]


@hookimpl
def simple_deploy_register(register: Callable[[Platform], None]) -> None:
    register(Pond())
