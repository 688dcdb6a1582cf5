"""The bytes of a text file and its text, so that what is not edited stays as it was to the byte."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass

from simple_deploy.edits import lines
from simple_deploy.edits.errors import EditError

MAX_BYTES = 16 * 1024 * 1024
"""Larger files are not edited; no settings, requirements or lock file comes near it."""

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: How Python, and pip in its requirements files, tell another encoding in one of the first two lines (PEP 263).
_CODING = re.compile(rb"(?:[^\r\n]*\r?\n)?[ \t\f]*#[^\r\n]*?coding[:=][ \t]*([-\w.]+)")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_SAVE_AS_UTF8 = "Open it in your editor and save it with the encoding UTF-8, then try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """The text of a file and what is needed to write it back the way it was.

    :param text: the text; its newlines are ``"\\n"``, and a byte order mark is not part of it.
    :param encoding: ``utf-8``, or one that is told by a byte order mark, which is written back, or a coding line.
    :param newline: how most lines end in the file: ``"\\n"``, ``"\\r\\n"`` or ``"\\r"``.
    :param endings: how each line ends, where they differ; None where all end with *newline*.
    """

    text: str
    encoding: str = "utf-8"
    newline: str = "\n"
    endings: tuple[str, ...] | None = None

    @property
    def final_newline(self) -> bool:
        """Whether the last line ends with a newline; true for an empty file."""
        return not self.text or self.text.endswith("\n")

    def encode(self, text: str | None = None) -> bytes:
        """The bytes of *text*, or of the unchanged text, in this file's encoding and newline style.

        Where line ends are mixed, a line that stays keeps its own and a new line gets the most frequent one.

        :raises EditError: a character of *text* cannot be written in this encoding.
        """
        wanted = self.text if text is None else _NEWLINE.sub("\n", text)
        written = wanted.replace("\n", self.newline) if self.endings is None else self._mixed(wanted)
        bom = next((bom for bom, encoding in _BOMS if encoding == self.encoding), b"")
        try:
            return bom + written.encode(_codec(self.encoding))
        except UnicodeEncodeError as error:
            raise EditError(
                f"A character cannot be written as {self.encoding.upper()}: {error.reason}.",
                hint="Remove the damaged character from the text.",
                line=wanted.count("\n", 0, error.start) + 1,
            ) from error

    def _mixed(self, wanted: str) -> str:
        old, _ = lines.split(self.text)
        new, final_newline = lines.split(wanted)
        endings = [self.newline] * len(new)
        for i, j in lines.matches(old, new):
            endings[j] = (self.endings and self.endings[i]) or self.newline
        for j in range(1, len(new)):
            # A lone "\r" and the "\n" of an empty line after it would read as one newline.
            if endings[j - 1] == "\r" and not new[j] and endings[j] == "\n":
                endings[j] = "\r"
        if new and not final_newline:
            endings[-1] = ""
        return "".join(map("".join, zip(new, endings, strict=True)))


def decode(data: bytes) -> TextFile:
    """The text of a file's bytes. ``decode(data).encode() == data`` for everything it accepts.

    :raises EditError: these are not the bytes of a text in UTF-8 or, with a byte order mark, UTF-16, or in what a
        coding line names; or there are more than :data:`MAX_BYTES`.
    """
    if len(data) > MAX_BYTES:
        raise EditError(
            f"The file has {len(data) // 1_000_000} MB, more than any text file this tool edits.",
            hint="Check that this is the file you meant.",
        )
    bom, encoding = next(((bom, kind) for bom, kind in _BOMS if data.startswith(bom)), (b"", _told(data)))
    try:
        raw = data[len(bom) :].decode(_codec(encoding))
    except UnicodeDecodeError as error:
        raise EditError(
            f"The file is not text in {encoding.upper()}: byte {len(bom) + error.start} cannot be read.",
            hint=_SAVE_AS_UTF8,
        ) from error
    if raw.encode(_codec(encoding)) != data[len(bom) :]:
        raise EditError(f"The file cannot be written back in {encoding.upper()} as it is.", hint=_SAVE_AS_UTF8)
    if "\0" in raw:
        raise EditError(
            "The file is not plain text: there are null characters in it, as in a program, an image or UTF-16"
            " without a byte order mark.",
            hint=_SAVE_AS_UTF8,
        )
    found = _NEWLINE.findall(raw)
    kinds = Counter(found)
    newline = kinds.most_common(1)[0][0] if kinds else "\n"
    text = _NEWLINE.sub("\n", raw)
    if len(kinds) < 2:
        return TextFile(text=text, encoding=encoding, newline=newline)
    endings = tuple(found) if text.endswith("\n") else (*found, "")
    return TextFile(text=text, encoding=encoding, newline=newline, endings=endings)


def _told(data: bytes) -> str:
    """The encoding that a coding line tells, UTF-8 where there is none or it cannot stand for plain bytes."""
    match = _CODING.match(data)
    try:
        name = codecs.lookup(match[1].decode("ascii")).name if match else "utf-8"
        return name if b"#".decode(name) == "#" and "é".encode(name).decode(name) == "é" else "utf-8"
    except (LookupError, UnicodeError):
        return "utf-8"


def _codec(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding
