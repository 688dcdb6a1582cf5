"""Everything as lines of JSON: events, the documents somebody asked for, and one result at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simple_deploy.cli.result import Result
from simple_deploy.cli.stream import Stream
from simple_deploy.core import codec
from simple_deploy.core.events import Event
from simple_deploy.core.findings import Finding
from simple_deploy.core.options import Option
from simple_deploy.core.plan import RenderedPlan
from simple_deploy.core.steps import Step
from simple_deploy.inspection.fixes import Fix
from simple_deploy.inspection.inspect import Inspection
from simple_deploy.platforms.base import Platform, SiteState
from simple_deploy.platforms.registry import PluginRegistry
from simple_deploy.runs.model import ErrorInfo, Run
from simple_deploy.runs.summary import Summary

VERSION = 1  # of the documents; a field that is added does not change it


class JsonLines:
    """A :class:`~simple_deploy.cli.display.Display` for programs. Each line has a ``type``."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def listener(self, run: Run) -> Callable[[Event], None]:
        return lambda event: self._write({"type": "event", "run": run.id, **event.to_data()})

    def inspection(self, inspection: Inspection) -> None:
        facts, findings = codec.to_data(inspection.facts), codec.to_data(inspection.findings)
        self._document("report", {"facts": facts, "findings": findings})

    def finding(self, finding: Finding) -> None:
        pass  # an event says it too

    def preview(self, rendered: RenderedPlan) -> None:
        self._document("plan", plan_data(rendered))

    def fix(self, fix: Fix) -> None:
        self._document("fix", {"name": fix.name, "title": fix.title, "steps": list(fix.steps), "diff": fix.diff})

    def platforms(self, registry: PluginRegistry) -> None:
        failures = [
            {"name": each.name, "distribution": each.distribution, "error": each.error} for each in registry.failures
        ]
        self._document("platforms", {"platforms": [*map(platform_data, registry.usable)], "failures": failures})

    def history(self, runs: Sequence[Run]) -> None:
        self._document("history", {"runs": [*map(run_data, runs)]})

    def summary(self, summary: Summary, markdown: str) -> None:
        self._document("summary", codec.to_data(summary))

    def site(self, run: Run, site: SiteState) -> None:
        self._document("site", {**codec.to_data(site), "details": dict(site.details)})

    def outcome(self, summary: Summary) -> None:
        pass  # the result names the file

    def error(self, error: ErrorInfo) -> None:
        pass  # an event says it too

    def note(self, text: str) -> None:
        pass

    def end(self, result: Result) -> None:
        self._write(result.to_data())

    def _document(self, kind: str, data: Mapping[str, Any]) -> None:
        self._write({"type": kind, "version": VERSION, **data})

    def _write(self, data: Mapping[str, Any]) -> None:
        self._stream.write(json.dumps(data) + "\n")
        self._stream.flush()


def plan_data(rendered: RenderedPlan) -> dict[str, Any]:
    """What a person would approve."""
    plan = rendered.plan
    return {
        "digest": rendered.digest,
        "platform": plan.platform,
        "base": rendered.base,
        "changes": [
            {
                "path": change.path,
                "change": change.change,
                "added": change.added,
                "removed": change.removed,
                "diff": change.diff,
                "reasons": [{"title": title, "why": why} for title, why in change.reasons],
            }
            for change in rendered.changes
        ],
        "steps": [*map(_step_data, plan.steps)],
        "creates": codec.to_data(plan.creates),
        "questions": [_option_data(field) for question in plan.questions for field in question.fields],
        "notes": list(plan.notes),
        "findings": codec.to_data(rendered.findings),
    }


def _step_data(step: Step) -> dict[str, Any]:
    return {"id": step.id, "kind": step.kind, "title": step.title, "why": step.why, "cost": step.cost}


def _option_data(option: Option) -> dict[str, Any]:
    return {"name": option.name, "label": option.label, "kind": option.kind, "default": option.default}


def platform_data(platform: Platform) -> dict[str, Any]:
    card = platform.card
    return {
        "slug": card.slug,
        "name": card.name,
        "summary": card.summary,
        "status": card.status,
        "status_note": card.status_note,
        "cost": card.cost,
        "checked": card.checked.isoformat(),
        "needs_account": card.needs_account,
        "needs_card": card.needs_card,
        "automated": card.automated,
        "managers": list(card.managers),
        "layouts": list(card.layouts),
        "databases": list(card.databases),
        "operations": list(platform.operations),
        "links": codec.to_data(card.links),
    }


def run_data(run: Run) -> dict[str, Any]:
    error = run.error
    return {
        "id": run.id,
        "kind": run.kind.value,
        "state": run.state.value,
        "platform": run.platform or None,
        "subject": run.subject or None,
        "created": run.created,
        "started": run.started,
        "finished": run.finished,
        "url": run.url,
        "commit": run.commit,
        "can_be_undone": run.can_be_undone,
        "error": {"message": error.message, "hint": error.hint, "docs": error.docs} if error else None,
    }
