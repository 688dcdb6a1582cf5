"""The other end of the driver's channel: its questions, and what it tells."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shlex
import threading
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Listener
from typing import Any

from simple_deploy.api import Choice, Context, Option, Question, Secret, looks_secret

LONGEST = 120  # characters of a question's title

_NAME = re.compile(r"-{0,2}[\w.-]+")
_FLAG = re.compile(r"--[\w-]+")

Settle = Callable[[str], str]


class Talk:
    """Serves one driver, in a thread of its own. Nobody without the key is listened to.

    :param settle: called where the plugin commits; None in a preview, where there is nothing to commit.
    """

    def __init__(self, ctx: Context, settle: Settle | None = None) -> None:
        self._ctx = ctx
        self._settle = settle
        self._key = secrets.token_bytes(32)
        self._listener = Listener(authkey=self._key)
        self._asked = 0
        self.error: BaseException | None = None
        self.ended = ""
        self.message = ""
        self.links: list[str] = []
        self.programs: dict[str, None] = {}
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def contact(self) -> dict[str, str]:
        """How the driver reaches this end."""
        return {"address": str(self._listener.address), "key": self._key.hex()}

    def __enter__(self) -> Talk:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._thread.join(2)

    # -- parts --

    def _serve(self) -> None:
        with contextlib.suppress(EOFError, OSError), self._listener.accept() as connection:
            while True:
                reply = self._reply(json.loads(connection.recv_bytes()))
                connection.send_bytes(json.dumps(reply).encode("utf-8"))

    def _reply(self, message: dict[str, Any]) -> dict[str, str | bool]:
        if message["type"] != "ask":
            self._note(message["type"], message)
            return {}
        try:
            return {"value": self._answer(message)}
        except BaseException as error:  # raised again where the driver was started
            self.error = error
            return {}

    def _note(self, kind: str, message: dict[str, Any]) -> None:
        if kind == "program":
            self._ctx.hide(*secrets_among(message["argv"]))
            self._ctx.ran(message["argv"])
            self.programs[_name(message["argv"])] = None
        elif kind == "hide":
            self._ctx.hide(message["value"])
        elif kind == "link":
            self.links.append(message["url"])
            self._ctx.note(f"The plugin wants to show you {message['url']}")
        else:
            self.ended, self.message = kind, message.get("message", "").strip()

    def _answer(self, message: dict[str, Any]) -> str | bool:
        if message["kind"] == "settle":
            return self._settle(message["prompt"]) if self._settle else ""
        self._asked += 1
        asked = question(self._asked, message["kind"], message["prompt"], message.get("choices", ()))
        value = self._ctx.ask(asked).values[asked.fields[0].name]
        return value.reveal() if isinstance(value, Secret) else value


def secrets_among(argv: Sequence[str]) -> Iterator[str]:
    """What follows a name that tells of a secret in the words of a command: ``TOKEN=…``, ``--token …``; of a command
    for a shell, in its words too."""
    for word, after in zip(argv, (*argv[1:], "-"), strict=True):
        name, _, value = word.partition("=")
        if value and _NAME.fullmatch(name):
            yield from (value,) if _looks_secret(name) else ()
        elif len(parts := _parts(word)) > 1:
            yield from secrets_among(parts)
        elif _FLAG.fullmatch(word) and _looks_secret(word) and not after.startswith("-"):
            yield after


def _looks_secret(name: str) -> bool:
    return looks_secret(name.replace("-", "_"))


def _name(argv: Sequence[str]) -> str:
    """What the program that *argv* begins with is called, on Windows without the end of its file's name."""
    words = _parts(argv[0]) if len(argv) == 1 else argv
    name = re.split(r"[/\\]", words[0])[-1] if words else ""
    return re.sub(r"\.(exe|cmd|bat)$", "", name, flags=re.IGNORECASE)


def _parts(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:  # as a person writes: it's
        return command.split()


def question(number: int, kind: Any, prompt: str, choices: Any) -> Question:
    """The plugin's question as one of ours. A choice has no default: the first app of a list may be anybody's."""
    lines = [line.strip() for line in prompt.strip().splitlines() if line.strip()]
    lines = [line for line in lines if "entering q" not in line] or ["The plugin asks for something."]
    title = lines.pop() if kind != "choice" else lines.pop(0)
    listed = {label for _, label in choices}
    context = "\n".join(line for line in lines if not any(label in line for label in listed))
    option = Option(
        name=f"answer_{number}",
        label="Your answer" if kind != "flag" else "Yes",
        kind=kind,
        choices=tuple(Choice(value=value, label=label) for value, label in choices),
    )
    return Question(id=f"legacy_{number}", title=title[:LONGEST], help=context[:2000], fields=(option,))
