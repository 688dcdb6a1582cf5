"""Why git ignores a file, and what the index holds: asked by whoever compares this computer with a commit."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.system.git import Git
from simple_deploy.system.git_text import parse_index, quote, unquote

_MATCH = re.compile(r"(?P<source>.*?):(?P<line>\d+):(?P<pattern>.*)\t(?P<path>[^\t]+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a .gitignore or another file with patterns.

    :param source: the file, as git names it.
    """

    source: str
    line: str
    pattern: str

    @property
    def place(self) -> str:
        return f"{self.source}:{self.line}"

    @property
    def is_shared(self) -> bool:
        """Whether the line is part of the repository, and not of this clone or this computer alone."""
        return not Path(self.source).is_absolute() and self.source.partition("/")[0] not in {"..", "~", ".git"}


def rules(git: Git, paths: Sequence[str], *, of_tracked: bool = False) -> dict[str, Rule]:
    """What makes git ignore each of *paths*, which are relative to the folder of *git*; those it does not are left out.

    :param of_tracked: also of paths that the index holds, which git does not ignore any more.
    """
    asked = [quote(path) for path in paths if is_text(path)]
    if not asked:
        return {}
    found = {}
    options = ("--no-index",) if of_tracked else ()
    for line in git.ask("check-ignore", "--verbose", *options, "--stdin", stdin="\n".join(asked) + "\n").lines:
        match = _MATCH.fullmatch(line)
        if match and not match["pattern"].startswith("!"):
            rule = Rule(unquote(match["source"]), match["line"], match["pattern"])
            found[unquote(match["path"])] = rule
    return found


class Index:
    """The paths that the index holds.

    :param tracked: mode by path.
    """

    def __init__(self, tracked: Mapping[str, str]) -> None:
        self._tracked = tracked
        self._order = tuple(sorted(tracked))

    @classmethod
    def read(cls, git: Git) -> Index:
        return cls(parse_index(git.ask("ls-files", "--stage").lines))

    def __iter__(self) -> Iterator[str]:
        return iter(self._order)

    def holds(self, path: str) -> bool:
        """Whether *path* is in it, or anything below it."""
        return path in self._tracked or any(True for _ in below(self._order, path))


def below(order: Sequence[str], folder: str) -> Iterator[str]:
    """Those of the sorted paths *order* that lie in *folder*; all, when that is empty."""
    start = f"{folder}/" if folder else ""
    for index in range(bisect_left(order, start), len(order)):
        if not order[index].startswith(start):
            return
        yield order[index]


def is_text(path: str) -> bool:
    """Whether the path can be handed to git as text."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
