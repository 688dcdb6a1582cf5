"""A known value is found however a program spells it, and nothing else is."""

from __future__ import annotations

import base64
import binascii
import html
import json
import random
import re
import shlex
import string
from collections.abc import Callable, Sequence
from urllib.parse import quote, quote_plus

import pytest

from simple_deploy.core import ansi
from simple_deploy.core.secret import DOTS, Redactor
from simple_deploy.core.spellings import Spellings, bare

Spell = Callable[[str, random.Random], str]

ALPHABETS = (
    string.ascii_letters + string.digits,
    string.ascii_letters + string.digits + string.punctuation,
    string.ascii_lowercase + string.digits + "/+=-_.~!'()*&<>\"\\ ",
    "abcXYZ012äöüßéñ€漢字🔑-_/ ",
    string.digits + "абвгд" + "'\"\\`$%^{}",
)


def any_case(text: str, rng: random.Random) -> str:
    return "".join(rng.choice((char.lower(), char.upper())) for char in text)


def percent(value: str, rng: random.Random) -> str:
    """Percent signs for any set of characters, in any case."""
    safe = "".join(char for char in string.printable if rng.random() < 0.5)
    return any_percent_case(quote(value, safe=safe), rng)


def any_percent_case(text: str, rng: random.Random) -> str:
    return re.sub("%[0-9A-F]{2}", lambda match: any_case(match[0], rng), text)


def entities(value: str, rng: random.Random) -> str:
    named = html.escape(value)
    if rng.random() < 0.3:
        return named
    kinds = (
        str,
        lambda char: f"&#{ord(char)};",
        lambda char: f"&#x{ord(char):x};",
        lambda char: f"&#X{ord(char):04X};",
    )
    return "".join(rng.choice(kinds)(char) if char not in "&<>\"'" else html.escape(char) for char in value)


def units(value: str, rng: random.Random) -> str:
    """Every character as \\uXXXX, with surrogate pairs."""
    code = binascii.hexlify(value.encode("utf-16-be")).decode()
    return "".join(f"\\u{any_case(code[at : at + 4], rng)}" for at in range(0, len(code), 4))


def coloured(value: str, rng: random.Random) -> str:
    colours = ("\x1b[31m", "\x1b[0m", "\x1b[1;38;5;12m", "\x1b[K", "")
    return "".join(rng.choice(colours) + char for char in value) + "\x1b[0m"


def obeyed(value: str, rng: random.Random) -> str:
    """With commands to a terminal between its letters, as ``tput sgr0`` prints them and as nobody should."""
    commands = ("\x1b(B\x1b[m", "\x1b(B", "\x1b7", "\x9b1m", "\x90q\x9c", "\x1b]0;title\x07", "\x1b]8;;\x07", "\x07")
    return "".join(rng.choice(commands) + char for char in value)


def broken(value: str, rng: random.Random, ends: Sequence[str] = ("\n", "\r\n", "\n    ", "\\\n")) -> str:
    width = rng.randint(1, 9)
    return rng.choice(ends).join(value[at : at + width] for at in range(0, len(value), width))


def base64_of(value: str, rng: random.Random) -> str:
    raw = rng.randbytes(rng.randint(0, 4)) + value.encode() + rng.randbytes(rng.randint(0, 4))
    return rng.choice((base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes))(raw).decode()


def base32_of(value: str, rng: random.Random) -> str:
    raw = rng.randbytes(rng.randint(0, 5)) + value.encode() + rng.randbytes(rng.randint(0, 5))
    return any_case(base64.b32encode(raw).decode(), rng)


def hexadecimal(value: str, rng: random.Random) -> str:
    between = rng.choice(("", ":", "-", " ", ", ", ",0x", " 0x", ", 0x"))
    return between.join(any_case(f"{byte:02x}", rng) for byte in value.encode())


