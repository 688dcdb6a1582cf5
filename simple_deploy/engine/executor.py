"""Carries out an approved plan: the steps on the workbench and on the platform, then the files in the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simple_deploy.core.errors import PluginError, StalePlan
from simple_deploy.core.events import FileChanged, StepHead
from simple_deploy.core.plan import FileChange, RenderedPlan
from simple_deploy.core.steps import Call, CheckUrl, Commit, RunCommand, Step
from simple_deploy.engine import additions, swap
from simple_deploy.engine.context import EngineContext, Ports
from simple_deploy.engine.folder_notes import NOTED, FolderNotes, shown
from simple_deploy.engine.git_notes import GitNotes
from simple_deploy.engine.landing import Lander
from simple_deploy.engine.progress import Progress
from simple_deploy.engine.settling import Settling
from simple_deploy.engine.workbench import Workbench
from simple_deploy.platforms.base import Platform
from simple_deploy.system.git import Git

LAND = StepHead(
    id="land",
    title="Bring the changes into your project",
    why="The approved files are written to your project. Until this step, nothing in it has changed.",
)

#: In the results: the call that has begun and is not to be done a second time.
BEGUN = "begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Achieved:
    """What a run has reached so far; stored after each step, so that a retry goes on from there.

    :param results: what the platform's calls returned; ``url`` is the site's address.
    :param commit: made on the workbench.
    """

    done: tuple[str, ...] = ()
    results: Mapping[str, str] | None = None
    commit: str | None = None
    applied: bool = False

    @property
    def url(self) -> str | None:
        return (self.results or {}).get("url")


def heads(rendered: RenderedPlan, *, configure_only: bool) -> tuple[StepHead, ...]:
    """The steps a run of this plan takes."""
    steps = rendered.plan.file_steps if configure_only else rendered.plan.steps
    lands = bool(rendered.changes) or any(_rewrites(step) for step in steps)
    return (*(_head(step) for step in steps), *((LAND,) if lands else ()))


@dataclass(frozen=True, slots=True)
class Executor:
    """Executes one approved plan.

    :param context: makes the context for the platform, given the results so far.
    :param save: stores what was achieved.
    :param save_plan: stores a plan that a call made another one, with the person's consent.
    """

    rendered: RenderedPlan
    bench: Workbench
    platform: Platform
    ports: Ports
    progress: Progress
    lander: Lander
    context: Callable[[Path, Mapping[str, str]], EngineContext]
    save: Callable[[Achieved], None]
    save_plan: Callable[[RenderedPlan], None] = lambda rendered: None

    def execute(self, achieved: Achieved, *, configure_only: bool) -> Achieved:
        """Take the steps that *achieved* does not hold yet.

        :raises StalePlan: the project is no longer the one the plan was made for.
        :raises SimpleDeployError: a step failed; the project is as it was.
        """
        self._refuse_stale()
        if not configure_only and any(isinstance(step, Commit) or _rewrites(step) for step in self.rendered.plan.steps):
            Git(self.bench.project, self.ports.runner).identity()  # before anything is made that a commit is needed for
        rendered = self.rendered
        for step in rendered.plan.file_steps if configure_only else self.rendered.plan.steps:
            head = _head(step)
            if step.id in achieved.done:
                self.progress.skip(head, "done before")
                continue
            self.ports.stop_if_cancelled()
            with self.progress.step(head):
                if isinstance(step, Call) and (step.rewrites or step.once):
                    achieved = replace(achieved, results={**(achieved.results or {}), BEGUN: step.id})
                    self.save(achieved)
                if isinstance(step, Call) and step.rewrites:
                    rendered, achieved = self._rewritten(step, rendered, achieved)
                else:
                    achieved = self._take(step, achieved)
            achieved = replace(achieved, done=(*achieved.done, step.id))
            self.save(achieved)
        self.ports.stop_if_cancelled()
        # Without a new commit there is nothing to do for a file that is as it will be.
        committed = achieved.commit not in (None, self.bench.base)
        changes = [each for each in rendered.changes if committed or each.before != each.after]
        rewritten = not configure_only and any(_rewrites(step) for step in rendered.plan.steps)
        if (changes or rewritten) and not achieved.applied:
            with self.progress.step(LAND):
                if changes:
                    self._land(changes, achieved.commit)
                if rewritten:
                    achieved = replace(achieved, results={**(achieved.results or {}), **self._bring_notes()})
            achieved = replace(achieved, applied=True, done=(*achieved.done, LAND.id))
            self.save(achieved)
        return achieved

    def _refuse_stale(self) -> None:
        root = self.bench.project
        for change in self.rendered.changes:
            found = swap.look_inside(root, change.path)
            if found.digest != change.before:
                now = "" if found.kind in ("nothing", "a file") else f" It is {found.kind} now."
                raise StalePlan(
                    f"{change.path} changed since the plan was made.{now}",
                    hint="Plan again to see what would happen now.",
                )
        head = Git(root, self.ports.runner).head()
        if not self.rendered.snapshot and head != self.rendered.base:
            raise StalePlan(
                "There is a new commit in the project since the plan was made.",
                hint="Plan again to see what would happen now.",
            )

    def _take(self, step: Step, achieved: Achieved) -> Achieved:
        results = dict(achieved.results or {})
        if isinstance(step, Commit):
            commit = self._commit(step)
            return replace(achieved, commit=commit, results={**results, "commit": commit})
        if isinstance(step, Call):
            context = self.context(self.bench.folder, results)
            returned = self.platform.perform(step.name, step.params, context) or {}
            return replace(achieved, results={**results, **returned})
        if isinstance(step, RunCommand):
            self.ports.shown_runner(
                step.argv, cwd=self.bench.folder / step.cwd, env=dict(step.env), timeout=step.timeout
            )
        elif isinstance(step, CheckUrl):
            self.context(self.bench.folder, results).check_site(_filled(step.url, results), within=step.within)
        # A file step was done on the workbench when the plan was made; what was approved is there.
        return achieved

    def _rewritten(self, step: Call, rendered: RenderedPlan, achieved: Achieved) -> tuple[RenderedPlan, Achieved]:
        """Let the platform write the files, and send what was approved of them."""
        results = dict(achieved.results or {})
        context = self.context(self.bench.folder, results)
        settling = Settling(
            step,
            rendered,
            self.bench,
            ports=self.ports,
            message=context.answers.text(additions.MESSAGE),
            save=self.save_plan,
        )
        settling.begin()
        context.settles(settling.settle)
        returned = self.platform.perform(step.name, step.params, context) or {}
        settling.end()
        commit = {"commit": settling.commit} if settling.commit else {}
        return settling.rendered, replace(
            achieved, commit=settling.commit or achieved.commit, results={**results, **commit, **returned}
        )

    def _bring_notes(self) -> dict[str, str]:
        """What programs noted of the workbench comes to the project; what the run's results say of it."""
        notes = GitNotes(Git(self.bench.project, self.ports.until_done().runner), self.lander.folder)
        brought = notes.bring(Git(self.bench.folder, self.ports.runner))
        for name in brought.remotes:
            self.ports.note(f"Your repository has a new remote: {name}. Undo removes it.")
        if brought.excluded:
            self.ports.note(f"From now on git ignores {', '.join(brought.excluded)}. Undo reverts that.")
        noted = [*map(shown, FolderNotes(self.bench.project, self.lander.folder).bring(self.bench.folder))]
        for file in noted:
            self.ports.note(
                f"{file} said this about the copy and now says it about your project's folder. Undo removes it."
            )
        return {NOTED: "\n".join(noted)} if noted else {}

    def _commit(self, step: Commit) -> str:
        changes = [change for change in self.rendered.changes if not change.private]
        if not changes:
            return self.bench.base
        programs = [change.path for change in changes if change.is_program]
        return self.bench.commit(
            step.message, [change.path for change in changes], self.ports.runner, programs=programs
        )

    def _land(self, changes: Sequence[FileChange], commit: str | None) -> None:
        self.lander.land(
            self.bench,
            changes,
            commit=commit,
            on_file=lambda path, change: self.progress.emit(FileChanged(path=path, change=change)),
        )


def _filled(url: str, results: Mapping[str, str]) -> str:
    if url != "{url}":
        return url
    if "url" not in results:
        raise PluginError(
            "The plan checks the site's address, but no call returned one.", hint="Tell the plugin's author."
        )
    return results["url"]


def _rewrites(step: Step) -> bool:
    return isinstance(step, Call) and step.rewrites


def _head(step: Step) -> StepHead:
    return StepHead(id=step.id, title=step.title, why=step.why)
