"""What a fix is, and what is read for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from simple_deploy.core.errors import FilesChanged
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.options import Option
from simple_deploy.edits import diff, gitignore, textfile
from simple_deploy.edits.errors import EditError


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What would be done, in this order: write the files, then run the commands in the git root.

    :param steps: the same in sentences, for the person who decides.
    :param files: path relative to the git root, and the whole new content; None where the file goes.
    :param read: what was read of those that are there, by path; the others are not there. The new content holds for
        no other files than these.
    :param commands: argument lists; where an answer is still missing it stands as ``<…>``.
    :param fields: what has to be asked first.
    :param diffs: what changes inside files that are there, by path, each as a unified diff.
    """

    name: str
    title: str
    steps: tuple[str, ...]
    files: tuple[tuple[str, bytes | None], ...] = ()
    read: Mapping[str, bytes] = field(default_factory=dict)  # a mapping proxy is refused before Python 3.12
    commands: tuple[tuple[str, ...], ...] = ()
    fields: tuple[Option, ...] = ()
    diffs: tuple[tuple[str, str], ...] = ()

    @property
    def diff(self) -> str:
        """All that changes inside files that are there."""
        return "".join(text for _, text in self.diffs)

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """The files that are new, with their content, to be read before it is decided."""
        new = () if self.diffs else self.files
        return tuple(
            (path, data.decode("utf-8", "replace")) for path, data in new if data is not None and path not in self.read
        )


def bytes_of(facts: ProjectFacts, path: str) -> bytes:
    """The bytes of a file that was there when the project was looked at.

    :raises FilesChanged: it is gone by now, or cannot be read.
    """
    try:
        return (facts.location.root / path).read_bytes()
    except FileNotFoundError as error:
        raise FilesChanged(
            f"{path} existed when the tool looked at the project, but no longer does. Nothing was changed.",
            paths=[path],
            hint="Look at the project again. If the fix still applies, it is offered again.",
        ) from error
    except OSError as error:
        raise FilesChanged(
            f"{path} cannot be read: {error.strerror or error}. Nothing was touched.",
            paths=[path],
            hint="Give yourself permission to read that file, and look at the project again.",
        ) from error


def difference(path: str, before: bytes, after: bytes) -> str:
    old, new = before.decode("utf-8", "replace"), after.decode("utf-8", "replace")
    return diff.unified(old.replace("\r\n", "\n"), new.replace("\r\n", "\n"), path)


def with_lines(
    facts: ProjectFacts, path: str, wanted: tuple[str, ...], *, heading: str = ""
) -> tuple[tuple[tuple[str, bytes], ...], Mapping[str, bytes]]:
    """What to write so that a file of patterns, which need not be there yet, has those *wanted*; what was read for it.

    :param heading: what an empty one begins with.
    :raises EditError: the file is no text.
    """
    there = os.path.lexists(facts.location.root / path)
    read = {path: bytes_of(facts, path)} if there else {}
    before = read.get(path, b"")
    try:
        file = textfile.decode(before)
    except EditError as error:
        raise EditError(f"{path} cannot be read. {error.message}", hint=error.hint) from error
    after = file.encode(gitignore.add(file.text or heading, wanted))
    return (((path, after),) if after != before else ()), read
