"""What a session shows, whoever reads it: a person at a terminal, or a program that reads JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from simple_deploy.cli.result import Result
from simple_deploy.core.events import Event
from simple_deploy.core.findings import Finding
from simple_deploy.core.plan import RenderedPlan
from simple_deploy.inspection.fixes import Fix
from simple_deploy.inspection.inspect import Inspection
from simple_deploy.platforms.base import SiteState
from simple_deploy.platforms.registry import PluginRegistry
from simple_deploy.runs.model import ErrorInfo, Run
from simple_deploy.runs.summary import Summary


class Display(Protocol):
    """Shows; never raises, since what a run does must not depend on who watches."""

    def listener(self, run: Run) -> Callable[[Event], None]:
        """What is told each event of *run*."""

    def inspection(self, inspection: Inspection) -> None: ...

    def finding(self, finding: Finding) -> None: ...

    def preview(self, rendered: RenderedPlan) -> None: ...

    def fix(self, fix: Fix) -> None: ...

    def platforms(self, registry: PluginRegistry) -> None: ...

    def history(self, runs: Sequence[Run]) -> None: ...

    def summary(self, summary: Summary, markdown: str) -> None: ...

    def site(self, run: Run, site: SiteState) -> None: ...

    def outcome(self, summary: Summary) -> None:
        """What a run achieved, and what to do next."""

    def error(self, error: ErrorInfo) -> None:
        """A problem that is not the end."""

    def note(self, text: str) -> None:
        """A remark for a person."""

    def end(self, result: Result) -> None:
        """How the call ended; the last thing that is shown."""
