"""Heroku as a platform. The package's entry point names this module."""

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
    forget,
    hookimpl,
    planned,
)
from simple_deploy_heroku import account, advice, checks, commands, files, pages, planning, questions
from simple_deploy_heroku.deployment import Deployment
from simple_deploy_heroku.site import HerokuSite


class HerokuPlatform(ProgramPlatform):
    """Heroku's Common Runtime of the generation Cedar: apps built by its buildpack for Python."""

    card = Card(
        slug=planning.SLUG,
        name="Heroku",
        summary="Takes a git push and does the rest.",
        cost="From $10 to $12 a month: an Eco ($5) or Basic ($7) dyno and a PostgreSQL database ($5). There is no free "
        "plan.",
        price="From $10 a month, database included",
        prices=(
            ("Eco dyno, which sleeps", "$5 a month for all your apps"),
            ("Basic dyno", "$7 a month"),
            ("PostgreSQL", "$5 a month"),
            ("A free plan", "there is none"),
        ),
        checked=date(2026, 11, 21),
        status_note="On 2026-02-06 Heroku announced a phase of “sustaining engineering”: maintenance, security and "
        "support continue, but do not expect new features. Prices were last seen in May 2026.",
        managers=("requirements", "pip-tools", "pipenv", "poetry", "uv", "pdm", "hatch", "pep621"),
        databases=("postgresql",),
        links=pages.READ_NEXT,
    )
    # No shallow clones: https://devcenter.heroku.com/changelog-items/775; public submodules:
    # https://devcenter.heroku.com/articles/git-submodules
    # The largest slug: https://devcenter.heroku.com/articles/slug-compiler#slug-size
    delivery = Delivery(history=True, submodules="public", largest=500, builds_project=True)
    simulation = Simulation(
        programs={"heroku": "simple_deploy_heroku.simulator"},
        domains=(".herokuapp.com", "api.heroku.com"),
        git_prefix="https://git.heroku.com/",
        prepare=("prepare",),
        differs=(
            "Packages are installed for this computer's system and processor, and uv installs requirements.txt "
            "instead of pip.",
            "Databases and dynos are available immediately, and nothing sleeps.",
        ),
    )
    words: ClassVar[Mapping[str, str]] = {
        "dyno": "A container on Heroku that runs one process of your app.",
        "config var": "Heroku's word for an environment variable of an app.",
        "slug": "The result that Heroku builds from your code and packages, ready to run.",
        "buildpack": "The scripts that Heroku uses to build an app in one language.",
    }
    explanations: ClassVar[Mapping[str, str]] = {
        "_os.environ.setdefault(": "Connections to the database are encrypted, as Heroku requires."
    }
    files = files.FILES
    on_push = questions.ON_PUSH
    program = commands.HEROKU
    calls = Deployment
    site = HerokuSite

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return questions.options(facts)

    def check(self, ctx: Context) -> Iterable[Finding]:
        yield from checks.findings(ctx)
        yield from super().check(ctx)

    def probe(self, ctx: Context) -> Remote:
        return account.find(ctx)

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        return planned(planning.HerokuPlanning, planning.STEPS, facts, remote, answers)

    def destroy(self, resource: Resource, ctx: Context) -> None:
        # A database goes with its app, which comes first.
        if resource.kind == "app":
            ctx.run(commands.destroy(resource.name), timeout=300)
            forget(ctx)

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        return advice.advice(run)


@hookimpl
def simple_deploy_register(register: Callable[[Platform], None]) -> None:
    """Hand over the platform."""
    register(HerokuPlatform())
