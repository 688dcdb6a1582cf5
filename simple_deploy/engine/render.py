"""Carries out a plan's file steps on the workbench and says what that makes of each file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from simple_deploy.core.errors import Blocked, PluginError
from simple_deploy.core.facts import Dependencies
from simple_deploy.core.findings import Finding, blockers
from simple_deploy.core.interfaces import Asker
from simple_deploy.core.plan import FileChange
from simple_deploy.core.steps import (
    AddRequirements,
    EditBlock,
    ExportRequirements,
    FileStep,
    IfExists,
    PlaceFile,
    RemoveFile,
    RemoveRequirements,
    WriteFile,
)
from simple_deploy.edits import blocks, diff, textfile
from simple_deploy.edits.errors import BlockEdited, EditError
from simple_deploy.engine import changes, existing
from simple_deploy.engine.workbench import Workbench
from simple_deploy.managers import requirements
from simple_deploy.managers.base import Place, Wanted
from simple_deploy.managers.registry import export_file, manager_of
from simple_deploy.system.files import PRIVATE_FILE, PROGRAM_FILE, sha256
from simple_deploy.system.git import Git

_DECLARING = (AddRequirements, RemoveRequirements)


@dataclass
class _Touched:
    """A file while the steps go over it. *committed* are its bytes on the workbench before anything was done.

    :param mode: permission bits that it is given; None: those it has.
    """

    committed: bytes | None
    before: bytes | None
    after: bytes | None
    steps: list[FileStep] = field(default_factory=list)
    mode: int | None = None
    private: bool = False


class Renderer:
    """Applies file steps one after the other.

    :param place: the workbench, for programs that run there.
    :param written: SHA-256 of each file as an earlier run of the tool left it, by path: such a file is the tool's own.
    :param files: the bytes that :class:`PlaceFile` steps put in their place, by path.
    """

    def __init__(
        self,
        bench: Workbench,
        dependencies: Dependencies,
        *,
        asker: Asker,
        redact: Callable[[str], str],
        written: Mapping[str, frozenset[str]],
        place: Place,
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        self._bench = bench
        self._dependencies = dependencies
        self._asker = asker
        self._redact = redact
        self._written = written
        self._place = place
        self._given = files or {}
        self._files: dict[str, _Touched] = {}

    def render(
        self, steps: Sequence[FileStep], *, configured: Sequence[str] = (), locks: bool = True
    ) -> tuple[tuple[FileChange, ...], tuple[Finding, ...]]:
        """Do *steps* on the workbench.

        :param configured: files an earlier run wrote without a commit; what is deployed may need them too.
        :param locks: whether a manager's lock is made to fit, which nobody does where a call writes the files itself.
        :returns: the files that come out different, in the order they were first touched, and what a manager had to
            say while its lock was made to fit.
        :raises Blocked: someone edited inside a block of ours.
        :raises ProjectError: a file cannot be edited; the message names it.
        """
        for path in configured:
            self._touch(path)
        for step in steps:
            self._do(step)
        self._write_bench()
        self._refuse_open_secrets()
        met = self._refresh_lock() if locks else ()
        # A lock that could not be refreshed stops the plan; what it would export is of no use.
        if not blockers(met):
            for step in steps:
                if isinstance(step, ExportRequirements):
                    self._export(step)
            self._write_bench()
        # A file an earlier run configured without committing differs from the commit, not from what is planned.
        differing = {
            path: touched
            for path, touched in self._files.items()
            if touched.before != touched.after or not self._is_committed(path, touched)
        }
        return tuple(self._change(path, touched) for path, touched in differing.items()), met

    def _is_committed(self, path: str, touched: _Touched) -> bool:
        """Whether git would see no difference: it may spell line ends in another way than the project's owner does."""
        if touched.after == touched.committed or touched.after is None or touched.committed is None:
            return touched.after == touched.committed
        git = Git(self._bench.folder, self._place.run)
        return git("diff", "--quiet", "HEAD", "--", f":(literal){path}", check=False).ok

    def _write_bench(self) -> None:
        for path, touched in self._files.items():
            if touched.after is None:
                self._bench.path(path).unlink(missing_ok=True)
            else:
                self._bench.write(path, touched.after, mode=touched.mode)

    def _refuse_open_secrets(self) -> None:
        """:raises PluginError: git does not ignore a private file."""
        git = Git(self._bench.folder, self._place.run)
        for path, touched in self._files.items():
            if touched.private and not git.ignores(path):
                raise PluginError(
                    f"{path} is marked as private, but git does not ignore it: the next commit would include it.",
                    hint="Tell the plugin's author.",
                )

    def _do(self, step: FileStep) -> None:
        if isinstance(step, WriteFile):
            self._write_file(step, step.text, step.if_exists)
        elif isinstance(step, PlaceFile):
            self._place_file(step)
        elif isinstance(step, RemoveFile):
            self._remove_file(step)
        elif isinstance(step, EditBlock):
            self._edit(step, step.path, lambda text: with_block(text, step))
        elif isinstance(step, AddRequirements):
            self._add_requirements(step)
        elif isinstance(step, RemoveRequirements):
            self._remove_requirements(step)

    def _export(self, step: ExportRequirements) -> None:
        text = export_file(self._dependencies, self._place, path=step.path, groups=step.groups)
        if text is not None:
            there = self._bench.original(step.path)
            made_before = there is not None and requirements.is_generated(changes.text(there) or "")
            self._write_file(step, text, "replace" if made_before else "ask")

    def _add_requirements(self, step: AddRequirements) -> None:
        manager = manager_of(self._dependencies)
        wanted = Wanted(
            step.requirements, group=step.group, equivalents=step.equivalents, present=self._included_names()
        )
        self._edit(step, self._dependencies.file or "", lambda text: manager.add(text, wanted))

    def _remove_requirements(self, step: RemoveRequirements) -> None:
        manager = manager_of(self._dependencies)
        for path in dict.fromkeys(entry.file for entry in self._dependencies.declared if entry.name in step.names):
            self._edit(step, path, lambda text: manager.remove(text, step.names))

    def _refresh_lock(self) -> tuple[Finding, ...]:
        """Make the manager's lock on the workbench fit its file; what git does not hold is not deployed."""
        dependencies = self._dependencies
        lock, manifest = dependencies.lock, self._files.get(dependencies.file or "")
        if lock is None:
            return ()
        committed = self._files[lock].committed if lock in self._files else self._bench.read(lock)
        if committed is None:
            return ()
        before = self._bench.seed(lock) if manifest else self._bench.original(lock)
        start = self._bench.read(lock)
        met = manager_of(dependencies).refresh(dependencies, self._place)
        after = self._bench.read(lock)
        if manifest or after != start:
            steps: list[FileStep] = [
                each for each in (manifest.steps if manifest else ()) if isinstance(each, _DECLARING)
            ]
            touched = _Touched(committed=committed, before=before, after=_in_style(before, after), steps=steps)
            self._files[lock] = touched
            if touched.after is not None:
                self._bench.write(lock, touched.after)
        return met

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

    def _write_file(self, step: WriteFile | ExportRequirements, text: str, if_exists: IfExists) -> None:
        touched = self._touch(step.path)
        data = text.encode("utf-8")
        there = touched.after
        if there is not None and textfile_newline(there) == b"\r\n":
            data = data.replace(b"\n", b"\r\n")
        choice = "replace"
        if there is not None and there != data and sha256(there) not in self._written.get(step.path, ()):
            choice = self._ask_about(step) if if_exists == "ask" else if_exists
        if choice == "keep":
            return
        if choice == "beside":
            path = existing.beside(step.path)
            touched = self._touch(path)
        touched.after = data
        touched.mode = PROGRAM_FILE if isinstance(step, WriteFile) and step.executable else touched.mode
        touched.steps.append(step)

    def _place_file(self, step: PlaceFile) -> None:
        """Where nobody handed its bytes over, as when files are put together anew, it stays as it is."""
        touched = self._touch(step.path)
        touched.after = self._given.get(step.path, touched.after)
        touched.private = step.private
        touched.mode = PRIVATE_FILE if step.private else PROGRAM_FILE if step.executable else touched.mode
        touched.steps.append(step)

    def _remove_file(self, step: RemoveFile) -> None:
        touched = self._touch(step.path)
        if touched.after is not None:
            touched.after = None
            touched.steps.append(step)

    def _ask_about(self, step: WriteFile | ExportRequirements) -> str:
        asked = existing.question(step.path, step.why)
        return self._asker.ask(asked).text(asked.id, "keep")

    def _change(self, path: str, touched: _Touched) -> FileChange:
        configured = touched.before == touched.after
        return changes.change(
            path,
            touched.committed if configured else touched.before,
            touched.after,
            known=touched.before,
            steps=touched.steps,
            redact=self._redact,
            mode=touched.mode,
            private=touched.private,
        )


def with_block(text: str, step: EditBlock) -> str:
    """*text* with the block of *step*, or without it where that is empty."""
    python = step.path.endswith((".py", ".pyi"))
    if not step.text:
        return blocks.remove_block(text, step.block_id, comment=step.comment, python=python)
    return blocks.put_block(text, step.block_id, step.text, comment=step.comment, python=python, before=step.before)


def _in_style(before: bytes | None, after: bytes | None) -> bytes | None:
    """*after* with the line ends and the encoding of *before*, which a manager does not keep."""
    if before is None or after is None:
        return after
    try:
        return textfile.decode(before).encode(textfile.decode(after).text)
    except EditError:
        return after


def textfile_newline(data: bytes) -> bytes:
    return b"\r\n" if b"\r\n" in data else b"\n"
