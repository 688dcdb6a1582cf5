"""A platform's program as it is played: it takes its arguments, says what the real one says, ends with its exit code.

What it refuses stands in a table, a row of variants for each situation, each with its source. The state chooses the
variant: ``variants`` for one situation, ``variant`` for all others. A plugin has to understand every one of them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.rehearsal.build import say
from simple_deploy.rehearsal.world import World

__all__ = ["Call", "Grammar", "Program", "Refused", "Replies", "Reply", "WrongCall", "say", "say_json"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said in one situation. ``{name}`` and the like are filled in.

    :param said: on standard error.
    :param source: where the words were read; empty where nobody has seen them.
    :param answer: on standard output.
    :param code: exit code of the program.
    :param id: of the error, in the answer of the platform's API. :param status: of that answer.
    :param verified: whether somebody saw the words, on a screen or in the program's own source.
    """

    said: str = ""
    source: str = ""
    answer: str = field(default="", kw_only=True)
    code: int = field(default=1, kw_only=True)
    id: str = field(default="", kw_only=True)
    status: int = field(default=0, kw_only=True)
    verified: bool = field(default=True, kw_only=True)


class Refused(Exception):
    """The platform says no.

    :param reply: its words before anything was filled in. :param message: its words.
    """

    def __init__(self, reply: Reply, message: str) -> None:
        super().__init__(message)
        self.reply = reply
        self.message = message


class WrongCall(Exception):
    """There is no such command or option; the message says so."""


@dataclass(frozen=True, slots=True)
class Replies:
    """The table of one platform: variants by situation, the usual one first."""

    rows: Mapping[str, tuple[Reply, ...]]

    def choose(self, situation: str, state: Mapping[str, Any]) -> Reply:
        """The reply in *situation*, in the variant that the world's *state* asks for."""
        row = self.rows[situation]
        return row[int(state.get("variants", {}).get(situation, state.get("variant", 0))) % len(row)]

    def refuse(self, situation: str, state: Mapping[str, Any] | None = None, **values: object) -> Refused:
        """The refusal in *situation*, to be raised."""
        reply = self.choose(situation, state or {})
        return Refused(reply, reply.said.format(**values))

    def give(self, situation: str, state: Mapping[str, Any], **values: object) -> int:
        """Say it; returns the exit code."""
        reply = self.choose(situation, state)
        for text, stream in ((reply.said, sys.stderr), (reply.answer, sys.stdout)):
            if text:
                stream.write(f"{text.format(**values)}\n")
                stream.flush()
        return reply.code


@dataclass(frozen=True, slots=True)
class Call:
    """A command line, taken apart.

    :param command: in its full form. :param words: what is no option. :param flags: options by their long name;
        one without a value is ``true``. :param rest: what stands behind ``--``.
    """

    command: str
    words: tuple[str, ...] = ()
    flags: Mapping[str, str] = field(default_factory=dict)
    rest: tuple[str, ...] = ()

    def flag(self, name: str, default: str = "") -> str:
        return self.flags.get(name, default)

    @property
    def app(self) -> str:
        """The app that ``--app`` names, or an empty text."""
        return self.flag("app")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """How a program reads its command line.

    :param alone: options without a value; ``command option`` where that is so for one command only.
    :param short: long names of the short options, without dashes on both sides.
    :param aliases: full forms of commands that have other names too.
    """

    alone: frozenset[str] = frozenset()
    short: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    def parse(self, arguments: Sequence[str], commands: Mapping[str, object]) -> Call:
        """The call that *arguments* mean; the longest of *commands* that they begin with wins.

        :raises WrongCall: an option has no value.
        """
        words: list[str] = []
        flags: dict[str, str] = {}
        rest: tuple[str, ...] = ()
        waiting = list(arguments)
        while waiting:
            word = waiting.pop(0)
            if word == "--":
                rest = tuple(waiting)
                break
            if not word.startswith("-"):
                words.append(word)
                continue
            name, given, value = word.lstrip("-").partition("=")
            name = self.short.get(name, name)
            if given:
                flags[name] = value
            elif name in self.alone or f"{' '.join(words[:1])} {name}" in self.alone:
                flags[name] = "true"
            elif waiting:
                flags[name] = waiting.pop(0)
            else:
                raise WrongCall(f'The "--{name}" option requires a value.')
        for length in (2, 1):
            said = " ".join(words[:length])
            if (command := self.aliases.get(said, said)) in commands:
                return Call(command, tuple(words[length:]), flags, rest)
        return Call(" ".join(words[:1]) or next(iter(flags), ""), tuple(words[1:]), flags, rest)


#: Does a command; returns the exit code, none for 0.
Action = Callable[[World, Call], int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that is played.

    :param commands: what each command does.
    :param unknown: says that there is no such command, or no such option; returns the exit code.
    :param refused: says what was refused; returns the exit code.
    :param logged_out: answers instead of a command while nobody is logged in; None where the call needs nobody.
    :param inner: what a rehearsal calls the program for besides, and is no command of the real one.
    """

    grammar: Grammar
    commands: Mapping[str, Action]
    unknown: Callable[[str], int]
    refused: Callable[[Refused], int]
    logged_out: Callable[[World, Call], int | None]
    inner: Mapping[str, Callable[[World, Sequence[str]], int]] = field(default_factory=dict)

    def __call__(self, arguments: Sequence[str]) -> int:
        """:returns: the exit code."""
        world = World.from_environment()
        if arguments and (inner := self.inner.get(arguments[0])):
            return inner(world, arguments[1:])
        try:
            call = self.grammar.parse(arguments, self.commands)
            action = self.commands.get(call.command)
            if action is None:
                return self.unknown(call.command)
            turned_away = self.logged_out(world, call)
            return turned_away if turned_away is not None else action(world, call) or 0
        except WrongCall as wrong:
            return self.unknown(str(wrong))
        except Refused as refused:
            return self.refused(refused)
        except SimpleDeployError as error:  # what the rehearsal itself lacks on this computer
            sys.stderr.write(f"{error.message} {error.hint}\n")
            return 1


def say_json(value: object, *, indent: int = 2) -> None:
    say(json.dumps(value, indent=indent, ensure_ascii=False))
