"""Questions a platform asks: declared once, shown as a form field, a command-line flag and a terminal prompt."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from simple_deploy.core.errors import InvalidAnswer, MissingAnswers
from simple_deploy.core.secret import Secret

Value = str | bool | Secret
OptionKind = Literal["text", "choice", "flag", "secret"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing a platform wants to know.

    :param name: Python identifier; ``copy_data`` becomes the flag ``--copy-data``.
    :param default: used with ``--yes`` and as the form's first value; None means an answer is required if *required*.
    :param pattern: regular expression a text must match from end to end, or None.
    :param pattern_help: what the pattern asks for, in words.
    :param for_plan: a secret that planning needs too; others are asked for when the plan is approved, since
        secrets are not kept between runs.
    :param advanced: most people leave it at its default: nobody is asked for it on a terminal, and the page folds it.
    :param when: show and ask only when this other option has this value, for example ``("database", "postgres")``.
    """

    name: str
    label: str
    kind: OptionKind = "text"
    help: str = ""
    default: str | bool | None = None
    choices: tuple[Choice, ...] = ()
    required: bool = True
    pattern: str | None = None
    pattern_help: str = ""
    when: tuple[str, str] | None = None
    for_plan: bool = False
    advanced: bool = False

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    def clean(self, raw: object) -> Value:
        """The typed value of *raw*, which came from a form, a flag or a file.

        :raises InvalidAnswer: saying what is expected.
        """
        # Answers given ahead to questions that are not known yet are kept as secrets, whatever they are.
        text = raw.reveal() if isinstance(raw, Secret) else str(raw)
        if self.kind == "flag":
            return raw if isinstance(raw, bool) else text.strip().lower() in {"1", "true", "yes", "on", "y"}
        if self.kind == "secret":
            if self.required and not text:
                raise InvalidAnswer(f"{self.label}: an answer is needed.", hint=self.help)
            return Secret(text)
        text = text.strip()
        if not text:
            if self.required:
                raise InvalidAnswer(f"{self.label}: an answer is needed.", hint=self.help)
            return text
        if self.kind == "choice" and text not in {choice.value for choice in self.choices}:
            allowed = ", ".join(choice.value for choice in self.choices)
            raise InvalidAnswer(f"{self.label}: “{text}” is not one of {allowed}.", hint=self.help)
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise InvalidAnswer(f"{self.label}: “{text}” does not fit. {self.pattern_help}".strip(), hint=self.help)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Checked answers by option name. Secrets stay :class:`Secret`."""

    values: Mapping[str, Value]

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name, default)
        return value if isinstance(value, str) else default

    def flag(self, name: str) -> bool:
        return self.values.get(name) is True

    def secret(self, name: str) -> Secret:
        value = self.values.get(name)
        return value if isinstance(value, Secret) else Secret("")

    @property
    def open(self) -> dict[str, str | bool]:
        """The answers that may be stored: everything but secrets."""
        return {name: value for name, value in self.values.items() if not isinstance(value, Secret)}

    @property
    def secrets(self) -> dict[str, Secret]:
        return {name: value for name, value in self.values.items() if isinstance(value, Secret)}

    @property
    def digest(self) -> str:
        """Changes when an answer that is no secret changes."""
        return hashlib.sha256(json.dumps(self.open, sort_keys=True).encode()).hexdigest()


def is_asked(option: Option, values: Mapping[str, Value]) -> bool:
    """Whether *option* applies, given the answers so far."""
    if option.when is None:
        return True
    name, wanted = option.when
    value = values.get(name)
    given = ("yes" if value else "no") if isinstance(value, bool) else value
    return given == wanted


def collect(options: Sequence[Option], given: Mapping[str, object], *, use_defaults: bool = True) -> Answers:
    """Checked answers for *options* out of what was *given*.

    :raises InvalidAnswer: an answer does not fit, or names no option.
    :raises MissingAnswers: a required option has neither an answer nor a default.
    """
    unknown = sorted(set(given) - {option.name for option in options})
    if unknown:
        raise InvalidAnswer(
            f"Nobody asked for {', '.join(unknown)}.",
            hint="Known here: " + (", ".join(option.name for option in options) or "no options") + ".",
        )
    values: dict[str, Value] = {}
    missing: dict[str, tuple[str, ...]] = {}
    for option in options:
        if not is_asked(option, values):
            continue
        if option.name in given and given[option.name] is not None:
            values[option.name] = option.clean(given[option.name])
        elif use_defaults and option.default is not None:
            values[option.name] = option.clean(option.default)
        elif option.required:
            missing[option.name] = tuple(choice.value for choice in option.choices)
    if missing:
        raise MissingAnswers(missing, missing)
    return Answers(values=values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something a run asks while it is under way; its fields are options.

    :param id: unique within the run; an answer names it.
    :param once: who has answered it is not asked again in the same run.
    """

    id: str
    title: str
    help: str = ""
    fields: tuple[Option, ...] = ()
    once: bool = False
