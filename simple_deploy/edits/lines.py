"""A text as lines, and which lines two texts have in common."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from simple_deploy.edits.errors import EditError

Pairs = list[tuple[int, int]]

_MOST_EDITS = 100
"""Beyond this many edits between two anchors the shortest edit is not searched for; it keeps the time linear."""


def split(text: str) -> tuple[list[str], bool]:
    """The lines without their newlines, and whether the last one had one (true for an empty text).

    Only ``"\\n"`` ends a line, unlike :meth:`str.splitlines`, so that joining gives the same text again.

    :raises EditError: there is a carriage return or a null character in the text, so it did not come from
        :func:`simple_deploy.edits.textfile.decode`.
    """
    for character, name in (("\r", "a carriage return"), ("\0", "a null character")):
        if character in text:
            raise EditError(
                f"There is {name} inside the text.",
                hint="Save the file as plain text in UTF-8.",
                line=text.count("\n", 0, text.index(character)) + 1,
            )
    if not text:
        return [], True
    lines = text.split("\n")
    if lines[-1]:
        return lines, False
    return lines[:-1], True


def join(lines: Sequence[str], final_newline: bool) -> str:
    """The opposite of :func:`split`."""
    text = "\n".join(lines)
    return text + "\n" if final_newline and lines else text


def matches(old: Sequence[str], new: Sequence[str]) -> Pairs:
    """Index pairs of lines that stay, ascending on both sides. Takes time in proportion to the lines.

    Lines that occur once on each side are anchors (patience diff), because an equal rare line is more often the
    same line than an equal blank one; between two anchors it is the shortest edit.
    """
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    tail = 0
    while tail < min(len(old), len(new)) - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    old_end, new_end = len(old) - tail, len(new) - tail
    pairs = [(index, index) for index in range(start)]
    i, j = start, start
    for anchor_i, anchor_j in [*_anchors(old, new, start, old_end, new_end), (old_end, new_end)]:
        pairs += [(i + a, j + b) for a, b in _shortest_edit(old[i:anchor_i], new[j:anchor_j])]
        if anchor_i < old_end:
            pairs.append((anchor_i, anchor_j))
        i, j = anchor_i + 1, anchor_j + 1
    return pairs + [(old_end + index, new_end + index) for index in range(tail)]


def _anchors(old: Sequence[str], new: Sequence[str], start: int, old_end: int, new_end: int) -> Pairs:
    in_old, in_new = Counter(old[start:old_end]), Counter(new[start:new_end])
    place = {line: j for j, line in enumerate(new[start:new_end], start) if in_new[line] == 1}
    unique = [
        (i, place[line]) for i, line in enumerate(old[start:old_end], start) if in_old[line] == 1 and line in place
    ]
    return _longest_ascending(unique)


def _longest_ascending(pairs: Pairs) -> Pairs:
    """The longest part of *pairs* that also ascends on the second side."""
    ends: list[int] = []
    end_index: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        before.append(end_index[length - 1] if length else -1)
        ends[length : length + 1] = [j]
        end_index[length : length + 1] = [index]
    chosen: Pairs = []
    index = end_index[-1] if end_index else -1
    while index != -1:
        chosen.append(pairs[index])
        index = before[index]
    return chosen[::-1]


def _shortest_edit(old: Sequence[str], new: Sequence[str]) -> Pairs:
    """The lines the shortest edit keeps (Myers 1986); when that edit is too long, see :func:`_contained`."""
    if not old or not new:
        return []
    furthest = {1: 0}
    rounds: list[dict[int, int]] = []
    for edits in range(min(len(old) + len(new), _MOST_EDITS) + 1):
        rounds.append(dict(furthest))
        for k in range(-edits, edits + 1, 2):
            x = furthest[k + 1] if _down(furthest, k, edits) else furthest[k - 1] + 1
            while x < len(old) and x - k < len(new) and old[x] == new[x - k]:
                x += 1
            furthest[k] = x
            if x >= len(old) and x - k >= len(new):
                return _walk_back(rounds, len(old), len(new))
    return _contained(old, new) or [(i, j) for j, i in _contained(new, old)]


def _down(furthest: dict[int, int], k: int, edits: int) -> bool:
    return k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])


def _walk_back(rounds: list[dict[int, int]], x: int, y: int) -> Pairs:
    pairs: Pairs = []
    for edits in range(len(rounds) - 1, -1, -1):
        furthest, k = rounds[edits], x - y
        before_k = k + 1 if _down(furthest, k, edits) else k - 1
        before_x = furthest[before_k]
        before_y = before_x - before_k
        while x > max(before_x, 0) and y > max(before_y, 0):
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = before_x, before_y
    return pairs[::-1]


def _contained(part: Sequence[str], whole: Sequence[str]) -> Pairs:
    """Pairs for every line of *part*, when all of them occur in *whole* in this order; else none."""
    pairs: Pairs = []
    j = 0
    for i, line in enumerate(part):
        while j < len(whole) and whole[j] != line:
            j += 1
        if j == len(whole):
            return []
        pairs.append((i, j))
        j += 1
    return pairs
