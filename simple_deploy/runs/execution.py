"""Executes one run from its first event to its last, whatever happens in between."""

from __future__ import annotations

import errno
import os
import socket
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from simple_deploy.conf import Conf
from simple_deploy.core import codec
from simple_deploy.core.errors import (
    Blocked,
    Cancelled,
    InvalidAnswer,
    NothingToUndo,
    SimpleDeployError,
    StalePlan,
    StateUnusable,
)
from simple_deploy.core.events import (
    Event,
    FileChanged,
    FindingRaised,
    Output,
    Payload,
    ResourceCreated,
    RunFinished,
    RunStarted,
    StepHead,
)
from simple_deploy.core.facts import Location, ProjectFacts
from simple_deploy.core.options import Answers, collect
from simple_deploy.core.plan import RenderedPlan
from simple_deploy.core.ports import Asker, Clock
from simple_deploy.core.resources import Resource
from simple_deploy.core.secret import Redactor, secrets_in_environment
from simple_deploy.engine import executor, landing, mending, planner, process
from simple_deploy.engine.context import EngineContext, Ports
from simple_deploy.engine.environments import Environments
from simple_deploy.engine.progress import Progress
from simple_deploy.engine.workbench import Workbench
from simple_deploy.inspection.inspect import Inspection, Inspector
from simple_deploy.platforms.base import FinishedRun, Operation, Platform
from simple_deploy.platforms.registry import PluginRegistry
from simple_deploy.runs import summary
from simple_deploy.runs.asking import Ahead, Page, Recorded
from simple_deploy.runs.eventlog import EventWriter
from simple_deploy.runs.lock import Holder, ProjectLock
from simple_deploy.runs.model import ErrorInfo, Run, RunKind, RunState, may_become
from simple_deploy.runs.store import FileRunStore, Target

BEAT = 2.0  # seconds between two signs of life
KEPT_TREES = 6

