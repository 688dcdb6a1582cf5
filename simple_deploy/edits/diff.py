"""What changed between two texts, as hunks for the page and as a unified diff that git can apply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from simple_deploy.edits import lines

LineKind = Literal["context", "add", "remove"]

_CONTEXT = 3
_SIGNS: dict[LineKind, str] = {"context": " ", "add": "+", "remove": "-"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """One line of a hunk.

    :param old_no: its number before, counted from 1; None for an added line.
    :param new_no: its number after; None for a removed line.
    :param text: the line without its newline.
    :param newline: whether it ends with a newline; only the last line of a file may not.
    """

    kind: LineKind
    old_no: int | None
    new_no: int | None
    text: str
    newline: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """Neighbouring changes with up to three unchanged lines around them.

    :param old_start: number of the first line before, as a unified diff has it: one less when there is none.
    :param old_count: how many lines of the text before it covers.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: tuple[DiffLine, ...]

    @property
    def header(self) -> str:
        """Such as ``@@ -1,4 +1,6 @@``."""
        return f"@@ -{_range(self.old_start, self.old_count)} +{_range(self.new_start, self.new_count)} @@"


def hunks(before: str | None, after: str | None) -> tuple[Hunk, ...]:
    """The changes from *before* to *after*; None is a file that does not exist."""
    old, new = _rows(before), _rows(after)
    every = tuple(_lines(old, new))
    changed = [index for index, line in enumerate(every) if line.kind != "context"]
    spans: list[tuple[int, int]] = []
    for index in changed:
        start, end = max(index - _CONTEXT, 0), min(index + _CONTEXT + 1, len(every))
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    found = []
    old_done = new_done = position = 0
    for start, end in spans:
        # Between two hunks there is only context, which counts on both sides.
        old_done, new_done = old_done + start - position, new_done + start - position
        part = every[start:end]
        old_count = sum(line.kind != "add" for line in part)
        new_count = sum(line.kind != "remove" for line in part)
        found.append(
            Hunk(
                old_start=old_done + (old_count > 0),
                old_count=old_count,
                new_start=new_done + (new_count > 0),
                new_count=new_count,
                lines=part,
            )
        )
        old_done, new_done, position = old_done + old_count, new_done + new_count, end
    return tuple(found)


def unified(before: str | None, after: str | None, path: str) -> str:
    """A unified diff of the file *path*, relative to the git root with forward slashes; empty when nothing changed.

    :param before: the text before; None when the file is new.
    :param after: the text after; None when the file is deleted.
    """
    if before == after:
        return ""
    out = [
        "--- " + ("/dev/null" if before is None else _quoted(f"a/{path}")),
        "+++ " + ("/dev/null" if after is None else _quoted(f"b/{path}")),
    ]
    for hunk in hunks(before, after):
        out.append(hunk.header)
        for line in hunk.lines:
            out.append(_SIGNS[line.kind] + line.text)
            if not line.newline:
                out.append("\\ No newline at end of file")
    return "\n".join(out) + "\n"


def _rows(text: str | None) -> list[str]:
    """Lines with their newlines, so that a last line with and one without are not the same."""
    rows = (text or "").split("\n")
    return [row + "\n" for row in rows[:-1]] + ([rows[-1]] if rows[-1] else [])


def _lines(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    i = j = 0
    for kept_i, kept_j in [*lines.matches(old, new), (len(old), len(new))]:
        for index in range(i, kept_i):
            yield _line("remove", old[index], index + 1, None)
        for index in range(j, kept_j):
            yield _line("add", new[index], None, index + 1)
        if kept_i < len(old):
            yield _line("context", old[kept_i], kept_i + 1, kept_j + 1)
        i, j = kept_i + 1, kept_j + 1


def _line(kind: LineKind, row: str, old_no: int | None, new_no: int | None) -> DiffLine:
    return DiffLine(kind=kind, old_no=old_no, new_no=new_no, text=row.removesuffix("\n"), newline=row.endswith("\n"))


def _range(start: int, count: int) -> str:
    return str(start) if count == 1 else f"{start},{count}"


def _quoted(path: str) -> str:
    """*path* as git writes it: in quotes with escapes when a character would end or split it."""
    if all(character.isprintable() and character not in '"\\' for character in path):
        return path + "\t" if " " in path else path
    data = path.encode("utf-8", "surrogatepass")
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}" for byte in data)
    return '"' + "".join(plain) + '"'
