"""Fly.io as a platform."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
from simple_deploy_flyio import advice, checks, pages, planning, questions
from simple_deploy_flyio.flytoml import app_of

FLY_TOML = "fly.toml"


class FlyPlatform(Platform):
    """Fly.io."""

    card = Card(
        slug=planning.SLUG,
        name="Fly.io",
        summary="Small machines near your visitors, which stop while nobody visits; made from a Dockerfile.",
        cost=f"The machine {pages.MACHINE_COST}. SQLite on a volume {pages.SQLITE_COST}; Postgres that you look "
        f"after {pages.POSTGRES_COST}; Managed Postgres {pages.MANAGED_COST}. Some regions cost more. A new "
        "account is free for 2 hours of machine time or 7 days.",
        checked=pages.CHECKED,
        needs_account=True,
        needs_card=True,
        managers=("requirements", "pip-tools", "pipenv", "poetry", "uv", "pdm", "hatch", "pep621"),
        layouts=("flat", "nested"),
        databases=("sqlite", "postgresql"),
        automated=False,
        links=pages.READING,
    )

    def options(self, facts: ProjectFacts) -> Sequence[Option]:
        return questions.options(facts)

    def check(self, ctx: Context) -> Iterable[Finding]:
        return checks.findings(ctx, app=questions.app_name(ctx.facts, self.probe(ctx), ctx.answers))

    def probe(self, ctx: Context) -> Remote:
        app = _committed_app(ctx)
        return Remote(values={"app": app} if app else {})

    def plan(self, facts: ProjectFacts, remote: Remote, answers: Answers) -> Plan:
        return planning.make_plan(facts, remote, answers)

    def next_steps(self, run: FinishedRun) -> Sequence[Advice]:
        if run.facts is None:
            return ()
        app = questions.app_name(run.facts, Remote(values=run.results), run.answers)
        return advice.after_configuring(run.facts, run.answers, app=app)


def _committed_app(ctx: Context) -> str | None:
    """The app that the project's fly.toml names."""
    path = ctx.workbench / FLY_TOML
    try:
        return app_of(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return None
