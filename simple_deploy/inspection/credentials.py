"""Addresses with a password or a token in files that are committed, which everyone with a copy can read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from simple_deploy.core.secret import passwords_in_urls
from simple_deploy.system import plainfiles

_LARGEST = 1024 * 1024  # bytes
#: Files that name where packages and repositories come from.
_NAMED = re.compile(
    r"(requirements|constraints)[^/]*\.(txt|in)|(pyproject|uv|poetry|pdm)\.toml|Pipfile(\.lock)?|(uv|poetry|pdm)\.lock"
    r"|setup\.(cfg|py)|pip\.(conf|ini)|\.gitmodules|\.npmrc|\.yarnrc(\.yml)?|package(-lock)?\.json|Dockerfile[^/]*"
    r"|(docker-)?compose[^/]*\.ya?ml|environment\.ya?ml",
    re.IGNORECASE,
)
#: A token in the place of a name, as the hosts of repositories and packages give them.
_TOKEN = re.compile(
    r"\b[a-z][a-z0-9+.-]*://(?P<token>(?:gh[a-z]_|github_pat_|glpat-|pypi-)?[\w-]{16,})@", re.IGNORECASE
)

#: What reaches nothing outside one computer or one network of containers: loopback, and names without a dot, which
#: are those of services in Docker Compose.
_HERE = re.compile(
    r"\b[a-z][a-z0-9+.-]*://[^\s/@\"']*@(127\.[\d.]+|\[::1\]|[a-z0-9_-]+)(?=[^a-z0-9_.-]|\.?$|\.\s)",
    re.IGNORECASE | re.MULTILINE,
)


def find(root: Path, tracked: Iterable[str], more: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The committed files in which there are any, and what must not be seen.

    :param more: files that say what the project needs, whatever they are called.
    """
    files, secrets = [], []
    also = set(more)
    for path in tracked:
        if path in also or _NAMED.fullmatch(path.rpartition("/")[2]):
            found = _in(plainfiles.text(root / path, _LARGEST))
            if found:
                files.append(path)
                secrets += found
    return tuple(files), tuple(dict.fromkeys(secrets))


def _in(text: str) -> list[str]:
    if "@" not in text or "://" not in text:
        return []
    text = _HERE.sub("", text)
    found = [*passwords_in_urls(text), *(match["token"] for match in _TOKEN.finditer(text))]
    return [value for value in found if not _is_placeholder(value)]


def _is_placeholder(value: str) -> bool:
    """Whether a variable, or an example, stands in the place of the secret."""
    return value.startswith(("$", "{", "%", "<")) or value.lower() in {
        "password",
        "pass",
        "secret",
        "token",
        "postgres",
    }
