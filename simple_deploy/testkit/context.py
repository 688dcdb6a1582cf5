"""The context of a run, for trying one method of a platform by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import uv

from simple_deploy.core.events import FindingRaised, Output, Payload
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding
from simple_deploy.core.options import Answers
from simple_deploy.core.secret import Redactor
from simple_deploy.engine.context import EngineContext, Ports, SystemClock
from simple_deploy.runs.asking import Ahead


class RecordingContext(EngineContext):
    """The context a run would hand over, which keeps what happens in it.

    :param home: the platform's own folder. :param mark: of the project's folder.
    :param workbench: the folder programs run in; *home* when left out.
    :param results: what earlier calls returned.
    :param replies: answers to questions the platform asks; others get their defaults.
    :param visited: the address to ask in the place of another one, for a test's own server.
    """

    def __init__(
        self,
        facts: ProjectFacts,
        *,
        home: Path,
        mark: str = "",
        workbench: Path | None = None,
        answers: Answers | None = None,
        results: Mapping[str, str] | None = None,
        replies: Mapping[str, object] | None = None,
        visited: Callable[[str], str] = str,
    ) -> None:
        self.payloads: list[Payload] = []
        redactor = Redactor()
        ports = Ports(
            emit=self.payloads.append,
            asker=Ahead(given=replies or {}, use_defaults=True, otherwise=None),
            cancelled=lambda: False,
            redactor=redactor,
            clock=SystemClock(),
            visited=visited,
        )
        home.mkdir(parents=True, exist_ok=True)
        super().__init__(
            ports=ports,
            facts=facts,
            answers=answers or Answers(values={}),
            workbench=workbench or home,
            home=home,
            mark=mark,
            results=results or {},
            uv=str(uv.find_uv_bin()),
        )
        self._redactor = redactor

    @property
    def log(self) -> tuple[str, ...]:
        """The lines of the log so far, as a run would store them."""
        return tuple(self._redactor(each.text) for each in self.payloads if isinstance(each, Output))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was raised so far."""
        return tuple(each.finding for each in self.payloads if isinstance(each, FindingRaised))
