"""What became of one file, as it is shown and approved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simple_deploy.core.plan import FileChange
from simple_deploy.core.steps import FileStep
from simple_deploy.edits import diff, textfile
from simple_deploy.edits.errors import EditError
from simple_deploy.system.files import sha256

#: Why a file that no step touches is part of what is deployed.
_CONFIGURED = ("Configured earlier", "An earlier run wrote this. It is not committed yet, so this commit includes it.")


def change(
    path: str,
    before: bytes | None,
    after: bytes | None,
    *,
    known: bytes | None,
    steps: Sequence[FileStep],
    redact: Callable[[str], str],
    mode: int | None = None,
    private: bool = False,
) -> FileChange:
    """The change of one file.

    :param before: its bytes that the difference is shown to. :param known: its bytes in the project.
    :param steps: those that made the change. :param mode: see :class:`FileChange`.
    """
    old, new = (None, None) if private else (text(before), text(after))
    lines = [line.kind for hunk in diff.hunks(old, new) for line in hunk.lines]
    return FileChange(
        path=path,
        before=None if known is None else sha256(known),
        after=None if after is None else sha256(after),
        diff=redact(diff.unified(old, new, path)),
        steps=tuple(step.id for step in steps),
        reasons=tuple((step.title, step.why) for step in steps) or (_CONFIGURED,),
        added=lines.count("add"),
        removed=lines.count("remove"),
        mode=None if after is None else mode,
        private=private,
    )


def text(data: bytes | None) -> str | None:
    """*data* as text; what cannot be read in it as a sign that there is something."""
    if data is None:
        return None
    try:
        return textfile.decode(data).text
    except EditError:
        return data.decode("utf-8", "replace")
