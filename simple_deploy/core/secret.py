"""A value that must not be seen, and the redaction of such values from any text."""

from __future__ import annotations

import html
import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote

from simple_deploy.core import ansi
from simple_deploy.core.spellings import Following, Span, Spellings

DOTS = "•••"

#: Shorter values cannot be told from ordinary words, so they are hidden only where an assignment or URL shows them.
SHORTEST_ANYWHERE = 8
LONGEST_WORD = 14

_OWN_WORDS = frozenset({"kind", "id", "level", "state"})

_SECRET_NAME = re.compile(
    r"(?i)(secret|password|passwd|passphrase|token|api_?key|private_?key|access_?key|credential|dsn$|database_url|auth$|_pw$)"
)
_USER = r"(?P<head>\b[a-zA-Z][a-zA-Z0-9+.-]{0,30}://[^\s:/@'\"\[]*):"
_PASSWORD = r"(?P<password>(?:(?!://)[^\s'\"<>])+)@"

#: Whatever stands before the last @ is the password: one that nobody escaped holds any character.
_URL_PASSWORD = re.compile(_USER + _PASSWORD)

#: The same in a text, where a number behind a host is a port: http://localhost:5173/@vite/client
_SHOWN_URL_PASSWORD = re.compile(_USER + r"(?!(?<!//:)[0-9]{1,5}[/?#])" + _PASSWORD)


#: A value that nobody announced, but that stands behind a telling name and looks random: letters and digits mixed.
_NAMED = re.compile(
    r"(?i)(?P<head>(?:secret|password|passwd|passphrase|token|api_?key|private_?key|access_?key)\w*[\"']?\s*[=:]\s*[\"']?)"
    r"(?=[\w+/=~-]{0,200}[0-9])(?=[\w+/=~-]{0,200}[a-z])(?P<value>[a-z0-9][\w+/=~-]{15,})(?![\w(.\[])"
)

#: One of these is in every name that _NAMED knows: looked for first, since that is much quicker.
_IN_NAMES = ("secret", "passw", "passphrase", "token", "key")


class Secret:
    """A value shown as dots wherever it is printed, formatted, compared in a failure or encoded.

    Only :meth:`reveal` gives the value; the engine calls it when it hands the value to a child process.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __str__(self) -> str:
        return DOTS

    def __repr__(self) -> str:
        return f"Secret({DOTS})"

    def __format__(self, spec: str) -> str:
        return format(DOTS, spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")


def looks_secret(name: str) -> bool:
    """Whether an environment variable or setting of this name usually holds a secret."""
    return bool(_SECRET_NAME.search(name))


def secrets_in_environment(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The values in *environ* that must not be shown: by name, and the passwords inside URLs."""
    found: list[str] = []
    for name, value in environ.items():
        if looks_secret(name):
            found.append(value)
        found.extend(passwords_in_urls(value))
    return tuple(found)


def passwords_in_urls(text: str) -> tuple[str, ...]:
    """The passwords in the addresses in *text*, as they stand there and with their escapes resolved."""
    found = [match["password"] for match in _URL_PASSWORD.finditer(text)]
    return (*found, *map(unquote, found))


def _is_word(value: str) -> bool:
    """Whether *value* cannot be told from an ordinary word: too short, or a short run of letters of one case."""
    return len(value) < SHORTEST_ANYWHERE or (len(value) < LONGEST_WORD and value.isalpha() and value.lower() == value)


def _literal(value: str) -> set[str]:
    """Spellings of a value that has too few characters of its own to be looked for in any mixture of them."""
    quoted = {quote(value, safe=safe, errors="replace") for safe in ("", "/", "!'()*~")}
    escaped = {
        repr(value)[1:-1],
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        html.escape(value),
    }
    return {value, quote_plus(value, errors="replace"), shlex.quote(value), *quoted, *escaped} - {""}


def redact_data(data: Any, redact: Callable[[str], str]) -> Any:
    """JSON-ready *data* with every text redacted, but for the words the tool itself puts there."""
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, list):
        if all(isinstance(item, str) and "\n" not in item for item in data):
            return redact("\n".join(data)).split("\n") if data else []  # a value may go on in the next line
        return [redact_data(item, redact) for item in data]
    if isinstance(data, dict):
        return {key: item if key in _OWN_WORDS else redact_data(item, redact) for key, item in data.items()}
    return data


class Redactor:
    """Replaces known secret values in text, in the spellings a program may print them in.

    :param values: the secret values; more can be added while a run learns them.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._spellings = Spellings()
        self._literal: set[str] = set()
        self._anywhere: re.Pattern[str] | None = None
        self._assigned: re.Pattern[str] | None = None
        self.add(*values)

    def add(self, *values: str) -> None:
        """Hide these values from now on, a password inside one by itself too, and several lines also one by one."""
        fresh = set()
        for value in (*values, *(password for each in values for password in passwords_in_urls(each))):
            fresh.add(value.strip())
            if "\n" in value:
                fresh.update(line.strip() for line in value.splitlines() if len(line.strip()) >= SHORTEST_ANYWHERE)
        fresh -= self._values | {"", DOTS}
        if fresh:
            self._values |= fresh
            self._literal |= {value for value in fresh if _is_word(value) or not self._spellings.add(value)}
            self._compile()

    def _compile(self) -> None:
        words = {value for value in self._literal if _is_word(value)}
        self._anywhere = _any_of(self._literal - words)
        self._assigned = _any_of(words, before=r"(?P<head>[=:]\s*[\"']?)", after=r"(?=[\"'\s,;@&)}\]]|$)")

    def __call__(self, text: str) -> str:
        """*text* with every known value, every password inside a URL and what looks like a secret replaced by dots."""
        return self._rest(_dotted(text, self._spellings.find(text)))

    def lines(self) -> Callable[[str], str]:
        """Does the same for lines that follow each other, where a value may go on in the next line."""
        following = Following(self._spellings)
        return lambda line: self._rest(_dotted(line, following.find(line)))

    def _rest(self, text: str) -> str:
        """*text* without what is found by its surroundings, or letter by letter."""
        if self._anywhere is not None:
            text = self._anywhere.sub(DOTS, text)
        if self._assigned is not None:
            text = self._assigned.sub(lambda match: match["head"] + DOTS, text)
        lowered = text.lower()
        if any(word in lowered for word in _IN_NAMES):
            text = _NAMED.sub(lambda match: match["head"] + DOTS, text)
        if "://" in text:
            text = _SHOWN_URL_PASSWORD.sub(lambda match: f"{match['head']}:{DOTS}@", text)
        return text


def _any_of(values: Iterable[str], *, before: str = "", after: str = "") -> re.Pattern[str] | None:
    forms = sorted({form for value in values for form in _literal(value)}, key=len, reverse=True)
    return re.compile(f"{before}(?:{'|'.join(map(re.escape, forms))}){after}") if forms else None


def _dotted(text: str, spans: list[Span]) -> str:
    """*text* with dots in the place of *spans*; it keeps its lines and its colours."""
    parts, done = [], 0
    for start, end in spans:
        parts += [text[done:start], "\n".join(DOTS + ansi.colours(line) for line in text[start:end].split("\n"))]
        done = end
    return "".join([*parts, text[done:]])