SPELLINGS: dict[str, Spell] = {
    "as it is": lambda value, rng: value,
    "percent": percent,
    "percent twice": lambda value, rng: percent(percent(value, rng), rng),
    "encodeURIComponent": lambda value, rng: quote(value, safe="!'()*~"),
    "a form": lambda value, rng: quote_plus(value),
    "entities": entities,
    "entities twice": lambda value, rng: html.escape(entities(value, rng)),
    "JSON": lambda value, rng: json.dumps(value),
    "JSON of letters": lambda value, rng: json.dumps(value, ensure_ascii=False).replace("/", "\\/"),
    "JSON in JSON": lambda value, rng: json.dumps({"text": json.dumps([value])}),
    "JSON in a page": lambda value, rng: html.escape(json.dumps(value)),
    "JSON in an address": lambda value, rng: percent(json.dumps(value), rng),
    "units": units,
    "repr": lambda value, rng: repr(value),
    "ascii": lambda value, rng: ascii(value),
    "bytes": lambda value, rng: repr(value.encode()),
    "escaped bytes": lambda value, rng: "".join(f"\\x{byte:02x}" for byte in value.encode()),
    "octal": lambda value, rng: "".join(f"\\{byte:03o}" for byte in value.encode()),
    "shell": lambda value, rng: shlex.quote(value),
    "shell in shell": lambda value, rng: shlex.join(["sh", "-c", shlex.join(["echo", value])]),
    "double quotes of a shell": lambda value, rng: "".join(f"\\{char}" if char in '"$`\\!' else char for char in value),
    "printf %q": lambda value, rng: "".join(char if char.isalnum() else f"\\{char}" for char in value),
    "SQL": lambda value, rng: "'" + value.replace("'", "''") + "'",
    "YAML": lambda value, rng: '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"',
    "doubled": lambda value, rng: value.replace('"', '""').replace("%", "%%").replace("$", "$$").replace("{", "{{"),
    "hexadecimal": hexadecimal,
    "base32": base32_of,
    "base64": base64_of,
    "base64 of a form": lambda value, rng: base64_of(quote(value, safe=rng.choice(("", "/"))), rng),
    "coloured": coloured,
    "obeyed": obeyed,
    "coloured JSON": lambda value, rng: coloured(json.dumps(value), rng),
    "broken": broken,
    "broken JSON": lambda value, rng: broken(json.dumps(value), rng, ["\n"]),
    "broken base64": lambda value, rng: broken(base64_of(value, rng), rng),
    "hidden characters": lambda value, rng: "\u200b".join(value),
    "variation selectors": lambda value, rng: "\ufe0f".join(value),
    "a list of bytes": lambda value, rng: str(list(value.encode())),
}


def values(rng: random.Random, count: int) -> list[str]:
    found = []
    while len(found) < count:
        letters = rng.choice(ALPHABETS)
        value = "".join(rng.choice(letters) for _ in range(rng.randint(10, 48))).strip()
        if sum(char.isalnum() for char in value) >= 8 and value[0].isalnum() and value[-1].isalnum():
            found.append(value)
    return found


def letters(text: str) -> str:
    """What can be seen of *text* when somebody puts its parts together again."""
    return "".join(char for char in ansi.plain(text.replace("\n", "")) if not char.isspace() and char not in "\\\r")


@pytest.mark.parametrize("name", SPELLINGS)
def test_no_value_is_seen_in_any_spelling(name: str) -> None:
    rng = random.Random(name)
    for value in values(rng, 60):
        spelled = SPELLINGS[name](value, rng)
        shown = Redactor([value])(f"before {spelled} after")
        assert DOTS in shown, (value, spelled)
        assert shown.startswith("before ") and shown.endswith(" after"), (value, spelled, shown)
        assert letters(spelled) not in letters(shown), (value, spelled, shown)
        left = shown.replace("before ", "").replace(" after", "").replace(DOTS, "")
        assert sum(char.isalnum() for char in ansi.plain(left)) <= 24, (value, spelled, shown)


