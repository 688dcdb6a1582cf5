"""Programs that play a platform's own: small scripts, found first on PATH, that note how they were called."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simple_deploy.system import starters

#: Exit code of a fake program that was called in a way nobody foresaw.
NOT_FORESEEN = 97


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a program prints and how it ends."""

    output: str = ""
    exit_code: int = 0


#: One answer, or one for each call: the last is repeated.
Replies = str | Reply | Sequence[str | Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One call of a fake program.

    :param argv: its arguments, without the name of the program.
    :param stdin: all it was given on standard input.
    :param env: the variables that were to be noted and were set.
    """

    argv: tuple[str, ...]
    stdin: str
    env: Mapping[str, str]
    folder: str


@dataclass(frozen=True, slots=True)
class FakeProgram:
    """A program that was put into *folder*."""

    name: str
    folder: Path

    @property
    def invocations(self) -> tuple[Invocation, ...]:
        """Every call so far."""
        notes = self.folder / f"{self.name}.calls"
        lines = notes.read_text(encoding="ascii").splitlines() if notes.exists() else []
        return tuple(_invocation(ast.literal_eval(line)) for line in lines)

    @property
    def calls(self) -> tuple[str, ...]:
        """The arguments of every call so far, each as one text."""
        return tuple(" ".join(each.argv) for each in self.invocations)


def install(folder: Path, name: str, replies: Mapping[str, Replies], *, watch: Sequence[str] = ()) -> FakeProgram:
    """Put a program called *name* into *folder*, which has to come first on PATH, beside the variables that
    :func:`simple_deploy.system.starters.variables` names.

    :param replies: what it answers, by the first words of its arguments; the longest match wins, ``""`` matches all.
        Any other call ends with exit code 97 and says so.
    :param watch: names of variables to note.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = {words: [asdict(each) for each in _each(given)] for words, given in replies.items()}
    told = f"REPLIES = {table!a}\nWATCHED = {[*watch]!a}\n"
    (folder / f"{name}.py").write_text(told + _SCRIPT, encoding="utf-8")
    starters.write(folder, name, ("-I", "-S", f"{starters.HERE}/{name}.py"))
    return FakeProgram(name, folder)


def first_on_path(folder: Path) -> str:
    """A PATH on which programs in *folder* hide all others of their name."""
    return os.pathsep.join(filter(None, [str(folder), os.environ.get("PATH", "")]))


def _each(given: Replies) -> list[Reply]:
    several: Sequence[str | Reply] = [given] if isinstance(given, (str, Reply)) else given
    return [Reply(output=each) if isinstance(each, str) else each for each in several]


def _invocation(data: Mapping[str, Any]) -> Invocation:
    return Invocation(argv=tuple(data["argv"]), stdin=data["stdin"], env=data["env"], folder=data["folder"])


#: What a program does with what it was told. Tests call programs often, and most of a call is the start of Python:
#: therefore without ``site``, and with no module but those that are there already.
_SCRIPT = f'''
import os
import sys

here, _ = os.path.splitext(__file__)
argv = sys.argv[1:]
stdin = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read().decode("utf-8")
env = {{name: os.environ[name] for name in WATCHED if name in os.environ}}


def key(arguments):
    """The foreseen call that these arguments begin with, the longest there is."""
    fitting = [words for words in REPLIES if arguments[: len(words.split())] == words.split()]
    return max(fitting, key=lambda words: len(words.split()), default=None)


with open(here + ".calls", "a+", encoding="ascii") as notes:
    notes.seek(0)
    before = sum(key(eval(line)["argv"]) == key(argv) for line in notes)
    notes.write(ascii({{"argv": argv, "stdin": stdin, "env": env, "folder": os.getcwd()}}) + "\\n")
if key(argv) is None:
    sys.stderr.write(f"{{os.path.basename(here)}}: no reply was given for: {{' '.join(argv)}}\\n")
    sys.exit({NOT_FORESEEN})
replies = REPLIES[key(argv)]
reply = replies[min(before, len(replies) - 1)]
sys.stdout.buffer.write(reply["output"].encode("utf-8"))
sys.exit(reply["exit_code"])
'''
