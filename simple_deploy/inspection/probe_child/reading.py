"""Facts read one by one: what one of them does leaves the others alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from simple_deploy.inspection.probe_child.databases import not_asked
from simple_deploy.inspection.probe_child.trouble import Project, in_words
from simple_deploy.system.limits import gets_on

T = TypeVar("T")
Else = TypeVar("Else")

SECONDS = 5.0  # that the value of one setting may take: it may be a function, or ask a network


class TooSlow(Exception):
    """The value of a setting did not come in time."""


class Readings:
    """Asks for facts, and keeps in mind which of them cannot be known, and why.

    Only Django's own refusal makes a project impossible; a fact that cannot be read is unknown.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self.unknown: list[str] = []
        self.messages: list[dict[str, str]] = []

    def value(self, name: str, ask: Callable[[], T], otherwise: Else, *, of: str = "") -> T | Else:
        """What *ask* returns for the fact *name*, or *otherwise* when it fails or takes longer than 5 seconds.

        :param of: the setting it is made of.
        """
        return self.fact(name, lambda: in_time(ask), otherwise, of=of)

    def fact(self, name: str, ask: Callable[[], T], otherwise: Else, *, of: str = "") -> T | Else:
        """The same in this thread and without a limit: importing the project's code may need either."""
        try:
            return ask()
        except BaseException as error:  # whatever the project's code does, the other facts are wanted
            self.unknown.append(name)
            self._note(f"{of}: " if of else "", error)
            return otherwise

    def refusal(self, identifier: str, ask: Callable[[], T], otherwise: Else) -> T | Else:
        """The same for what Django itself asks, so that a failure is its refusal."""
        try:
            return ask()
        except BaseException as error:
            level = "info" if not_asked(error) else "error"
            self.messages.append(message(identifier, level, in_words(error, self._project)))
            return otherwise

    def _note(self, where: str, error: BaseException) -> None:
        text = in_words(error, self._project)
        # One broken import is met by every question; it is told once.
        if not any(known["text"].endswith(text) for known in self.messages):
            self.messages.append(message("probe.unknown", "info", where + text))


def in_time(ask: Callable[[], T]) -> T:
    """What *ask* returns or raises.

    :raises TooSlow: it did neither within :data:`SECONDS`, or worked for longer than that. It goes on in a thread of
        its own, which ends with this process.
    """
    answer: list[T] = []
    failure: list[BaseException] = []

    def asked() -> None:
        try:
            answer.append(ask())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=asked, daemon=True)
    began = noted = time.process_time()
    thread.start()
    thread.join(SECONDS)
    while thread.is_alive() and gets_on(SECONDS, worked := time.process_time() - noted) and noted - began < SECONDS:
        noted += worked  # on a busy computer it takes longer
        thread.join(SECONDS)
    if failure:
        raise failure[0]
    if not answer:
        raise TooSlow(f"it takes longer than {SECONDS:.0f} seconds")
    return answer[0]


def message(identifier: str, level: str, text: str, hint: str = "") -> dict[str, str]:
    """A message as ``manage.py check`` has them."""
    return {"id": identifier, "level": level, "text": text, "hint": hint}


def listed(values: Any) -> list[Any]:
    """*values* as a list.

    :raises TypeError: they are no list, tuple or set. An iterator is none: it can be read only once, which Django does.
    """
    if not isinstance(values, (list, tuple, set, frozenset)):
        raise TypeError(f"{type(values).__name__} is no list")
    return list(values)


def texts(values: Any) -> list[str]:
    """:raises TypeError: *values* are no list, tuple or set."""
    return [str(value) for value in listed(values)]
