"""The terminal face: shows events as they happen and asks questions at a prompt."""

from __future__ import annotations

import getpass
import json
import re
import sys
import time
from collections.abc import Callable, Iterable
from typing import TextIO

from simple_deploy.core.errors import Cancelled, InvalidAnswer, SimpleDeployError
from simple_deploy.core.events import (
    Event,
    FileChanged,
    FindingRaised,
    Output,
    QuestionAnswered,
    ResourceCreated,
    ResourceDestroyed,
    StepFinished,
    StepStarted,
)
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.options import Answers, Option, Question, Value, is_asked
from simple_deploy.core.plan import FileChange, RenderedPlan

#: Everything a terminal would obey, besides colours: cursor moves, titles, links, the clipboard.
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)|\x1b.|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

_MARKS = {
    Level.OK: ("✓", "green"),
    Level.INFO: ("i", "cyan"),
    Level.WARNING: ("!", "yellow"),
    Level.BLOCKER: ("✗", "red"),
}
_CODES = {"green": "32", "cyan": "36", "yellow": "33", "red": "31", "bold": "1", "dim": "2"}


class Terminal:
    """Writes to a terminal or a plain stream; colours and a running clock only where there is a terminal.

    :param quiet: do not show the output of programs, only steps.
    """

    def __init__(self, out: TextIO, *, quiet: bool = False, colour: bool | None = None) -> None:
        self._out = out
        self._quiet = quiet
        self._colour = out.isatty() if colour is None else colour
        self._encoding = out.encoding or "utf-8"

    def line(self, text: str = "", style: str | None = None) -> None:
        safe = text.encode(self._encoding, "replace").decode(self._encoding)
        if style and self._colour:
            safe = f"\x1b[{_CODES[style]}m{safe}\x1b[0m"
        self._out.write(safe + "\n")
        self._out.flush()

    def program_line(self, text: str) -> None:
        """A line some program printed: only its colours reach the terminal."""
        keep = self._colour
        safe = _ESCAPES.sub(lambda match: match[0] if keep and _COLOUR.fullmatch(match[0]) else "", text)
        self.line(f"    {safe}" + ("\x1b[0m" if keep and "\x1b[" in safe else ""))

    def listen(self, event: Event) -> None:
        """Show one event."""
        payload = event.payload
        if isinstance(payload, StepStarted):
            self.line(f"→ {payload.title}", "bold")
        elif isinstance(payload, StepFinished):
            self._step_end(payload)
        elif isinstance(payload, Output):
            self._output(payload)
        elif isinstance(payload, FindingRaised) and payload.finding.level is not Level.OK:
            self.finding(payload.finding)
        elif isinstance(payload, FileChanged):
            self.line(f"    {payload.change:8} {payload.path}")
        elif isinstance(payload, ResourceCreated):
            word = "uses" if payload.reused else "created"
            self.line(f"    {word} {payload.resource.kind} {payload.resource.name} {payload.resource.cost}".rstrip())
        elif isinstance(payload, ResourceDestroyed):
            self.line(f"    removed {payload.resource.kind} {payload.resource.name}")
        elif isinstance(payload, QuestionAnswered):
            self.line(f"    {payload.answer}", "dim")

    def _step_end(self, end: StepFinished) -> None:
        if end.outcome == "done":
            self.line(f"  ✓ {end.seconds:.1f} s", "green")
        elif end.outcome == "skipped":
            self.line(f"  – skipped: {end.detail}", "dim")
        else:
            self.line(f"  ✗ {end.outcome} after {end.seconds:.1f} s", "red")

    def _output(self, output: Output) -> None:
        if output.stream == "command":
            self.line(f"  $ {output.text}", "dim")
        elif output.stream == "note":
            self.line(f"    {output.text}")
        elif not self._quiet:
            self.program_line(output.text)

    def finding(self, finding: Finding) -> None:
        mark, style = _MARKS[finding.level]
        self.line(f"  {mark} {finding.title}", style)
        for text in (finding.why, f"→ {finding.fix}" if finding.fix else ""):
            if text:
                self.line(f"      {text}")
        for detail in finding.details:
            self.program_line(f"  {detail}")

    def findings(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.finding(finding)

    def plan(self, rendered: RenderedPlan) -> None:
        """The preview: each file's diff with its reasons, then what happens besides."""
        for change in rendered.changes:
            self._change(change)
        self.line()
        if not rendered.changes:
            self.line("No file has to change.")
        others = rendered.plan.other_steps
        if others:
            self.line("With “configure and deploy”, after that:", "bold")
            for number, step in enumerate(others, 1):
                self.line(f"  {number}. {step.title}{f' ({step.cost})' if step.cost else ''}")
        for resource in rendered.plan.creates:
            self.line(f"  creates {resource.kind} {resource.name} {resource.cost}".rstrip())
        for note in rendered.plan.notes:
            self.line(f"  {note}")

    def _change(self, change: FileChange) -> None:
        self.line()
        self.line(f"{change.path}  ({change.change}, +{change.added} −{change.removed})", "bold")
        for title, why in change.reasons:
            self.line(f"  {title}: {why}")
        for row in change.diff.splitlines():
            style = "green" if row.startswith("+") else "red" if row.startswith("-") else None
            self.line(f"  {_ESCAPES.sub('', row)}", style)

    def error(self, error: SimpleDeployError) -> None:
        self.line(f"✗ {error.message}", "red")
        for row in error.hint.splitlines():
            self.line(f"  → {row}")
        if error.docs:
            self.line(f"  More: {error.docs}")


class JsonLines:
    """Writes each event as one line of JSON."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def listen(self, event: Event) -> None:
        self.write(event.to_data())

    def write(self, data: object) -> None:
        self._out.write(json.dumps(data) + "\n")
        self._out.flush()


class Prompt:
    """Asks at the terminal. An empty answer takes the default shown in brackets."""

    def __init__(
        self,
        terminal: Terminal,
        *,
        read: Callable[[str], str] = input,
        read_secret: Callable[[str], str] = getpass.getpass,
    ) -> None:
        self._terminal = terminal
        self._read = read
        self._read_secret = read_secret

    def ask(self, question: Question) -> Answers:
        """:raises Cancelled: the person pressed Ctrl-C or Ctrl-D."""
        self._terminal.line()
        self._terminal.line(f"? {question.title}", "bold")
        if question.help:
            self._terminal.line(f"  {question.help}")
        return self.options(question.fields)

    def options(self, fields: Iterable[Option]) -> Answers:
        values: dict[str, Value] = {}
        for field in fields:
            if is_asked(field, values):
                values[field.name] = self._one(field)
        return Answers(values=values)

    def confirm(self, text: str, *, default: bool = True) -> bool:
        option = Option(name="confirm", label=text, kind="flag", default=default)
        return self._one(option) is True

    def choose(self, text: str, choices: Iterable[tuple[str, str]]) -> str:
        """The first element of the chosen pair; the person types its number."""
        pairs = list(choices)
        self._terminal.line(text, "bold")
        for number, (_, label) in enumerate(pairs, 1):
            self._terminal.line(f"  {number}. {label}")
        while True:
            typed = self._typed("Number: ", secret=False)
            if typed.isdigit() and 1 <= int(typed) <= len(pairs):
                return pairs[int(typed) - 1][0]
            self._terminal.line(f"  Type a number from 1 to {len(pairs)}.")

    def _one(self, option: Option) -> Value:
        if option.kind == "choice":
            for choice in option.choices:
                self._terminal.line(f"  {choice.value}: {choice.label}. {choice.help}".rstrip())
        elif option.help:
            self._terminal.line(f"  {option.help}")
        while True:
            typed = self._typed(f"  {option.label}{_shown_default(option)}: ", secret=option.kind == "secret")
            if not typed and option.default is not None:
                typed = option.default if isinstance(option.default, str) else ("yes" if option.default else "no")
            try:
                return option.clean(typed)
            except InvalidAnswer as error:
                self._terminal.line(f"  {error.message}")

    def _typed(self, text: str, *, secret: bool) -> str:
        try:
            return (self._read_secret if secret else self._read)(text).strip()
        except (EOFError, KeyboardInterrupt) as error:
            raise Cancelled() from error


def _shown_default(option: Option) -> str:
    if option.kind == "flag":
        return " [Y/n]" if option.default else " [y/N]"
    return f" [{option.default}]" if isinstance(option.default, str) and option.default else ""


def when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def is_interactive() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
