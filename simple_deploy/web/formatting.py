"""What programs print, logs and diffs, as HTML that is safe to show and as plain text that is safe to paste.

Text is escaped first; colours become class names, never styles; links lead to http and https only. Every other
escape sequence (titles, clipboard writes, hyperlinks with a text of their own, cursor moves) is dropped.
"""

from __future__ import annotations

import colorsys
import difflib
import keyword
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import urlsplit

from django.utils.safestring import SafeString, mark_safe

from simple_deploy.core import ansi
from simple_deploy.core.events import Event, Output
from simple_deploy.runs.timeline import Line

#: Longer lines are cut, so that one line cannot stall a browser.
LONGEST = 8_000

_LINK = re.compile(r"https?://[^\s<>\"'`{}|\\^]+")


@dataclass(frozen=True, slots=True)
class _Look:
    """How text is shown. Colours are numbers of the sixteen-colour palette, or None."""

    foreground: int | None = None
    background: int | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False

    @property
    def classes(self) -> str:
        names = [name for name in ("bold", "dim", "italic", "underline", "inverse") if getattr(self, name)]
        names += [f"fg-{self.foreground}"] if self.foreground is not None else []
        names += [f"bg-{self.background}"] if self.background is not None else []
        return " ".join(names)


_PLAIN = _Look()


def to_html(text: str) -> SafeString:
    """A line of output as HTML that can stand inside any element; a command line may hold line breaks."""
    if len(text) <= LONGEST and "://" not in text and text.isascii() and text.isprintable():
        return mark_safe(escape(text))
    text = _last_overwrite(text)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} … ({len(text) - LONGEST} more characters)"
    parts = []
    for piece, look in _pieces(text):
        html = _linked(piece)
        parts.append(f'<span class="{look.classes}">{html}</span>' if look != _PLAIN else html)
    return mark_safe("".join(parts))


def to_text(text: str) -> str:
    """Lines of output without anything a terminal would act upon."""
    return ansi.lines(_last_overwrite(text))


def _pieces(text: str) -> Iterator[tuple[str, _Look]]:
    look, position = _PLAIN, 0
    text = ansi.lines(text, colour=True)
    for match in ansi.COLOUR.finditer(text):
        if match.start() > position:
            yield text[position : match.start()], look
        position = match.end()
        look = _apply(match["numbers"], look)
    if position < len(text):
        yield text[position:], look


def _last_overwrite(text: str) -> str:
    """What is left of lines that rewrote themselves with carriage returns, as progress bars do."""
    if "\r" not in text:
        return text
    return "\n".join(map(_end_of_line, text.split("\n")))


def _end_of_line(line: str) -> str:
    return next((part for part in reversed(line.split("\r")) if part.strip()), "") if "\r" in line else line


def _apply(parameters: str, look: _Look) -> _Look:
    numbers = [int(part) if part.isdecimal() and len(part) < 6 else 0 for part in re.split("[;:]", parameters)]
    index = 0
    while index < len(numbers):
        number = numbers[index]
        index += 1
        if number in (38, 48):
            colour, index = _extended(numbers, index)
            if colour is not None:
                look = replace(look, foreground=colour) if number == 38 else replace(look, background=colour)
        else:
            look = _simple(number, look)
    return look


def _simple(number: int, look: _Look) -> _Look:
    if number in _SWITCHES:
        return replace(look, **_SWITCHES[number])
    for start, offset, part in _RANGES:
        if start <= number < start + 8:
            return replace(look, **dict[str, Any]({part: number - start + offset}))
    return _PLAIN if number == 0 else look


_SWITCHES: dict[int, dict[str, Any]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"inverse": True},
    21: {"underline": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"inverse": False},
    39: {"foreground": None},
    49: {"background": None},
}
_RANGES = ((30, 0, "foreground"), (90, 8, "foreground"), (40, 0, "background"), (100, 8, "background"))


def _extended(numbers: list[int], index: int) -> tuple[int | None, int]:
    """The colour that 38 or 48 introduces, and where the next parameter stands."""
    kind = numbers[index] if index < len(numbers) else 0
    if kind == 5 and index + 1 < len(numbers):
        return _of_256(numbers[index + 1]), index + 2
    if kind == 2 and index + 3 < len(numbers):
        red, green, blue = numbers[index + 1 : index + 4]
        return _nearest(red, green, blue), index + 4
    return None, len(numbers)


