"""Blocks of lines that belong to the tool, inside a file that belongs to the person.

::

    # >>> simple_deploy: local (do not edit inside; hash 1a2b3c4d) >>>
    DEBUG = False
    # <<< simple_deploy: local <<<

The hash is of what the tool wrote between the markers, so that an edit by hand is noticed. Nothing outside the markers
is ever changed. A new block goes to the end, after one blank line, and leaves the end of the file as it was: with a
final newline or without. Removing takes out just that, which gives back the same bytes.

In Python a marker is a comment that starts in the first column; the same words inside a string are not a marker.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from simple_deploy.edits import lines, python_source
from simple_deploy.edits.errors import BlockEdited, EditError

_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_CLOSING = {"<!--": " -->", "/*": " */"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block found in a text.

    :param body: the lines between the markers, each with its newline.
    :param edited: whether *body* is no longer what the tool wrote.
    :param first_line: number of the line with the begin marker, counted from 1.
    :param last_line: number of the line with the end marker.
    """

    id: str
    body: str
    edited: bool
    first_line: int
    last_line: int


def put_block(
    text: str,
    block_id: str,
    body: str,
    *,
    comment: str = "#",
    python: bool = True,
    before: str = "",
) -> str:
    """*text* with a block *block_id* that holds *body*: replaced where it stands, else added at the end.

    :param comment: what starts a comment in this file; ``<!--`` and ``/*`` are closed as well.
    :param python: whether the text is Python and must stay so; without effect when *comment* is not ``#``.
    :param before: a new block goes in front of the block of this name, where there is one.
    :raises BlockEdited: someone edited inside the block, and *body* is not what they made of it.
    :raises EditError: the text or the result is not valid Python, the markers do not pair up, or *body* holds a marker.
    """
    syntax = _Syntax.of(comment, python)
    rows, final_newline = lines.split(text)
    body_rows = _body_rows(body, syntax)
    new_body = lines.join(body_rows, True)
    found = _find(text, rows, block_id, syntax)
    block_rows = [syntax.begin(block_id, new_body), *body_rows, syntax.end(block_id)]
    following = _find(text, rows, before, syntax) if before else None
    if found is None and following is not None:
        place = following.first_line - 1
        new_rows = [*rows[:place], *block_rows, "", *rows[place:]]
    elif found is None:
        new_rows = [*rows, "", *block_rows] if rows else block_rows
    else:
        if found.body == new_body and not found.edited:
            return text
        if found.edited and found.body != new_body:
            raise _edited(found, new_body)
        new_rows = [*rows[: found.first_line - 1], *block_rows, *rows[found.last_line :]]
    result = lines.join(new_rows, final_newline)
    after = _find(result, new_rows, block_id, syntax)
    if after is None or after.edited or after.body != new_body:
        raise EditError(
            f'There is no place for the block "{block_id}" in this text.',
            hint="Check the end of the file: a line continued with a backslash, for example.",
        )
    return result


def remove_block(text: str, block_id: str, *, comment: str = "#", python: bool = True) -> str:
    """*text* without the block *block_id* and the blank line before it; the same text when there is none.

    :raises BlockEdited: someone edited inside the block.
    :raises EditError: as for :func:`put_block`.
    """
    syntax = _Syntax.of(comment, python)
    rows, final_newline = lines.split(text)
    found = _find(text, rows, block_id, syntax)
    if found is None:
        return text
    if found.edited:
        raise _edited(found, "")
    before = rows[: found.first_line - 1]
    if before and not before[-1]:
        before.pop()
    result = lines.join([*before, *rows[found.last_line :]], final_newline)
    if syntax.python:
        python_source.parse(result)
    return result


