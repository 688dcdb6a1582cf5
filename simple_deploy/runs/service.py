"""The only entrance for both faces: what the page and the command can ask for, and nothing of how it is shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import uv

from simple_deploy import conf as conf_module
from simple_deploy.conf import Conf
from simple_deploy.core.errors import (
    Blocked,
    InvalidAnswer,
    NoProject,
    NoSuchRun,
    NothingToUndo,
    PluginNotFound,
    RunError,
    RunInProgress,
    StalePlan,
    StateUnusable,
    WrongUsage,
)
from simple_deploy.core.events import Event, QuestionAsked
from simple_deploy.core.facts import Corrections, Location, ProjectFacts
from simple_deploy.core.options import Option, Question, collect
from simple_deploy.core.plan import RenderedPlan
from simple_deploy.core.ports import Clock
from simple_deploy.core.resources import Resource
from simple_deploy.core.secret import Redactor, Secret, secrets_in_environment
from simple_deploy.engine import additions
from simple_deploy.engine.context import SystemClock
from simple_deploy.inspection import corrections, fixes, locate
from simple_deploy.inspection.corrections import STATE_FOLDER
from simple_deploy.inspection.inspect import Inspection, Inspector
from simple_deploy.platforms import delivery
from simple_deploy.platforms import registry as plugin_registry
from simple_deploy.platforms.base import Operation, Platform, SiteState
from simple_deploy.platforms.registry import PluginRegistry
from simple_deploy.runs import history, recovery, stage, undoing
from simple_deploy.runs.eventlog import EventReader, read_tail
from simple_deploy.runs.execution import Execution
from simple_deploy.runs.lock import this_process
from simple_deploy.runs.model import PAGE, WENT_DOWN, Run, RunKind, RunState
from simple_deploy.runs.scope import Answering, Tools
from simple_deploy.runs.stage import Stage
from simple_deploy.runs.store import FileRunStore, active, new_run_id
from simple_deploy.runs.summary import Summary
from simple_deploy.system import files, process
from simple_deploy.system.daemons import ProcessId

RECENT = 2.0  # seconds for which what was found out is good enough to know what to ask


class Service:
    """Deployments of one project.

    :param location: where the project is.
    :param registry: the installed platforms; loaded when first needed.
    """

    def __init__(
        self,
        location: Location,
        conf: Conf | None = None,
        *,
        registry: PluginRegistry | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.location = location
        self.conf = conf if conf is not None else conf_module.load(os.environ)
        self.store = FileRunStore(self.conf.state_dir or location.root / STATE_FOLDER)
        self._given_registry = registry
        self._clock: Clock = clock or SystemClock()
        self._looked: tuple[float, ProjectFacts] | None = None

    @cached_property
    def registry(self) -> PluginRegistry:
        return self._given_registry or plugin_registry.load()

    @cached_property
    def _uv(self) -> str:
        return str(uv.find_uv_bin())

    # -- looking --

    def inspection(self, *, fresh: bool = False, platform: str = "") -> Inspection:
        """Facts and findings, from the cache where nothing changed.

        :param platform: the slug of the one that the project is looked at for; what does not get there is found too.
        """
        self.store.prepare()
        redactor = Redactor(secrets_in_environment(os.environ))

        def run(argv, **options):  # type: ignore[no-untyped-def]
            return process.run(argv, redact=redactor, **options)

        inspector = Inspector(run, self.store.cache, written=self._written)
        found = inspector.inspect(self.location, fresh=fresh)
        self._looked = (self._clock.monotonic(), found.facts)
        more = list(self.registry.inspect(found.facts))
        if platform:
            chosen = self.registry.get(platform)
            more += delivery.findings(chosen.delivery, chosen.card.name, found.facts)
        return replace(found, findings=(*found.findings, *more))

    def _written(self) -> history.Written:
        return history.clean(self.store, self.location.root)

    def options(self, slug: str, *, approving: bool = False) -> tuple[Option, ...]:
        """What platform *slug* asks before a plan; or, *approving*, the secrets it needs to carry one out."""
        options = self._known_options(slug)
        if approving:
            return tuple(each for each in options if each.kind == "secret")
        return tuple(each for each in options if each.kind != "secret" or each.for_plan)

    def remembered_answers(self, slug: str) -> dict[str, str | bool]:
        """The answers given last time, as far as they still fit."""
        target = self.store.target(slug)
        if target is None:
            return {}
        fitting: dict[str, str | bool] = {}
        for option in self.options(slug):
            if option.kind != "secret" and option.name in target.answers:
                with suppress(InvalidAnswer):
                    option.clean(target.answers[option.name])
                    fitting[option.name] = target.answers[option.name]
        return fitting

    def refuse_unanswered(self, slug: str, given: Mapping[str, object], kind: RunKind) -> None:
        """Say what a run of this *kind* would miss, where nobody can be asked.

        :raises MissingAnswers: naming every option that has neither an answer nor a default.
        """
        approving = self.options(slug, approving=True) if kind is RunKind.DEPLOY else ()
        options = list(dict.fromkeys((*self.options(slug), *approving)))
        names = {option.name for option in options}
        collect(options, {name: value for name, value in given.items() if name in names})

    def known_resources(self, slug: str) -> tuple[Resource, ...]:
        """What was on the platform when it was last looked at."""
        target = self.store.target(slug)
        return target.resources if target else ()

    def deployed_to(self) -> tuple[str, ...]:
        """Slugs of the platforms that the project was deployed to from here, and has not been removed from since."""
        last: dict[str, Run] = {}
        for run in self.runs(200):
            if run.kind in {RunKind.DEPLOY, RunKind.DESTROY} and run.state is RunState.SUCCEEDED:
                last.setdefault(run.platform, run)
        slugs = [platform.card.slug for platform in self.registry.platforms]
        return tuple(
            slug for slug in slugs if self.known_resources(slug) or (slug in last and last[slug].kind is RunKind.DEPLOY)
        )

    def runs(self, limit: int = 50) -> tuple[Run, ...]:
        """The newest runs."""
        return tuple(self._judged(run) for run in self.store.list(limit))

    def run(self, run_id: str) -> Run:
        """:raises NoSuchRun:"""
        return self._judged(self.store.get(run_id))

    def active(self) -> Run | None:
        """The run that works, waits or is queued, or None."""
        return active(self.runs(20))

    def last_failed(self) -> Run | None:
        """The newest run, looks at the deployed site left aside, when it ended without success."""
        last = next((run for run in self.runs(200) if run.kind is not RunKind.OPERATE), None)
        states = {RunState.FAILED, RunState.CANCELLED, RunState.INTERRUPTED, RunState.BLOCKED}
        return last if last is not None and last.state in states else None

    def events(self, run_id: str, after: int = 0) -> list[Event]:
        return self.reader(run_id, after).read()

    def reader(self, run_id: str, after: int = 0) -> EventReader:
        """A reader that goes on where it stopped; for streams."""
        return EventReader(self.store.folder(run_id), after)

    def event_tail(self, run_id: str, lines: int) -> tuple[list[Event], int]:
        """All events but output, the last *lines* of output, and how many lines were left out."""
        return read_tail(self.store.folder(run_id), lines)

    def plan_of(self, run_id: str) -> RenderedPlan | None:
        run = self.store.get(run_id)
        return self.store.plan(run.plan_run or run.id)

    def summary(self, run_id: str) -> Summary | None:
        return self.store.data(run_id, "summary", Summary)

    def summary_markdown(self, run_id: str) -> str | None:
        return self.store.text(run_id, "summary.md")

    def summary_file(self, run_id: str) -> Path | None:
        path = self.store.folder(run_id) / "summary.md"
        return path if path.exists() else None

    def summary_html(self, run_id: str) -> str | None:
        return self.store.text(run_id, "summary.html")

    def log_file(self, run_id: str) -> Path:
        return self.store.folder(run_id) / "deploy.log"

    def site(self, run_id: str) -> SiteState | None:
        """What an ``operate`` run found out about the deployed site."""
        return self.store.data(run_id, "site", SiteState)

    def describe_fix(self, name: str, given: Mapping[str, object] | None = None) -> fixes.Fix:
        """What the fix *name* would do."""
        answers = {key: str(value) for key, value in (given or {}).items()}
        try:
            return fixes.describe(name, self.inspection().facts, answers)
        except LookupError as error:
            raise InvalidAnswer(f"There is no fix “{name}”.", hint="--check names the fix of each finding.") from error

    # -- choosing --

    def correct(self, given: Corrections) -> None:
        """Take what the person chose in the place of guesses, now and from now on.

        :raises NoProject: the chosen folder holds no project.
        """
        self.location = locate.corrected(self.location, given)
        self.keep_corrections()
        self._looked = None

    def take_corrections(self) -> None:
        """Follow what was chosen elsewhere meanwhile: on the page, or by the command."""
        stored = corrections.read(self.store.root)
        if stored != self.location.corrections:
            with suppress(NoProject):
                self.location = locate.corrected(self.location, corrections.in_place_of(stored))
                self._looked = None

    def keep_corrections(self) -> None:
        """Remember what was chosen for the project."""
        self.store.prepare()
        self.store.save_corrections(self.location.corrections)

    # -- rehearsing --

    @cached_property
    def stage(self) -> Stage | None:
        """The stage these runs are rehearsed on; None for a project of its own."""
        return stage.load(self.store.root)

    def rehearsal(self, slug: str, *, scenario: str = "", allow_dirty: bool = False) -> Service:
        """The same project on a stage where platform *slug* is simulated; made ready as the project is now.

        :raises PluginNotFound: the platform cannot be rehearsed. :raises WrongUsage: it has no such scenario.
        """
        self.store.prepare()
        location = stage.prepare(
            self.location,
            self.store.root,
            self.registry.get(slug),
            scenario=scenario,
            allow_dirty=allow_dirty,
            run=process.run,
        )
        return self._on_stage(slug, location)

    def on_stage(self, slug: str) -> Service | None:
        """The rehearsal of platform *slug* as it was left, or None when there was none."""
        folder = stage.folder_of(self.store.root, slug)
        clone = folder / "project" / self.location.root.name
        try:
            is_there = (clone / STATE_FOLDER / stage.FILE).is_file()
        except OSError:  # no folder can have so long a name
            return None
        return self._on_stage(slug, replace(self.location, root=clone)) if is_there else None

    def download(self, slug: str, plan_run: str, on_line: Callable[[str], None]) -> None:
        """Download all that rehearsing on this stage needs, so that it works without a network afterwards.

        :param plan_run: what was planned there, the files of which say what that is.
        :raises StepError: something cannot be had.
        """
        simulation = self.registry.get(slug).simulation
        if self.stage is None or simulation is None or not simulation.prepare:
            return
        program = next(iter(simulation.programs))
        process.run(
            (program, *simulation.prepare),
            cwd=self.store.tree(plan_run),
            env=self.stage.environment(),
            timeout=3600,
            on_line=on_line,
        )

    def end_rehearsal(self, slug: str) -> None:
        """Remove the stage of platform *slug* and everything that runs on it."""
        stage.clear(self.store.root, slug)

    def _on_stage(self, slug: str, location: Location) -> Service:
        data = stage.folder_of(self.store.root, slug) / "data"
        conf = replace(self.conf, state_dir=None, data_dir=data)
        return Service(location, conf, registry=self.registry, clock=self._clock)

    # -- starting --

    def create_plan(
        self,
        slug: str,
        given: Mapping[str, object],
        *,
        allow_dirty: bool = False,
        started_by: str = PAGE,
    ) -> Run:
        """A run that plans. Answers that fit no option are kept for the questions of the plan.

        :raises RunInProgress: naming the run that is under way.
        :raises PluginNotFound: :raises PluginBroken:
        """
        self.registry.get(slug)
        plain, secret = _sorted_out(given, self._known_options(slug))
        run = self._new(RunKind.PLAN, platform=slug, answers=plain, allow_dirty=allow_dirty, started_by=started_by)
        return self.store.create(run, secret)

    def create_apply(
        self,
        plan_run: str,
        digest: str,
        kind: RunKind,
        *,
        secrets: Mapping[str, object] | None = None,
        started_by: str = PAGE,
    ) -> Run:
        """A run that carries out the plan of *plan_run*, whose preview with *digest* was approved.

        :raises StalePlan: another preview was approved, or the plan is not complete.
        """
        planned = self.store.get(plan_run)
        rendered = self.store.plan(plan_run)
        if rendered is None or planned.state is not RunState.SUCCEEDED:
            raise StalePlan("That plan is not complete.", hint="Plan again and approve the preview.")
        if rendered.digest != digest:
            raise StalePlan("The plan is not the one you saw.", hint="Look at the preview again and approve it.")
        asked = (field for question in rendered.plan.questions for field in question.fields)
        plain, secret = _sorted_out(secrets or {}, (*self._known_options(planned.platform), *asked))
        run = self._new(
            kind,
            platform=planned.platform,
            answers={**planned.answers, **plain},
            allow_dirty=planned.allow_dirty,
            plan_run=plan_run,
            plan_digest=digest,
            started_by=started_by,
        )
        return self.store.create(run, secret)

    def create_retry(self, run_id: str, *, secrets: Mapping[str, object] | None = None, started_by: str = PAGE) -> Run:
        """A run that goes on where *run_id* stopped.

        :param secrets: answers given now. A plan is made again with whatever is answered; a deployment goes on with
            what was approved, and needs its secrets once more.
        :raises RunError: that run cannot be retried. :raises WrongUsage: an approved answer would become another.
        """
        old = self.run(run_id)
        if old.is_active or old.state is RunState.SUCCEEDED:
            raise RunError(f"Run {old.id} ({old.state.value}) needs no retry.", hint="Start a new one.")
        plain, secret = _sorted_out(secrets or {}, self._known_options(old.platform) if old.platform else ())
        other = [name for name, value in plain.items() if old.answers.get(name) != value]
        if other and old.kind is not RunKind.PLAN:
            raise WrongUsage(
                f"A retry goes on with the plan that was approved, so {', '.join(other)} cannot be another now.",
                hint="Leave --retry away: that makes a new plan, which finds what exists already.",
            )
        run = self._new(
            old.kind,
            platform=old.platform,
            subject=old.subject,
            answers={**old.answers, **plain},
            allow_dirty=old.allow_dirty,
            plan_run=old.plan_run,
            plan_digest=old.plan_digest,
            retry_of=old.id,
            results=old.results,
            done_steps=old.done_steps,
            commit=old.commit,
            started_by=started_by,
        )
        return self.store.create(run, secret)

    def create_undo(self, run_id: str | None = None, *, started_by: str = PAGE) -> Run:
        """A run that undoes *run_id*, or the last run that can be undone.

        :raises NothingToUndo: there is none.
        """
        if run_id is None:
            runs = (run for run in self.runs(200) if undoing.left_something(self.location, self.store, run))
            found = next(runs, None)
            if found is None:
                raise NothingToUndo(
                    "No run changed anything in this project that could be undone.",
                    hint="`manage.py deploy --history` lists all runs.",
                )
            run_id = found.id
        done = self.run(run_id)
        run = self._new(RunKind.UNDO, platform=done.platform, subject=done.id, started_by=started_by)
        return self.store.create(run)

    def create_destroy(self, slug: str, given: Mapping[str, object] | None = None, *, started_by: str = PAGE) -> Run:
        """A run that removes what exists on platform *slug*.

        :param given: answers that say what it is called, where neither the project's files nor earlier runs do.
        """
        self.registry.get(slug)
        plain, _ = _sorted_out(given, self._known_options(slug)) if given else ({}, {})
        return self.store.create(self._new(RunKind.DESTROY, platform=slug, answers=plain, started_by=started_by))

    def create_fix(self, name: str, given: Mapping[str, object], *, started_by: str = PAGE) -> Run:
        """:raises InvalidAnswer: an answer does not fit the fix's fields."""
        fix = self.describe_fix(name, given)
        answers = collect(fix.fields, given)
        run = self._new(RunKind.FIX, subject=name, answers=answers.open, started_by=started_by)
        return self.store.create(run)

    def create_operation(
        self, slug: str, operation: Operation, arguments: Mapping[str, str] | None = None, *, started_by: str = PAGE
    ) -> Run:
        """:raises PluginNotFound: the platform does not offer the operation."""
        platform = self.registry.get(slug)
        if operation not in platform.operations:
            raise PluginNotFound(
                f"{platform.card.name} does not offer “{operation}”.",
                hint="It offers: " + (", ".join(platform.operations) or "nothing of the kind") + ".",
            )
        run = self._new(
            RunKind.OPERATE, platform=slug, subject=operation, answers=dict(arguments or {}), started_by=started_by
        )
        return self.store.create(run)

    def create_return(self, *, started_by: str = PAGE) -> Run | None:
        """A run that starts a site again that went down though nobody stopped it; None when there is none to start.

        Each time it went down there is one try: why a start failed stands in its run, and does not change by itself.
        """
        if self.stage is not None:
            return None
        for platform in self.registry.platforms:
            slug = platform.card.slug
            how = self._went_down(platform) if "start" in platform.operations else ""
            if how and not any(run.platform == slug and run.answers.get(WENT_DOWN) == how for run in self.runs(200)):
                # Another run is under way, or nothing can be stored now: then the next visit is early enough.
                with suppress(RunInProgress, StateUnusable):
                    return self.create_operation(slug, "start", {WENT_DOWN: how}, started_by=started_by)
        return None

    def _went_down(self, platform: Platform) -> str:
        try:
            return platform.went_down(self.conf.data_dir / platform.card.slug, self.location.folder)
        except Exception:  # whatever a plugin raises: every page asks this, and none may fail for it
            return ""

    # -- while it runs --

    def execute(
        self,
        run_id: str,
        *,
        answering: Answering | None = None,
        listeners: Iterable[Callable[[Event], None]] = (),
    ) -> Run:
        """Execute a queued run in this process, to its end; a run someone else executes is returned as it is.

        :raises StateUnusable: not even its beginning can be stored.
        """
        run = self.store.get(run_id)
        if run.state is not RunState.QUEUED:
            return run
        tools = Tools(
            store=self.store,
            location=self.location,
            conf=self.conf,
            registry=self.registry,
            clock=self._clock,
            uv=self._uv,
        )
        try:
            if not self.store.claim(run_id):
                return run
            execution = Execution(run, tools, answering or Answering(), listeners)
        except OSError as error:
            raise files.unusable(self.store.root, error) from error
        return execution.execute()

    def cancel(self, run_id: str) -> None:
        """Ask the run to stop. One that nobody has begun to execute is over at once."""
        run = self.run(run_id)
        if not run.is_active:
            return
        self.store.ask_to_cancel(run_id)
        if run.state is RunState.QUEUED and self.store.claim(run_id):
            self.store.update(run_id, state=RunState.CANCELLED, finished=self._clock.now())
            self.store.forget_secrets(run_id)

    def open_question(self, run_id: str) -> Question | None:
        """The question the run waits for, or None."""
        events, _ = self.event_tail(run_id, 0)
        asked: Question | None = None
        for event in events:
            if isinstance(event.payload, QuestionAsked):
                asked = event.payload.question
            elif event.payload.kind in {"question-answered", "run-finished"}:
                asked = None
        return asked

    def answer(self, run_id: str, question_id: str, given: Mapping[str, object]) -> None:
        """Answer the open question.

        :raises InvalidAnswer: an answer does not fit, or the question is not open any more.
        :raises MissingAnswers:
        """
        question = self.open_question(run_id)
        if question is None or question.id != question_id:
            raise InvalidAnswer(
                "That question is not open any more.", hint="Look at the run's page for the current one."
            )
        answers = collect(question.fields, given, use_defaults=False)
        if not self.store.put_answer(run_id, question_id, answers.values):
            raise InvalidAnswer(
                "That question has been answered already.", hint="The run goes on with the first answer."
            )

    # -- parts --

    def _known_options(self, slug: str) -> tuple[Option, ...]:
        return additions.options(self.registry.get(slug), self._recent_facts())

    def _recent_facts(self) -> ProjectFacts:
        """The facts of a moment ago: asking for one plan takes them several times, and a plan looks for itself."""
        looked = self._looked
        if looked is not None and self._clock.monotonic() - looked[0] < RECENT:
            return looked[1]
        return self.inspection().facts

    def _new(self, kind: RunKind, **fields: object) -> Run:
        running = self.active()
        if running is not None:
            raise RunInProgress(
                f"Run {running.id} ({running.kind.value}) is under way in this project.",
                run_id=running.id,
                hint="Follow it on the page or with `python -m simple_deploy follow`, or cancel it.",
            )
        now = self._clock.now()
        newest = next(iter(self.store.ids()), "")
        run = Run(id=new_run_id(now, newest), kind=kind, created=now, **fields)  # type: ignore[arg-type]
        if run.started_by == PAGE:
            return run
        mine = this_process(run.id)  # whoever makes a run elsewhere than on the page executes it too
        return replace(run, pid=mine.pid, pid_started=mine.started, host=mine.host)

    def _judged(self, run: Run) -> Run:
        """*run*, as interrupted when the process that executes it is gone."""
        if not run.is_active or not self._is_dead(run):
            return run
        left = self.store.get(run.id)
        if not left.is_active:  # it came to its end while its process was looked for
            return left
        finished = self.store.last_beat(run.id) or left.started or left.created
        return recovery.bury(left, self.store, self.location.root, process.run, finished)

    def _is_dead(self, run: Run) -> bool:
        fresh = self.store.get(run.id)
        if fresh.state is RunState.QUEUED and self.store.is_claimed(run.id):
            return self.store.claimed_by_nobody_alive(run.id)
        if not fresh.is_active or fresh.pid is None:
            return False
        who = ProcessId(pid=fresh.pid, started=fresh.pid_started, host=fresh.host)
        beat = self.store.last_beat(run.id) or (fresh.created if fresh.state is RunState.QUEUED else None)
        return who.is_gone(None if beat is None else self._clock.now() - beat)


def _sorted_out(
    given: Mapping[str, object], options: Iterable[Option]
) -> tuple[dict[str, str | bool], dict[str, Secret]]:
    """Answers that may be stored, and those kept as secrets: by their option, and all whose option is unknown."""
    known = {option.name: option for option in options}
    plain: dict[str, str | bool] = {}
    secret: dict[str, Secret] = {}
    for name, value in given.items():
        if value is None:
            continue
        if not name.isidentifier():
            raise InvalidAnswer(f"“{name}” is no name of a question.")
        option = known.get(name)
        if option is not None and option.kind != "secret":
            clean = option.clean(value)
            plain[name] = clean if isinstance(clean, (str, bool)) else ""
        else:
            text = value.reveal() if isinstance(value, Secret) else _as_text(value)
            secret[name] = Secret(text)
    return plain, secret


def _as_text(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


__all__ = ["STATE_FOLDER", "Blocked", "NoSuchRun", "Service"]