@pytest.mark.parametrize("name", ["as it is", "JSON", "base64", "hexadecimal", "base32", "coloured", "percent"])
def test_no_value_is_seen_that_goes_on_in_the_next_line(name: str) -> None:
    rng = random.Random(name)
    for value in values(rng, 60):
        spelled = SPELLINGS[name](value, rng).replace("\n", "")
        width = rng.randint(1, len(spelled))
        redact = Redactor([value]).lines()
        lines = ["Building", *(spelled[at : at + width] for at in range(0, len(spelled), width)), "Done"]
        shown = [redact(line) for line in lines]
        assert len(shown) == len(lines)
        assert (shown[0], shown[-1]) == ("Building", "Done")
        assert letters(spelled) not in letters("".join(shown)), (value, spelled, shown)
        left = "".join(shown[1:-1]).replace(DOTS, "")
        assert sum(char.isalnum() for char in ansi.plain(left)) <= 100, (value, spelled, shown)


@pytest.mark.parametrize("cut", range(1, 20))
def test_of_a_value_on_two_lines_no_more_than_its_beginning_is_seen(cut: int) -> None:
    value = "k3y/of+the=app_0123"
    redact = Redactor([value]).lines()
    shown = [redact(f"KEY {value[:cut]}"), redact(f"{value[cut:]} and more")]
    assert shown[1].endswith(" and more")
    assert shown[0] in {f"KEY {value[:cut]}"[: 4 + 9], f"KEY {DOTS}"}
    assert value[10:] not in "".join(shown)


@pytest.mark.parametrize(
    "line", ["Using postgres", "See https://", "django", "installed", "0123456", "-----> Building k3y"]
)
def test_a_line_that_ends_as_a_value_begins_stays_readable(line: str) -> None:
    redact = Redactor(
        ["postgres://ada@db/app", "https://ada.example/1", "django-insecure-1", "k3y/of+the=app_0123"]
    ).lines()
    assert redact(line) == line
    assert redact("next") == "next"


def test_a_value_in_the_middle_of_a_line_after_another_is_hidden_with_its_colours_kept() -> None:
    shown = Redactor(["first-value-1", "second-value-2"])(
        "a \x1b[1mfirst-value-1\x1b[0m b second-\x1b[32mvalue-2 c\x1b[0m"
    )
    assert shown == f"a \x1b[1m{DOTS}\x1b[0m b {DOTS}\x1b[32m c\x1b[0m"


def test_a_text_keeps_its_lines() -> None:
    assert Redactor(["first-value-1"])("one\nfirst-\nvalue-1\ntwo") == f"one\n{DOTS}\n{DOTS}\ntwo"


LOG = [
    "Collecting django==5.2.1 (from -r requirements.txt (line 3))",
    "  Downloading https://example.com/packages/3c/5f/django-5.2.1-py3-none-any.whl?x=1&y=%2Fa (8.3 MB)",
    "\x1b[32m✓\x1b[0m 100% [=========>] remote: -----> C:\\new\\users\\table &amp; more {'a': \"b\"}",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "bmFtZQ== 2026-11-29T10:00:00Z (1.2 MB) \\u00e9 \\x41 &#65; Größe 12345678",
]


@pytest.mark.parametrize("line", LOG)
def test_other_lines_stay_as_they_are(line: str) -> None:
    rng = random.Random(1)
    redact = Redactor(values(rng, 50))
    assert redact(line) == line
    assert redact.lines()(line) == line


def looked_at(text: str, secrets: list[str]) -> int:
    """How many pieces of *text*, and of what is looked for, are compared."""
    spellings = Spellings()
    for secret in secrets:
        spellings.add(secret)
    return sum(1 for _ in spellings.starts(bare(text).lower(), 0))


def test_the_work_grows_with_the_text_alone() -> None:
    """Whatever the text: also one that nearly holds the value everywhere."""
    value = "a" * 40 + "b"
    assert looked_at("a" * 10_000, [value]) <= 10_000
    assert looked_at("a" * 20_000, [value]) <= 2 * looked_at("a" * 10_000, [value]) + 20
    rng = random.Random(2)
    assert looked_at(" ".join(LOG) * 100, values(rng, 50)) <= len(" ".join(LOG)) * 10
