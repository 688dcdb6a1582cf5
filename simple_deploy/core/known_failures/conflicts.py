"""Why packages cannot be installed together, out of the words of uv and pip. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_NAME = r"[A-Za-z0-9][\w.-]*?(?:\[[\w,. -]+\])?"
_VERSION = r"[^\s,]*[^\s,.]"
_RANGE = rf"(?:[<>=!~]=?=?{_VERSION}(?:,[<>=!~]=?=?{_VERSION})*)"
_WANTS = re.compile(rf"({_NAME})({_RANGE})? depends on ({_NAME})({_RANGE})?(?=[\s,.]|$)")
_PIP_WANTS = re.compile(rf"^\s+({_NAME}) (\d\S*) depends on ({_NAME})({_RANGE})?(?:[ ;].*)?$")
_PIP_ASKED = re.compile(rf"^\s+The user requested ({_NAME})({_RANGE})?\s*$")
_LIMIT = re.compile(r"(>=|<=|==|~=|>|<)\s*([^\s,]+)")
_REQUIRED = re.compile(r"(?:you require|your project (?:depends on|requires)) (.+?)(?:, we can conclude|$)")
_ITEM = re.compile(rf"({_NAME})({_RANGE})?(?:\s+and\s+|,\s+|$)")


def in_words(text: str) -> str:
    """What of uv's reasons matters: who wants which version of what, and what the project asks for itself.

    :param text: uv's explanation in one line.
    :returns: a sentence, or an empty text where there is no conflict of two in it.
    """
    asked = [item for match in _REQUIRED.finditer(text) for item in _items(match[1])]
    wants = [match for match in _WANTS.finditer(text) if match[3].lower() != "python"]
    own = {name.lower(): version for name, version in asked}
    for match in _excluding_first(list(reversed(wants)), own):
        package, version, needed, range_ = match[1], match[2] or "", match[3], match[4] or ""
        if needed.lower() in own:
            return (
                f"{package}{_spoken(version)} needs {needed}{range_}, and the project asks for "
                f"{needed}{own[needed.lower()]}."
            )
    by_needed: dict[str, list[tuple[str, str, str]]] = {}
    for match in wants:
        entry = (match[1], match[2] or "", match[4] or "")
        by_needed.setdefault(match[3].lower(), []).append(entry)
    for needed, entries in by_needed.items():
        different = {range_ for _, _, range_ in entries}
        packages = {package.lower() for package, _, _ in entries}
        if len(different) > 1 and len(packages) > 1:
            first = entries[0]
            other = next(each for each in entries if each[0].lower() != first[0].lower())
            return (
                f"{first[0]}{_spoken(first[1])} needs {needed}{first[2]}, and {other[0]}{_spoken(other[1])} needs "
                f"{needed}{other[2]}."
            )
    twice = _twice(asked)
    return f"The project asks for {twice[0]} and for {twice[1]}." if twice else ""


def of_pip(lines: Sequence[str]) -> str:
    """The same out of what pip prints below “The conflict is caused by:”."""
    asked: dict[str, str] = {}
    wants: list[tuple[str, str, str, str]] = []
    for line in lines:
        if match := _PIP_ASKED.match(line):
            name, version = match[1], match[2] or ""
            if asked.get(name.lower(), version) != version:
                return f"The project asks for {name}{asked[name.lower()]} and for {name}{version}."
            asked[name.lower()] = version
        elif match := _PIP_WANTS.match(line):
            wants.append((match[1], match[2], match[3], match[4] or ""))
    told = [each for each in wants if each[2].lower() in asked]
    for package, version, needed, range_ in sorted(
        told, key=lambda each: not _exclude(each[3], asked[each[2].lower()])
    ):
        if needed.lower() in asked:
            return (
                f"{package} {version} needs {needed}{range_}, and the project asks for {needed}{asked[needed.lower()]}."
            )
    for index, first in enumerate(wants):
        for other in wants[index + 1 :]:
            if first[2].lower() == other[2].lower() and first[0] != other[0]:
                both = (f"{name} {version} needs {needed}{range_}" for name, version, needed, range_ in (first, other))
                return f"{', and '.join(both)}."
    return ""


def _excluding_first(wants: Sequence[re.Match[str]], own: Mapping[str, str]) -> list[re.Match[str]]:
    """*wants*, those first that no version can satisfy together with what the project asks for itself."""
    return sorted(wants, key=lambda match: not _exclude(match[4] or "", own.get(match[3].lower(), "")))


def _exclude(one: str, other: str) -> bool:
    """Whether the numbers of two ranges show that no version is in both; False where they do not."""
    lowest: tuple[tuple[int, ...], bool] | None = None
    highest: tuple[tuple[int, ...], bool] | None = None
    for operator, text in _LIMIT.findall(f"{one},{other}"):
        number = _number(text)
        if operator in {">", ">=", "==", "~="}:
            lowest = max(lowest or (number, False), (number, operator == ">"))
        if operator in {"<", "<=", "=="}:
            bound = (number, operator != "<")  # of two at the same number, the one without it is the lower
            highest = bound if highest is None else min(highest, bound)
    if lowest is None or highest is None:
        return False
    return lowest[0] > highest[0] or (lowest[0] == highest[0] and (lowest[1] or not highest[1]))


def _number(text: str) -> tuple[int, ...]:
    """A version as numbers; zeros at its end say nothing."""
    numbers = [int(part) for part in re.findall(r"\d+", text.removesuffix(".*"))]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _items(text: str) -> list[tuple[str, str]]:
    return [(match[1], match[2] or "") for match in _ITEM.finditer(text)]


def _twice(asked: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    seen: dict[str, str] = {}
    for name, version in asked:
        before = seen.setdefault(name.lower(), version)
        if before != version:
            return f"{name}{before}", f"{name}{version}"
    return None


def _spoken(version: str) -> str:
    """A range behind a name; one that says nothing is left out."""
    return f" {version[2:]}" if version.startswith("==") else f" {version}" if version else ""