INSPECT = StepHead(id="inspect", title="Look at the project", why="See what it is made of and what stands in the way.")


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers while a run works.

    :param given: answers given ahead.
    :param person: who is asked otherwise; None means the page, unless *nobody*.
    """

    given: Mapping[str, object] = field(default_factory=dict)
    use_defaults: bool = False
    person: Asker | None = None
    nobody: bool = False


class Execution:
    """One run being executed. Use it once."""

    def __init__(
        self,
        *,
        run: Run,
        store: FileRunStore,
        location: Location,
        conf: Conf,
        registry: PluginRegistry,
        clock: Clock,
        uv: str,
        answering: Answering,
        listeners: Iterable[Callable[[Event], None]] = (),
    ) -> None:
        self._run = run
        self._store = store
        self._location = location
        self._conf = conf
        self._registry = registry
        self._clock = clock
        self._uv = uv
        self._guard = threading.Lock()
        self._redactor = Redactor(secrets_in_environment(os.environ))
        self._secrets = store.secrets(run.id)
        self._redactor.add(*(secret.reveal() for secret in self._secrets.values()))
        self._writer = EventWriter(
            store.folder(run.id),
            clock=clock,
            redact=self._redactor,
            listeners=(*listeners, self._notice),
        )
        self._progress = Progress(self._writer.record, clock)
        self._resources: list[Resource] = []
        self._commands: list[tuple[str, str]] = []
        self._facts: ProjectFacts | None = None
        self._answers = Answers(values={})
        self._step_title = ""
        self._ports = Ports(
            emit=self._progress.emit,
            asker=self._asker(answering),
            cancelled=lambda: store.cancel_asked(run.id),
            redactor=self._redactor,
            clock=clock,
        )

    # -- from beginning to end --

    def execute(self) -> Run:
        """Execute the run; its final state says how it went. Raises nothing."""
        lock = ProjectLock(self._store.root)
        state, held = RunState.SUCCEEDED, False
        error: SimpleDeployError | None = None
        try:
            lock.acquire(self._holder())
            held = True
            self._change(state=RunState.RUNNING, started=self._clock.now(), **_self())
            with self._heartbeat():
                self._recover_others()
                self._work()
        except Cancelled as stopped:
            state, error = RunState.CANCELLED, stopped
        except KeyboardInterrupt:
            state, error = RunState.CANCELLED, Cancelled()
        except SimpleDeployError as known:
            state = RunState.BLOCKED if known.exit_code == 3 else RunState.FAILED
            error = known
        except OSError as broken:
            state, error = RunState.FAILED, _from_os(broken, self._store.root)
        except Exception as unexpected:
            state, error = RunState.FAILED, self._unexpected(unexpected)
        finally:
            with suppress(SimpleDeployError, OSError):
                self._store.forget_secrets(self._run.id)
            if held:
                lock.release(self._run.id)
        return self._finish(state, error)

    def _work(self) -> None:
        kinds: dict[RunKind, Callable[[], None]] = {
            RunKind.PLAN: self._plan,
            RunKind.CONFIGURE: self._apply,
            RunKind.DEPLOY: self._apply,
            RunKind.UNDO: self._undo,
            RunKind.DESTROY: self._destroy,
            RunKind.MEND: self._mend,
            RunKind.OPERATE: self._operate,
        }
        kinds[self._run.kind]()

    def _finish(self, state: RunState, error: SimpleDeployError | None) -> Run:
        remains = tuple(self._resources) if state is not RunState.SUCCEEDED else ()
        info = ErrorInfo.of(error) if error is not None else None
        if info is not None:
            info = replace(info, message=self._redactor(info.message), hint=self._redactor(info.hint))
        finished = RunFinished(
            state=state.value,
            url=self._run.url,
            message=info.message if info else "",
            hint=info.hint if info else "",
            docs=info.docs if info else None,
            remains=remains,
        )
        try:
            self._change(state=state, finished=self._clock.now(), error=info)
            self._write_summary()
            self._progress.emit(finished)
            self._writer.close()
            self._store.prune_trees(KEPT_TREES)
            self._tell_observers()
        except (OSError, SimpleDeployError):
            # Nothing more can be stored; whoever executes the run still gets to know how it ended.
            self._run = replace(self._run, state=state, error=info)
        return self._run

    def _unexpected(self, error: Exception) -> SimpleDeployError:
        with suppress(OSError):
            for line in traceback.format_exception(error):
                for part in line.rstrip().splitlines():
                    self._progress.emit(Output(text=part))
        return SimpleDeployError(
            f"Something in simple_deploy itself, or in the plugin, went wrong: {type(error).__name__}: {error}",
            hint="This is a mistake in the program, not in your project. The log's end shows where; please report it.",
        )

    # -- the kinds of run --

    def _plan(self) -> None:
        platform = self._registry.get(self._run.platform)
        self._start((INSPECT, *planner.HEADS))
        inspection = self._inspect()
        options = [each for each in platform.options(inspection.facts) if each.kind != "secret" or each.for_plan]
        known = {each.name for each in options}
        given = {**self._run.answers, **self._secrets}
        self._answers = collect(options, {name: value for name, value in given.items() if name in known})
        rendered = self._planner(platform, inspection).make()
        asked = {each.name for question in rendered.plan.questions for each in question.fields}
        unknown = sorted(
            name
            for name in given
            if name not in known | asked | {each.name for each in platform.options(inspection.facts)}
            and not name.startswith("existing_")
        )
        if unknown:
            raise InvalidAnswer(
                f"Nobody asks for {', '.join(unknown)}.",
                hint="Known here: " + (", ".join(sorted(known | asked)) or "no questions") + ".",
            )

    def _planner(self, platform: Platform, inspection: Inspection) -> planner.Planner:
        return planner.Planner(
            platform=platform,
            facts=inspection.facts,
            answers=self._answers,
            findings=inspection.findings,
            ports=self._ports,
            progress=self._progress,
            context=self._context,
            environments=Environments(self._conf.cache_dir / "environments", self._uv),
            tree=self._store.folder(self._run.id) / "tree",
            written=self._written(),
            with_uncommitted=self._run.allow_unclean,
            save=lambda rendered: self._store.save_plan(self._run.id, rendered),
        )

    def _apply(self) -> None:
        platform = self._registry.get(self._run.platform)
        rendered = self._approved_plan()
        configure_only = self._run.kind is RunKind.CONFIGURE
        self._start((INSPECT, *executor.heads(rendered, configure_only=configure_only)))
        inspection = self._inspect(show=False)
        self._answers = self._apply_answers(platform, inspection.facts)
        bench = Workbench(
            project=self._location.root,
            folder=self._store.tree(self._plan_run),
            base=rendered.base,
            snapshot=rendered.snapshot,
        )
        achieved = executor.Executor(
            rendered=rendered,
            bench=bench,
            platform=platform,
            ports=self._ports,
            progress=self._progress,
            lander=self._lander(self._run.id),
            context=self._context,
            save=self._save_achieved,
        ).execute(self._achieved_before(), configure_only=configure_only)
        self._save_achieved(achieved)
        self._remember_target()

    def _apply_answers(self, platform: Platform, facts: ProjectFacts) -> Answers:
        options = platform.options(facts)
        known = {each.name for each in options}
        given = {name: value for name, value in {**self._run.answers, **self._secrets}.items() if name in known}
        if self._run.kind is RunKind.CONFIGURE:
            options = [each for each in options if each.kind != "secret"]
        return collect(options, {name: value for name, value in given.items() if name in {o.name for o in options}})

    @property
    def _plan_run(self) -> str:
        if self._run.plan_run is None:
            raise StalePlan("This run names no plan.", hint="Plan again.")
        return self._run.plan_run

    def _approved_plan(self) -> RenderedPlan:
        rendered = self._store.plan(self._plan_run)
        if rendered is None or not self._store.tree(self._plan_run).is_dir():
            raise StalePlan("The approved plan is no longer there.", hint="Plan again and approve the new preview.")
        if rendered.digest != self._run.plan_digest:
            raise StalePlan(
                "The plan is not the one that was approved.", hint="Look at the preview and approve it again."
            )
        return rendered

    def _achieved_before(self) -> executor.Achieved:
        """What the run that is retried had reached."""
        return executor.Achieved(
            done=self._run.done_steps,
            results=dict(self._run.results),
            commit=self._run.commit,
            applied=self._run.applied,
        )

    def _save_achieved(self, achieved: executor.Achieved) -> None:
        self._change(
            done_steps=achieved.done,
            results=dict(achieved.results or {}),
            commit=achieved.commit,
            applied=achieved.applied,
            url=achieved.url,
        )

    def _undo(self) -> None:
        done = self._store.get(self._run.subject)
        head = StepHead(id="undo", title="Restore the files", why=f"Take back what run {done.id} changed.")
        self._start((head,))
        with self._progress.step(head):
            if not done.can_be_undone:
                raise NothingToUndo(
                    f"Run {done.id} ({done.state.value}) left nothing in your project to undo.",
                    hint="`manage.py deploy --history` shows the runs that did.",
                )
            commit = None
            if done.kind is RunKind.MEND:
                mending.take_back(done.results, self._lander(done.id))
            if done.kind is not RunKind.MEND or mending.changed_files(self._lander(done.id)):
                commit = landing.undo(
                    self._lander(done.id),
                    self._lander(self._run.id),
                    title=f"{done.kind.value} for {done.platform}" if done.platform else done.subject,
                    on_file=lambda path, _: self._progress.emit(FileChanged(path=path, change="restore")),
                )
            if commit:
                self._progress.emit(Output(text=f"reverted by commit {commit[:12]}", stream="note"))
        self._change(commit=commit)
        if may_become(done.state, RunState.UNDONE):
            self._store.update(done.id, state=RunState.UNDONE)

    def _destroy(self) -> None:
        platform = self._registry.get(self._run.platform)
        find = StepHead(id="find", title="Find what exists", why="Ask the platform, rather than trusting notes.")
        remove = StepHead(id="remove", title="Remove it", why="Everything that was found, one after the other.")
        verify = StepHead(id="verify", title="Check that nothing is left", why="So that nothing goes on costing money.")
        self._start((find, remove, verify))
        self._inspect(show=False, announce=False)
        context = self._context(self._location.root, {})
        with self._progress.step(find):
            found = platform.probe(context).resources
            context.note(", ".join(f"{each.kind} {each.name}" for each in found) or "nothing exists")
        with self._progress.step(remove):
            for resource in found:
                self._ports.stop_if_cancelled()
                platform.destroy(resource, context)
                context.destroyed(resource)
        with self._progress.step(verify):
            left = platform.probe(context).resources
            self._resources = list(left)
            if left:
                raise SimpleDeployError(
                    "Still there: " + ", ".join(f"{each.kind} {each.name}" for each in left) + ".",
                    hint="Try again, or remove it with the platform's own program.",
                )
        target = self._store.target(platform.card.slug)
        if target is not None:
            self._store.save_target(replace(target, resources=(), url=None))

    def _mend(self) -> None:
        head = StepHead(id="mend", title="Mend it", why="As announced.")
        self._start((head,))
        inspection = self._inspect(show=False, announce=False)
        with self._progress.step(head):
            results = mending.mend(
                self._run.subject,
                inspection.facts,
                {**self._run.answers},
                run=self._ports.shown_runner,
                lander=self._lander(self._run.id),
                on_file=lambda path, change: self._progress.emit(FileChanged(path=path, change=change)),  # type: ignore[arg-type]
            )
        self._change(results=results, applied=True)

    def _operate(self) -> None:
        platform = self._registry.get(self._run.platform)
        operation: Operation = self._run.subject  # type: ignore[assignment]
        head = StepHead(id=operation, title=operation.capitalize(), why="")
        self._start((head,))
        self._inspect(show=False, announce=False)
        with self._progress.step(head):
            site = platform.operate(
                operation, self._context(self._location.root, {}), arguments={**_texts(self._run.answers)}
            )
        self._store.save_data(self._run.id, "site", site)
        self._change(url=site.url)

    # -- parts --

    def _inspect(self, *, show: bool = True, announce: bool = True) -> Inspection:
        """Inspect afresh, so that the values to hide are known."""

        def inspect() -> Inspection:
            inspector = Inspector(self._ports.runner, self._store.cache)
            found = inspector.inspect(self._location, fresh=True, allow_uncommitted=self._run.allow_unclean)
            self._redactor.add(*found.secrets)
            self._facts = found.facts
            findings = (*found.findings, *self._registry.inspect(found.facts))
            return replace(found, findings=findings)

        if not announce:
            return inspect()
        with self._progress.step(INSPECT):
            inspection = inspect()
            for finding in inspection.findings if show else ():
                self._progress.emit(FindingRaised(finding=finding))
        return inspection

    def _context(self, workbench: Path, results: Mapping[str, str]) -> EngineContext:
        if self._facts is None:
            raise Blocked("The project was not inspected yet.", hint="This is a mistake in simple_deploy.")
        return EngineContext(
            ports=self._ports,
            facts=self._facts,
            answers=self._answers,
            workbench=workbench,
            home=self._conf.data_dir / self._run.platform,
            results=results,
            uv=self._uv,
        )

    def _lander(self, run_id: str) -> landing.Lander:
        return landing.Lander(project=self._location.root, folder=self._store.folder(run_id), run=self._ports.runner)

    def _asker(self, answering: Answering) -> Asker:
        page = Page(
            store=self._store,
            run_id=self._run.id,
            clock=self._clock,
            cancelled=lambda: self._store.cancel_asked(self._run.id),
            emit=self._progress.emit,
        )
        person = None if answering.nobody else answering.person or page
        recorded = Recorded(inner=person, emit=self._progress.emit, waiting=self._waiting) if person else None
        return Ahead(
            given={**answering.given, **self._secrets, **self._run.answers},
            use_defaults=answering.use_defaults,
            otherwise=recorded,
        )

    def _waiting(self, yes: bool) -> None:
        self._change(state=RunState.WAITING if yes else RunState.RUNNING)

    def _start(self, steps: tuple[StepHead, ...]) -> None:
        self._progress.emit(RunStarted(run_kind=self._run.kind.value, platform=self._run.platform, steps=steps))

    def _change(self, **changes: object) -> None:
        with self._guard:
            self._run = replace(self._run, **changes)  # type: ignore[arg-type]
            self._store.save(self._run)

    def _holder(self) -> Holder:
        return Holder(
            run=self._run.id,
            pid=os.getpid(),
            started=_own_start(),
            host=socket.gethostname(),
            since=self._clock.now(),
        )

    @contextmanager
    def _heartbeat(self) -> Iterator[None]:
        stop = threading.Event()

        def beat() -> None:
            while not stop.is_set():
                with suppress(OSError, SimpleDeployError):
                    self._store.beat(self._run.id)
                stop.wait(BEAT)

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _recover_others(self) -> None:
        """Put in order what a crashed run left half-done in the project, before anything else happens there."""
        for other in self._store.list():
            if other.id != self._run.id and self._lander(other.id).recover():
                self._progress.emit(
                    Output(text=f"Run {other.id} had been cut short; the project is in order again.", stream="note")
                )

    def _written(self) -> dict[str, frozenset[str]]:
        """Hashes of the files as earlier runs left them, by path."""
        written: dict[str, set[str]] = {}
        for other in self._store.list():
            if other.applied and other.plan_run is not None:
                record = self._lander(other.id).journal.load()
                for entry in record.entries if record else ():
                    if entry.after is not None:
                        written.setdefault(entry.path, set()).add(entry.after)
        return {path: frozenset(hashes) for path, hashes in written.items()}

    def _notice(self, event: Event) -> None:
        """Keep what the summary needs."""
        payload: Payload = event.payload
        if isinstance(payload, ResourceCreated):
            self._resources.append(payload.resource)
        elif isinstance(payload, Output) and payload.stream == "command":
            self._commands.append((event.step or "", payload.text))

    def _remember_target(self) -> None:
        self._store.save_target(
            Target(
                platform=self._run.platform,
                answers=self._answers.open,
                resources=tuple(self._resources),
                url=self._run.url,
            )
        )

    def _finished_run(self) -> FinishedRun:
        return FinishedRun(
            id=self._run.id,
            kind=self._run.kind.value,
            platform=self._run.platform,
            state=self._run.state.value,
            url=self._run.url,
            facts=self._facts,
            answers=self._answers,
            resources=tuple(self._resources),
            results=self._run.results,
        )

    def _write_summary(self) -> None:
        platform = None
        with suppress(SimpleDeployError):
            platform = self._registry.get(self._run.platform) if self._run.platform else None
        deployed = self._run.kind in {RunKind.CONFIGURE, RunKind.DEPLOY} and self._run.state is RunState.SUCCEEDED
        plan_run = self._run.plan_run or self._run.id
        made = summary.make(
            self._run,
            card=platform.card if platform else None,
            project=self._facts.name if self._facts else self._location.root.name,
            folder=self._location.folder,
            plan=self._store.plan(plan_run),
            advice=platform.next_steps(self._finished_run()) if platform and deployed else (),
            resources=self._resources,
            commands=self._commands if self._run.kind in {RunKind.CONFIGURE, RunKind.DEPLOY} else (),
        )
        made = codec.from_data(summary.Summary, _clean(codec.to_data(made), self._redactor))
        self._store.save_data(self._run.id, "summary", made)
        self._store.save_text(self._run.id, "summary.md", summary.to_markdown(made))
        self._store.save_text(self._run.id, "summary.html", summary.to_html(made))

    def _tell_observers(self) -> None:
        for problem in self._registry.run_finished(self._finished_run()):
            with suppress(OSError):
                self._store.save_text(self._run.id, "observers.log", problem + "\n")


def _texts(values: Mapping[str, str | bool]) -> dict[str, str]:
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _own_start() -> float:
    return process.started_at(os.getpid()) or 0.0


def _clean(data: object, redact: Callable[[str], str]) -> object:
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, list):
        return [_clean(item, redact) for item in data]
    if isinstance(data, dict):
        return {key: _clean(item, redact) for key, item in data.items()}
    return data


def _from_os(error: OSError, root: Path) -> SimpleDeployError:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return StateUnusable(
            f"There is no space left on the disk{where}.",
            hint="Free some space and try again. Your project is as it was.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StateUnusable(
            f"Permission denied{where}.",
            hint=f"Make it writable for your user and try again. Your project is as it was. State is kept in {root}.",
        )
    return StateUnusable(f"The computer refused an operation{where}: {error.strerror or error}.", hint="Try again.")


def _self() -> dict[str, object]:
    return {"pid": os.getpid(), "pid_started": _own_start(), "host": socket.gethostname()}
