"""Looking at a deployed site: what its platform says of it, without a run and without a trace in the history."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simple_deploy.core.errors import PluginNotFound, SimpleDeployError, unexpected
from simple_deploy.core.events import Output, Payload
from simple_deploy.core.options import Answers
from simple_deploy.core.secret import Redactor, secrets_in_environment
from simple_deploy.engine.context import EngineContext, Ports
from simple_deploy.platforms.base import Operation, SiteState
from simple_deploy.runs.asking import Ahead
from simple_deploy.runs.cleaning import Cleaner
from simple_deploy.runs.model import Run, RunKind, RunState

if TYPE_CHECKING:
    from pathlib import Path

    from simple_deploy.core.interfaces import Clock
    from simple_deploy.inspection.inspect import Inspection
    from simple_deploy.platforms.base import Platform
    from simple_deploy.runs.stage import Stage

#: Operations that change nothing.
LOOKS: frozenset[Operation] = frozenset({"status", "logs", "releases", "variables", "domains", "sizes", "backups"})


def only_looked(run: Run) -> bool:
    """Whether it asked a site something, as the command does, and got an answer: nothing that anybody looks for in the
    history."""
    return run.kind is RunKind.OPERATE and run.subject in LOOKS and run.state is RunState.SUCCEEDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look at a site showed.

    :param lines: what was printed. :param at: when, in seconds since the epoch. :param seconds: how long it took.
    """

    state: SiteState
    lines: tuple[str, ...] = ()
    at: float = 0.0
    seconds: float = 0.0


def look(
    platform: Platform,
    operation: Operation,
    inspection: Inspection,
    *,
    home: Path,
    mark: str,
    uv: str,
    clock: Clock,
    stage: Stage | None,
) -> Look:
    """Do *operation*, one of :data:`LOOKS`.

    :param inspection: of the project, with what must not be shown. :param home: the platform's own folder.
    :param mark: of the project's folder.
    :param stage: where the platform is simulated, in a rehearsal.
    :raises PluginNotFound: the platform does not offer it. :raises SimpleDeployError: the platform could not be asked.
    """
    if operation not in LOOKS or operation not in platform.operations:
        raise PluginNotFound(f"{platform.card.name} does not offer “{operation}”.", hint="The page offers what it can.")
    redactor = Redactor((*secrets_in_environment(os.environ), *inspection.secrets))
    cleaner = Cleaner(redactor)
    heard = _Heard(cleaner)
    ports = Ports(
        emit=heard.take,
        asker=Ahead(given={}, use_defaults=True, otherwise=None),
        cancelled=lambda: False,
        redactor=redactor,
        clock=clock,
        environment=stage.environment() if stage else {},
        visited=stage.visited if stage else str,
    )
    context = EngineContext(
        ports=ports,
        facts=inspection.facts,
        answers=Answers(values={}),
        workbench=inspection.facts.location.root,
        home=home,
        mark=mark,
        results={},
        uv=uv,
    )
    begun = time.monotonic()
    try:
        state = cleaner.data(platform.operate(operation, context, arguments={}))
    except SimpleDeployError as error:
        raise cleaner.error(error) from error
    except Exception as error:  # whatever a plugin raises
        raise cleaner.error(unexpected(error, "The terminal of the development server shows where")) from error
    return Look(state=state, lines=tuple(heard.lines), at=clock.now(), seconds=time.monotonic() - begun)


@dataclass(slots=True)
class _Heard:
    """The lines that are printed during a look."""

    cleaner: Cleaner
    lines: list[str] = field(default_factory=list)

    def take(self, payload: Payload) -> None:
        if isinstance(payload, Output) and payload.stream != "command":
            self.lines += self.cleaner.output(payload).text.splitlines() or [""]
