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
from simple_deploy.runs import qr
from simple_deploy.runs.model import STAYING, Run, RunKind, RunState


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
    :param answers: the lead says no more than that the site answers at its address.
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
    answers: bool = False

    @property
    def qr(self) -> str:
        """The address as a picture for a phone, as an address of its own; empty where no phone could reach the site."""
        return qr.for_others(self.url)


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
    left: Sequence[str] = (),
    kept: Sequence[Row] = (),
    rehearsed: bool = False,
) -> Summary:
    """The summary of *run*, which is final.

    :param resources: what the run created or used; of a destroy run, what it removed.
    :param commands: ids of steps, and the command lines that were run in them, in order.
    :param left: of an undo run, the commands that made what it cannot remove.
    :param kept: what stays on this computer after everything was undone or removed.
    :param rehearsed: the platform was simulated.
    """
    platform = card.named if card else run.platform
    sections = [
        *_problem(run),
        *_changes(run, plan),
        *_advice(advice, run, rehearsed=rehearsed),
        *_left(left, platform),
        *_managed(run, card, plan, resources),
        *_remarks(run, plan),
        *_undo(run, folder, rehearsed=rehearsed),
        *_kept(kept),
        *_reading(run, card, plan),
        *_commands(commands, plan),
    ]
    return Summary(
        run=run.id,
        title=("Rehearsal: " if rehearsed else "") + _title(run, platform, project, resources),
        lead=_lead(run, platform, resources, plan, stays=bool(left)),
        state=run.state.value,
        platform=card.name if card else run.platform,
        project=project,
        when=time.strftime("%Y-%m-%d %H:%M", time.localtime(run.finished or run.created)),
        url=run.url,
        sections=tuple(sections),
        answers=_answers(run, plan),
    )


_APPLYING = frozenset({RunKind.PLAN, RunKind.CONFIGURE, RunKind.DEPLOY})

#: The section that is closed until somebody opens it.
FOLDED = "by-hand"

PAGES_TO_READ = 5
_READING = ("", "A page to read next", *(f"{word} pages to read next" for word in ("Two", "Three", "Four", "Five")))

_DONE = {
    RunKind.PLAN: "A plan for {project} on {platform}",
    RunKind.CONFIGURE: "{project} is configured for {platform}",
    RunKind.DEPLOY: "{project} is deployed to {platform}",
    RunKind.UNDO: "The changes to {project} were undone",
    RunKind.DESTROY: "{project} was removed from {platform}",
    RunKind.FIX: "{project} was fixed",
    RunKind.OPERATE: "{project} on {platform}",
}


def _title(run: Run, platform: str, project: str, resources: Sequence[Resource]) -> str:
    if run.kind is RunKind.DESTROY and run.state is RunState.SUCCEEDED and not resources:
        return f"Nothing of {project} was found on {platform}"
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


def _answers(run: Run, plan: RenderedPlan | None) -> bool:
    """Whether the site was asked, and answers. A plugin that deploys by itself only says where it is."""
    deployed = run.state is RunState.SUCCEEDED and run.kind is RunKind.DEPLOY and bool(run.url)
    return deployed and not (plan is not None and plan.plan.rewrites)


def _lead(run: Run, platform: str, resources: Sequence[Resource], plan: RenderedPlan | None, *, stays: bool) -> str:
    if run.state is RunState.UNDONE:
        return "It has been undone since: your files are as they were before."
    if run.state is not RunState.SUCCEEDED:
        untouched = " Your project is exactly as it was." if run.changed_nothing else ""
        return f"{run.error.message if run.error else 'It did not reach its end.'}{untouched}"
    if run.kind is RunKind.DEPLOY:
        if not run.url:
            return f"Everything was handed to {platform}."
        if not _answers(run, plan):
            return f"Its address is {run.url}. Open it to see whether the site answers: the deployment has not checked."
        return f"Your site answers at {run.url}."
    if run.kind is RunKind.CONFIGURE:
        return (
            f"The files {platform} needs are in your project, and nothing was sent anywhere. What to do next is below."
        )
    if run.kind is RunKind.UNDO and run.results.get(STAYING, "0") != "0":
        return "Everything that run added is gone. Every byte that other runs changed in the same files stays."
    if run.kind is RunKind.UNDO:
        return "Every byte is back as it was." + (f" What was made on {platform} still exists." if stays else "")
    if run.kind is RunKind.DESTROY and not resources:
        return (
            "Nothing was found under the names that your project and its earlier runs give, so nothing was removed. "
            "If the site has another name, add it: --destroy --deployed-project-name NAME."
        )
    if run.kind is RunKind.DESTROY:
        return "Everything that the deployment created is gone."
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
    if plan is None or not plan.changes or run.kind not in _APPLYING:
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


