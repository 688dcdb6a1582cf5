"""The other end of the driver's channel: its questions, and what it tells."""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
from collections.abc import Callable
from multiprocessing.connection import Listener
from typing import Any, Protocol

from simple_deploy.api import Choice, Context, Option, Question, Secret
from simple_deploy.core.secret import looks_secret

LONGEST = 120  # characters of a question's title

Settle = Callable[[str], str]


class _Replies(Protocol):
    """A connection, which on Windows is one of another type."""

    def send_bytes(self, data: bytes, /) -> object: ...


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
        self.hidden: set[str] = set()
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
                self._heard(connection, json.loads(connection.recv_bytes()))

    def _heard(self, connection: _Replies, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "ask":
            try:
                reply = {"value": self._answer(message)}
            except BaseException as error:  # raised again where the driver was started
                self.error, reply = error, {}
            connection.send_bytes(json.dumps(reply).encode("utf-8"))
        elif kind == "program":
            self._hide_in(message["argv"])
            self._ctx.ran(message["argv"])
        elif kind == "hide":
            self.hidden.add(message["value"])
            self._ctx.hide(message["value"])
        elif kind == "link":
            self.links.append(message["url"])
            self._ctx.note(f"The plugin wants to show you {message['url']}")
        else:
            self.ended, self.message = kind, message.get("message", "").strip()

    def _hide_in(self, argv: list[str]) -> None:
        for word in argv:
            name, _, value = word.partition("=")
            if value and looks_secret(name.lstrip("-")):
                self.hidden.add(value)
                self._ctx.hide(value)

    def _answer(self, message: dict[str, Any]) -> str | bool:
        if message["kind"] == "settle":
            return self._settle(message["prompt"]) if self._settle else ""
        self._asked += 1
        asked = question(self._asked, message["kind"], message["prompt"], message.get("choices", ()))
        value = self._ctx.ask(asked).values[asked.fields[0].name]
        return value.reveal() if isinstance(value, Secret) else value


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
