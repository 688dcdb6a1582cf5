"""Known values in text, however a program spells them.

A text is read in several ways: as it is, and with its percent signs, entities and backslashes taken for what they stand
for, by themselves and one after the other. What quoting, colouring, doubling and breaking lines add or take away is
left out of each reading, and out of the values that are looked for. So one comparison finds every spelling, and every
mixture of them.

It takes time in proportion to the text, however many values there are: of each reading only every fourth group of five
characters is looked up, among those that values begin with. A value is long enough to hold one of these groups.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from simple_deploy.core import ansi, hidden

#: Characters that have to be left of a value for it to be found among others.
SHORTEST = 8

_GROUP = 5
_STEP = SHORTEST - _GROUP + 1
_TELLING = 12  # characters
_WORD = re.compile(r"[a-z]+(?:://)?")
_READINGS = 32  # of one text
_DEEPEST = 3  # times that a text is escaped in the same way

#: What quoting and breaking lines add or take away. A plus sign may stand for a space.
_NOISE = "\"'\\`^$%{}+"
_NO_NOISE = {
    code: None for code in range(160) if chr(code).isspace() or code < 32 or code >= 127 or chr(code) in _NOISE
}
#: What stands between any two characters, and is not stored: lines that are broken, and all that colours and hides.
#: Commands to a terminal have a text, in which a value may stand too: they stay, and one way to read a text is without.
_JOINTS = re.compile(rf"(?P<command>{ansi.COMMAND})|\r?\n[ \t]*|{ansi.OBEYED}")
_NOISY = re.compile(rf"[\s{re.escape(_NOISE)}\x00-\x1f\x7f-\x9f]+|{hidden.PATTERN}|[\u200d\ufe0e\ufe0f]")

#: How characters are escaped: by what character, and what follows it. Each way by itself, since a value that holds what
#: looks like the one may be escaped by another.
_ESCAPES = {
    "%": re.compile(
        r"%(?:(?P<percent>[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*)|(?P<units>u[0-9A-Fa-f]{4}(?:%u[0-9A-Fa-f]{4})*))"
    ),
    "&": re.compile(r"&(?P<entity>(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"),
    "\\": re.compile(
        r"\\(?:"
        r"(?P<bytes>x[0-9A-Fa-f]{2}(?:\\x[0-9A-Fa-f]{2})*)"
        r"|(?P<units>u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})*)"
        r"|(?P<octal>[0-3][0-7]{2}(?:\\[0-3][0-7]{2})*)"
        r"|(?P<point>u\{[0-9A-Fa-f]{1,6}\}|U[0-9A-Fa-f]{8})"
        r"|(?P<control>[abefnrtv0])"
        r"|(?P<backslash>\\))"
    ),
    **dict.fromkeys("\x1b\x90\x98\x9d\x9e\x9f", re.compile(f"(?P<command>{ansi.COMMAND})")),
}
#: An escape, a character of several escaped bytes, or a colour, that may go on in the next line.
_UNFINISHED = re.compile(
    r"(?:(?:%[C-Fc-f][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f]){0,2})?(?:%[0-9A-Fa-f]?)?"
    r"|(?:\\x[C-Fc-f][0-9A-Fa-f](?:\\x[89ABab][0-9A-Fa-f]){0,2})?(?:\\(?:x[0-9A-Fa-f]?)?)?"
    r"|(?:\\3[0-7]{2}(?:\\2[0-7]{2}){0,2})?(?:\\[0-3]?[0-7]?)?"
    r"|(?:[\\%]u[dD][89abAB][0-9A-Fa-f]{2})?(?:[\\%](?:u[0-9A-Fa-f]{0,3})?)?"
    r"|\\u\{[0-9A-Fa-f]{0,6}|\\U[0-9A-Fa-f]{0,7}|&(?:\#[xX]?)?[A-Za-z0-9]{0,8}"
    r"|(?:\x1b(?:\[[0-?]*)?|\x9b[0-?]*)[ -/]*)\Z"
)
_LONGEST_UNFINISHED = 24
_CONTROLS = dict(zip("abefnrtv0", "\a\b\x1b\f\n\r\t\v\0", strict=True))


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to write a value, without noise; *any_case* where upper and lower case mean the same."""

    text: str
    any_case: bool = False


Span = tuple[int, int]


class Spellings:
    """Values to look for."""

    def __init__(self) -> None:
        self._index: dict[str, list[tuple[int, _Form]]] = {}

    def add(self, value: str) -> bool:
        """Look for *value* from now on; False when too little is left of it to tell it from other text."""
        if len(bare(value)) < SHORTEST:
            return False
        for form in _forms(value):
            for offset in range(_STEP):
                known = self._index.setdefault(_lower(form.text)[offset : offset + _GROUP], [])
                if (offset, form) not in known:
                    known.append((offset, form))
        return True

    def find(self, text: str) -> list[Span]:
        """Where in *text* the values stand, in order and apart from each other."""
        return Following(self).find(text, beginnings=False)

    def starts(self, lowered: str, first: int) -> Iterator[tuple[int, _Form]]:
        """Where a form may begin in a reading in lower case, at *first* or later."""
        index = self._index
        for at in [at for at in range(0, len(lowered) - _GROUP + 1, _STEP) if lowered[at : at + _GROUP] in index]:
            for offset, form in index[lowered[at : at + _GROUP]]:
                if at - offset >= first:
                    yield at - offset, form

    def __bool__(self) -> bool:
        return bool(self._index)