_REHEARSED = (
    "This was a rehearsal. These are the commands for the real platform; those with `manage.py deploy` "
    "work for the rehearsal too, with `--rehearse --platform {slug}` behind them."
)


def _advice(advice: Sequence[Advice], run: Run, *, rehearsed: bool) -> list[Section]:
    rows = tuple(
        Row(
            title=each.title,
            text=_sentences(each.text, f"Run it in {each.where}" if each.where else ""),
            command=each.command,
            url=each.url,
        )
        for each in advice
    )
    intro = _REHEARSED.format(slug=run.platform) if rehearsed else ""
    return [Section(id="next", title="What to do next", intro=intro, rows=rows)] if rows else []


def _left(commands: Sequence[str], platform: str) -> list[Section]:
    intro = (
        f"The deployment to {platform} had run these commands. What they made there still exists, and may cost money: "
        "remove it with the platform's own program or on its page."
    )
    rows = (Row(title="", command="\n".join(commands)),) if commands else ()
    return [Section(id="left", title="What undo does not remove", intro=intro, rows=rows)] if rows else []


def _commands(commands: Sequence[tuple[str, str]], plan: RenderedPlan | None) -> list[Section]:
    titles = {step.id: step.title for step in plan.plan.steps} if plan else {}
    rows = tuple(Row(title=titles.get(step, ""), command=command) for step, command in commands)
    intro = "The commands that this tool ran for you, so that you can learn from them or do it without this tool."
    return [Section(id=FOLDED, title="What was run", intro=intro, rows=rows)] if rows else []


def _managed(run: Run, card: Card | None, plan: RenderedPlan | None, resources: Sequence[Resource]) -> list[Section]:
    """What exists, or will, where to look after it, and what it costs."""
    if run.kind is RunKind.DESTROY:
        rows = [Row(title=f"{each.kind.capitalize()} {each.name}", text=each.holds) for each in resources]
        return [Section(id="removed", title="What was removed", rows=tuple(rows))] if rows else []
    if run.kind not in _APPLYING:
        return []
    planned = () if run.kind is RunKind.DEPLOY or plan is None else plan.plan.creates
    rows = [
        Row(
            title=f"{each.kind.capitalize()} {each.name}" + (", once you deploy" if each in planned else ""),
            text=_sentences(each.cost and f"Costs: {each.cost}", each.holds),
            url=each.url,
        )
        for each in (*resources, *planned)
    ]
    steps = plan.plan.steps if plan else ()
    told = {each.cost for each in (*resources, *planned)}
    rows += [Row(title=step.title, text=_sentences(step.cost)) for step in steps if step.cost and step.cost not in told]
    if card and not card.is_free:
        checked = f"As of {card.checked.isoformat()}; prices change." if card.names_prices else ""
        rows.append(Row(title=f"What {card.named} costs", text=_sentences(card.cost, checked)))
    return [Section(id="managed", title="Where it is managed, and what it costs", rows=tuple(rows))] if rows else []


def _sentences(*parts: str) -> str:
    return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)


