"""What a plugin makes of a copy of the project, as data: the files that become others."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simple_deploy.api import Completed, Context, PlaceFile, Remote, RemoveFile, Step, WriteFile
from simple_deploy.core import codec
from simple_deploy.core.interfaces import Runner
from simple_deploy.legacy import untouched
from simple_deploy.system.git import Git

#: In the values of what was probed.
FILES = "files"
PROBLEM = "problem"
WRITTEN = "written"

_NOISE = "__pycache__"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewFile:
    """One file.

    :param kind: ``text``; ``bytes`` for what is no text, or is to be in no plan; ``private`` for what git ignores;
        ``gone``.
    """

    path: str
    kind: str
    text: str = ""
    is_program: bool = False


def changed(ctx: Context, folder: Path) -> Remote:
    """What is another file in *folder*, a copy of the project, than in its commit. The text of one that holds a secret
    is in no plan, which is kept; which settings their new lines name is."""
    git = Git(folder, quiet(ctx))
    ignored = [path for path in git.ignored() if _NOISE not in path]
    paths = git.changed_since("HEAD", folder.with_name("preview-index"))
    found = [_file(folder, path, private=path in ignored, hides=ctx.hides) for path in (*paths, *ignored)]
    data = {each.path: (folder / each.path).read_bytes() for each in found if each.kind in ("bytes", "private")}
    git("add", "--all")
    private = (data[each.path].decode("latin-1") for each in found if each.kind == "private")
    written = untouched.named("\n".join((git.added_since("HEAD"), *private)))
    values = {FILES: json.dumps([codec.to_data(each) for each in found]), WRITTEN: " ".join(written)}
    return Remote(values=values, files=data)


def quiet(ctx: Context) -> Runner:
    """Runs programs for *ctx*, out of the log."""

    def run(argv: Sequence[str], **options: Any) -> Completed:
        options.pop("on_line", None)
        return ctx.run(argv, show=False, **options)

    return run


def files_of(values: Mapping[str, str]) -> tuple[PreviewFile, ...]:
    """What :func:`changed` found."""
    return tuple(codec.from_data(PreviewFile, each) for each in json.loads(values.get(FILES, "[]")))


def steps(found: Sequence[PreviewFile], plugin: str) -> Iterator[Step]:
    """The steps that make the files."""
    for each in found:
        path, why, step_id = each.path, f"{plugin} writes it.", f"file.{each.path}"
        if each.kind == "gone":
            yield RemoveFile(
                id=step_id,
                title=f"Remove {path}",
                why=f"{plugin} removes it.",
                undo="The file is there again.",
                path=path,
            )
        elif each.kind == "text":
            yield WriteFile(
                id=step_id,
                title=f"Write {path}",
                why=why,
                undo="The file is as it was.",
                path=path,
                text=each.text,
                if_exists="replace",
                executable=each.is_program,
            )
        else:
            private = each.kind == "private"
            hint = " Git ignores it, and it may hold secrets: its text is not shown." if private else ""
            yield PlaceFile(
                id=step_id,
                title=f"Write {path}",
                why=f"{why}{hint}",
                undo="The file is as it was.",
                path=path,
                private=private,
                executable=each.is_program,
            )


def _file(folder: Path, path: str, *, private: bool, hides: Callable[[str], bool]) -> PreviewFile:
    place = folder / path
    if not place.is_file():
        return PreviewFile(path=path, kind="gone")
    if private:
        return PreviewFile(path=path, kind="private")
    is_program = os.name != "nt" and bool(place.stat().st_mode & 0o100)
    data = place.read_bytes()
    text = _text(data)
    if text is None or hides(text):
        return PreviewFile(path=path, kind="bytes", is_program=is_program)
    return PreviewFile(path=path, kind="text", text=text, is_program=is_program)


def _text(data: bytes) -> str | None:
    """*data* as a step holds it; None where that would not be the same bytes again."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\r" in text or "\0" in text or text.startswith("\ufeff") else text