class Following:
    """Looks through lines that follow each other: a value may be split between them.

    What stands on one line is told when that line is looked through, and what stands on earlier lines cannot be
    hidden any more. So the beginning of a value at the end of a line is taken for the value.
    """

    def __init__(self, spellings: Spellings) -> None:
        self._spellings = spellings
        self._before = {"": ""}  # what each reading ended with, too short to be the beginning of a value
        self._cut = ""  # the end of the line before, where it is part of an escape
        self._begun: set[tuple[_Form, int]] = set()  # with how much of it there was

    def find(self, line: str, *, beginnings: bool = True) -> list[Span]:
        """Where values, or parts of them, stand in *line*.

        :param beginnings: whether the beginning of a value at the end of the line counts.
        """
        if not self._spellings:
            return []
        found: list[Span] = []
        begun: set[tuple[_Form, int]] = set()
        before: dict[str, str] = {}
        whole, first = self._cut + line, len(self._cut)
        self._cut = _unfinished(whole) if beginnings else ""
        whole = whole.removesuffix(self._cut)
        readings = _readings(whole)
        for way in {**readings, **self._before}:
            shown = bare(_nearest(readings, way))
            earlier = _nearest(self._before, way)
            spans = [*self._continued(shown, begun), *self._starting(earlier, shown, begun, beginnings)]
            ending = (earlier + shown)[-SHORTEST + 1 :]
            if not way or ending != _nearest(before, way):
                before[way] = ending
            if spans:
                places = _Places.of(whole, way)
                found += [places.span(start, end) for start, end in spans]
        self._before, self._begun = before, begun
        return _merged([(max(start - first, 0), end - first) for start, end in found if end > first])

    def _continued(self, shown: str, begun: set[tuple[_Form, int]]) -> Iterator[Span]:
        for form, length in self._begun:
            rest = form.text[length:]
            if _begins(shown, rest, form.any_case):
                yield 0, len(rest)
            elif shown and _begins(rest, shown, form.any_case):
                begun.add((form, length + len(shown)))
                yield 0, len(shown)
            elif not shown:
                begun.add((form, length))

    def _starting(self, earlier: str, shown: str, begun: set[tuple[_Form, int]], beginnings: bool) -> Iterator[Span]:
        whole = earlier + shown
        lowered = _lower(whole)
        for start, form in self._spellings.starts(lowered, 0):
            text, looked = (_lower(form.text), lowered) if form.any_case else (form.text, whole)
            left = len(whole) - start
            if looked.startswith(text, start):
                end = start + len(text)
            elif beginnings and SHORTEST <= left < len(text) and text.startswith(looked[start:]):
                begun.add((form, left))
                if _is_ordinary(whole[start:]):
                    continue
                end = len(whole)
            else:
                continue
            if end > len(earlier):
                yield max(0, start - len(earlier)), end - len(earlier)


class _Places:
    """Where each character of a reading, once its noise is left out, stands in the text."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans

    @classmethod
    def of(cls, text: str, way: str) -> _Places:
        joints = _joints(text)
        spans = [(at, at + 1) for at in range(len(text)) if at not in joints]
        text = _joined(text)
        for sign in way:
            text, spans = _unescaped(text, spans, _ESCAPES[sign])
        gone = _joints(text)
        return cls([spans[at] for at, char in enumerate(text) if at not in gone and bare(char)])

    def span(self, start: int, end: int) -> Span:
        return self._spans[start][0], self._spans[end - 1][1]


def bare(text: str) -> str:
    """*text* without what quoting, colouring and breaking lines add to it."""
    text = _joined(text)
    return text.translate(_NO_NOISE) if text.isascii() else _NOISY.sub("", text)


def _joined(text: str) -> str:
    """*text* without what stands between any two of its characters."""
    return text if text.isascii() and text.isprintable() else _JOINTS.sub(lambda match: match["command"] or "", text)


def _joints(text: str) -> set[int]:
    """Where :func:`_joined` leaves something out."""
    found = (match for match in _JOINTS.finditer(text) if match["command"] is None)
    return {at for match in found for at in range(*match.span())}


def _lower(text: str) -> str:
    """*text* with as many characters as before."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(char.lower() if char.isascii() else char for char in text)


def _is_ordinary(beginning: str) -> bool:
    """Whether other texts begin so too: with a word, or with the scheme of an address."""
    return len(beginning) < _TELLING and _WORD.fullmatch(beginning) is not None


def _begins(text: str, beginning: str, any_case: bool) -> bool:
    return _lower(text).startswith(_lower(beginning)) if any_case else text.startswith(beginning)


