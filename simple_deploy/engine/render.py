"""Carries out a plan's file steps on the workbench and says what that makes of each file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from simple_deploy.core.errors import Blocked
from simple_deploy.core.facts import Dependencies
from simple_deploy.core.options import Choice, Option, Question
from simple_deploy.core.plan import FileChange
from simple_deploy.core.ports import Asker
from simple_deploy.core.steps import AddRequirements, EditBlock, FileStep, RemoveRequirements, WriteFile
from simple_deploy.edits import blocks, diff, requirements, textfile
from simple_deploy.edits.errors import BlockEdited, EditError
from simple_deploy.engine.files import sha256
from simple_deploy.engine.workbench import Workbench

#: Managers whose files the engine can edit so far.
EDITABLE = ("requirements",)


@dataclass
class _Touched:
    """A file while the steps go over it. *committed* are its bytes on the workbench before anything was done."""

    committed: bytes | None
    before: bytes | None
    after: bytes | None
    steps: list[FileStep] = field(default_factory=list)


class Renderer:
    """Applies file steps one after the other.

    :param written: SHA-256 of each file as an earlier run of the tool left it, by path: such a file is the tool's own.
    """

    def __init__(
        self,
        bench: Workbench,
        dependencies: Dependencies,
        *,
        asker: Asker,
        redact: Callable[[str], str],
        written: Mapping[str, frozenset[str]],
    ) -> None:
        self._bench = bench
        self._dependencies = dependencies
        self._asker = asker
        self._redact = redact
        self._written = written
        self._files: dict[str, _Touched] = {}

    def render(self, steps: Sequence[FileStep]) -> tuple[FileChange, ...]:
        """Do *steps* on the workbench.

        :returns: the files that come out different, in the order they were first touched.
        :raises Blocked: someone edited inside a block of ours.
        :raises ProjectError: a file cannot be edited; the message names it.
        """
        for step in steps:
            self._do(step)
        for path, touched in self._files.items():
            if touched.after is None:
                self._bench.path(path).unlink(missing_ok=True)
            else:
                self._bench.write(path, touched.after)
        # A file an earlier run configured without committing differs from the commit, not from what is planned.
        differing = {
            path: touched
            for path, touched in self._files.items()
            if not touched.before == touched.after == touched.committed
        }
        return tuple(self._change(path, touched) for path, touched in differing.items())

    def _do(self, step: FileStep) -> None:
        if isinstance(step, WriteFile):
            self._write_file(step)
        elif isinstance(step, EditBlock):
            python = step.path.endswith((".py", ".pyi"))
            self._edit(
                step,
                step.path,
                lambda text: blocks.put_block(text, step.block_id, step.text, comment=step.comment, python=python),
            )
        elif isinstance(step, AddRequirements):
            self._edit(
                step,
                self._requirements_file(),
                lambda text: requirements.add(
                    text, step.requirements, equivalents=step.equivalents, present=self._included_names()
                ),
            )
        else:
            self._remove_requirements(step)

    def _remove_requirements(self, step: RemoveRequirements) -> None:
        self._requirements_file()
        for path in dict.fromkeys(entry.file for entry in self._dependencies.declared if entry.name in step.names):
            self._edit(step, path, lambda text: requirements.remove(text, step.names))

    def _requirements_file(self) -> str:
        if self._dependencies.manager not in EDITABLE or self._dependencies.file is None:
            raise Blocked(
                f"This project's dependencies are kept by {self._dependencies.manager}, which cannot be edited yet.",
                hint="Keep a requirements.txt beside it for now, for example with the manager's own export command.",
            )
        return self._dependencies.file

    def _included_names(self) -> frozenset[str]:
        main = self._dependencies.file
        return frozenset(entry.name for entry in self._dependencies.declared if entry.file != main)

    def _touch(self, path: str) -> _Touched:
        if path not in self._files:
            committed = self._bench.read(path)
            data = self._bench.seed(path)
            self._files[path] = _Touched(committed=committed, before=data, after=data)
        return self._files[path]

    def _edit(self, step: FileStep, path: str, edit: Callable[[str], str]) -> None:
        touched = self._touch(path)
        try:
            source = textfile.decode(touched.after or b"")
            touched.after = source.encode(edit(source.text))
        except BlockEdited as error:
            raise Blocked(
                f"{path}: {error.message}",
                hint=f"{error.hint}\n{self._redact(diff.unified(error.old, error.new, path))}".strip(),
            ) from error
        except EditError as error:
            raise EditError(f"{path}: {error.message}", hint=error.hint, line=error.line) from error
        touched.steps.append(step)

    def _write_file(self, step: WriteFile) -> None:
        touched = self._touch(step.path)
        data = step.text.encode("utf-8")
        existing = touched.after
        if existing is not None and textfile_newline(existing) == b"\r\n":
            data = data.replace(b"\n", b"\r\n")
        choice = "replace"
        if existing is not None and existing != data and sha256(existing) not in self._written.get(step.path, ()):
            choice = self._ask_about(step) if step.if_exists == "ask" else step.if_exists
        if choice == "keep":
            return
        if choice == "beside":
            path = beside(step.path)
            touched = self._touch(path)
        touched.after = data
        touched.steps.append(step)

    def _ask_about(self, step: WriteFile) -> str:
        name = "existing_" + "".join(char if char.isalnum() else "_" for char in step.path.lower())
        question = Question(
            id=name,
            title=f"{step.path} exists already. What should happen to it?",
            help=step.why,
            fields=(
                Option(
                    name=name,
                    label=step.path,
                    kind="choice",
                    default="keep",
                    choices=(
                        Choice(value="keep", label="Keep mine", help="The deployment then relies on your file."),
                        Choice(value="replace", label="Replace it", help="Undo brings yours back."),
                        Choice(
                            value="beside",
                            label=f"Write {beside(step.path)} beside it",
                            help="Nothing uses that file until you rename it.",
                        ),
                    ),
                ),
            ),
        )
        return self._asker.ask(question).text(name, "keep")

    def _change(self, path: str, touched: _Touched) -> FileChange:
        before, after = _text(touched.before), _text(touched.after)
        lines = [line.kind for hunk in diff.hunks(before, after) for line in hunk.lines]
        return FileChange(
            path=path,
            before=None if touched.before is None else sha256(touched.before),
            after=None if touched.after is None else sha256(touched.after),
            diff=self._redact(diff.unified(before, after, path)),
            steps=tuple(step.id for step in touched.steps),
            reasons=tuple((step.title, step.why) for step in touched.steps),
            added=lines.count("add"),
            removed=lines.count("remove"),
        )


def beside(path: str) -> str:
    """Where a file is written when the person wants to keep the one at *path*."""
    pure = PurePosixPath(path)
    return str(pure.with_name(f"{pure.name}.simple_deploy"))


def textfile_newline(data: bytes) -> bytes:
    return b"\r\n" if b"\r\n" in data else b"\n"


def _text(data: bytes | None) -> str | None:
    if data is None:
        return None
    try:
        return textfile.decode(data).text
    except EditError:
        return data.decode("utf-8", "replace")
