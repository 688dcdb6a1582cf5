"""Asks at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from simple_deploy.cli.keyboard import Keyboard
from simple_deploy.cli.terminal import Terminal
from simple_deploy.core.errors import Cancelled, InvalidAnswer
from simple_deploy.core.options import Answers, Option, Question, Value, collect, is_asked

Meanwhile = Callable[[], None]

_YES, _NO = {"y", "yes", "true", "on", "1"}, {"n", "no", "false", "off", "0"}


def _nothing() -> None:
    pass


class Prompt:
    """Asks; an empty answer takes the default, which stands in brackets. Ctrl-C and Ctrl-D raise Cancelled."""

    def __init__(self, terminal: Terminal, keyboard: Keyboard) -> None:
        self._terminal = terminal
        self._keyboard = keyboard

    def options(
        self,
        options: Iterable[Option],
        given: Mapping[str, object] | None = None,
        *,
        take_defaults: bool = False,
        meanwhile: Meanwhile = _nothing,
    ) -> dict[str, Value]:
        """Answers to those *options* that apply and are not among the *given*.

        :param take_defaults: ask only where there is no default, as it is always done for advanced options.
        :raises InvalidAnswer: one of the given answers does not fit.
        """
        values: dict[str, Value] = {}
        typed: dict[str, Value] = {}
        for option in options:
            if not is_asked(option, values):
                continue
            if given is not None and given.get(option.name) is not None:
                values[option.name] = option.clean(given[option.name])
            elif (take_defaults or option.advanced) and (option.default is not None or not option.required):
                values[option.name] = option.clean(option.default if option.default is not None else "")
            else:
                values[option.name] = typed[option.name] = self._one(option, meanwhile)
        return typed

    def question(self, question: Question, *, meanwhile: Meanwhile = _nothing) -> Answers:
        """Answers to a question of a run."""
        with self._terminal.paused():
            if question.help:
                self._terminal.line(f"  {question.help}")
            return Answers(values=self.options(question.fields, meanwhile=meanwhile))

    def confirm(self, text: str, *, default: bool = True) -> bool:
        return self._one(Option(name="confirm", label=text, kind="flag", default=default), _nothing) is True

    def choose(self, text: str, choices: Iterable[tuple[str, str]]) -> str:
        """The first element of the pair that the person chooses, by its number or by its name."""
        pairs = list(choices)
        self._terminal.line()
        self._terminal.line(text, "bold")
        for number, (_, label) in enumerate(pairs, 1):
            self._terminal.line(f"  {number}. {label}")
        while True:
            typed = self._typed("  Number: ", _nothing)
            chosen = _pick(typed, [value for value, _ in pairs])
            if chosen is not None:
                return chosen
            self._terminal.line(f"  Type a number from 1 to {len(pairs)}.")

    def text(self, text: str) -> str:
        """What the person types, as it is."""
        return self._typed(f"{text} ", _nothing)

    def secret(self, text: str) -> str:
        """What the person types, unseen."""
        return self._typed(f"{text}: ", _nothing, hidden=True)

    def _one(self, option: Option, meanwhile: Meanwhile) -> Value:
        if option.help:
            self._terminal.line(f"  {option.help}")
        for number, choice in enumerate(option.choices, 1):
            self._terminal.line(f"  {number}. {choice.label}. {choice.help}".rstrip())
        while True:
            typed = self._typed(f"  {option.label}{_default(option)}: ", meanwhile, hidden=option.kind == "secret")
            try:
                return _understood(option, typed)
            except InvalidAnswer as error:
                self._terminal.line(f"  {error.message}", "yellow")

    def _typed(self, text: str, meanwhile: Meanwhile, *, hidden: bool = False) -> str:
        with self._terminal.paused():
            finished = False
            try:
                typed = self._keyboard.line(partial(self._terminal.prompt, text), hidden=hidden, meanwhile=meanwhile)
                finished = not hidden
            except KeyboardInterrupt as error:
                raise Cancelled("The run was cancelled with Ctrl-C.") from error
            except EOFError as error:
                raise Cancelled("The run was cancelled: a question got Ctrl-D, or the end of the terminal.") from error
            finally:
                if not finished:
                    self._terminal.line()  # nobody pressed Enter, or it was not shown
        return typed if hidden else typed.strip()


@dataclass(frozen=True, slots=True)
class AtTerminal:
    """Asks the questions of one run at the terminal; an answer that the page gives first is as good.

    :param take: the answer the page gave to the question with this id, or None.
    :param cancelled: whether somebody asked the run to stop.
    """

    prompt: Prompt
    take: Callable[[str], Mapping[str, object] | None]
    cancelled: Callable[[], bool]

    def ask(self, question: Question) -> Answers:
        """:raises Cancelled: here or on the page."""
        try:
            return self.prompt.question(question, meanwhile=partial(self._look, question))
        except _AnsweredElsewhere as other:
            return other.answers

    def _look(self, question: Question) -> None:
        if self.cancelled():
            raise Cancelled()
        given = self.take(question.id)
        if given is not None:
            raise _AnsweredElsewhere(collect(question.fields, given, use_defaults=False))


class _AnsweredElsewhere(Exception):
    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self.answers = answers


def with_defaults(options: Iterable[Option], values: Mapping[str, str | bool]) -> list[Option]:
    """*options* that propose *values* instead of their own defaults."""
    return [replace(each, default=values[each.name]) if each.name in values else each for each in options]


def _default(option: Option) -> str:
    if option.kind == "flag":
        return " [Y/n]" if option.default else " [y/N]"
    if option.kind == "choice" and option.default is not None:
        values = [choice.value for choice in option.choices]
        return f" [{values.index(str(option.default)) + 1}]" if option.default in values else ""
    return f" [{option.default}]" if isinstance(option.default, str) and option.default else ""


def _understood(option: Option, typed: str) -> Value:
    """:raises InvalidAnswer: *typed* does not fit."""
    if not typed and option.default is not None:
        return option.clean(option.default)
    if option.kind == "flag":
        if typed.lower() in _YES | _NO or not typed:
            return typed.lower() in _YES
        raise InvalidAnswer("Type y for yes or n for no.")
    if option.kind == "choice":
        return option.clean(_pick(typed, [choice.value for choice in option.choices]) or typed)
    return option.clean(typed)


def _pick(typed: str, values: list[str]) -> str | None:
    """The value that *typed* stands for. Of a value that is a number too, only the number in the list is seen."""
    if typed.isdecimal() and 1 <= int(typed) <= len(values):
        return values[int(typed) - 1]
    return typed if typed in values else None
