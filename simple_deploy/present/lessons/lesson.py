"""What a lesson is, read from TOML. Pure.

::

    title = "Undo and roll back"
    about = "What can be taken back after a deployment, and what cannot."
    minutes = 15

    [[steps]]
    title = "Deploy once"
    minutes = 4
    text = "Open *This computer* …"
    platform = "heroku"            # to rehearse; scenario = "logged-out" makes it meet a difficulty
    look = ["The steps", "The address"]
    question = "What would have happened to the data?"
    answer = "Nothing."
    checks = ["site local", "debug-off local"]
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from simple_deploy.core.errors import WrongUsage
from simple_deploy.platforms.simulation import SCENARIOS

#: What a step can check, and what that is, with the platform's name put in.
CHECKS: Mapping[str, str] = {
    "planned": "there is a plan for {platform}",
    "failed": "a deployment to {platform} has failed",
    "deployed": "a deployment to {platform} has worked",
    "site": "the site on {platform} answers",
    "debug-off": "DEBUG is off on {platform}",
    "undone": "the changes for {platform} are undone",
    "removed": "nothing is left on {platform}",
}

_TEXTS = ("title", "text", "platform", "scenario", "question", "answer")
_STEP = {*_TEXTS, "minutes", "look", "checks", "rehearse"}
_LESSON = {"title", "about", "minutes", "steps"}
_NAME = re.compile(r"[a-z0-9-]{1,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """:param name: one of :data:`CHECKS`. :param platform: the slug of the one it is about."""

    name: str
    platform: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonStep:
    """One thing to do together.

    :param minutes: how long it takes.
    :param platform: slug of the platform it is about, or empty. :param rehearse: whether it is simulated.
    :param scenario: what the rehearsal is to meet, or empty.
    :param look: what to look at.
    :param question: to ask the class, with its *answer*.
    """

    title: str
    minutes: int
    text: str
    platform: str = ""
    rehearse: bool = True
    scenario: str = ""
    look: tuple[str, ...] = ()
    question: str = ""
    answer: str = ""
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """:param name: of its file, without the ending. :param about: one sentence."""

    name: str
    title: str
    about: str
    minutes: int
    steps: tuple[LessonStep, ...]


def is_name(name: str) -> bool:
    """Whether a lesson can be called so: small letters, digits and dashes."""
    return bool(_NAME.fullmatch(name))


def parse(name: str, text: str, platforms: Collection[str] = ()) -> Lesson:
    """The lesson in *text*.

    :param platforms: slugs of the platforms that are installed; empty where that does not matter.
    :raises WrongUsage: with everything that is wrong with it.
    """
    try:
        data: Any = tomlkit.parse(text).unwrap()
    except TOMLKitError as error:
        raise _wrong(name, [f"it is not TOML: {error}"]) from error
    reader = _Reader(platforms=frozenset(platforms))
    lesson = reader.lesson(name, data)
    if reader.problems:
        raise _wrong(name, reader.problems)
    return lesson


def _wrong(name: str, problems: list[str]) -> WrongUsage:
    return WrongUsage(
        f"The lesson {name} cannot be used: {'; '.join(problems)}.",
        hint="docs/how-to/write-a-lesson.md lists what a lesson holds.",
    )


class _Reader:
    """Collects what is wrong, so that an author sees all of it at once."""

    def __init__(self, *, platforms: frozenset[str]) -> None:
        self.problems: list[str] = []
        self._platforms = platforms

    def lesson(self, name: str, data: Mapping[str, Any]) -> Lesson:
        if not is_name(name):
            self.problems.append("its file has to be called by small letters, digits and dashes, with .toml behind")
        self._known(data, _LESSON, "the lesson")
        given = data.get("steps", [])
        steps = given if isinstance(given, list) and all(isinstance(each, dict) for each in given) else []
        if not steps:
            self.problems.append("it has no [[steps]]")
        found = tuple(self._step(number, each) for number, each in enumerate(steps, 1))
        minutes = self._number(data, "minutes", "the lesson")
        needed = sum(step.minutes for step in found)
        if minutes and needed != minutes:
            self.problems.append(f"its steps take {needed} minutes and not {minutes}")
        return Lesson(
            name=name,
            title=self._text(data, "title", "the lesson", needed=True),
            about=self._text(data, "about", "the lesson", needed=True),
            minutes=minutes,
            steps=found,
        )

    def _step(self, number: int, data: Mapping[str, Any]) -> LessonStep:
        where = f"step {number}"
        self._known(data, _STEP, where)
        texts = {name: self._text(data, name, where, needed=name in {"title", "text"}) for name in _TEXTS}
        rehearse = data.get("rehearse", bool(texts["platform"]))
        if not isinstance(rehearse, bool):
            self.problems.append(f"rehearse of {where} is true or false")
        self._platform(texts["platform"], where)
        if texts["scenario"] and texts["scenario"] not in SCENARIOS:
            self.problems.append(f"{where} has an unknown scenario; there are {', '.join(SCENARIOS)}")
        if texts["scenario"] and not (texts["platform"] and rehearse):
            self.problems.append(f"{where} has a scenario and no platform to rehearse")
        if bool(texts["question"]) != bool(texts["answer"]):
            self.problems.append(f"{where} has a question without an answer, or an answer without a question")
        return LessonStep(
            **texts,
            minutes=self._number(data, "minutes", where),
            rehearse=bool(rehearse),
            look=self._texts(data, "look", where),
            checks=tuple(self._check(each, where) for each in self._texts(data, "checks", where)),
        )

    def _check(self, text: str, where: str) -> Check:
        name, _, platform = text.partition(" ")
        if name not in CHECKS or not platform.strip():
            self.problems.append(f"{where} checks “{text}”; a check is one of {', '.join(CHECKS)} and a platform")
        else:
            self._platform(platform.strip(), where)
        return Check(name=name, platform=platform.strip())

    def _platform(self, slug: str, where: str) -> None:
        if slug and self._platforms and slug not in self._platforms:
            self.problems.append(f"{where} is about {slug}, which is not installed")

    def _known(self, data: Mapping[str, Any], known: set[str], where: str) -> None:
        unknown = sorted(set(data) - known)
        if unknown:
            self.problems.append(f"{where} has {', '.join(unknown)}, which means nothing")

    def _text(self, data: Mapping[str, Any], name: str, where: str, *, needed: bool = False) -> str:
        value = data.get(name, "")
        if not isinstance(value, str) or (needed and not value.strip()):
            self.problems.append(f"{where} needs {name}, as text")
            return ""
        return " ".join(value.split())

    def _texts(self, data: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
        value = data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            self.problems.append(f"{name} of {where} is a list of texts")
            return ()
        return tuple(each.strip() for each in value)

    def _number(self, data: Mapping[str, Any], name: str, where: str) -> int:
        value = data.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 600:
            self.problems.append(f"{where} needs {name}, a whole number")
            return 0
        return value
