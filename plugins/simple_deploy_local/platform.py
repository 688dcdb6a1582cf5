"""This computer as a platform: a production-like site that needs no account and no card, and that nobody else sees."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from simple_deploy.api import (
    Advice,
    Answers,
    Card,
    Context,
    Finding,
    FinishedRun,
    Level,
    Link,
    Operation,
    Option,
    Plan,
    Platform,
    ProjectFacts,
    Remote,
    Resource,
    SiteState,
    StepError,
)
from simple_deploy_local import keeping, planning, questions, sites, supervisor, variables
from simple_deploy_local.control import Control, Served
from simple_deploy_local.deployment import Deployment, as_resource, manage_command
from simple_deploy_local.keeping import Keeper
from simple_deploy_local.output import log_lines
from simple_deploy_local.sites import Site
from simple_deploy_local.workplace import Workplace, as_secret_json

LOG_LINES = 200
DEPLOY = "python manage.py deploy --platform local"


class LocalPlatform(Platform):
    """This computer."""

    card = Card(
        slug=planning.SLUG,
        name="This computer",
        summary="A production-like site on this computer: no account, no card, nothing leaves it. "
        "Packages are downloaded.",
        cost="Nothing.",
        checked=date(2026, 11, 21),
        needs_account=False,
        needs_card=False,
        managers=("requirements", "pip-tools", "uv", "poetry", "pipenv", "pdm", "hatch", "pep621"),
        databases=("sqlite", "postgresql"),
        links=(
            Link(
                title="Django's deployment checklist",
                url="https://docs.djangoproject.com/en/stable/howto/deployment/checklist/",
            ),
            Link(title="WhiteNoise", url="https://whitenoise.readthedocs.io/"),
            Link(title="gunicorn", url="https://docs.gunicorn.org/"),
        ),
    )
    operations = ("status", "logs", "start", "stop", "rollback")

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return questions.options(facts)

    def check(self, ctx: Context) -> Iterable[Finding]:
        site = sites.find(ctx.home, ctx.facts.location.folder)
        asked = int(ctx.answers.text("port") or 0)
        port = asked or (site.port if site else 0)
        running = control(ctx, site).status() if site else None
        ours = running is not None and running.running and running.port == port
        if port and not ours and not sites.is_free(port):
            yield Finding(
                id="local.port-taken",
                level=Level.BLOCKER,
                title=f"Port {port} of this computer is used by another program.",
                why="The site cannot listen on a port that somebody else has.",
                fix="End that program, or choose another port with --port.",
            )

    def probe(self, ctx: Context) -> Remote:
        site = sites.find(ctx.home, ctx.facts.location.folder)
        if site is None:
            return Remote()
        values = {"current": site.current or "", "postgres": "yes" if site.postgres else "no", "url": site.url}
        kept = (Keeper(ctx, site).resource,) if keeping.is_kept(site) else ()
        # What starts the site goes before the site: they are removed in this order.
        return Remote(resources=(*kept, as_resource(site)), values=values)

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        return planning.make_plan(facts, remote, answers)

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        deployment = Deployment(Workplace(ctx, params["database"] == "postgres"))
        steps: Mapping[str, Callable[[], Mapping[str, str] | None]] = {
            "prepare": deployment.prepare,
            "checkout": deployment.checkout,
            "install": deployment.install,
            "static": deployment.static,
            "check": deployment.check,
            "rehearse": deployment.rehearse,
            "probe": deployment.probe,
            "data": deployment.data,
            "migrate": deployment.migrate,
            "admin": deployment.admin,
            "activate": deployment.activate,
            "verify": deployment.verify,
            "keep": deployment.keep,
            "unkeep": deployment.unkeep,
        }
        return steps[call]() or {}

    def destroy(self, resource: Resource, ctx: Context) -> None:
        site = sites.find(ctx.home, ctx.facts.location.folder)
        if site is None:
            return
        if resource.kind == questions.KEEPER:
            Keeper(ctx, site).remove()
            return
        control(ctx, site).stop()
        ctx.remove(site.folder)

    def operate(self, operation: Operation, ctx: Context, *, arguments: Mapping[str, str]) -> SiteState:
        site = sites.find(ctx.home, ctx.facts.location.folder)
        if site is None or site.current is None:
            raise StepError(
                "This project has no site on this computer yet.", hint=f"Deploy it: {DEPLOY} --automate-all"
            )
        if operation == "logs":
            for line in log_lines(site.server, LOG_LINES):
                ctx.note(line)
        elif operation == "start":
            serve(ctx, site, site.current)
        elif operation == "stop":
            control(ctx, site).stop()
        elif operation == "rollback":
            site = roll_back(ctx, site, arguments.get("release", ""))
        return state(site, control(ctx, site).status())

    def went_down(self, home: Path, project: Path) -> str:
        site = sites.find(home, project)
        return supervisor.went_down(site.server) if site is not None and site.current else ""

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        if run.facts is None:
            return ()
        if run.kind == "configure":
            return (
                Advice(
                    title="Deploy",
                    text="It makes the site from what is configured now, tries it, and starts it. You need not commit "
                    "first: the deployment does.",
                    command=f"{DEPLOY} --automate-all",
                ),
            )
        folder = run.results.get("folder")
        kept = run.facts.host.services if run.answers.flag("keep_running") else ""
        return advice(run.facts, folder=folder, url=run.url, kept=kept) if folder else ()


def control(ctx: Context, site: Site) -> Control:
    """The supervisor of *site*."""
    return Control(run=ctx.run, python=ctx.facts.host.base_python, program=site.supervisor, folder=site.server)


def serve(ctx: Context, site: Site, release_id: str) -> None:
    """Let a release serve, with the variables the site has now."""
    release = site.release(release_id)
    own = variables.read_own(site)
    ctx.hide(*(own[name] for name in variables.SECRET_NAMES if name in own))
    ctx.write(release.variables, as_secret_json({**sites.read_mapping(release.variables), **own}))
    serving = control(ctx, site)
    serving.start(port=site.port)
    serving.activate(release.description)


def roll_back(ctx: Context, site: Site, release: str = "") -> Site:
    """Let *release* serve, or the release before the current one.

    :raises StepError: there is none.
    """
    if release and release not in site.releases:
        raise StepError(
            f"There is no release “{release}” of {site.name}.", hint=f"There are: {', '.join(site.releases)}."
        )
    before = release or site.before(site.current)
    if before is None:
        raise StepError(
            "There is no earlier release to roll back to.", hint="The last five releases are kept; this is the first."
        )
    serve(ctx, site, before)
    site = replace(site, current=before)
    ctx.write(site.record, site.to_json())
    ctx.note("The database stays as it is: migrations are not undone.")
    return site


def state(site: Site, served: Served) -> SiteState:
    """How *site* is doing, in words."""
    headline = {
        "serving": f"{site.name} answers at {site.url}",
        "restarting": f"{site.name} has trouble and is being started again",
    }
    details = [("Release", site.current or "none"), ("Releases kept", ", ".join(site.releases))]
    if served.served_since is not None:
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(served.served_since))
        details += [("Serving since", since), ("Process", str(served.pid))]
    if served.restarts:
        details.append(("Started again after crashes", str(served.restarts)))
    if served.trouble:
        details.append(("Trouble", served.trouble))
    details += [("Database", "PostgreSQL" if site.postgres else str(site.data)), ("Folder", str(site.folder))]
    if keeping.is_kept(site):
        details.append(("Starts by itself", "after a crash and when you log in"))
    if not served.running:
        details.append(("Start it", f"{DEPLOY} --start"))
    return SiteState(
        running=served.running,
        headline=headline.get(served.state if served.running else "", f"{site.name} is not running"),
        url=site.url if served.running else None,
        details=tuple(details),
    )


def advice(facts: ProjectFacts, *, folder: str, url: str | None, kept: str = "") -> tuple[Advice, ...]:
    """What to do after a deployment.

    :param kept: what starts the site by itself, where something does.
    """
    settings = facts.settings
    manage = manage_command(facts.host.base_python, sites.Site(folder=Path(folder), project="", port=0))
    found = [
        Advice(
            title="Deploy again",
            text="Commit your work first. Visitors notice nothing: the release that serves goes on until the new one "
            "has shown that it works.",
            command=f"{DEPLOY} --automate-all",
        ),
        _after_a_reboot(kept),
        Advice(title="Stop the site", command=f"{DEPLOY} --stop"),
        Advice(title="See how it is doing", command=f"{DEPLOY} --status"),
        Advice(title="Read its log", command=f"{DEPLOY} --logs"),
        Advice(
            title="Roll back to the previous release",
            text="The last five are kept. The database stays as it is.",
            command=f"{DEPLOY} --rollback",
        ),
    ]
    if settings and settings.has_admin:
        admin = settings.admin_url.lstrip("/") if settings.admin_url else None
        found.append(
            Advice(
                title="Make an admin user",
                text="Any other management command works the same way; it sees the site's own data.",
                command=f"{manage} createsuperuser",
                url=f"{url}{admin}" if url and admin else None,
            )
        )
    found += [
        Advice(
            title="Where everything is",
            text=f"{folder}: releases, the database and uploaded files (data and media, which outlive releases), the "
            "log, and variables.json with the secret key. Add variables of your own there; they count from the next "
            "start.",
        ),
        Advice(
            title="Remove the site",
            text="With its database and uploaded files. Your project stays.",
            command=f"{DEPLOY} --destroy",
        ),
    ]
    return tuple(found)


def _after_a_reboot(kept: str) -> Advice:
    if not kept:
        return Advice(
            title="Start the site after a reboot",
            text="It goes on when you close the terminal, and ends when the computer is switched off. Your next visit "
            "of the dashboard starts it again, or this command does.",
            command=f"{DEPLOY} --start",
        )
    if kept == "systemd":
        return Advice(
            title="Start the site when the computer starts",
            text="It starts when you log in. This lets your services start before that, and go on when you log out.",
            command="loginctl enable-linger",
        )
    return Advice(title="After a reboot", text="The site starts when you log in.")
