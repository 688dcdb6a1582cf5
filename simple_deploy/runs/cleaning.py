"""What may be stored or shown of all that others say: no secret, nothing hidden, and nothing that a terminal obeys."""

from __future__ import annotations

from typing import TypeVar

from simple_deploy.core import ansi, codec
from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.core.events import Output
from simple_deploy.core.secret import Redactor, redact_data

T = TypeVar("T")


class Cleaner:
    """Cleans what one run, or one look at a site, has to say.

    :param redact: knows the secrets.
    """

    def __init__(self, redact: Redactor) -> None:
        self._redact = redact
        # A value may go on in the next line, whoever of the two prints it; command lines stand for themselves.
        self._lines = {"out": redact.lines(), "note": redact.lines()}

    def output(self, output: Output) -> Output:
        redact = self._lines.get(output.stream, self._redact)
        return Output(text=ansi.shown(redact(output.text)), stream=output.stream)

    def text(self, text: str) -> str:
        return ansi.shown(self._redact(text))

    def data(self, data: T) -> T:
        """A dataclass: what a platform returned can hold what it was told to keep to itself."""
        return codec.from_data(type(data), redact_data(codec.to_data(data), self.text))

    def error(self, error: SimpleDeployError) -> SimpleDeployError:
        """The same error in words that can be shown."""
        return SimpleDeployError(self.text(error.message), hint=self.text(error.hint), docs=error.docs)
