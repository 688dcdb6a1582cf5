"""A value that must not be seen, and the redaction of such values from any text."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit

DOTS = "•••"

#: Shorter values cannot be told from ordinary words, so they are hidden only where an assignment or URL shows them.
SHORTEST_ANYWHERE = 8
LONGEST_WORD = 14

_OWN_WORDS = frozenset({"kind", "id", "level", "state"})

_SECRET_NAME = re.compile(
    r"(?i)(secret|password|passwd|passphrase|token|api_?key|private_?key|access_?key|credential|dsn$|database_url|auth$|_pw$)"
)
_URL_PASSWORD = re.compile(r"(?P<head>\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@'\"]*):(?P<password>[^\s/@'\"]+)@")


#: A value that nobody announced, but that stands behind a telling name and looks random: letters and digits mixed.
_NAMED = re.compile(
    r"(?i)(?P<head>(?:secret|password|passwd|passphrase|token|api_?key|private_?key|access_?key)\w*[\"']?\s*[=:]\s*[\"']?)"
    r"(?=[\w+/=~-]{0,200}[0-9])(?=[\w+/=~-]{0,200}[a-z])(?P<value>[a-z0-9][\w+/=~-]{15,})(?![\w(.\[])"
)


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
    found = []
    for match in _URL_PASSWORD.finditer(text):
        found.append(match["password"])
        try:
            password = urlsplit(match[0] + "host").password
        except ValueError:
            continue
        if password:
            found.append(unquote(password))
    return tuple(found)


def _is_word(value: str) -> bool:
    """Whether *value* cannot be told from an ordinary word: too short, or a short run of letters of one case."""
    return len(value) < SHORTEST_ANYWHERE or (len(value) < LONGEST_WORD and value.isalpha() and value.lower() == value)


def _spellings(value: str) -> set[str]:
    raw = value.encode("utf-8", "surrogatepass")
    forms = {value, quote(value, safe="", errors="replace"), quote_plus(value, errors="replace")}
    forms |= {repr(value)[1:-1], value.replace("\\", "\\\\").replace('"', '\\"')}
    if len(value) >= SHORTEST_ANYWHERE:
        # Inside a larger base64 text a value appears at one of three byte offsets; the characters
        # that depend on its neighbours are cut off.
        for lead in range(3):
            encoded = base64.b64encode(b"\0" * lead + raw).decode("ascii").rstrip("=")
            start = (0, 2, 3)[lead]
            end = len(encoded) - (1 if (lead + len(raw)) % 3 else 0)
            if end - start >= SHORTEST_ANYWHERE:
                forms.add(encoded[start:end])
                forms.add(encoded[start:end].replace("+", "-").replace("/", "_"))
        forms.add(raw.hex())
    return {form for form in forms if form}


def redact_data(data: Any, redact: Callable[[str], str]) -> Any:
    """JSON-ready *data* with every text redacted, but for the words the tool itself puts there."""
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, list):
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
        self._anywhere: re.Pattern[str] | None = None
        self._assigned: re.Pattern[str] | None = None
        self.add(*values)

    def add(self, *values: str) -> None:
        """Hide these values from now on; a value of several lines is hidden line by line as well."""
        fresh = set()
        for value in values:
            fresh.add(value.strip())
            if "\n" in value:
                fresh.update(line.strip() for line in value.splitlines() if len(line.strip()) >= SHORTEST_ANYWHERE)
        fresh -= self._values | {"", DOTS}
        if fresh:
            self._values |= fresh
            self._compile()

    def _compile(self) -> None:
        long = {value for value in self._values if not _is_word(value)}
        short = self._values - long
        forms = sorted({form for value in long for form in _spellings(value)}, key=len, reverse=True)
        self._anywhere = re.compile("|".join(map(re.escape, forms))) if forms else None
        forms = sorted({form for value in short for form in _spellings(value)}, key=len, reverse=True)
        self._assigned = (
            re.compile(r"(?P<head>[=:]\s*[\"']?)(?:" + "|".join(map(re.escape, forms)) + r")(?=[\"'\s,;@&)}\]]|$)")
            if forms
            else None
        )

    def __call__(self, text: str) -> str:
        """*text* with every known value, every password inside a URL and what looks like a secret replaced by dots."""
        if self._anywhere is not None:
            text = self._anywhere.sub(DOTS, text)
        if self._assigned is not None:
            text = self._assigned.sub(lambda match: match["head"] + DOTS, text)
        text = _NAMED.sub(lambda match: match["head"] + DOTS, text)
        if "://" in text:
            text = _URL_PASSWORD.sub(lambda match: f"{match['head']}:{DOTS}@", text)
        return text
