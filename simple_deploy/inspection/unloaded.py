"""Secrets of settings that cannot be loaded, as far as the text of their files shows them."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from simple_deploy.core.facts import Location
from simple_deploy.core.secret import looks_secret, passwords_in_urls, secrets_in_environment
from simple_deploy.inspection import envfiles
from simple_deploy.system import plainfiles

_LARGEST = 256 * 1024  # bytes; larger modules are data
#: The name of a variable, as in ``env("SECRET_KEY", default="…")``.
_NAME = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]*")
_OPEN, _CLOSED = frozenset("([{"), frozenset(")]}")


def secrets(location: Location, files: Iterable[str]) -> tuple[str, ...]:
    """Values that stand behind names of secrets in Python modules and in ``.env`` files, and passwords in addresses.

    A value that is put together, or comes from elsewhere, is not among them.

    :param files: Python modules relative to the git root.
    """
    found: dict[str, None] = {}
    for file in files:
        found.update(dict.fromkeys(_in_module(plainfiles.text(location.root / file, _LARGEST))))
    for folder in {location.root, location.folder}:
        for path in _env_files(folder):
            found.update(dict.fromkeys(secrets_in_environment(envfiles.parse(plainfiles.text(path, _LARGEST)))))
    return tuple(value for value in found if value)


def _env_files(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(folder.glob(".env*"))
    return []


def _in_module(source: str) -> Iterator[str]:
    """Also in one with a mistake in it, up to there."""
    if not looks_secret(source) and "://" not in source:
        return
    before: list[str] = []  # the last name, and what stands behind it
    inside, depth = 0, 0  # how deep the value of a secret begins, and how deep we are
    reading = False
    for token in _tokens(source):
        text = _text(token)
        if reading and (token.type == tokenize.NEWLINE or depth < inside or (token.string == "," and depth == inside)):
            reading = False
        if token.type == tokenize.STRING:
            yield from passwords_in_urls(text)
            if reading and not (_NAME.fullmatch(text) and looks_secret(text)):
                yield text
        depth += (token.string in _OPEN) - (token.string in _CLOSED)
        if token.string in {"=", ":"} and before and looks_secret(before[-1]) and not reading:
            reading, inside = True, depth
        before = [text] if token.type in {tokenize.NAME, tokenize.STRING} else before if token.string == "]" else []


def _tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    with suppress(tokenize.TokenError, SyntaxError, ValueError):
        yield from tokenize.generate_tokens(io.StringIO(source).readline)


def _text(token: tokenize.TokenInfo) -> str:
    if token.type != tokenize.STRING:
        return token.string
    with suppress(SyntaxError, ValueError):
        value = ast.literal_eval(token.string)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return ""