def _remarks(run: Run, plan: RenderedPlan | None) -> list[Section]:
    if plan is None or run.kind not in _APPLYING:
        return []
    notes = [Row(title="", text=note) for note in plan.plan.notes]
    about_uploads = [each for each in plan.findings if "upload" in each.id] or [
        each
        for each in plan.findings
        if each.id == "settings.media" and not any("upload" in note.lower() for note in plan.plan.notes)
    ]
    told = [each for each in plan.findings if each.level is Level.WARNING]
    told += [each for each in about_uploads if each not in told]
    notes += [Row(title=each.title, text=_sentences(each.why, each.fix)) for each in told]
    return [Section(id="remarks", title="Worth knowing", rows=tuple(notes))] if notes else []


def _undo(run: Run, folder: Path, *, rehearsed: bool) -> list[Section]:
    if not run.can_be_undone:
        return []
    command = f"python manage.py deploy --undo {run.id}"
    if rehearsed:
        place = "This is in the copy of your project that the rehearsal used: your project itself has no changes."
        rows = [Row(title="In this rehearsal", command=f"{command} --rehearse --platform {run.platform}")]
    else:
        place = f"In the folder {folder.name}."
        rows = [
            Row(title="With a working project", command=command),
            Row(title="Even when the settings are broken", command=f"python -m simple_deploy undo {run.id}"),
        ]
    intro = f"{place} Restores every file exactly as it was; commits are reverted by a new commit."
    return [Section(id="undo", title="How to undo the changes", intro=intro, rows=tuple(rows))]


def _kept(rows: Sequence[Row]) -> list[Section]:
    title = "What is kept on this computer"
    return [Section(id="kept", title=title, rows=tuple(rows))] if rows else []


def _reading(run: Run, card: Card | None, plan: RenderedPlan | None) -> list[Section]:
    """At most five pages: those the platform's card names, then those that explain the steps."""
    if card is None or run.kind not in _APPLYING:
        return []
    pages = {link.url: link.title for link in card.links}
    for step in plan.plan.steps if plan else ():
        if step.docs:
            pages.setdefault(step.docs, step.title)
    rows = tuple(Row(title=title, url=url) for url, title in list(pages.items())[:PAGES_TO_READ])
    return [Section(id="reading", title=_READING[len(rows)], rows=rows)] if rows else []


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
    if not text and not row.url:
        return ["```", *row.command.splitlines(), "```"]
    lines = [f"- {text}"]
    if row.url:
        lines.append(f"  <{row.url}>")
    if row.command:
        lines += ["", "  ```", *(f"  {line}" for line in row.command.splitlines()), "  ```"]
    return lines


