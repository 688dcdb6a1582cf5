"""This computer as a platform: a production-like site that needs no account and no card, and that nobody else sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    Location,
    Option,
    Plan,
    ProjectFacts,
    Remote,
    Resource,
    SitePlatform,
)
from simple_deploy_local import keeping, planning, questions, sites, supervisor
from simple_deploy_local.deployment import Deployment, as_resource, manage_command
from simple_deploy_local.keeping import Keeper
from simple_deploy_local.site import LocalSite, control
from simple_deploy_local.workplace import Workplace, site_of

DEPLOY = "python manage.py deploy --platform local"


class LocalPlatform(SitePlatform):
    """This computer."""

    card = Card(
        slug=planning.SLUG,
        name="This computer",
        in_sentence="this computer",
        summary="A production-like site on this computer. It downloads packages and uploads nothing.",
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
    site = LocalSite

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return questions.options(facts)

    def check(self, ctx: Context) -> Iterable[Finding]:
        site = site_of(ctx)
        asked = int(ctx.answers.text("port") or 0)
        port = asked or (site.port if site else 0)
        running = control(ctx, site).status() if site else None
        ours = running is not None and running.running and running.port == port
        if port and not ours and not sites.is_free(port):
            yield Finding(
                id="local.port-taken",
                level=Level.BLOCKER,
                title=f"Port {port} of this computer is used by another program.",
                why="The site cannot listen on a port that is already in use.",
                fix="End that program, or choose another port with --port.",
            )

    def probe(self, ctx: Context) -> Remote:
        site = site_of(ctx)
        told = {"told": sites.told()} if sites.told() else {}
        if site is None:
            return Remote(values=told)
        values = {
            "current": site.current or "",
            "postgres": "yes" if site.postgres else "no",
            "url": site.address,
            **told,
        }
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
        site = site_of(ctx)
        if site is None:
            return
        if resource.kind == questions.KEEPER:
            Keeper(ctx, site).remove()
            return
        control(ctx, site).stop()
        ctx.remove(site.folder)

    def went_down(self, home: Path, location: Location, mark: str) -> str:
        site = sites.find(home, location, mark)
        return supervisor.went_down(site.server) if site is not None and site.current else ""

    def near(self, home: Path, location: Location, mark: str, url: str) -> str:
        site = sites.find(home, location, mark)
        if site is None or not url.startswith(site.address):
            return url
        return site.url + url.removeprefix(site.address)

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        if run.facts is None:
            return ()
        if run.kind == "configure":
            return (
                Advice(
                    title="Deploy",
                    text="The deployment builds the site from the current configuration, tests it and starts it. You "
                    "don't need to commit first: the deployment does that.",
                    command=f"{DEPLOY} --automate-all",
                ),
            )
        folder = run.results.get("folder")
        kept = run.facts.host.services if run.answers.flag("keep_running") else ""
        return advice(run.facts, folder=folder, url=run.url, kept=kept) if folder else ()


def advice(facts: ProjectFacts, *, folder: str, url: str | None, kept: str = "") -> tuple[Advice, ...]:
    """What to do after a deployment.

    :param kept: what starts the site by itself, where something does.
    """
    settings = facts.settings
    manage = manage_command(facts.host.base_python, sites.Site(folder=Path(folder), project="", port=0))
    found = [
        Advice(
            title="Deploy again",
            text="Commit your work first. There is no downtime: the current release keeps running until the new one "
            "passes its checks.",
            command=f"{DEPLOY} --automate-all",
        ),
        _after_a_reboot(kept),
        Advice(title="Stop the site", command=f"{DEPLOY} --stop"),
        Advice(title="See the site's status", command=f"{DEPLOY} --status"),
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
                text="You can run any other management command the same way, on the site's own data.",
                command=f"{manage} createsuperuser",
                url=f"{url}{admin}" if url and admin else None,
            )
        )
    found += [
        Advice(
            title="Where everything is",
            text=f"{folder}: releases, the database and uploaded files (data and media, which outlive releases), the "
            "log, and variables.json with the secret key. You can add your own variables there; they take effect "
            "at the next start.",
        ),
        Advice(
            title="Remove the site",
            text="This deletes its database and uploaded files too. Your project stays.",
            command=f"{DEPLOY} --destroy",
        ),
    ]
    return tuple(found)


def _after_a_reboot(kept: str) -> Advice:
    if not kept:
        return Advice(
            title="Start the site after a reboot",
            text="It keeps running after you close the terminal and stops when the computer shuts down. To start it "
            "again, visit the dashboard or run this command.",
            command=f"{DEPLOY} --start",
        )
    if kept == "systemd":
        return Advice(
            title="Start the site when the computer starts",
            text="The site starts when you log in. With this command, your services start before that and keep "
            "running after you log out.",
            command="loginctl enable-linger",
        )
    return Advice(title="After a reboot", text="The site starts when you log in.")
