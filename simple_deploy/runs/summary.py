"""The friendly summary of a run: what happened and why, and what to do next. Typed, then Markdown or one HTML file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from simple_deploy.core.findings import Level
from simple_deploy.core.plan import RenderedPlan
from simple_deploy.core.resources import Resource
from simple_deploy.platforms.base import Advice, Card
from simple_deploy.runs.model import Run, RunKind, RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing in a section.

    :param command: to copy, or empty.
    :param code: a file name or other text in monospace that introduces the row.
    """

    title: str
    text: str = ""
    command: str = ""
    code: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    id: str
    title: str
    intro: str = ""
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The whole page.

    :param state: final state of the run.
    :param lead: one or two sentences that say it all.
    """

    run: str
    title: str
    lead: str
    state: str
    platform: str
    project: str
    when: str
    url: str | None
    sections: tuple[Section, ...]


def make(
    run: Run,
    *,
    card: Card | None,
    project: str,
    folder: Path,
    plan: RenderedPlan | None,
    advice: Sequence[Advice],
    resources: Sequence[Resource],
    commands: Sequence[tuple[str, str]] = (),
) -> Summary:
    """The summary of *run*, which is final.

    :param commands: titles and command lines that were run, in order.
    """
    platform = card.name if card else run.platform
    sections = [
        *_problem(run),
        *_changes(run, plan),
        *_resources(resources),
        *_advice(advice),
        *_commands(commands),
        *_remarks(plan),
        *_undo(run, folder),
        *_reading(card),
    ]
    return Summary(
        run=run.id,
        title=_title(run, platform, project),
        lead=_lead(run, platform),
        state=run.state.value,
        platform=platform,
        project=project,
        when=time.strftime("%Y-%m-%d %H:%M", time.localtime(run.finished or run.created)),
        url=run.url,
        sections=tuple(sections),
    )


_DONE = {
    RunKind.PLAN: "A plan for {project} on {platform}",
    RunKind.CONFIGURE: "{project} is configured for {platform}",
    RunKind.DEPLOY: "{project} is deployed to {platform}",
    RunKind.UNDO: "The changes to {project} were undone",
    RunKind.DESTROY: "{project} was removed from {platform}",
    RunKind.MEND: "{project} was mended",
    RunKind.OPERATE: "{project} on {platform}",
}


def _title(run: Run, platform: str, project: str) -> str:
    if run.state in {RunState.SUCCEEDED, RunState.UNDONE}:
        return _DONE[run.kind].format(project=project, platform=platform)
    words = {
        RunState.FAILED: "did not work",
        RunState.BLOCKED: "cannot start yet",
        RunState.CANCELLED: "was cancelled",
        RunState.INTERRUPTED: "was interrupted",
    }
    what = {RunKind.DEPLOY: "The deployment", RunKind.CONFIGURE: "The configuration", RunKind.PLAN: "The plan"}
    return f"{what.get(run.kind, 'The run')} of {project} {words.get(run.state, run.state.value)}"


def _lead(run: Run, platform: str) -> str:
    if run.state is RunState.UNDONE:
        return "It has been undone since: your files are as they were before."
    if run.state is not RunState.SUCCEEDED:
        untouched = "" if run.applied else " Your project is exactly as it was."
        return f"{run.error.message if run.error else 'It did not reach its end.'}{untouched}"
    if run.kind is RunKind.DEPLOY:
        return f"Your site answers at {run.url}." if run.url else f"Everything was handed to {platform}."
    if run.kind is RunKind.CONFIGURE:
        return f"The files {platform} needs are in your project. Look at them, commit them, and deploy."
    if run.kind is RunKind.UNDO:
        return "Every byte is back as it was."
    if run.kind is RunKind.DESTROY:
        return "What the deployment had created is gone."
    return ""


def _problem(run: Run) -> list[Section]:
    if run.error is None:
        return []
    return [
        Section(
            id="problem",
            title="What to do about it",
            intro=run.error.hint or "The log of the run has the details.",
            rows=(Row(title="More about this", url=run.error.docs),) if run.error.docs else (),
        )
    ]


def _changes(run: Run, plan: RenderedPlan | None) -> list[Section]:
    if plan is None or not plan.changes or run.kind not in {RunKind.CONFIGURE, RunKind.DEPLOY, RunKind.PLAN}:
        return []
    verbs = {"create": "new file", "modify": "changed", "delete": "removed"}
    rows = tuple(
        Row(
            code=change.path,
            title=f"{verbs[change.change]}, +{change.added} −{change.removed}",
            text=" ".join(f"{title}: {why}" for title, why in change.reasons),
        )
        for change in plan.changes
    )
    happened = run.applied or run.kind is RunKind.PLAN
    intro = f"In commit {run.commit[:12]}." if run.commit and run.applied and not plan.snapshot else ""
    title = "What was changed, and why" if happened else "What would have been changed"
    return [Section(id="changes", title=title, intro=intro, rows=rows)]


def _resources(resources: Sequence[Resource]) -> list[Section]:
    if not resources:
        return []
    rows = tuple(
        Row(
            title=f"{resource.kind.capitalize()} {resource.name}",
            text=" ".join(part for part in (resource.cost, resource.holds) if part),
            url=resource.url,
        )
        for resource in resources
    )
    return [Section(id="resources", title="What exists now", rows=rows)]


def _advice(advice: Sequence[Advice]) -> list[Section]:
    rows = tuple(Row(title=each.title, text=each.text, command=each.command, url=each.url) for each in advice)
    return [Section(id="next", title="What to do next", rows=rows)] if rows else []


def _commands(commands: Sequence[tuple[str, str]]) -> list[Section]:
    rows = tuple(Row(title=title, command=command) for title, command in commands)
    intro = "The same by hand: this is what was run for you, so that you can learn from it or do it without this tool."
    return [Section(id="by-hand", title="What was run", intro=intro, rows=rows)] if rows else []


def _remarks(plan: RenderedPlan | None) -> list[Section]:
    if plan is None:
        return []
    notes = [Row(title="", text=note) for note in plan.plan.notes]
    notes += [
        Row(title=finding.title, text=" ".join(part for part in (finding.why, finding.fix) if part))
        for finding in plan.findings
        if finding.level is Level.WARNING
    ]
    return [Section(id="remarks", title="Worth knowing", rows=tuple(notes))] if notes else []


def _undo(run: Run, folder: Path) -> list[Section]:
    if not run.can_be_undone:
        return []
    rows = (
        Row(title="With a working project", command=f"python manage.py deploy --undo {run.id}"),
        Row(title="Even when the settings are broken", command=f"python -m simple_deploy undo {run.id}"),
    )
    intro = (
        f"In the folder {folder.name}. Every file goes back to the bytes it had; commits are reverted by a new commit."
    )
    return [Section(id="undo", title="How to undo the changes", intro=intro, rows=rows)]


def _reading(card: Card | None) -> list[Section]:
    if card is None or not card.links:
        return []
    rows = tuple(Row(title=link.title, url=link.url) for link in card.links)
    return [Section(id="reading", title="Where to read on", rows=rows)]


def to_markdown(summary: Summary) -> str:
    """The summary as Markdown, for a file beside the project or a pull request."""
    lines = [f"# {_md(summary.title)}", "", _md(summary.lead), ""]
    if summary.url:
        lines += [f"**Address:** <{summary.url}>", ""]
    for section in summary.sections:
        lines += [f"## {_md(section.title)}", ""]
        if section.intro:
            lines += [_md(section.intro), ""]
        for row in section.rows:
            lines += [*_markdown_row(row), ""]
    lines += [f"---\n{_md(summary.platform)}, {summary.when}, run {summary.run}.", ""]
    return "\n".join(lines)


def _markdown_row(row: Row) -> list[str]:
    head = " ".join(
        part for part in (f"`{row.code}`" if row.code else "", f"**{_md(row.title)}**" if row.title else "") if part
    )
    text = f"{head} — {_md(row.text)}" if head and row.text else head or _md(row.text)
    lines = [f"- {text}"]
    if row.url:
        lines.append(f"  <{row.url}>")
    if row.command:
        lines += ["", "  ```", *(f"  {line}" for line in row.command.splitlines()), "  ```"]
    return lines


def _md(text: str) -> str:
    return "".join("\\" + char if char in "\\`*_[]<>#" else char for char in text)


_STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1c2430, #e8ecf2); --soft: light-dark(#5a6675, #9fb0c3);
  --line: light-dark(#dfe5ec, #2c3644); --paper: light-dark(#fff, #12171e); --code: light-dark(#f4f6f9, #1b222c); }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 46rem; margin: 3rem auto; padding: 0 1.25rem; }
h1 { line-height: 1.2; font-size: 1.9rem; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; }
.lead { font-size: 1.1rem; } .soft { color: var(--soft); } ul { list-style: none; padding: 0; margin: 0; }
li { border-top: 1px solid var(--line); padding: .6rem 0; overflow-wrap: anywhere; }
pre { background: var(--code); padding: .6rem .8rem; border-radius: .4rem; overflow-x: auto; margin: .4rem 0 0; }
code, pre { font: .92em/1.5 ui-monospace, monospace; } a { color: light-dark(#0b5fd0, #7fb2ff); }
@media print { body { margin: 0; font-size: 11pt; max-width: none; } li { break-inside: avoid; } }
"""


