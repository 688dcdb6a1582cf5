"""The access code of a project, and what a browser keeps after it has shown it once."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from simple_deploy.system import files, stored

#: Name of the file in the state folder that holds the code.
FILE = "token"

_SHORTEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Checks what a visitor shows. Every comparison takes the same time whatever is wrong.

    :param code: the access code.
    """

    code: str

    def admits(self, given: str) -> bool:
        """Whether *given* is the access code."""
        return _same(self.code, given)

    def cookie(self, session: str, port: str) -> str:
        """What the browser keeps for *session* at one port. Knowing the session's address is not enough to make it."""
        return self._mac("session", port, session)

    def is_cookie(self, given: str, session: str, port: str) -> bool:
        """Whether *given* is the cookie of that session at that port."""
        return _same(self.cookie(session, port), given)

    def form_token(self, session: str) -> str:
        """What every form sent from this session has to bring along."""
        return self._mac("form", session)

    def is_form_token(self, session: str, given: str) -> bool:
        return _same(self.form_token(session), given)

    def _mac(self, *parts: str) -> str:
        message = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hmac.new(self.code.encode(), message, hashlib.sha256).hexdigest()


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def read_or_make(state: Path) -> Access:
    """The project's access code, made when there is none yet.

    :param state: the state folder; made as well when it is missing, so that only its owner can look inside.
    :raises OSError: the folder cannot be read or written.
    """
    file = state / FILE
    try:
        code = "" if _was_open(file) else (stored.text(file) or "").strip()
    except FileNotFoundError:
        code = ""
    return Access(code=code) if len(code) >= _SHORTEST and code.isascii() else renew(state)


def renew(state: Path) -> Access:
    """Make a new access code, which ends every session there is.

    :param state: the state folder; made as well when it is missing, so that only its owner can look inside.
    :raises OSError: the folder cannot be written.
    """
    file = state / FILE
    _make_folder(state)
    # Written beside and renamed, so that two servers starting at once end up with one whole code.
    beside = state / f".{FILE}.{secrets.token_hex(4)}.{os.getpid()}.tmp"
    write_private(beside, secrets.token_urlsafe(24) + "\n")
    files.replace(beside, file)
    return Access(code=file.read_text(encoding="ascii").strip())


def write_private(path: Path, text: str) -> None:
    """Write an ASCII file that only its owner can read, whatever the umask."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii", errors="replace") as stream:
        stream.write(text)
    path.chmod(0o600)


def _was_open(file: Path) -> bool:
    """Whether others could read *file* until now. Where the file system knows no permissions it is taken as it is."""
    if not _is_open(file):
        return False
    file.chmod(0o600)
    return not _is_open(file)


def _is_open(path: Path) -> bool:
    return os.name != "nt" and bool(path.stat().st_mode & 0o077)


def _make_folder(state: Path) -> None:
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _is_open(state):
        state.chmod(0o700)
    ignore = state / ".gitignore"
    if not ignore.exists():
        write_private(ignore, "*\n")
