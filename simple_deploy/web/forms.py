"""Options as form fields, and what a form sent as answers. The rules are the options' own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.http import QueryDict

from simple_deploy.core.errors import InvalidAnswer
from simple_deploy.core.options import Answers, Option, Value, is_asked
from simple_deploy.core.secret import Secret

_PREFIX = "option-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field, ready for the template.

    :param value: what it shows; never a secret.
    :param problem: what is wrong with what was sent, or empty.
    :param when_name: the field this one depends on, or empty; *when_value* the value that shows it.
    :param is_folded: most people leave it as it is, or what it depends on.
    """

    option: Option
    name: str
    value: str = ""
    checked: bool = False
    problem: str = ""
    when_name: str = ""
    when_value: str = ""
    is_folded: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether it shows something else than the option's default."""
        if self.option.kind == "flag":
            return self.checked is not bool(self.option.default)
        return self.value != (self.option.default or "")

    @property
    def is_yes(self) -> bool:
        """Whether its label is an answer, which can be put on a button."""
        return self.option.label.startswith("Yes")


def fields(
    options: Sequence[Option], values: Mapping[str, object], problems: Mapping[str, str] | None = None
) -> tuple[Field, ...]:
    """The fields of *options*.

    :param values: answers so far or remembered; an option's default stands in for a missing one.
    :param problems: by option name.
    """
    folded = {option.name for option in options if option.advanced}
    found = (_field(option, values, problems or {}) for option in options)
    return tuple(
        replace(field, is_folded=not folded.isdisjoint({field.option.name, (field.option.when or ("",))[0]}))
        for field in found
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """The fields of a form: those that everybody sees, and those behind *More options*."""

    seen: tuple[Field, ...]
    folded: tuple[Field, ...]

    @classmethod
    def of(cls, fields: Sequence[Field]) -> Parted:
        return cls(
            seen=tuple(field for field in fields if not field.is_folded),
            folded=tuple(field for field in fields if field.is_folded),
        )

    @property
    def is_open(self) -> bool:
        """Whether something behind the fold was answered, or answered wrongly."""
        return any(field.problem or field.is_changed for field in self.folded)


def _field(option: Option, values: Mapping[str, object], problems: Mapping[str, str]) -> Field:
    value = values.get(option.name, option.default)
    name, wanted = option.when or ("", "")
    return Field(
        option=option,
        name=_PREFIX + option.name,
        value="" if value is None or isinstance(value, (bool, Secret)) or option.kind == "secret" else str(value),
        checked=value is True or (isinstance(value, str) and value.lower() in {"yes", "true", "on", "1"}),
        problem=problems.get(option.name, ""),
        when_name=_PREFIX + name if name else "",
        when_value=wanted,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What was sent.

    :param raw: the answers as they came in, by option name, to be shown again.
    :param answers: those that fit, checked.
    :param problems: what is wrong with the others, by option name.
    """

    raw: Mapping[str, object]
    answers: Answers
    problems: Mapping[str, str]


#: Of a page that was only looked at.
NOTHING = Form(raw={}, answers=Answers(values={}), problems={})


def read(options: Sequence[Option], sent: QueryDict) -> Form:
    """The answers in a form, checked here and nowhere else on their way into a run.

    A box that is not ticked is a no. Options that do not apply are passed over, whatever was sent for them.
    """
    given: dict[str, object] = {}
    values: dict[str, Value] = {}
    problems: dict[str, str] = {}
    for option in options:
        if not is_asked(option, values):
            continue
        given[option.name] = raw = _raw(option, sent)
        try:
            values[option.name] = option.clean(raw)
        except InvalidAnswer as error:
            problems[option.name] = error.message.removeprefix(f"{option.label}: ")
    return Form(raw=given, answers=Answers(values=values), problems=problems)


def _raw(option: Option, sent: QueryDict) -> str | bool | Secret:
    value = sent.get(_PREFIX + option.name)
    if option.kind == "flag":
        return value is not None
    if value is None and option.kind == "choice" and isinstance(option.default, str):
        return option.default  # the page was loaded before there was this question
    text = value if isinstance(value, str) else ""
    return Secret(text) if option.kind == "secret" else text
