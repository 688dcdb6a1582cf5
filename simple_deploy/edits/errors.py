"""Why a text cannot be edited."""

from __future__ import annotations

from simple_deploy.core.errors import ProjectError


class EditError(ProjectError):
    """A text cannot be read or edited; nothing was changed.

    An editor sees a text, not a file: whoever knows the file adds its name to the message.

    :param line: where in the text, counted from 1, or None.
    """

    code = "SD110"

    def __init__(self, message: str, *, hint: str = "", docs: str | None = None, line: int | None = None) -> None:
        super().__init__(message, hint=hint, docs=docs)
        self.line = line


class BlockEdited(EditError):
    """Someone edited inside a block of ours; replacing it would lose their lines.

    :param block_id: which block.
    :param old: what stands in the block now.
    :param new: what was to be put there; empty when it was to be removed.
    """

    code = "SD111"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        docs: str | None = None,
        line: int | None = None,
        block_id: str = "",
        old: str = "",
        new: str = "",
    ) -> None:
        super().__init__(message, hint=hint, docs=docs, line=line)
        self.block_id = block_id
        self.old = old
        self.new = new
