"""A plan for the shop, tried without a run: the files as the plan leaves them, in an environment with its packages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import uv

from simple_deploy.core.findings import Finding
from simple_deploy.core.plan import Plan
from simple_deploy.core.secret import Redactor
from simple_deploy.core.trials import Report
from simple_deploy.engine import additions, verdict
from simple_deploy.engine.context import Ports, SystemClock
from simple_deploy.engine.environments import Environments
from simple_deploy.engine.trial import Trial
from simple_deploy.engine.workbench import Workbench
from simple_deploy.runs.asking import Ahead
from simple_deploy.testing import make_answers
from tests import golden
from tests.field.shop import Shop


@dataclass(frozen=True)
class Tried:
    """What a trial showed, and what is said about it.

    :param output: every line that was printed, in one text.
    """

    plan: Plan
    report: Report
    output: str

    @property
    def findings(self) -> dict[str, Finding]:
        return {finding.id: finding for finding in verdict.findings(self.report, self.plan.hosting)}

    @property
    def health(self) -> str | None:
        return self.report.visit.health if self.report.visit is not None else None


def tried(slug: str, shop: Shop, folder: Path, **answers: object) -> Tried:
    """The plan of a first deployment to platform *slug*, tried in the new *folder*."""
    platform, given = golden.PLATFORMS[slug]
    facts = shop.facts()
    wanted = {**given, **answers}
    known = make_answers(platform, facts, **wanted)
    plan = additions.complete(golden.plan(platform, facts, wanted), facts, known)
    golden.render(plan, facts, folder)
    lines: list[str] = []
    ports = Ports(
        emit=lambda payload: lines.append(getattr(payload, "text", "")),
        asker=Ahead(given={}, use_defaults=True, otherwise=None),
        cancelled=lambda: False,
        redactor=Redactor(()),
        clock=SystemClock(),
        environment=shop.env,
    )
    environments = Environments(
        Path(shop.env["SIMPLE_DEPLOY_CACHE_DIR"]) / "environments", str(uv.find_uv_bin()), shop.root
    )
    trial = Trial(facts=facts, plan=plan, ports=ports, environments=environments)
    report = trial.run(Workbench(project=shop.root, folder=folder, base="0" * 40))
    return Tried(plan, report, "\n".join(lines))
