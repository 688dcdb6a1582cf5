"""Fly.io as a platform. The package's entry point names this module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar

from simple_deploy.api import (
    Advice,
    Answers,
    Card,
    Context,
    Finding,
    FinishedRun,
    Option,
    Plan,
    Platform,
    ProgramPlatform,
    ProjectFacts,
    Remote,
    Resource,
    Simulation,
    forget,
    hookimpl,
    planned,
)
from simple_deploy_flyio import account, advice, checks, commands, owned, pages, planning, questions
from simple_deploy_flyio.deployment import Deployment
from simple_deploy_flyio.site import FlySite


class FlyPlatform(ProgramPlatform):
    """Fly.io."""

    card = Card(
        slug=planning.SLUG,
        name="Fly.io",
        summary="Small machines near your visitors that stop while nobody visits.",
        cost=f"The machine {pages.MACHINE_COST}. SQLite on a volume {pages.SQLITE_COST}; Postgres that you look "
        f"after {pages.POSTGRES_COST}; Managed Postgres {pages.MANAGED_COST}. Some regions cost more. A new "
        "account is free for 2 hours of machine time or 7 days.",
        price="From about $2 a month, with a database from about $4",
        prices=(
            ("The machine", pages.MACHINE_COST),
            ("SQLite, on a volume", pages.SQLITE_COST),
            ("Postgres that you look after", pages.POSTGRES_COST),
            ("Managed Postgres", pages.MANAGED_COST),
            ("Dearer regions", "more than that"),
            ("A new account", "free for 2 hours of machine time or 7 days"),
        ),
        checked=pages.CHECKED,
        needs_account=True,
        needs_card=True,
        managers=("requirements", "pip-tools", "pipenv", "poetry", "uv", "pdm", "hatch", "pep621"),
        layouts=("flat", "nested"),
        databases=("sqlite", "postgresql"),
        links=pages.READING,
    )
    simulation = Simulation(
        programs={"fly": "simple_deploy_flyio.simulator"},
        domains=(".fly.dev",),
        prepare=("prepare",),
        differs=(
            "Where podman, docker or buildah works, the image is built from the Dockerfile. Elsewhere it is an "
            "approximation: the lines of the Dockerfile are done on this computer, without Debian's packages and "
            "without a user of their own; one that was edited cannot be followed then. The log says which it is.",
            "Databases and machines are available immediately, and nothing falls asleep.",
        ),
    )
    words: ClassVar[Mapping[str, str]] = {
        "machine": "A small virtual computer at Fly.io that runs your app, and can fall asleep while nobody visits.",
        "secret": "Fly.io's word for an environment variable whose value it never shows again.",
    }
    explanations: ClassVar[Mapping[str, str]] = {
        "_domains = ": "Domains of your own, which SITE_DOMAINS lists.",
    }
    files = owned.FILES
    on_push = questions.ON_PUSH
    program = commands.FLYCTL
    calls = Deployment
    site = FlySite

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return questions.options(facts)

    def check(self, ctx: Context) -> Iterable[Finding]:
        linked = Remote(values={"app": account.linked_app(ctx)})
        return checks.findings(ctx, app=questions.app_name(ctx.facts, linked, ctx.answers))

    def probe(self, ctx: Context) -> Remote:
        return account.find(ctx).remote

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        return planned(planning.FlyPlanning, planning.STEPS, facts, remote, answers)

    def destroy(self, resource: Resource, ctx: Context) -> None:
        if resource.kind == "managed-postgres":
            ctx.run(commands.destroy_cluster(resource.remote_id), timeout=300)
        elif resource.kind in {"app", "database"}:  # a volume goes with its app
            ctx.run(commands.destroy_app(resource.name), timeout=300)
        if resource.kind == "app":
            forget(ctx)

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        return advice.advice(run, run.facts) if run.facts is not None else ()


@hookimpl
def simple_deploy_register(register: Callable[[Platform], None]) -> None:
    """Hand over the platform."""
    register(FlyPlatform())
