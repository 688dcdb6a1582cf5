"""A text stream whose reader may go away and whose encoding may lack characters: neither is an error here."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TextIO

from simple_deploy.cli.text import encodable


class Stream:
    """What lines are written to."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._gone = False

    @property
    def encoding(self) -> str:
        return getattr(self._out, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        return self._out.isatty()

    def fileno(self) -> int:
        return self._out.fileno()

    def write(self, text: str) -> int:
        """Write all of *text*, or none of it where the reader is gone: that must not change how a run ends."""
        if not self._gone:
            try:
                self._out.write(encodable(text, self.encoding))
            except (OSError, ValueError):
                self._let_go()
        return len(text)

    def flush(self) -> None:
        if not self._gone:
            try:
                self._out.flush()
            except (OSError, ValueError):
                self._let_go()

    def _let_go(self) -> None:
        self._gone = True
        with suppress(OSError, ValueError):  # so that Python can flush what is left when it ends
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._out.fileno())
            os.close(nowhere)