def to_html(summary: Summary) -> str:
    """The summary as one HTML file that needs nothing else."""
    body = [f"<h1>{escape(summary.title)}</h1>", f'<p class="lead">{escape(summary.lead)}</p>']
    if summary.url:
        body.append(f"<p>{_link(summary.url, summary.url)}</p>")
    for section in summary.sections:
        body.append(f'<section id="{escape(section.id)}"><h2>{escape(section.title)}</h2>')
        if section.intro:
            body.append(f"<p>{escape(section.intro)}</p>")
        body.append("<ul>" + "".join(_html_row(row) for row in section.rows) + "</ul></section>")
    body.append(f'<p class="soft">{escape(summary.platform)}, {summary.when}, run {summary.run}</p>')
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(summary.title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n'
        "<body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _html_row(row: Row) -> str:
    parts = []
    if row.code:
        parts.append(f"<code>{escape(row.code)}</code>")
    if row.title:
        parts.append(f"<strong>{escape(row.title)}</strong>")
    if row.text:
        parts.append(escape(row.text))
    if row.url:
        parts.append(_link(row.url, row.url))
    command = f"<pre>{escape(row.command)}</pre>" if row.command else ""
    return f"<li>{' '.join(parts)}{command}</li>"


def _link(url: str, text: str) -> str:
    if not url.startswith(("http://", "https://")):
        return escape(text)
    return f'<a href="{escape(url)}" rel="noopener noreferrer">{escape(text)}</a>'
