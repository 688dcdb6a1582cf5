"""Executes one run from its first event to its last, whatever happens in between."""

from __future__ import annotations

import errno
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from simple_deploy.core import known_failures
from simple_deploy.core.errors import (
    Cancelled,
    CommandFailed,
    Explained,
    Interrupted,
    SimpleDeployError,
    SiteNotHealthy,
    StateUnusable,
    StepError,
    unexpected,
)
from simple_deploy.core.events import Output, RunFinished
from simple_deploy.engine import evidence, verdict
from simple_deploy.inspection.naming import project_name
from simple_deploy.platforms.base import FinishedRun
from simple_deploy.runs import recovery, remains, stage, summary, work
from simple_deploy.runs.context import RunContext
from simple_deploy.runs.lock import ProjectLock, this_process
from simple_deploy.runs.model import ErrorInfo, Run, RunKind, RunState
from simple_deploy.runs.stopping import Stop, cancelled
from simple_deploy.runs.store import gone, is_prepared

BEAT = 2.0  # seconds between two signs of life
KEPT_TREES = 6


class Execution:
    """One run being executed. Use it once."""

    def __init__(self, context: RunContext) -> None:
        self._context = context

    def execute(self) -> Run:
        """Execute the run; its final state says how it went. Raises nothing."""
        context = self._context
        lock = ProjectLock(context.store.root)
        state, error, held = RunState.SUCCEEDED, None, False
        try:
            mine = this_process(context.run.id)
            lock.acquire(mine)
            held = True
            context.store.reserve(context.run.id)
            context.change(
                state=RunState.RUNNING,
                started=self._context.project.clock.now(),
                pid=mine.pid,
                pid_started=mine.started,
                host=mine.host,
            )
            with self._heartbeat():
                self._recover_others()
                if context.stage is not None:
                    stage.begin(context.stage, context.run)
                if context.await_turn():
                    context.change(started=context.project.clock.now())  # what is shown is how long it works
                work.do(context)
        except BaseException as raised:
            if held:
                self._settle()
            state, error = self._understood(raised)
        finally:
            stage.settle(context.store.root, context.run, state)
            with suppress(SimpleDeployError, OSError):
                context.store.release_reserve(context.run.id)
                context.store.forget_secrets(context.run.id)
            if held:
                with suppress(OSError):
                    lock.release(context.run.id)
        try:
            return self._finish(state, error)
        finally:
            context.turn.give_back()  # what is written down at the end is work too

    def _settle(self) -> None:
        """Have the project as it was or entirely changed, and the run know which."""
        context = self._context
        with suppress(SimpleDeployError, OSError):
            context.lander().recover()
            landed = recovery.as_landed(context.run, context.lander())
            context.run = recovery.as_restored(landed, context.store, self._context.project.location.root)

    # -- how it ended --

    def _understood(self, raised: BaseException) -> tuple[RunState, SimpleDeployError]:
        """The one border where foreign exceptions become ours."""
        why = self._context.store.why_to_stop(self._context.run.id)
        if why is Stop.DEAD:
            return RunState.INTERRUPTED, Interrupted(
                "Its process gave no sign of life for a while, as happens when a computer sleeps. It was considered "
                "dead and stopped when it resumed.",
                hint=recovery.standing(self._context.run) + " Start it again: whatever already exists is used again.",
            )
        if isinstance(raised, (Cancelled, KeyboardInterrupt)):
            return RunState.CANCELLED, cancelled(raised, why)
        with suppress(OSError):  # what cannot be looked at is there
            if not is_prepared(self._context.store.root):  # whatever failed, failed for that
                return RunState.FAILED, gone(self._context.store.root)
        if isinstance(raised, SimpleDeployError):
            untouched = raised.exit_code == 3 and not self._context.run.done_steps
            return (RunState.BLOCKED if untouched else RunState.FAILED), raised
        if isinstance(raised, OSError):
            return RunState.FAILED, _from_os(raised, self._context.store.root, recovery.standing(self._context.run))
        with suppress(OSError):
            for line in "".join(traceback.format_exception(raised)).splitlines():
                self._context.progress.emit(Output(text=line))
        return RunState.FAILED, unexpected(raised, "The log's end shows where")

    def _finish(self, state: RunState, error: SimpleDeployError | None) -> Run:
        context = self._context
        info = self._cleaned(error) if error is not None else None
        ended = context.cleaned(
            replace(context.run, state=state, finished=self._context.project.clock.now(), error=info)
        )
        try:
            self._write_summary(ended, self._kept_after(ended))
            context.change(state=state, finished=ended.finished, error=info)
            context.progress.emit(
                RunFinished(
                    state=state.value,
                    url=ended.url,
                    message=info.message if info else "",
                    hint=info.hint if info else "",
                    docs=info.docs if info else None,
                    remains=tuple(context.resources) if state is not RunState.SUCCEEDED else (),
                )
            )
            context.store.prune_trees(KEPT_TREES)
            self._tell_observers(ended)
        except (OSError, SimpleDeployError):
            pass  # nothing more can be stored; whoever executes the run still gets to know how it ended
        finally:
            with suppress(OSError):
                context.writer.close()
        return ended

    def _cleaned(self, error: SimpleDeployError) -> ErrorInfo:
        info = self._explained(ErrorInfo.of(error), error)
        return self._context.cleaned(info)

    def _explained(self, info: ErrorInfo, error: SimpleDeployError) -> ErrorInfo:
        """*info* with the known cause of what a program printed before the step failed, said once."""
        if not isinstance(error, StepError) or isinstance(error, Explained):
            return info
        context = self._context
        own: tuple[known_failures.Cause, ...] = ()
        with suppress(SimpleDeployError):
            own = context.platform.causes if context.run.platform else ()
        printed = error.tail if isinstance(error, CommandFailed) and error.tail else tuple(context.printed)
        run = context.until_done().runner
        found = None
        with suppress(
            OSError, SimpleDeployError
        ):  # the folder of the run may be gone; how it ended is told all the same
            copies = (context.store.folder(context.run.id) / "tree",)
            found = evidence.told(printed, context.facts, run, copies=copies, more=own)
        if found is None:
            return self._foreseen(info) if isinstance(error, SiteNotHealthy) else info
        if found.fix in info.hint or found.title in info.message:
            return info
        docs = info.docs or found.url
        if isinstance(error, CommandFailed):
            return replace(info, message=f"{found.title} {info.message}", hint=found.fix, docs=docs)
        return replace(info, hint=f"Most likely: {found.title} {found.fix}\n{info.hint}".strip(), docs=docs)

    def _foreseen(self, info: ErrorInfo) -> ErrorInfo:
        """*info* of a site that is not healthy, with what trying its plan had shown."""
        rendered = self._context.store.plan_of(self._context.run)
        found = verdict.foreseen(rendered.findings) if rendered is not None else None
        if found is None:
            return info
        hint = f"A trial of the plan already showed this: {found.title} {found.fix}\n{info.hint}".strip()
        return replace(info, hint=hint, docs=info.docs or found.docs)

    def _kept_after(self, run: Run) -> tuple[summary.Row, ...]:
        """What stays on this computer of a project that was undone or removed, once what nothing needs is gone."""
        if run.state is not RunState.SUCCEEDED or run.kind not in {RunKind.UNDO, RunKind.DESTROY}:
            return ()
        project = self._context.project
        with suppress(OSError, SimpleDeployError):
            remains.clear_up(project, run)
            return tuple(remains.rows(project))
        return ()

    def _write_summary(self, run: Run, kept: tuple[summary.Row, ...]) -> None:
        context = self._context
        platform = None
        with suppress(SimpleDeployError):
            platform = context.platform if run.platform else None
        applies = run.kind in {RunKind.CONFIGURE, RunKind.DEPLOY}
        made = summary.make(
            run,
            card=platform.card if platform else None,
            project=context.facts.name if context.facts else project_name(context.project.location),
            folder=self._context.project.location.folder,
            plan=context.store.plan_of(run),
            advice=(
                platform.next_steps(self._finished(run))
                if platform and applies and run.state is RunState.SUCCEEDED
                else ()
            ),
            resources=context.removed if run.kind is RunKind.DESTROY else context.resources,
            commands=context.commands if applies else (),
            left=self._left(run),
            kept=kept,
            rehearsed=context.stage is not None,
        )
        made = context.cleaned(made)
        context.store.save_data(run.id, "summary", made)
        context.store.save_text(run.id, "summary.md", summary.to_markdown(made))
        context.store.save_text(run.id, "summary.html", summary.to_html(made))

    def _left(self, run: Run) -> tuple[str, ...]:
        """The commands of the deployment that *run* undid, where nothing here can remove what they made."""
        context = self._context
        if run.kind is not RunKind.UNDO or run.state is not RunState.SUCCEEDED:
            return ()
        with suppress(SimpleDeployError):
            made = context.store.data(run.subject, "summary", summary.Summary)
            if made is not None and not context.platform.removes:
                rows = (row for section in made.sections if section.id == summary.FOLDED for row in section.rows)
                return tuple(row.command for row in rows)
        return ()

    def _finished(self, run: Run) -> FinishedRun:
        rendered = self._context.store.plan_of(run)
        return FinishedRun(
            id=run.id,
            kind=run.kind.value,
            platform=run.platform,
            state=run.state.value,
            url=run.url,
            facts=self._context.facts,
            answers=self._context.answers,
            resources=tuple(self._context.resources),
            planned=rendered.plan.creates if rendered else (),
            changed=tuple(each.path for each in rendered.changes) if rendered else (),
            results=run.results,
        )

    def _tell_observers(self, run: Run) -> None:
        problems = self._context.project.registry.run_finished(self._finished(run))
        if problems:
            said = self._context.cleaner.text("\n".join(problems) + "\n")
            self._context.store.save_text(run.id, "observers.log", said)

    # -- around the work --

    @contextmanager
    def _heartbeat(self) -> Iterator[None]:
        stop = threading.Event()

        def beat() -> None:
            while not stop.is_set():
                with suppress(OSError, SimpleDeployError):
                    self._context.store.beat(self._context.run.id)
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
        recovery.sweep(self._context.store)
        for other in self._context.store.ids():
            if other != self._context.run.id and recovery.in_order(other, self._context.lander(other)):
                self._context.note(f"Run {other} had been cut short; the project is in order again.")


def _from_os(error: OSError, root: Path, project: str) -> SimpleDeployError:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return StateUnusable(
            f"There is no space left on the disk{where}.", hint=f"Free some space and try again. {project}"
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StateUnusable(
            f"Permission denied{where}.",
            hint=f"Make it writable for your user and try again. {project} State is kept in {root}.",
        )
    return StateUnusable(
        f"The computer refused an operation{where}: {error.strerror or error}.", hint=f"Try again. {project}"
    )