def _readings(text: str) -> dict[str, str]:
    """*text* as it can be read, by the characters whose escapes were resolved, in their order."""
    text = _joined(text)
    readings = {"": text}
    if not any(sign in text for sign in _ESCAPES):
        return readings
    known = {text}
    waiting = [""]
    while waiting and len(readings) < _READINGS:
        way = waiting.pop(0)
        for sign, pattern in _ESCAPES.items():
            if sign in readings[way] and way.count(sign) < _DEEPEST:
                deeper = pattern.sub(lambda match: "".join(chars for chars, _ in _meant(match)), readings[way])
                if deeper not in known:
                    known.add(deeper)
                    readings[way + sign] = deeper
                    waiting.append(way + sign)
    return readings


def _nearest(known: Mapping[str, str], way: str) -> str:
    """What *known* has for *way*; escapes that are not there change nothing."""
    found = ""
    for sign in way:
        if found + sign in known:
            found += sign
    return known[found]


def _unfinished(text: str) -> str:
    end = text[-_LONGEST_UNFINISHED:]
    if not any(sign in end for sign in "%&\\\x1b\x9b"):
        return ""
    match = _UNFINISHED.search(end)
    return match[0] if match else ""


def _unescaped(text: str, spans: Sequence[Span], pattern: re.Pattern[str]) -> tuple[str, list[Span]]:
    """The next reading, and which part of the original each of its characters stands for."""
    parts: list[str] = []
    kept: list[Span] = []
    done = 0
    for match in pattern.finditer(text):
        parts.append(text[done : match.start()])
        kept += spans[done : match.start()]
        done = match.start()
        for chars, width in _meant(match):
            parts.append(chars)
            kept += [(spans[done][0], spans[done + width - 1][1])] * len(chars)
            done += width
    return "".join([*parts, text[done:]]), [*kept, *spans[done:]]


def _meant(match: re.Match[str]) -> list[tuple[str, int]]:
    """What an escape stands for, in parts, and how many of its characters each part takes."""
    text = match[0]
    if match.lastgroup == "percent":
        return _decoded(bytes.fromhex(text.replace("%", "")), 3)
    if match.lastgroup == "bytes":
        return _decoded(bytes.fromhex(text.replace("\\x", "")), 4)
    if match.lastgroup == "octal":
        return _decoded(bytes(int(each, 8) for each in text.split("\\")[1:]), 4)
    if match.lastgroup == "units":
        units = re.sub(r"[\\%]u", "", text)
        chars = binascii.unhexlify(units).decode("utf-16-be", "surrogatepass")
        return [(char, 12 if ord(char) > 0xFFFF else 6) for char in chars]
    if match.lastgroup == "point":
        number = int(text[2:].strip("{}"), 16)
        return [(chr(number) if number < 0x110000 else "", len(text))]
    if match.lastgroup == "command":
        return [("", len(text))]
    if match.lastgroup == "control":
        return [(_CONTROLS[text[1]], 2)]
    return [(html.unescape(text) if match.lastgroup == "entity" else "\\", len(text))]


def _decoded(raw: bytes, width: int) -> list[tuple[str, int]]:
    """*raw* as UTF-8, and what is none as Latin-1."""
    chars = raw.decode("utf-8", "surrogateescape")
    return [
        (chr(ord(char) - 0xDC00), width) if "\udc80" <= char <= "\udcff" else (char, width * len(char.encode("utf-8")))
        for char in chars
    ]


def _forms(value: str) -> set[_Form]:
    """*value* as it is, and in the codes that leave nothing of its characters."""
    forms = {_Form(text) for text in _readings(value).values()}  # who escapes leaves alone what looks escaped
    escaped = {quote(value, safe=safe, errors="replace") for safe in ("", "/", "!'()*~")}
    for text in {value, json.dumps(value)[1:-1], *escaped}:
        raw = text.encode("utf-8", "surrogatepass")
        digits = [f"{byte:02x}" for byte in raw]
        forms |= {_Form(between.join(digits), any_case=True) for between in ("", ":", "-", ",", ",0x", "0x")}
        forms |= {_Form(code) for code in _inside(base64.b64encode, raw, 3, 4)}
        forms |= {_Form(code.replace("+", "-").replace("/", "_")) for code in _inside(base64.b64encode, raw, 3, 4)}
        forms |= {_Form(code, any_case=True) for code in _inside(base64.b32encode, raw, 5, 8)}
        forms |= {_Form(between.join(map(str, raw))) for between in ("", ",")}  # as lists of bytes are printed
    cleaned = {_Form(bare(form.text), form.any_case) for form in forms}
    return {form for form in cleaned if len(form.text) >= SHORTEST}


def _inside(encode: Callable[[bytes], bytes], raw: bytes, block: int, chars: int) -> Iterator[str]:
    """*raw* within a longer encoded text, at each place in a block of bytes, without what depends on its neighbours.

    :param block: bytes that become *chars* characters.
    """
    bits = 8 * block // chars
    for lead in range(block):
        code = encode(b"\0" * lead + raw).decode("ascii")
        yield code[-(-lead * 8 // bits) : (lead + len(raw)) * 8 // bits]


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