def spans(text: str) -> tuple[tuple[bool, str], ...]:
    """The parts of a text, each with whether it is code: what stands between two backticks."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one of them has no partner
        return ((False, text),)
    return tuple((bool(number % 2), part) for number, part in enumerate(parts) if part)


def _md(text: str) -> str:
    return "".join(f"`{part}`" if is_code else _escaped(part) for is_code, part in spans(text))


def _escaped(text: str) -> str:
    return "".join("\\" + char if char in "\\`*_[]<>#" else char for char in text)


_STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1c2430, #e8ecf2); --soft: light-dark(#556172, #a3b3c6);
  --line: light-dark(#dfe5ec, #2c3644); --paper: light-dark(#fff, #12171e); --code: light-dark(#f2f5f9, #1b222c);
  --accent: light-dark(#0b5fd0, #7fb2ff); }
* { box-sizing: border-box; }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 50rem; margin: 3rem auto; padding: 0 1.25rem; }
header { border-bottom: 3px solid var(--accent); padding-bottom: 1rem; margin-bottom: 1.5rem; }
h1 { line-height: 1.2; font-size: 1.9rem; margin: 0 0 .4rem; text-wrap: balance; }
h2 { font-size: 1.15rem; margin: 2rem 0 .4rem; }
p { margin: .3rem 0; } .lead { font-size: 1.1rem; } .soft { color: var(--soft); }
ul { list-style: none; padding: 0; margin: 0; }
li { border-top: 1px solid var(--line); padding: .55rem 0; overflow-wrap: anywhere; }
li p { margin: 0; } li .soft { font-size: .95em; }
pre { background: var(--code); border-left: 3px solid var(--accent); padding: .5rem .75rem; margin: .35rem 0 0;
  white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }
code, pre { font: .88em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.qr { display: block; width: 9rem; height: 9rem; margin: .75rem 0; }
a { color: var(--accent); } summary { cursor: pointer; }
@page { margin: 9mm; }
@media print {
  :root { color-scheme: light; }
  body { font-size: 7pt; line-height: 1.28; margin: 0; padding: 0; max-width: none; columns: 2; column-gap: 6mm; }
  header { column-span: all; padding-bottom: 1mm; margin-bottom: 1.5mm; border-width: 1px; }
  header:has(.qr) { position: relative; min-height: 15mm; padding-right: 17mm; }
  .qr { position: absolute; top: 0; right: 0; width: 14mm; height: 14mm; margin: 0; }
  header p { display: inline; margin-right: 2mm; } h1 { font-size: 13pt; margin: 0 0 .5mm; } .lead { font-size: 8pt; }
  h2 { font-size: 8.5pt; margin: 1.8mm 0 .6mm; break-after: avoid; }
  p { margin: 0; } li { padding: .55mm 0; break-inside: avoid; }
  li p, li .soft { display: inline; font-size: inherit; }
  pre { padding: .3mm 1mm; margin: .3mm 0 0; border-width: 1px; line-height: 1.2; }
  #by-hand, footer { display: none; }
}
"""


def to_html(summary: Summary) -> str:
    """The summary as one HTML file that needs nothing else; printed, it is one page."""
    head = [f"<h1>{escape(summary.title)}</h1>", f'<p class="lead">{escape(summary.lead)}</p>']
    if summary.url:
        head.append(f"<p>{_link(summary.url, summary.url)}</p>")
    if summary.qr:
        head.append(f'<img class="qr" src="{escape(summary.qr)}" alt="The address as a QR code">')
    head.append(f'<p class="soft">{escape(summary.platform)}, {summary.when}</p>')
    body = ["<header>", *head, "</header>", *(_html_section(section) for section in summary.sections)]
    body.append(f'<footer class="soft">Run {summary.run}</footer>')
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(summary.title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n'
        "<body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _html_section(section: Section) -> str:
    intro = f"<p>{_prose(section.intro)}</p>" if section.intro else ""
    rows = "<ul>" + "".join(_html_row(row) for row in section.rows) + "</ul>" if section.rows else ""
    if section.id == FOLDED:
        rows = f"<details><summary>{len(section.rows)} of them</summary>{rows}</details>"
    return f'<section id="{escape(section.id)}"><h2>{escape(section.title)}</h2>{intro}{rows}</section>'


def _html_row(row: Row) -> str:
    code = f"<code>{escape(row.code)}</code> " if row.code else ""
    if row.url and not row.text and not row.command:
        return f"<li>{code}{_link(row.url, row.title or row.url)}{_address(row.url)}</li>"
    title = f"<strong>{escape(row.title)}</strong>" if row.title else ""
    url = f" {_link(row.url, row.url)}" if row.url else ""
    text = f' <p class="soft">{_prose(row.text)}{url}</p>' if row.text or url else ""
    command = f"<pre>{escape(row.command)}</pre>" if row.command else ""
    return f"<li>{code}{title}{text}{command}</li>"


def _prose(text: str) -> str:
    return "".join(f"<code>{escape(part)}</code>" if is_code else escape(part) for is_code, part in spans(text))


def _address(url: str) -> str:
    """The address itself, which is all that there is of a link on paper."""
    return f' <span class="soft">{escape(url.partition("://")[2].rstrip("/"))}</span>'


def _link(url: str, text: str) -> str:
    if not url.startswith(("http://", "https://")):
        return escape(text)
    return f'<a href="{escape(url)}" rel="noopener noreferrer">{escape(text)}</a>'
