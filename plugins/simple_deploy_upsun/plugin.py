"""Upsun as a platform: the offer called Flex, which new customers get. The package's entry point names this module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import ClassVar

from simple_deploy.api import (
    Advice,
    Answers,
    Card,
    Context,
    Delivery,
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
    hookimpl,
    planned,
)
from simple_deploy_upsun import account, checks, commands, guide, owned, pages, planning, questions
from simple_deploy_upsun.deployment import CAUSES, Deployment, delete
from simple_deploy_upsun.site import UpsunSite


class UpsunPlatform(ProgramPlatform):
    """Upsun."""

    card = Card(
        slug=planning.SLUG,
        name=planning.NAME,
        summary="For teams: every branch gets a site of its own.",
        cost="About €30 a month for a site with PostgreSQL at the default size, about €6 at the smallest, plus memory "
        "(€0.013 to €0.020 per GB and hour) and disk (€0.49 per GB and month). The fee of €9 per project and €10 "
        "per user and month is credited for the first of each. The first 15 days are a free trial.",
        price="From about €6 a month, plus memory",
        prices=(
            ("Site and PostgreSQL, default size", "about €30 a month"),
            ("The same at the smallest size", "about €6 a month"),
            ("Memory", "€0.013 to €0.020 per GB and hour"),
            ("Disk", "€0.49 per GB and month"),
            ("Fee", "€9 per project and €10 per user and month; the first of each is free"),
            ("Trial", "the first 15 days are free"),
        ),
        checked=date(2026, 11, 21),
        status="stable",
        status_note="Upsun was called Platform.sh. New customers get Upsun Flex, which this configures; Upsun Fixed, "
        "the older offer, is open to customers under contract only, and is not configured (2026-11-21).",
        managers=("requirements", "pip-tools", "uv", "poetry", "pipenv", "pdm", "hatch", "pep621"),
        databases=("postgresql",),
        automated=True,
        links=pages.READ_NEXT,
    )

    # Submodules are fetched over https: https://docs.upsun.com/development/submodules.html
    delivery = Delivery(history=True, submodules="public")
    files = owned.FILES
    program = commands.UPSUN
    calls = Deployment
    site = UpsunSite
    on_push = questions.ON_PUSH
    causes = CAUSES
    words: ClassVar[Mapping[str, str]] = {
        "environment": "One running copy of your project on Upsun: every branch can have one.",
        "mount": "A folder of an app on Upsun that the app can write to and that stays.",
        "relationship": "How an app on Upsun reaches a service such as its database.",
    }
    explanations: ClassVar[Mapping[str, str]] = {
        "from base64": "Upsun packs its routes in base64.",
        "from json": "What is packed is JSON.",
        "_database = ": "The address of the site's database. While the app is being built, there is none, and none is "
        "needed.",
    }
    simulation = Simulation(
        programs={"upsun": "simple_deploy_upsun.simulator"},
        domains=(".platformsh.site",),
        scenarios=(
            "logged-out",
            "cli-missing",
            "build-fails",
            "slow-build",
            "migration-fails",
            "health-check-fails",
            "network-lost",
        ),
        prepare=("prepare",),
        differs=(
            "The app runs on this computer's Python, no matter what the configuration says.",
            "If the site writes a file outside its mounts, the deploy log names it; on Upsun, the write itself fails.",
            "There is one environment; other branches get no site.",
            "It needs Linux or macOS, since sites on Upsun listen on a Unix socket.",
        ),
    )

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return questions.options(facts)

    def check(self, ctx: Context) -> Iterable[Finding]:
        return checks.findings(ctx)

    def probe(self, ctx: Context) -> Remote:
        return account.find(ctx)

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        return planned(planning.UpsunPlanning, planning.STEPS, facts, remote, answers)

    def destroy(self, resource: Resource, ctx: Context) -> None:
        delete(ctx, resource.remote_id)

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        return tuple(guide.advice(run))


@hookimpl
def simple_deploy_register(register: Callable[[Platform], None]) -> None:
    """Hand over the platform."""
    register(UpsunPlatform())
