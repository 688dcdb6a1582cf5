"""What a command did, in a form a failing test can show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True, repr=False)
class Outcome:
    """A command that ended; its ``repr`` is the whole transcript.

    :param output: both streams, as they would stand in a terminal.
    """

    argv: tuple[str, ...]
    folder: Path
    exit_code: int
    output: str

    def __repr__(self) -> str:
        return f"Outcome(\n$ cd {self.folder}\n$ {' '.join(self.argv)}\n{self.output}\n(exit code {self.exit_code})\n)"

    @cached_property
    def documents(self) -> tuple[Mapping[str, Any], ...]:
        """Every line that is a JSON object with a ``type``, as ``--json`` prints them."""
        return tuple(data for data in map(_document, self.output.splitlines()) if data is not None)

    @property
    def events(self) -> tuple[Mapping[str, Any], ...]:
        """The events of the run, when the command was given ``--json``."""
        return tuple(each for each in self.documents if each["type"] == "event")

    @property
    def log(self) -> tuple[str, ...]:
        """The lines of the run's log, when the command was given ``--json``."""
        return tuple(each["data"]["text"] for each in self.events if each["kind"] == "output")

    @property
    def findings(self) -> tuple[str, ...]:
        """The ids of the findings that were raised, when the command was given ``--json``."""
        return tuple(each["data"]["finding"]["id"] for each in self.events if each["kind"] == "finding")

    @property
    def result(self) -> Mapping[str, Any]:
        """The last object of ``--json``.

        :raises AssertionError: there is none.
        """
        found = [each for each in self.documents if each["type"] == "result"]
        if not found:
            raise AssertionError(f"no result was printed; was the command given --json?\n{self!r}")
        return found[-1]

    @property
    def plan(self) -> Mapping[str, Any]:
        """The plan that ``--plan --json`` printed.

        :raises AssertionError: there is none.
        """
        found = [each for each in self.documents if each["type"] == "plan"]
        if not found:
            raise AssertionError(f"no plan was printed; was the command given --json?\n{self!r}")
        return found[-1]

    def expect(self, exit_code: int = 0) -> Outcome:
        """This outcome, for chaining.

        :raises AssertionError: the command ended with another exit code; the transcript says why.
        """
        if self.exit_code != exit_code:
            raise AssertionError(f"expected exit code {exit_code}\n{self!r}")
        return self


def _document(line: str) -> Mapping[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        data = json.loads(line)
    except ValueError:
        return None
    return data if isinstance(data, dict) and "type" in data else None
