"""Streams that are, or are not, a terminal."""

from __future__ import annotations

import io
import re

MOVES = re.compile(r"\x1b\[[0-9;?]*[A-Za-ln-z]|\r")


class Fake(io.StringIO):
    """A stream with an encoding that is enforced, as a real one does it."""

    def __init__(self, *, tty: bool = False, encoding: str = "utf-8") -> None:
        super().__init__()
        self._tty = tty
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._tty

    def fileno(self) -> int:
        raise OSError("no file")

    def write(self, text: str) -> int:
        text.encode(self._encoding)
        return super().write(text)

    @property
    def text(self) -> str:
        """What was written, without colours and without the moves of the live line."""
        return re.sub(r"\x1b\[[0-9;]*m", "", MOVES.sub("", self.getvalue()))

    @property
    def left(self) -> list[str]:
        """What a terminal shows in the end: the live line was written and wiped again and again."""
        rows, row = [""], 0
        for piece in re.split(r"(\x1b\[[0-9;?]*[A-Za-z]|\n)", self.getvalue()):
            if piece == "\n":
                row += 1
                rows += [""] * (row + 1 - len(rows))
            elif piece == "\x1b[1A":
                row -= 1
            elif piece == "\x1b[2K":
                rows[row] = ""
            elif not piece.startswith("\x1b"):
                rows[row] += piece.replace("\r", "")
        return [line for line in rows if line]
