"""What one executing run shares with everything that works for it: its events, its state, its context."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from simple_deploy.core import known_failures
from simple_deploy.core.errors import StepError
from simple_deploy.core.events import (
    Event,
    FindingRaised,
    Output,
    ResourceCreated,
    ResourceDestroyed,
    RunStarted,
    StepHead,
    StepStarted,
    TurnAwaited,
)
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.interfaces import Asker
from simple_deploy.core.options import Answers, Question
from simple_deploy.core.resources import Resource
from simple_deploy.core.secret import Redactor, secrets_in_environment
from simple_deploy.engine import workbench
from simple_deploy.engine.context import EngineContext, Ports
from simple_deploy.engine.landing import Lander
from simple_deploy.engine.progress import Progress
from simple_deploy.inspection.inspect import Inspection
from simple_deploy.platforms.base import Platform
from simple_deploy.runs import stage
from simple_deploy.runs.asking import Ahead, Once, Page, Recorded, in_words
from simple_deploy.runs.cleaning import Cleaner
from simple_deploy.runs.eventlog import EventWriter
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.reading import Reading
from simple_deploy.system import process
from simple_deploy.system.files import remove_tree
from simple_deploy.system.turns import Turn

T = TypeVar("T")

INSPECT = StepHead(
    id="inspect", title="Look at the project", why="Detects your setup and anything that blocks deployment."
)

#: What a run says whose secrets are not all known.
UNLOADED = (
    "The project's settings could not be loaded. Secrets in its settings modules and .env files are still hidden in "
    "this log, but one that comes from elsewhere may appear in it: check it before you share it."
)


class RunContext(Ports):
    """One run while it executes, and all that works for it shares.

    The run's state and its events go through here, so that nothing secret is stored.

    :param project: whose run it is.
    :param given: answers given ahead.
    :param use_defaults: take the default of a question rather than asking.
    :param person: who is asked otherwise; None means the page, unless *nobody*.
    """

    def __init__(
        self,
        run: Run,
        project: Reading,
        *,
        given: Mapping[str, object],
        use_defaults: bool,
        person: Asker | None,
        nobody: bool,
        listeners: Iterable[Callable[[Event], None]],
    ) -> None:
        self.run = run
        self.project = project
        self.store = project.store
        self.secrets = project.store.secrets(run.id)
        redactor = Redactor(secrets_in_environment(os.environ))
        redactor.add(*(secret.reveal() for secret in self.secrets.values()))
        self.cleaner = Cleaner(redactor)
        self.writer = EventWriter(
            project.store.folder(run.id),
            clock=project.clock,
            redact=redactor,
            listeners=(*listeners, self._notice),
        )
        self.progress = Progress(self.writer.record, project.clock)
        self.ahead = self._asker(given, use_defaults, person, nobody)
        self.stage = stage.load(project.store.root)
        # What is done to a site that is there is small work, or, as following its log, has no end.
        self.turn = Turn(project.conf.turns if run.kind is not RunKind.OPERATE else None)
        super().__init__(
            emit=self.progress.emit,
            asker=self.ahead,
            cancelled=self._is_cancelled,
            redactor=redactor,
            clock=project.clock,
            environment={**(self.stage.environment() if self.stage else {}), process.RUN: run.id},
            visited=self.stage.visited if self.stage else str,
        )
        self.facts: ProjectFacts | None = None
        self.answers = Answers(values={})
        self.resources: list[Resource] = []
        self.removed: list[Resource] = []
        self.commands: list[tuple[str, str]] = []
        self.printed: deque[str] = deque(maxlen=known_failures.READ)  # in the step that is under way
        self._guard = threading.Lock()

    @property
    def platform(self) -> Platform:
        """:raises PluginNotFound: :raises PluginBroken:"""
        return self.project.registry.get(self.run.platform)

    @property
    def given(self) -> dict[str, object]:
        """Every answer the run was created with."""
        return {**self.run.answers, **self.secrets}

    def change(self, **changes: object) -> None:
        """Change and store the run."""
        with self._guard:
            self.run = replace(self.run, **changes)  # type: ignore[arg-type]
            self.store.save(self.cleaned(self.run))

    def publish(self, address: str) -> str:
        """Let people open the site that the platform serves at *address*; returns where they do."""
        return self.stage.publish(address) if self.stage else address

    def cleaned(self, data: T) -> T:
        """A dataclass as it may be stored."""
        return self.cleaner.data(data)

    def start(self, *steps: StepHead) -> None:
        """Announce the steps to come."""
        self.progress.emit(RunStarted(run_kind=self.run.kind.value, platform=self.run.platform, steps=steps))

    def note(self, text: str) -> None:
        self.progress.emit(Output(text=text, stream="note"))

    def inspect(self, *, as_step: bool = True, show_findings: bool = False) -> Inspection:
        """Inspect so that the values to hide are known."""
        if not as_step:
            return self._inspect()
        with self.progress.step(INSPECT):
            inspection = self._inspect()
            for finding in inspection.findings if show_findings else ():
                self.progress.emit(FindingRaised(finding=finding))
        return inspection

    def _inspect(self) -> Inspection:
        found = self.project.look(self.runner, hiding=True, allow_dirty=self.run.allow_dirty)
        self.redactor.add(*found.secrets)
        self.facts = found.facts
        if found.facts.settings is None:
            self.note(UNLOADED)
        return found

    def for_platform(self, workbench: Path, results: Mapping[str, str]) -> EngineContext:
        """What the run's platform is handed.

        :raises StepError: the project was not inspected yet.
        """
        if self.facts is None:
            raise StepError("The project was not inspected yet.", hint="This is a mistake in simple_deploy.")
        return EngineContext(
            ports=self,
            facts=self.facts,
            answers=self.answers,
            workbench=workbench,
            home=self.project.conf.data_dir / self.run.platform,
            mark=self.store.mark,
            results=results,
            uv=self.project.uv,
            environments=self.project.environments,
            copies=self._copy,
        )

    @contextmanager
    def _copy(self) -> Iterator[Path]:
        # In a folder of its own, since a project may be called after the one it lies in.
        folder = self.store.folder(self.run.id) / "copy"
        root = self.project.location.root
        try:
            bench = workbench.create(root, folder / root.name, run=self.runner, allow_dirty=self.run.allow_dirty)
            bench.stand_in(self.runner)
            yield bench.folder
        finally:
            remove_tree(folder)

    def lander(self, run_id: str | None = None) -> Lander:
        """The lander of this run, or of another one. What it has begun is not cancelled any more."""
        return Lander(
            project=self.project.location.root,
            folder=self.store.folder(run_id or self.run.id),
            run=self.until_done().runner,
            tell=self.note,
        )

    def _asker(self, given: Mapping[str, object], use_defaults: bool, person: Asker | None, nobody: bool) -> Ahead:
        page = Page(
            store=self.store,
            run_id=self.run.id,
            clock=self.project.clock,
            cancelled=self._is_cancelled,
            emit=self.progress.emit,
        )
        asked = None if nobody else person or page
        recorded = Once(Recorded(inner=asked, emit=self.progress.emit, waiting=self._waiting)) if asked else None
        return Ahead(
            given={**given, **self.given}, use_defaults=use_defaults, otherwise=recorded, tell=self._tell_ahead
        )

    def _tell_ahead(self, question: Question, answers: Answers) -> None:
        """Into the log with what was answered ahead, and with the files that are not as they were approved, where
        somebody else's program decides what is asked: no plan has said so."""
        if self.run.platform and self.platform.rewrites:
            for line in (question.title, *question.help.splitlines(), f"Answered ahead: {in_words(question, answers)}"):
                self.note(line)

    def _is_cancelled(self) -> bool:
        return self.store.is_to_stop(self.run.id)

    def _waiting(self, yes: bool) -> None:
        if yes:
            self.turn.give_back()  # nobody waits for a person who thinks
        self.change(state=RunState.WAITING if yes else RunState.RUNNING)
        if not yes:
            self.await_turn()

    def await_turn(self) -> bool:
        """Wait until it is this run's turn, where several people share the computer.

        :returns: whether others were before it. :raises Cancelled: it was cancelled meanwhile.
        """
        waited = self.turn.take(
            lambda before: self.progress.emit(TurnAwaited(before=before)), cancelled=self._is_cancelled
        )
        if waited:
            self.progress.emit(TurnAwaited(before=None))
        return waited

    def _notice(self, event: Event) -> None:
        """Keep what the summary needs."""
        payload = event.payload
        if isinstance(payload, ResourceCreated):
            self.resources.append(payload.resource)
        elif isinstance(payload, ResourceDestroyed):
            self.removed.append(payload.resource)
            self.resources = [each for each in self.resources if each != payload.resource]
        elif isinstance(payload, StepStarted):
            self.printed.clear()
        elif isinstance(payload, Output) and payload.stream == "command":
            self.commands.append((event.step or "", payload.text))
        elif isinstance(payload, Output):
            self.printed.append(payload.text)
