"""The barrier: a call that writes the plan's files itself sends nothing before they are the approved ones, or others
that the person has seen and wants too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from simple_deploy.core.errors import Cancelled
from simple_deploy.core.interfaces import Asker
from simple_deploy.core.options import Option, Question
from simple_deploy.core.plan import FileChange, Plan, RenderedPlan
from simple_deploy.core.steps import WHOLE_FILE_STEPS, Call, EditBlock, FileStep, PlaceFile, RemoveFile, WriteFile
from simple_deploy.edits import diff, textfile
from simple_deploy.edits.errors import EditError
from simple_deploy.engine import changes
from simple_deploy.engine.additions import OTHER_FILES
from simple_deploy.engine.context import Ports
from simple_deploy.engine.render import with_block
from simple_deploy.engine.workbench import Workbench
from simple_deploy.system.files import PRIVATE_FILE, PROGRAM_FILE, read_bytes
from simple_deploy.system.git import Git

SHOWN = 400  # lines of a difference

_NOISE = "__pycache__"


@dataclass(frozen=True, slots=True)
class _File:
    """What a file is on the workbench; *data* is None where there is none."""

    data: bytes | None
    is_program: bool = False
    private: bool = False

    @property
    def mode(self) -> int | None:
        return PRIVATE_FILE if self.private else PROGRAM_FILE if self.is_program else None


class Settling:
    """One call that rewrites files. Make it, call :meth:`begin`, let the platform perform, call :meth:`end`.

    :param rendered: what was approved; afterwards, what came of it. :param message: of the commit, where it was given.
    :param save: stores the latter.
    """

    def __init__(
        self,
        step: Call,
        rendered: RenderedPlan,
        bench: Workbench,
        *,
        ports: Ports,
        message: str,
        save: Callable[[RenderedPlan], None],
    ) -> None:
        self._step = step
        self.rendered = rendered
        self._approved = rendered.changes
        self._bench = bench
        self._ports = ports
        self._message = message
        self._save = save
        self._git = Git(bench.folder, ports.runner)
        self._agreed: dict[str, _File] = {}
        self.commit: str | None = None

    def begin(self) -> None:
        """Remember what was approved, and have the workbench as the call finds the project."""
        self._agreed = {
            each.path: _File(self._bench.read(each.path), each.is_program, each.private)
            for each in self.rendered.changes
        }
        self._bench.begin_anew(self._ports.runner)
        self._bench.stand_in(self._ports.runner)
        for each in self.rendered.changes:
            data = self._agreed[each.path].data
            if not each.steps and data is not None:  # configured by an earlier run: it belongs to the project
                self._bench.write(each.path, data, mode=each.mode)

    def settle(self, message: str) -> str:
        """See :meth:`~simple_deploy.core.interfaces.Context.settle`."""
        found = self._found()
        self._agree(found)
        self._take(found)
        wanted = [each for each in self.rendered.changes if not each.private]
        self.commit = self._bench.base
        if wanted:
            programs = [each.path for each in wanted if each.is_program]
            self.commit = self._bench.commit(
                self._message or message, [each.path for each in wanted], self._ports.runner, programs=programs
            )
        return self.commit

    def end(self) -> None:
        """Take what the call has written since, or all where it never settled; what is not wanted is not taken."""
        found = self._found()
        if found == self._agreed:
            return
        try:
            self._agree(found)
        except Cancelled:
            if self.commit is None:
                raise
            for path, file in self._agreed.items():  # it is sent; what came later stays away from the project
                if file.data is not None:
                    self._bench.write(path, file.data, mode=file.mode)
        else:
            self._take(found)

    # -- parts --

    def _found(self) -> dict[str, _File]:
        """Every file that the call made another one, with the tool's own blocks in it."""
        for step in self.rendered.plan.file_steps:
            if isinstance(step, EditBlock):
                self._put_block(step)
        ignored = [path for path in self._git.ignored() if _NOISE not in path]
        open_ones = self._git.changed_since(self._bench.base, self._bench.folder.with_name("settle-index"))
        return {path: self._file(path, private=path in ignored) for path in (*open_ones, *ignored)}

    def _file(self, path: str, *, private: bool) -> _File:
        data = self._bench.read(path)
        is_program = data is not None and not private and self._bench.is_program(path)
        return _File(data, is_program, private)

    def _put_block(self, step: EditBlock) -> None:
        data = self._bench.read(step.path)
        if data is None:
            return
        source = textfile.decode(data)
        self._bench.write(step.path, source.encode(with_block(source.text, step)))

    def _agree(self, found: Mapping[str, _File]) -> None:
        """:raises Cancelled: the person does not want what is different."""
        other = [path for path in dict.fromkeys((*self._agreed, *found)) if self._differs(path, found)]
        if not other:
            return
        shown = "\n".join(line for path in other for line in self._difference(path, found))
        lines = self._ports.redactor(shown).splitlines()
        more = (f"… and {len(lines) - SHOWN} more lines",) if len(lines) > SHOWN else ()
        question = Question(
            id=OTHER_FILES,
            title=f"Not as you approved: {', '.join(other)}",
            help="\n".join(("None of it has been sent or written to your project.", *lines[:SHOWN], *more)),
            fields=(Option(name=OTHER_FILES, label="Continue with these files?", kind="flag"),),
        )
        if not self._asker.ask(question).flag(OTHER_FILES):
            raise Cancelled(
                "You did not accept these files, so nothing was sent and your project is as it was.",
                hint="What programs had made by then is still there: “What was run” in the summary lists them.",
            )

    @property
    def _asker(self) -> Asker:
        return self._ports.asker

    def _differs(self, path: str, found: Mapping[str, _File]) -> bool:
        before, after = self._agreed.get(path), found.get(path)
        if before is not None and after is not None and before.private and after.private:
            return False  # what is in it is made up anew each time, and shown to nobody
        return before != after

    def _difference(self, path: str, found: Mapping[str, _File]) -> Iterator[str]:
        nothing = _File(read_bytes(self._bench.project / path))
        before, after = self._agreed.get(path, nothing), found.get(path, nothing)
        if before.private or after.private:
            yield f"{path}: git ignores it, and its text is not shown."
            return
        if before.is_program != after.is_program:
            yield f"{path}: {'can' if after.is_program else 'cannot'} be executed."
        yield diff.unified(changes.text(before.data), changes.text(after.data), path)

    def _take(self, found: dict[str, _File]) -> None:
        """From here on, *found* is what was approved."""
        self._agreed = found
        steps = {path: self._as_step(path, file) for path, file in found.items()}
        kept = [step for step in self.rendered.plan.file_steps if not isinstance(step, WHOLE_FILE_STEPS)]
        plan = replace(self.rendered.plan, steps=(*steps.values(), *kept, *self.rendered.plan.other_steps))
        self.rendered = replace(
            self.rendered,
            plan=_numbered(plan),
            changes=tuple(self._change(path, file, [steps[path], *_about(kept, path)]) for path, file in found.items()),
        )
        self._save(self.rendered)

    def _as_step(self, path: str, file: _File) -> FileStep:
        known = next(
            (
                step
                for step in self.rendered.plan.file_steps
                if isinstance(step, WHOLE_FILE_STEPS) and step.path == path
            ),
            None,
        )
        step_id = known.id if known else f"file.{path}"
        why = known.why if known else f"{self._step.title}: it was written then."
        undo = "Your file is restored."
        if file.data is None:
            return RemoveFile(id=step_id, title=f"Remove {path}", why=why, undo=undo, path=path)
        written = None if file.private else self._text(file.data)
        if written is None:
            return PlaceFile(
                id=step_id,
                title=f"Write {path}",
                why=why,
                undo=undo,
                path=path,
                private=file.private,
                executable=file.is_program,
            )
        return WriteFile(
            id=step_id,
            title=f"Write {path}",
            why=why,
            undo=undo,
            path=path,
            text=written,
            if_exists="replace",
            executable=file.is_program,
        )

    def _text(self, data: bytes) -> str | None:
        """*data* as a plan holds it; None where that would not be the same bytes again, or would keep a secret."""
        try:
            text = textfile.decode(data).text
        except EditError:
            return None
        return text if text.encode("utf-8") == data and self._ports.redactor(text) == text else None

    def _change(self, path: str, file: _File, steps: list[FileStep]) -> FileChange:
        there = self._bench.original(path)
        made = changes.change(
            path,
            there,
            file.data,
            known=there,
            steps=steps,
            redact=self._ports.redactor,
            mode=file.mode,
            private=file.private,
        )
        approved = next((each for each in self._approved if each.path == path), made)
        return replace(made, before=approved.before)  # what was edited since is not taken for what was seen


def _about(steps: Sequence[FileStep], path: str) -> Iterator[FileStep]:
    return (step for step in steps if isinstance(step, EditBlock) and step.path == path)


def _numbered(plan: Plan) -> Plan:
    """*plan*, in which no two steps share an id."""
    seen: set[str] = set()
    steps = []
    for step in plan.steps:
        step_id, number = step.id, 2
        while step_id in seen:
            step_id, number = f"{step.id}.{number}", number + 1
        seen.add(step_id)
        steps.append(step if step_id == step.id else replace(step, id=step_id))
    return replace(plan, steps=tuple(steps))
