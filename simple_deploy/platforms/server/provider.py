"""Asking a provider of servers for one: its API over HTTP, and what every provider has to be able to do."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from simple_deploy.core.errors import StepError, ToolMissing
from simple_deploy.core.interfaces import Context, Response
from simple_deploy.core.secret import Secret
from simple_deploy.platforms.identity import read_text

#: What can be reached of a rented server. Everything else is kept out by the provider, before it gets there.
SERVER_PORTS = ("22", "80", "443")
#: From where it can be reached there: IPv4 and IPv6.
SERVER_EVERYBODY = ("0.0.0.0/0", "::/0")
#: The label or tag of what belongs to a project, at every provider.
SERVER_LABEL = "simple-deploy"
_KEYS = ("id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub")
_PATIENCE = 30.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A rented server.

    :param id: :param name: what the provider calls it. :param address: by which it is reached; empty while it has none.
    """

    id: str
    name: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A server that is to be rented.

    :param project: which project it is for, as :func:`~simple_deploy.api.project_id` says; never empty.
    :param size: :param region: in the provider's own words. :param key: the public key of whoever logs in, a line.
    """

    name: str
    project: str
    size: str
    region: str
    key: str


@dataclass(frozen=True)
class Provider(ABC):
    """Somebody who rents servers out, asked in the name of whoever has made *token*."""

    ctx: Context
    token: Secret

    @abstractmethod
    def price(self, size: str, region: str) -> str:
        """What a server costs, in words, as the provider says today.

        :raises StepError: the token is not good, or there is no such server.
        """

    @abstractmethod
    def find(self, project: str) -> Machine | None:
        """The server of *project*. :raises StepError: the provider could not be asked."""

    @abstractmethod
    def rent(self, wanted: Wanted) -> Machine:
        """A new server with Debian, behind a firewall that lets in :data:`SERVER_PORTS`. The key and the firewall may
        be there already, of an earlier try. :raises StepError: it cannot be had."""

    @abstractmethod
    def end(self, machine: Machine, project: str) -> None:
        """Remove the server, and the firewall when there is one. Can be repeated. The key stays: it may open other
        servers too. :raises StepError: it could not be removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """JSON over HTTP, with a token.

    :param base: the beginning of every address. :param name: of the provider. :param tokens: where tokens are made.
    """

    ctx: Context
    base: str
    token: Secret
    name: str
    tokens: str

    def get(self, path: str, /, **query: str) -> Mapping[str, Any]:
        """What is at *path*; empty where there is nothing.

        :raises StepError: the provider refuses, or does not answer.
        """
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: Mapping[str, object], /) -> Mapping[str, Any]:
        """:raises StepError: the provider refuses, or does not answer."""
        answer = self._ask("POST", path, body)
        if not answer:
            raise StepError(
                f"{self.name} has nothing at {path}.", hint="Its API has changed: tell the plugin's author."
            )
        return answer

    def delete(self, path: str, /) -> None:
        """What is gone already is gone. :raises StepError: the provider refuses, or does not answer."""
        self._ask("DELETE", path)

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Mapping[str, Any]:
        sent = None if body is None else json.dumps(body)
        headers: dict[str, str | Secret] = {"Authorization": Secret(f"Bearer {self.token.reveal()}")}
        headers |= {"Accept": "application/json", "Content-Type": "application/json"}
        self.ctx.hide(self.token.reveal())
        answer = self.ctx.fetch(f"{self.base}{path}", method=method, headers=headers, body=sent, timeout=_PATIENCE)
        if answer.status == 404:
            return {}
        data = _object(answer)
        if answer.status >= 300:
            raise self._refused(answer.status, data)
        return data

    def _refused(self, status: int, data: Mapping[str, Any]) -> StepError:
        if status in (401, 403):
            return StepError(
                f"{self.name} does not accept that token for this.",
                hint=f"Make one that may read and write, and copy it whole: {self.tokens}",
            )
        if status == 429:
            return StepError(f"{self.name} received too many requests.", hint="Wait some minutes, then try again.")
        error = data.get("error")
        said = (error if isinstance(error, dict) else data).get("message")
        if status >= 500 or not said:
            return StepError(f"{self.name} has trouble (status {status}).", hint="Try again in some minutes.")
        return StepError(f"{self.name} refuses: {said}", hint="Its console says more. Then try again.")


def entries(data: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], ...]:
    """The objects in the list *name* of an answer; none where there is no such list."""
    found = data.get(name)
    return tuple(each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()


def entry(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object *name* of an answer; empty where there is none."""
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def fingerprint(key: str) -> str:
    """The fingerprint by which providers tell keys apart: MD5, in pairs of digits.

    :raises ValueError: *key* is no public key.
    """
    words = key.split()
    try:
        digest = hashlib.md5(base64.b64decode(words[1], validate=True), usedforsecurity=False).hexdigest()
    except (IndexError, binascii.Error) as error:
        raise ValueError(key) from error
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def public_key(ctx: Context) -> str:
    """The public key that the person logs in with, as a line: the agent's, else a file's; empty where there is none."""
    return next((key for key in (*_of_agent(ctx), *_of_files()) if _is_key(key)), "")


def _of_agent(ctx: Context) -> Sequence[str]:
    try:
        done = ctx.run(("ssh-add", "-L"), check=False, show=False, timeout=_PATIENCE)
    except ToolMissing:
        return ()
    return done.output.splitlines() if done.ok else ()


def _of_files() -> Iterator[str]:
    for name in _KEYS:
        yield read_text(Path.home() / ".ssh" / name).strip()


def _is_key(line: str) -> bool:
    try:
        return line.startswith(("ssh-", "ecdsa-")) and bool(fingerprint(line))
    except ValueError:
        return False


def _object(answer: Response) -> Mapping[str, Any]:
    try:
        data = json.loads(answer.text or "{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
