"""Names of files and folders, as what is generated spells them. Pure.

A shell's own spelling is :func:`shlex.quote`.
"""

from __future__ import annotations

import re
import unicodedata

#: Categories of characters that one line of text cannot hold: control characters, line ends, halves of characters.
_NOT_IN_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def fits_a_line(name: str) -> bool:
    """Whether *name* can stand in a file that is made of lines, such as a Dockerfile or a Procfile."""
    return not any(unicodedata.category(char) in _NOT_IN_A_LINE for char in name)


def not_an_option(path: str) -> str:
    """*path*, relative, as no program takes it for one of its options."""
    return f"./{path}" if path.startswith("-") else path


def quoted(text: str) -> str:
    """*text* in double quotes, as Python, TOML and YAML read it alike."""
    return '"' + "".join(map(_character, text)) + '"'


def in_double_quotes(words: str) -> str:
    """*words*, a shell's line, as it stands between the double quotes of another one."""
    return re.sub(r'([\\"$`])', r"\\\1", words)


def _character(char: str) -> str:
    if char in '\\"':
        return f"\\{char}"
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
