"""From inspected facts to a rendered plan: check, probe, plan, render on the workbench, try the result there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simple_deploy.core.errors import Blocked, SimpleDeployError
from simple_deploy.core.events import FindingRaised, PlanReady, StepHead
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, blockers, by_weight
from simple_deploy.core.interfaces import Asker
from simple_deploy.core.known_failures import Explanation
from simple_deploy.core.options import Answers, Question
from simple_deploy.core.plan import Plan, RenderedPlan
from simple_deploy.core.trials import Report
from simple_deploy.engine import additions, evidence, existing, lessons, verdict
from simple_deploy.engine.context import EngineContext, Ports
from simple_deploy.engine.environments import Environments
from simple_deploy.engine.progress import Progress
from simple_deploy.engine.render import Renderer
from simple_deploy.engine.trial import Trial
from simple_deploy.engine.workbench import Workbench
from simple_deploy.engine.workbench import create as create_workbench
from simple_deploy.managers.base import Place
from simple_deploy.platforms import delivery
from simple_deploy.platforms.base import Platform, Remote

CHECK = StepHead(id="plan.check", title="Ask the platform", why="See what is installed and what already exists there.")
COMPUTE = StepHead(
    id="plan.compute", title="Work out the steps", why="Decide what this project needs on this platform."
)
RENDER = StepHead(
    id="plan.render",
    title="Prepare the files",
    why="The tool makes every change on a scratch copy first, so you can read it.",
)
VERIFY = StepHead(
    id="plan.verify",
    title="Try the result",
    why="Install the planned requirements in a throw-away environment and let Django check the planned settings.",
)
HEADS = (CHECK, COMPUTE, RENDER, VERIFY)


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes one plan.

    :param facts: as the platform sees them (see :func:`~simple_deploy.engine.additions.as_deployed`).
    :param findings: of inspection.
    :param tree: where the workbench goes.
    :param locks: folder of what managers locked earlier.
    :param known_trials: folder of what earlier trials of this project showed.
    :param written: hashes of files as earlier runs left them (see :class:`Renderer`).
    :param configured: paths of those that are not committed yet.
    :param kept: what was chosen before, see :class:`~simple_deploy.engine.existing.Owned`.
    :param accept: told what the platform planned, before anything is made of it; raises when that cannot go on.
    :param save: stores the plan; called when the diff is ready and again when it has been tried.
    """

    platform: Platform
    facts: ProjectFacts
    answers: Answers
    findings: tuple[Finding, ...]
    ports: Ports
    progress: Progress
    context: Callable[[Path, Mapping[str, str]], EngineContext]
    environments: Environments
    tree: Path
    locks: Path
    known_trials: Path
    written: Mapping[str, frozenset[str]]
    configured: tuple[str, ...]
    kept: Mapping[str, str]
    allow_dirty: bool
    accept: Callable[[Plan], None]
    save: Callable[[RenderedPlan], None]

    def make(self) -> RenderedPlan:
        """Make the plan, each part of it as a step.

        :raises Blocked: a finding has to be fixed first; nothing was changed.
        """
        self._stop_at_blockers(self.findings)
        context = self.context(self.facts.location.root, {})
        with self.progress.step(CHECK):
            got = delivery.findings(self.platform.delivery, self.platform.card.name, self.facts)
            checked = (*got, *existing.others(self.platform, self.facts), *self.platform.check(context))
            self._raise_findings(checked)
            self._stop_at_blockers(checked)
            remote = self.platform.probe(context)
        asker = _Once(self.ports.asker)
        with self.progress.step(COMPUTE):
            planned = self._computed(self.facts, remote)
            self.accept(planned)
            self._raise_findings(planned.findings)
            self._stop_at_blockers(planned.findings)
            plan = self._decided(planned, self.facts, asker)
            self._raise_findings(plan.findings[len(planned.findings) :])
        with self.progress.step(RENDER):
            rendered, bench, met = self._render(plan, remote, checked, asker)
            self.save(rendered)
            self.progress.emit(PlanReady(digest=rendered.digest, files=len(rendered.changes)))
            self._raise_findings(met)
            self._stop_at_blockers(met)
        with self.progress.step(VERIFY):
            facts, report = self.facts, self._try(plan, bench, rendered.digest)
            while (better := lessons.learned(facts, report)) != facts:
                facts, plan = better, self._decided(self._computed(better, remote), better, asker)
                if plan == rendered.plan:
                    break
                rendered, bench, _ = self._render(plan, remote, checked, asker)
                report = self._try(plan, bench, rendered.digest)
            tried = (*lessons.findings(facts), *self._found_out(report, plan, bench))
            self._raise_findings(tried)
            rendered = self._fitted(facts, rendered, report, remote, checked, asker)
            complete = replace(rendered, findings=by_weight((*rendered.findings, *tried)))
            self.save(complete)
            self._stop_at_blockers(tried)
            self.progress.emit(PlanReady(digest=complete.digest, files=len(complete.changes), complete=True))
        return complete

    def _render(
        self, plan: Plan, remote: Remote, checked: tuple[Finding, ...], asker: Asker
    ) -> tuple[RenderedPlan, Workbench, tuple[Finding, ...]]:
        """The plan with the bytes of its files, the workbench they are on, and what was met while making them."""
        bench = create_workbench(
            self.facts.location.root, self.tree, run=self.ports.runner, allow_dirty=self.allow_dirty
        )
        renderer = Renderer(
            bench,
            self.facts.dependencies,
            asker=asker,
            redact=self.ports.redactor,
            written=self.written,
            files=remote.files,
            place=Place(
                root=bench.folder,
                run=self.ports.shown_runner,
                uv=self.environments.uv,
                python=self.facts.host.base_python,
                kept=self.locks,
                say=self.ports.note,
            ),
        )
        changes, met = renderer.render(plan.file_steps, configured=self.configured, locks=not plan.rewrites)
        better = {each.id for each in plan.findings}  # the platform knows what becomes of what the inspection found
        inspected = (each for each in self.findings if each.id not in better)
        rendered = RenderedPlan(
            plan=plan,
            base=bench.base,
            snapshot=bench.snapshot,
            changes=changes,
            answers_digest=self.answers.digest,
            findings=by_weight((*inspected, *checked, *plan.findings, *met)),
        )
        return rendered, bench, met

    def _try(self, plan: Plan, bench: Workbench, digest: str) -> Report:
        """:raises StepError: the requirements cannot be installed at all."""
        trial = Trial(
            facts=self.facts, plan=plan, ports=self.ports, environments=self.environments, kept=self.known_trials
        )
        return trial.run(bench, digest)

    def _found_out(self, report: Report, plan: Plan, bench: Workbench) -> tuple[Finding, ...]:
        """What *report* means, with what git and this computer know of it."""

        def explained(lines: Sequence[str]) -> Explanation | None:
            return evidence.told(
                lines,
                self.facts,
                self.ports.runner,
                copies=(bench.folder,),
                more=self.platform.causes,
                known_only=False,
            )

        here = self.facts.local_settings
        works = here is not None and all(message.level != "error" for message in here.checks)
        return verdict.findings(report, plan.hosting, explained=explained, works_here=works)

    def _fitted(
        self,
        facts: ProjectFacts,
        rendered: RenderedPlan,
        report: Report,
        remote: Remote,
        checked: tuple[Finding, ...],
        asker: Asker,
    ) -> RenderedPlan:
        """The plan made once more where it was made for another page than the one that answers 200."""
        found = report.visit.health_url if report.visit is not None else None
        if found is None or facts.settings is None:
            return rendered
        visited = additions.as_tried(facts, found)
        plan = self._decided(self._computed(visited, remote), visited, asker)
        if plan != rendered.plan:
            rendered, _, _ = self._render(plan, remote, checked, asker)
        return replace(rendered, health_url=found)

    def _computed(self, facts: ProjectFacts, remote: Remote) -> Plan:
        plan = self.platform.plan(facts, remote, self.answers)
        return additions.complete(plan, facts, self.answers, remote.files).validate()

    def _decided(self, plan: Plan, facts: ProjectFacts, asker: Asker) -> Plan:
        """*plan*, with what becomes of the files that are there already."""
        owned = existing.Owned(
            platform=self.platform,
            facts=facts,
            answers=self.answers,
            asker=asker,
            written=self.written,
            before=self.kept,
        )
        return owned.decided(plan)

    def _raise_findings(self, findings: tuple[Finding, ...]) -> None:
        for finding in findings:
            self.progress.emit(FindingRaised(finding=finding))

    def _stop_at_blockers(self, findings: tuple[Finding, ...]) -> None:
        stopping = blockers(findings)
        if stopping:
            raise blocked_by(stopping)


class _Once:
    """Asks the person each question once, also where the files are made twice."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._answers: dict[str, Answers] = {}

    def ask(self, question: Question) -> Answers:
        if question.id not in self._answers:
            self._answers[question.id] = self._asker.ask(question)
        return self._answers[question.id]


def blocked_by(findings: tuple[Finding, ...]) -> SimpleDeployError:
    """The error that says which findings stand in the way, and the way out."""
    first = findings[0]
    more = "".join(f"\n{finding.title} {finding.fix}" for finding in findings[1:])
    return Blocked(f"{first.title}{more}", hint=first.fix, docs=first.docs)