def read_blocks(text: str, *, comment: str = "#", python: bool = True) -> dict[str, Block]:
    """All blocks in *text* by their names, in their order.

    :raises EditError: as for :func:`put_block`.
    """
    return _found(text, lines.split(text)[0], _Syntax.of(comment, python))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marker:
    row: int
    opens: bool
    id: str
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Syntax:
    comment: str
    closing: str
    python: bool

    @classmethod
    def of(cls, comment: str, python: bool) -> _Syntax:
        if not comment or "\n" in comment:
            raise EditError(f"{comment!r} does not start a comment.", hint="Use # or // or the like.")
        return cls(comment=comment, closing=_CLOSING.get(comment, ""), python=python and comment == "#")

    def begin(self, block_id: str, body: str) -> str:
        note = f"(do not edit inside; hash {_digest(body)})"
        return f"{self.comment} >>> simple_deploy: {block_id} {note} >>>{self.closing}"

    def end(self, block_id: str) -> str:
        return f"{self.comment} <<< simple_deploy: {block_id} <<<{self.closing}"

    def markers(self, rows: Sequence[str]) -> list[_Marker]:
        """Lines that read like a marker. The note may be worded differently or be gone; then the hash is missing."""
        start, stop = re.escape(self.comment), re.escape(self.closing)
        begin = re.compile(rf"{start} >>> simple_deploy: ({_ID.pattern})(?: \(([^()]*)\))? >>>{stop}[ \t]*")
        end = re.compile(rf"{start} <<< simple_deploy: ({_ID.pattern}) <<<{stop}[ \t]*")
        found = []
        for index, row in enumerate(rows):
            if opening := begin.fullmatch(row):
                digest = re.search(r"hash ([0-9a-f]{8})$", opening[2] or "")
                found.append(_Marker(row=index, opens=True, id=opening[1], digest=digest[1] if digest else ""))
            elif closing := end.fullmatch(row):
                found.append(_Marker(row=index, opens=False, id=closing[1]))
        return found


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _body_rows(body: str, syntax: _Syntax) -> list[str]:
    rows, _ = lines.split(body.replace("\r\n", "\n"))
    if syntax.markers(rows):
        raise EditError("The block to be written has a marker of a block inside.", hint="Remove that line.")
    if syntax.python:
        try:
            python_source.parse(body)
        except EditError as error:
            raise EditError(
                f"The block to be written is not valid Python. {error.message}",
                hint="This is a fault of the platform's plugin; please report it.",
                line=error.line,
            ) from error
    return rows


def _find(text: str, rows: Sequence[str], block_id: str, syntax: _Syntax) -> Block | None:
    """The block in *text*, whose lines are *rows*; also checks that the text can be edited at all."""
    if not _ID.fullmatch(block_id):
        raise EditError(
            f"{block_id!r} cannot name a block.",
            hint="Use lower-case letters, digits, dots, hyphens and underscores.",
        )
    return _found(text, rows, syntax).get(block_id)


def _found(text: str, rows: Sequence[str], syntax: _Syntax) -> dict[str, Block]:
    if syntax.python:
        python_source.parse(text)
    markers = syntax.markers(rows)
    if markers and syntax.python:
        comments = python_source.comment_lines(text)
        markers = [marker for marker in markers if marker.row + 1 in comments]
    found = {}
    for begin, end in _pairs(markers, syntax):
        body = lines.join(rows[begin.row + 1 : end.row], True)
        if begin.id in found:
            raise EditError(
                f'Line {begin.row + 1} starts the block "{begin.id}" a second time.',
                hint="Delete one of the two blocks, markers included.",
                line=begin.row + 1,
            )
        found[begin.id] = Block(
            id=begin.id,
            body=body,
            edited=begin.digest != _digest(body),
            first_line=begin.row + 1,
            last_line=end.row + 1,
        )
    return found


def _pairs(markers: Sequence[_Marker], syntax: _Syntax) -> list[tuple[_Marker, _Marker]]:
    pairs = []
    opened: _Marker | None = None
    for marker in markers:
        if opened and not marker.opens and marker.id == opened.id:
            pairs.append((opened, marker))
            opened = None
        elif opened:
            raise _unclosed(opened, syntax)
        elif marker.opens:
            opened = marker
        else:
            raise EditError(
                f'Line {marker.row + 1} ends the block "{marker.id}", which is not open there.',
                hint="Delete that line, or bring back the line that starts the block.",
                line=marker.row + 1,
            )
    if opened:
        raise _unclosed(opened, syntax)
    return pairs


def _unclosed(opened: _Marker, syntax: _Syntax) -> EditError:
    return EditError(
        f'Line {opened.row + 1} starts the block "{opened.id}", and nothing ends it.',
        hint=f"Bring back the line `{syntax.end(opened.id)}` below the block, or delete line {opened.row + 1}.",
        line=opened.row + 1,
    )


def _edited(found: Block, new_body: str) -> BlockEdited:
    return BlockEdited(
        f'Someone edited inside the block "{found.id}" (lines {found.first_line} to {found.last_line}), so it'
        " is left alone.",
        hint="Move your own lines out of the block, below its last line; or let the block be replaced.",
        line=found.first_line,
        block_id=found.id,
        old=found.body,
        new=new_body,
    )
