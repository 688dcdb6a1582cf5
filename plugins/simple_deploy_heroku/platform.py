"""Heroku as a platform."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

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
    ProjectFacts,
    Remote,
)
from simple_deploy_heroku import account, advice, checks, pages, planning, questions


class HerokuPlatform(Platform):
    """Heroku's Common Runtime of the generation Cedar: apps built by its buildpack for Python."""

    card = Card(
        slug=planning.SLUG,
        name="Heroku",
        summary="Hosting that takes a git push and does the rest: no servers, no containers to look after.",
        cost="From $10 to $12 a month: an Eco ($5) or Basic ($7) dyno and a PostgreSQL database ($5). There is no free "
        "plan.",
        checked=date(2026, 11, 21),
        status_note="On 2026-02-06 Heroku announced a phase of “sustaining engineering”: maintenance, security and "
        "support go on, new features are not to be expected. Prices as last seen in May 2026.",
        managers=("requirements", "pip-tools", "pipenv", "poetry", "uv", "pdm", "hatch", "pep621"),
        databases=("postgresql",),
        automated=False,
        links=pages.READ_NEXT,
    )

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return questions.options(facts)

    def check(self, ctx: Context) -> Iterable[Finding]:
        return checks.findings(ctx)

    def probe(self, ctx: Context) -> Remote:
        return account.find(ctx)

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        return planning.make_plan(facts, remote, answers)

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        return advice.advice(run, run.facts) if run.facts is not None else ()
