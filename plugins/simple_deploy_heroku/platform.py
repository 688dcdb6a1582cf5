"""Heroku as a platform."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from simple_deploy.api import (
    Advice,
    Answers,
    Card,
    Context,
    Delivery,
    Finding,
    FinishedRun,
    Operation,
    Option,
    Plan,
    Platform,
    ProjectFacts,
    Remote,
    Resource,
    Simulation,
    SiteState,
)
from simple_deploy_heroku import account, advice, checks, commands, operations, pages, planning, questions
from simple_deploy_heroku.deployment import Deployment


class HerokuPlatform(Platform):
    """Heroku's Common Runtime of the generation Cedar: apps built by its buildpack for Python."""

    card = Card(
        slug=planning.SLUG,
        name="Heroku",
        summary="Hosting that takes a git push and does the rest: no servers, no containers to look after.",
        cost="From $10 to $12 a month: an Eco ($5) or Basic ($7) dyno and a PostgreSQL database ($5). There is no free "
        "plan.",
        price="From $10 a month, database included",
        checked=date(2026, 11, 21),
        status_note="On 2026-02-06 Heroku announced a phase of “sustaining engineering”: maintenance, security and "
        "support go on, new features are not to be expected. Prices as last seen in May 2026.",
        managers=("requirements", "pip-tools", "pipenv", "poetry", "uv", "pdm", "hatch", "pep621"),
        databases=("postgresql",),
        links=pages.READ_NEXT,
    )

    # No shallow clones: https://devcenter.heroku.com/changelog-items/775; public submodules:
    # https://devcenter.heroku.com/articles/git-submodules
    # The largest slug: https://devcenter.heroku.com/articles/slug-compiler#slug-size
    delivery = Delivery(history=True, submodules="public", largest=500)
    simulation = Simulation(
        programs={"heroku": "simple_deploy_heroku.simulator"},
        domains=(".herokuapp.com", "api.heroku.com"),
        git_prefix="https://git.heroku.com/",
        prepare=("prepare",),
        differs=(
            "Packages are installed for this computer's system and processor, requirements.txt by uv in the place of "
            "pip.",
            "Databases and dynos are there at once, and nothing sleeps.",
        ),
    )
    operations = ("status", "logs", "start", "stop", "rollback")

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return questions.options(facts)

    def check(self, ctx: Context) -> Iterable[Finding]:
        return checks.findings(ctx)

    def probe(self, ctx: Context) -> Remote:
        return account.find(ctx)

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        return planning.make_plan(facts, remote, answers)

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        deployment = Deployment(ctx, params["app"], params)
        calls: Mapping[str, Callable[[], Mapping[str, str] | None]] = {
            "account": deployment.ask,
            "create": deployment.create,
            "variables": deployment.variables,
            "database": deployment.database,
            "push": deployment.push,
            "migrate": deployment.migrate,
            "resize": deployment.resize,
        }
        return calls[call]() or {}

    def destroy(self, resource: Resource, ctx: Context) -> None:
        # A database goes with its app, which comes first.
        if resource.kind == "app":
            ctx.run(commands.destroy(resource.name), timeout=300)
            account.forget(ctx)

    def operate(self, operation: Operation, ctx: Context, *, arguments: Mapping[str, str]) -> SiteState:
        return operations.operate(operation, ctx, release=arguments.get("release", ""))

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        return advice.advice(run, run.facts) if run.facts is not None else ()
