"""From inspected facts to a rendered plan: check, probe, plan, render on the workbench, try the result there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from simple_deploy.core.errors import Blocked, CommandFailed, SimpleDeployError, StepError
from simple_deploy.core.events import FindingRaised, PlanReady, StepHead
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, Level, blockers, by_weight
from simple_deploy.core.options import Answers
from simple_deploy.core.plan import Plan, RenderedPlan
from simple_deploy.core.secret import secrets_in_environment
from simple_deploy.engine import additions
from simple_deploy.engine.context import EngineContext, Ports
from simple_deploy.engine.environments import Environments, compiled
from simple_deploy.engine.files import remove_tree
from simple_deploy.engine.managers import Place
from simple_deploy.engine.progress import Progress
from simple_deploy.engine.render import Renderer
from simple_deploy.engine.workbench import Workbench
from simple_deploy.engine.workbench import create as create_workbench
from simple_deploy.inspection import envfiles
from simple_deploy.platforms.base import Platform

CHECK = StepHead(id="plan.check", title="Ask the platform", why="See what is installed and what exists there already.")
COMPUTE = StepHead(
    id="plan.compute", title="Work out the steps", why="Decide what this project needs on this platform."
)
RENDER = StepHead(
    id="plan.render", title="Prepare the files", why="Every change is made on a scratch copy first, so you can read it."
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
    :param written: hashes of files as earlier runs left them (see :class:`Renderer`).
    :param configured: paths of those that are not committed yet.
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
    written: Mapping[str, frozenset[str]]
    configured: tuple[str, ...]
    with_uncommitted: bool
    accept: Callable[[Plan], None]
    save: Callable[[RenderedPlan], None]

    def make(self) -> RenderedPlan:
        """Make the plan, each part of it as a step.

        :raises Blocked: a finding has to be mended first; nothing was changed.
        """
        self._stop_at_blockers(self.findings)
        context = self.context(self.facts.location.root, {})
        with self.progress.step(CHECK):
            checked = tuple(self.platform.check(context))
            self._raise_findings(checked)
            self._stop_at_blockers(checked)
            remote = self.platform.probe(context)
        with self.progress.step(COMPUTE):
            plan = self.platform.plan(self.facts, remote, self.answers)
            plan = additions.complete(plan, self.facts, self.answers).validate()
            self.accept(plan)
            self._raise_findings(plan.findings)
            self._stop_at_blockers(plan.findings)
        with self.progress.step(RENDER):
            rendered, bench, met = self._render(plan, checked)
            self.save(rendered)
            self.progress.emit(PlanReady(digest=rendered.digest, files=len(rendered.changes)))
            self._raise_findings(met)
            self._stop_at_blockers(met)
        with self.progress.step(VERIFY):
            tried = self._verify(plan, bench)
            self._raise_findings(tried)
            complete = replace(rendered, findings=by_weight((*rendered.findings, *tried)))
            self.save(complete)
            self._stop_at_blockers(tried)
            self.progress.emit(PlanReady(digest=complete.digest, files=len(complete.changes), complete=True))
        return complete

    def _render(self, plan: Plan, checked: tuple[Finding, ...]) -> tuple[RenderedPlan, Workbench, tuple[Finding, ...]]:
        """The plan with the bytes of its files, the workbench they are on, and what was met while making them."""
        bench = create_workbench(
            self.facts.location.root, self.tree, run=self.ports.runner, with_uncommitted=self.with_uncommitted
        )
        renderer = Renderer(
            bench,
            self.facts.dependencies,
            asker=self.ports.asker,
            redact=self.ports.redactor,
            written=self.written,
            place=Place(
                root=bench.folder,
                run=self.ports.shown_runner,
                uv=self.environments.uv,
                python=self.facts.host.base_python,
                kept=self.locks,
            ),
        )
        changes, met = renderer.render(plan.file_steps, configured=self.configured)
        rendered = RenderedPlan(
            plan=plan,
            base=bench.base,
            snapshot=bench.snapshot,
            changes=changes,
            facts_digest=self.facts.digest,
            answers_digest=self.answers.digest,
            findings=by_weight((*self.findings, *checked, *plan.findings, *met)),
        )
        return rendered, bench, met

    def _verify(self, plan: Plan, bench: Workbench) -> tuple[Finding, ...]:
        """What trying the planned files shows.

        :raises StepError: the requirements cannot be installed at all.
        """
        if self.facts.dependencies.file is None:
            return ()
        python = self.environments.ensure(
            dependencies=self.facts.dependencies,
            root=bench.folder,
            python=self.facts.host.base_python,
            run=self.ports.shown_runner,
            groups=plan.groups,
        )
        folder = bench.folder / self.facts.location.project_dir
        found = []
        ways: list[tuple[str, dict[str, str]]] = [("as it will be deployed", dict(plan.check_env))]
        if self.facts.development is None:
            ways.insert(0, ("as it is on your computer", {}))
        for label, env in ways:
            problem = self._django_check(python, folder, env, label)
            if problem:
                found.append(problem)
        # What was compiled of the packages serves the next plan; the workbench is another one then.
        remove_tree(compiled(python).joinpath(*bench.folder.resolve().parts[1:]))
        return tuple(found)

    def _django_check(self, python: Path, folder: Path, env: Mapping[str, str], label: str) -> Finding | None:
        settings = self.facts.settings
        module = {"DJANGO_SETTINGS_MODULE": settings.module} if settings else {}
        # What the person's own shell adds to the import path is not there once it is deployed.
        clean = {"PYTHONPATH": "", "PYTHONHOME": "", "SIMPLE_DEPLOY_ENABLED": "", **module, **env}
        # A .env file is not on the workbench, since it is in no commit.
        variables = envfiles.values(self.facts)
        self.ports.redactor.add(*secrets_in_environment(variables))
        try:
            self.ports.shown_runner(
                (str(python), "manage.py", "check"),
                cwd=folder,
                env={**variables, **clean, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(compiled(python))},
                timeout=120,
            )
        except CommandFailed as error:
            return _check_finding(error, label)
        return None

    def _raise_findings(self, findings: tuple[Finding, ...]) -> None:
        for finding in findings:
            self.progress.emit(FindingRaised(finding=finding))

    def _stop_at_blockers(self, findings: tuple[Finding, ...]) -> None:
        stopping = blockers(findings)
        if stopping:
            raise blocked_by(stopping)


def blocked_by(findings: tuple[Finding, ...]) -> SimpleDeployError:
    """The error that says which findings stand in the way, and the way out."""
    first = findings[0]
    more = "".join(f"\n{finding.title} {finding.fix}" for finding in findings[1:])
    return Blocked(f"{first.title}{more}", hint=first.fix, docs=first.docs)


def _check_finding(error: CommandFailed, label: str) -> Finding:
    missing = next((line for line in reversed(error.tail) if "ModuleNotFoundError: No module named" in line), None)
    if missing:
        name = missing.rsplit("No module named", 1)[1].strip().strip("'\"")
        return Finding(
            id=f"check.missing-module.{name}",
            level=Level.BLOCKER,
            title=f"The settings need the package that brings “{name}”, and your dependency file does not list it.",
            why=f"In an environment with just the declared packages, the project does not start {label}.",
            fix=f"Add the package that brings “{name}” to your dependency file, or import it only where DEBUG is on.",
            details=error.tail[-6:],
        )
    return Finding(
        id="check.failed",
        level=Level.BLOCKER,
        title=f"Django refuses the project {label}: {error.tail[-1] if error.tail else 'no reason given'}",
        why="`manage.py check` was run with the planned files in an environment that holds the planned packages.",
        fix="Mend what the last lines say, then plan again.",
        details=error.tail[-12:],
    )


def require_settings(facts: ProjectFacts) -> None:
    """:raises StepError: the settings could not be loaded, so there is nothing to deploy."""
    if facts.settings is None:
        problem = facts.settings_problem
        raise StepError(
            f"The settings cannot be loaded: {problem.message if problem else 'unknown reason'}",
            hint="Mend the settings module until `manage.py check` runs, then try again.",
        )
