"""Everything in words, for a person at a terminal or for a log that people read."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from simple_deploy.cli.output import Lines
from simple_deploy.cli.result import Result
from simple_deploy.cli.text import Style, styled, visible
from simple_deploy.core.events import (
    Event,
    FindingRaised,
    QuestionAnswered,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.plan import FileChange, RenderedPlan
from simple_deploy.core.steps import RunCommand, Step
from simple_deploy.engine.context import command_line
from simple_deploy.inspection.fixes import Fix
from simple_deploy.inspection.inspect import Inspection
from simple_deploy.platforms.base import SiteState
from simple_deploy.platforms.changed import HOW
from simple_deploy.platforms.charts import in_one_line
from simple_deploy.platforms.domains import Domain, in_words
from simple_deploy.platforms.registry import PluginRegistry
from simple_deploy.platforms.schedule import Schedule
from simple_deploy.platforms.sizes import Sizes, counted
from simple_deploy.runs import timeline
from simple_deploy.runs.model import ErrorInfo, Run, RunKind
from simple_deploy.runs.summary import Section, Summary

_WIDE = 92  # characters of a paragraph in a list

_LEVELS: dict[Level, tuple[str, Style]] = {
    Level.OK: ("✓", "green"),
    Level.INFO: ("i", "cyan"),
    Level.WARNING: ("!", "yellow"),
    Level.DEPLOY_BLOCKER: ("✗", "red"),
    Level.BLOCKER: ("✗", "red"),
}
_ENDS: dict[str, tuple[str, Style]] = {
    "done": ("✓", "green"),
    "skipped": ("–", "dim"),
    "failed": ("✗", "red"),
    "cancelled": ("✗", "yellow"),
}
#: Operations that are about what the site prints, and those that are about a list, with what an empty one says.
_PRINTING = frozenset({"logs", "follow", "run"})
_LISTING = {
    "releases": "There is no release.",
    "variables": "There is no variable.",
    **dict.fromkeys(("domains", "add_domain", "remove_domain"), "No domain of your own yet."),
    **dict.fromkeys(("sizes", "resize"), "What it runs on is not known."),
    **dict.fromkeys(("backups", "daily_backups"), "No backups are made automatically."),
}


class Terminal:
    """A :class:`~simple_deploy.cli.display.Display` for people.

    :param quiet: leave out what programs print.
    """

    def __init__(self, lines: Lines, *, quiet: bool = False) -> None:
        self._lines = lines
        self._quiet = quiet
        self._titles: dict[str, str] = {}

    # -- lines --

    def line(self, text: str = "", style: Style | None = None) -> None:
        """*text* in one style. Whatever else a terminal would obey is taken out of it."""
        for row in visible(text, colour=False).split("\n"):
            self._lines.write(styled(row, style if self._lines.colour else None))

    def program_line(self, text: str, indent: str = "    ") -> None:
        """What a program printed: only its colours reach the terminal."""
        for row in visible(text, colour=self._lines.colour).split("\n"):
            self._lines.write(indent + row)

    def paused(self) -> AbstractContextManager[None]:
        """While somebody types, nothing moves."""
        return self._lines.paused()

    def prompt(self, text: str) -> None:
        """*text* with the cursor behind it."""
        self._lines.prompt(visible(text, colour=False))

    def note(self, text: str) -> None:
        self.line(text)

    # -- a run --

    def listener(self, run: Run) -> Callable[[Event], None]:
        if run.kind is RunKind.OPERATE and run.subject in _PRINTING:
            return self._listen_for_text
        return self.listen

    def listen(self, event: Event) -> None:
        """Show one event."""
        payload = event.payload
        if isinstance(payload, RunStarted):
            self._titles |= {head.id: head.title for head in payload.steps}
        elif isinstance(payload, StepStarted):
            self._titles[event.step or ""] = payload.title
            self._lines.begin(visible(payload.title, colour=False))
        elif isinstance(payload, StepFinished):
            self._lines.end()
            self._step_end(event.step or "", payload)
        elif isinstance(payload, FindingRaised):
            if payload.finding.level is not Level.OK:
                self.finding(payload.finding)
        elif isinstance(payload, QuestionAnswered):
            self.line(f"    {payload.answer}", "dim")
        elif isinstance(payload, RunFinished):
            self._lines.end()
            self._remains(payload)
        else:
            for line in timeline.lines([event]):
                self._log_line(line)

    def _listen_for_text(self, event: Event) -> None:
        """Nothing but what the site prints, so that it can be piped on."""
        for line in timeline.lines([event]):
            if line.kind in {"note", "out"}:
                self.program_line(line.text, indent="")

    def _step_end(self, step: str, end: StepFinished) -> None:
        mark, style = _ENDS[end.outcome]
        took = timeline.spoken(end.seconds)
        words = {
            "done": took,
            "skipped": end.detail or "nothing to do",
            "failed": f"failed after {took}",
            "cancelled": f"cancelled after {took}",
        }
        self.line(f"{mark} {self._titles.get(step, step)}  {words[end.outcome]}", style)

    def _log_line(self, line: timeline.Line) -> None:
        if line.kind == "command":
            self._command(line.text)
        elif line.kind == "question":
            self.line(f"? {line.text}", "bold")
        elif line.kind != "out":
            self.line(f"    {line.text}")
        elif not self._quiet:
            self.program_line(line.text)

    def _command(self, text: str) -> None:
        first, *more = text.split("\n")
        self.line(f"    $ {first}{' …' if more else ''}", "dim")

    def _remains(self, end: RunFinished) -> None:
        if not end.remains:
            return
        self.line()
        self.line("This exists on the platform and stays there until you deploy again or use --destroy:", "yellow")
        for resource in end.remains:
            self.line(f"  {resource.kind} {resource.name} {resource.cost}".rstrip())

    # -- what a session shows --

    def inspection(self, inspection: Inspection) -> None:
        for finding in inspection.findings:
            self.finding(finding)

    def finding(self, finding: Finding) -> None:
        mark, style = _LEVELS[finding.level]
        self.line(f"  {mark} {finding.title}", style)
        stops = "This stops deploying, not configuring." if finding.level is Level.DEPLOY_BLOCKER else ""
        for text in (finding.why, stops, f"→ {finding.fix}" if finding.fix else ""):
            if text:
                self.line(f"      {text}")
        for detail in finding.details:
            self.program_line(detail, indent="      ")
        if finding.fix_name:
            self.line(f"      This can be fixed for you: manage.py deploy --fix {finding.fix_name}")

    def preview(self, rendered: RenderedPlan) -> None:
        """Each file's diff with its reasons, then what a deployment does besides."""
        for change in rendered.changes:
            self._change(change)
        self.line()
        if not rendered.changes:
            self.line("No file has to change.")
        if rendered.plan.other_steps:
            self.line("A deployment then takes these steps:", "bold")
        for number, step in enumerate(rendered.plan.other_steps, 1):
            self._step(number, step)
        for resource in rendered.plan.creates:
            self.line(f"  + {resource.kind} {resource.name} is created {_in_brackets(resource.cost)}".rstrip())
        if rendered.plan.makes_unlisted:
            self.line("  + whatever the plugin creates: it does not say in advance what that is")
        for question in rendered.plan.questions:
            self.line(f"  ? It may ask: {question.title}")
        for note in rendered.plan.notes:
            self.line(f"  {note}")

    def _change(self, change: FileChange) -> None:
        verbs = {"create": "new", "modify": "changed", "delete": "removed"}
        self.line()
        self.line(f"{change.path}  ({verbs[change.change]}, +{change.added} −{change.removed})", "bold")
        for title, why in change.reasons:
            self.line(f"  {title}: {why}")
        self._diff(change.diff)

    def _diff(self, text: str) -> None:
        for row in text.splitlines():
            style: Style | None = "green" if row.startswith("+") else "red" if row.startswith("-") else None
            self.line(f"  {row}", style)

    def _step(self, number: int, step: Step) -> None:
        self.line(f"  {number}. {step.title} {_in_brackets(step.cost)}".rstrip())
        if isinstance(step, RunCommand):
            self._command(command_line(step.argv))

    def fix(self, fix: Fix) -> None:
        self.line(f"{fix.title}:", "bold")
        for sentence in fix.steps:
            self.line(f"  – {sentence}")
        self._diff(fix.diff)

    def platforms(self, registry: PluginRegistry) -> None:
        usable, failures = registry.usable, registry.failures
        names = (*(each.card.slug for each in usable), *(each.name for each in failures))
        column = max(map(len, names), default=0)

        def wrapped(name: str, text: str, style: Style | None = None) -> None:
            for line in textwrap.wrap(text, width=_WIDE, break_long_words=False):
                self.line(f"{name:{column}} {line}", style)
                name = ""

        for platform in usable:
            card = platform.card
            wrapped(card.slug, f"{card.name}: {card.summary}", "bold")
            wrapped("", f"{card.cost} ({card.status}, checked {card.checked.isoformat()})")
            wrapped("", card.status_note)
        for failure in failures:
            wrapped(failure.name, f"cannot be loaded: {failure.error}", "red")

    def history(self, runs: Sequence[Run]) -> None:
        for run in runs:
            self.line(history_row(run))
        if not runs:
            self.line("There are no runs in this project yet.")

    def summary(self, summary: Summary, markdown: str) -> None:
        self.line(markdown.rstrip())

    def site(self, run: Run, site: SiteState) -> None:
        if run.subject in _PRINTING:
            return
        for release in site.releases:
            self.line("  ".join(filter(None, (release.name, release.status, release.created, release.commit))))
        changed = {each.name: HOW[each.how] for each in site.changed or ()}
        for name in sorted({*site.variables, *changed}):
            self.line(f"{name}  {changed[name]} since the release was made" if name in changed else name)
        for domain in site.domains:
            self._domain(domain)
        if run.subject in _LISTING:
            if site.sizes is not None:
                self._sizes(site.sizes)
            elif site.schedule is not None:
                self._schedule(site.schedule)
            elif not (site.releases or site.variables or site.domains):
                self.line(_LISTING[run.subject])
            return
        self.line()
        self.line(site.headline, "bold")
        for label, value in site.details:
            self.line(f"  {label}: {value}")
        for chart in site.charts:
            self.line(f"  {chart.title}: {chart.summary}")
            self.line(f"  {in_one_line(chart)}", "dim")
        if site.metrics is not None:
            self.line(f"  {site.metrics.title}: {site.metrics.url}")

    def _domain(self, domain: Domain) -> None:
        self.line(domain.name, "bold")
        for record in domain.records:
            self.line(f"  {record.kind:<5}  {domain.name}  {record.value}")
        self.line(f"  {in_words(domain)}" + (f" ({domain.certificate})" if domain.certificate else ""))

    def _sizes(self, sizes: Sizes) -> None:
        for size in sizes.choices:
            mark = f"runs on {sizes.count}" if size.name == sizes.current else ""
            self.line("  ".join(filter(None, (size.name, size.title, size.cost, mark))))
        if sizes.size is None:
            self.line(f"It runs on {counted(sizes.count, sizes.current or 'nothing')}.")
        self.line(f"Prices as seen {sizes.seen}; today’s: {sizes.page}", "dim")

    def _schedule(self, schedule: Schedule) -> None:
        self.line(f"{schedule.when}; kept: {schedule.keeps}" if schedule.is_on else "Daily backups are off.")
        for kept in schedule.kept:
            self.line(f"  {kept}")
        if schedule.restore:
            self.line(schedule.restore, "dim")

    def outcome(self, summary: Summary) -> None:
        self.line()
        self.line(f"✓ {summary.title}", "green")
        if summary.lead:
            self.line(f"  {summary.lead}")
        for section in summary.sections:
            if section.id in {"next", "left", "undo", "kept"}:
                self.section(section)

    def section(self, section: Section) -> None:
        """One part of a summary, as far as there is something to do about it."""
        self.line()
        self.line(section.title, "bold")
        for words in textwrap.wrap(section.intro, width=_WIDE, break_long_words=False, break_on_hyphens=False):
            self.line(f"  {words}")
        for row in section.rows:
            if row.title:
                self.line(f"  {row.title}")
            text = textwrap.wrap(row.text, width=_WIDE, break_long_words=False, break_on_hyphens=False)
            for line in (*text, *row.command.splitlines(), row.url):
                if line:
                    self.line(f"      {line}")

    # -- the end --

    def end(self, result: Result) -> None:
        self._lines.end()

    def error(self, error: ErrorInfo) -> None:
        self.line()
        self.line(f"✗ {error.message}", "red")
        for row in error.hint.splitlines():
            self.line(f"  → {row}")
        if error.docs:
            self.line(f"  More: {error.docs}")


def history_row(run: Run) -> str:
    """A run as one line of a table."""
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created))
    # What is done with a deployed site is better known by its own name: stop, rollback.
    kind = run.subject if run.kind is RunKind.OPERATE and run.subject else run.kind.value
    what = f"{kind} {run.platform or run.subject}"
    return f"{run.id}  {when}  {run.state.value:11}  {what:24}  {run.url or ''}".rstrip()


def _in_brackets(text: str) -> str:
    return f"({text.removesuffix('.')})" if text else ""