def _of_256(number: int) -> int | None:
    if number < 16:
        return number
    if number < 232:
        levels = (0, 95, 135, 175, 215, 255)
        cube = number - 16
        return _nearest(levels[cube // 36], levels[cube // 6 % 6], levels[cube % 6])
    return _nearest(*[8 + 10 * (number - 232)] * 3) if number < 256 else None


def _nearest(red: int, green: int, blue: int) -> int:
    """The palette colour of the same hue; the palette, not the program, knows what is readable on our background."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(min(part, 255) / 255 for part in (red, green, blue)))
    if saturation < 0.2 or lightness < 0.08 or lightness > 0.95:
        return (0, 8, 7, 15)[min(int(lightness * 4), 3)]
    colour = (1, 3, 2, 6, 4, 5)[round(hue * 6) % 6]
    return colour + 8 if lightness > 0.6 else colour


def _linked(text: str) -> str:
    parts, position = [], 0
    for match in _LINK.finditer(text):
        url = _trimmed(match[0])
        if not _is_link(url):
            continue
        address = escape(url)
        parts.append(escape(text[position : match.start()]))
        parts.append(f'<a href="{address}" rel="noopener noreferrer" target="_blank">{address}</a>')
        position = match.start() + len(url)
    parts.append(escape(text[position:]))
    return "".join(parts)


def _trimmed(url: str) -> str:
    """*url* without the punctuation of the sentence around it."""
    url = url.rstrip(".,;:!?*…•")
    while url.endswith((")", "]")) and url.count(url[-1]) > url.count({")": "(", "]": "["}[url[-1]]):
        url = url[:-1].rstrip(".,;:!?*…•")
    return url


def _is_link(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


#: Folders, each with what stands in its place in a log.
Paths = tuple[tuple[str, str], ...]


def log_lines(lines: Iterable[Line], paths: Paths = ()) -> SafeString:
    """*lines* as elements whose ids are the events' numbers, so that a line sent twice is shown once."""
    return mark_safe("".join(_log_line(line, paths) for line in lines))


def shortened(text: str, paths: Paths) -> str:
    """*text* with short names for the folders it names."""
    for folder, name in paths:
        if folder in text:
            text = re.sub(rf"{re.escape(folder)}(?![\w.-])", name, text)
    return text


def _log_line(line: Line, paths: Paths) -> str:
    outcome = f" is-{escape(line.outcome)}" if line.outcome else ""
    step = f' data-step="{escape(line.step)}"' if line.step else ""
    clock = time.strftime("%H:%M:%S", time.localtime(line.at))
    text = to_html(shortened(line.text, paths)) or "&#8203;"
    more = f"<small>{escape(ansi.harmless(line.detail))}</small>" if line.detail else ""
    return f'<div class="line line-{line.kind}{outcome}" id="e{line.seq}" data-at="{clock}"{step}>{text}{more}</div>'


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRow:
    """One row of a diff. Numbers count from 1 and are None where the line is not on that side.

    :param parts: the text in pieces, each with whether it is what differs from the line it takes the place of.
    :param tokens: the text in pieces, each with its kind: ``comment``, ``string``, ``word`` (of the language) or empty.
    :param meaning: what a line means that a plan adds to settings, or empty.
    """

    kind: Literal["context", "add", "remove", "gap", "note"]
    old: int | None
    new: int | None
    text: str
    parts: tuple[tuple[str, bool], ...] = ()
    tokens: tuple[tuple[str, str], ...] = ()
    meaning: str = ""


def with_words(rows: Sequence[DiffRow]) -> tuple[DiffRow, ...]:
    """*rows* with the words marked that differ, where lines take the place of as many others."""
    found = list(rows)
    for removed, added in _changed(rows):
        for before, after in zip(removed, added, strict=False):
            parts = _words(rows[before].text, rows[after].text)
            if parts is not None:
                found[before], found[after] = (
                    replace(rows[n], parts=each) for n, each in ((before, parts[0]), (after, parts[1]))
                )
    return tuple(found)


def side_by_side(rows: Sequence[DiffRow]) -> tuple[tuple[DiffRow | None, DiffRow | None], ...]:
    """*rows* in pairs: what was on the left, what takes its place on the right."""
    pairs: list[tuple[DiffRow | None, DiffRow | None]] = []
    blocks = {removed.start: (removed, added) for removed, added in _changed(rows)}
    number = 0
    while number < len(rows):
        row = rows[number]
        if number in blocks:
            removed, added = blocks[number]
            pairs += zip_longest((rows[n] for n in removed), (rows[n] for n in added))
            number = added.stop
            continue
        pairs.append((None, row) if row.kind == "add" else (row, None) if row.kind == "remove" else (row, row))
        number += 1
    return tuple(pairs)


def _changed(rows: Sequence[DiffRow]) -> Iterator[tuple[range, range]]:
    """The stretches of removed lines with the added ones right behind them."""
    number = 0
    while number < len(rows):
        start = number
        while number < len(rows) and rows[number].kind == "remove":
            number += 1
        middle = number
        while number < len(rows) and rows[number].kind == "add":
            number += 1
        if start < middle < number:
            yield range(start, middle), range(middle, number)
        if number == start:
            number += 1


_WORD = re.compile(r"\w+|\s+|.")
_ALIKE = 0.4  # of two lines; less alike ones are not compared word by word, and neither are longer ones
_LONG = 400

_Parts = tuple[tuple[str, bool], ...]


def _words(before: str, after: str) -> tuple[_Parts, _Parts] | None:
    """Both lines in pieces, each with whether it differs; None where comparing them says nothing."""
    if max(len(before), len(after)) > _LONG:
        return None
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return None
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for kind, start, end, at, until in matcher.get_opcodes():
        left += [("".join(old[start:end]), kind != "equal")] if end > start else []
        right += [("".join(new[at:until]), kind != "equal")] if until > at else []
    return tuple(left), tuple(right)


_COMMENT_OR_STRING = r"""(?P<comment>(?:(?<=\s)|^)\#.*)|(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_PLAIN_FILE = re.compile(_COMMENT_OR_STRING)
_PYTHON = re.compile(rf"{_COMMENT_OR_STRING}|(?P<word>\b(?:{'|'.join(keyword.kwlist)})\b)")
_WITH_COMMENTS = frozenset({".toml", ".yaml", ".yml", ".cfg", ".sh", ""})  # a Dockerfile and a Procfile have no suffix


def with_tokens(rows: Sequence[DiffRow], path: str) -> tuple[DiffRow, ...]:
    """*rows* with comments, strings and words of the language told apart, where the file is one that is known."""
    suffix = PurePosixPath(path).suffix
    known = _PYTHON if suffix == ".py" else _PLAIN_FILE if suffix in _WITH_COMMENTS else None
    return tuple(replace(row, tokens=(*_tokens(row.text, known),)) for row in rows) if known else tuple(rows)


def _tokens(text: str, known: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """What is longer than a line, such as a text between three quotes, is not known as what it is."""
    at = 0
    for match in known.finditer(text[:_LONG]):
        if match.start() > at:
            yield text[at : match.start()], ""
        yield match[0], match.lastgroup or ""
        at = match.end()
    if at < len(text):
        yield text[at:], ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffPart:
    """Rows of a diff that stand together.

    :param title: of a block that a plan adds and that is long, what it says of itself; else empty.
    """

    rows: tuple[DiffRow, ...]
    title: str = ""


#: Rows; a block that a plan adds is folded when it has more.
_SHORT = 24
_BEGIN, _END = re.compile(r"# >>> simple_deploy: "), re.compile(r"# <<< simple_deploy: ")


def parts(rows: Sequence[DiffRow]) -> tuple[DiffPart, ...]:
    """*rows* with each long block that a plan adds in a part of its own."""
    found: list[DiffPart] = []
    start = 0
    for first, last in _blocks(rows):
        if last - first > _SHORT:
            found += [DiffPart(rows=tuple(rows[start:first]))] if first > start else []
            found.append(DiffPart(rows=tuple(rows[first:last]), title=rows[first + 1].text.lstrip("# ")))
            start = last
    return (*found, *([DiffPart(rows=tuple(rows[start:]))] if start < len(rows) else []))


def _blocks(rows: Sequence[DiffRow]) -> Iterator[tuple[int, int]]:
    """Where the blocks begin and end that are added as a whole."""
    first = None
    for number, row in enumerate(rows):
        if row.kind != "add":
            first = None
        elif _BEGIN.match(row.text):
            first = number
        elif first is not None and _END.match(row.text):
            yield first, number + 1
            first = None


_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)")


def diff_rows(diff: str) -> tuple[DiffRow, ...]:
    """The rows of one file's unified diff."""
    rows: list[DiffRow] = []
    old = new = 0
    for line in diff.removesuffix("\n").split("\n") if diff else ():
        hunk = _HUNK.match(line)
        if hunk:
            if rows:
                rows.append(DiffRow(kind="gap", old=None, new=None, text=hunk[3].strip()))
            old, new = int(hunk[1]), int(hunk[2])
        elif line.startswith("\\"):
            rows.append(DiffRow(kind="note", old=None, new=None, text=line[2:]))
        elif not old and not new:
            continue  # the two lines that name the file
        elif line.startswith("+"):
            rows.append(DiffRow(kind="add", old=None, new=new, text=line[1:]))
            new += 1
        elif line.startswith("-"):
            rows.append(DiffRow(kind="remove", old=old, new=None, text=line[1:]))
            old += 1
        else:
            rows.append(DiffRow(kind="context", old=old, new=new, text=line[1:]))
            old, new = old + 1, new + 1
    return tuple(rows)


def last_words(events: Sequence[Event]) -> tuple[str, ...]:
    """The last lines a program printed, for the panel that explains a failure."""
    printed = [
        event.payload.text
        for event in events
        if isinstance(event.payload, Output) and event.payload.stream != "command"
    ]
    return tuple(text for text in printed if text.strip())[-12:]
