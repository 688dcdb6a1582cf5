"""What files would be if only some of the runs that changed them had taken place.

The edits of a run are data, and each is made so that doing it again changes nothing. So the files are put together
anew: the bytes from before the first run, then the edits of each run that stays, in the order they were made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from simple_deploy.core.errors import Blocked
from simple_deploy.core.facts import Location
from simple_deploy.core.findings import blockers
from simple_deploy.core.interfaces import Runner
from simple_deploy.core.options import Answers, Question
from simple_deploy.core.plan import RenderedPlan
from simple_deploy.core.steps import ExportRequirements, WriteFile
from simple_deploy.engine import workbench
from simple_deploy.engine.existing import beside, question_about
from simple_deploy.engine.render import Renderer
from simple_deploy.engine.workbench import Workbench
from simple_deploy.inspection import dependencies
from simple_deploy.managers.base import Place
from simple_deploy.system.files import read_bytes


@dataclass(frozen=True, slots=True)
class _AsThen:
    """Answers what happens to a file that is there already as it was answered when *rendered* was made."""

    rendered: RenderedPlan

    def ask(self, question: Question) -> Answers:
        changed = {change.path for change in self.rendered.changes}
        for step in self.rendered.plan.file_steps:
            if isinstance(step, (WriteFile, ExportRequirements)) and question_about(step.path) == question.id:
                answer = "replace" if step.path in changed else "beside" if beside(step.path) in changed else "keep"
                return Answers(values={question.id: answer})
        return Answers(values={})


def replay(
    origin: Mapping[str, bytes | None],
    plans: Iterable[tuple[RenderedPlan, Mapping[str, bytes]]],
    *,
    location: Location,
    folder: Path,
    run: Runner,
    uv: str,
    python: str,
) -> dict[str, bytes | None]:
    """The files of *origin* after *plans*, in a scratch copy of the project.

    :param origin: the bytes of each file before the first run, by path.
    :param plans: each with the bytes that it does not hold itself, by path.
    :param folder: where the scratch copy goes; the caller removes it.
    :raises Blocked: a manager could not make its lock fit.
    """
    base = workbench.create(location.root, folder, run=run).base
    scratch = Workbench(project=folder, folder=folder, base=base)
    for path, data in origin.items():
        if data is None:
            scratch.path(path).unlink(missing_ok=True)
        else:
            scratch.write(path, data)
    here = replace(location, root=folder)
    for rendered, given in plans:
        declared = dependencies.read(here, choice=here.corrections.manager or "").dependencies
        place = Place(root=folder, run=run, uv=uv, python=python)
        asker = _AsThen(rendered)
        renderer = Renderer(scratch, declared, asker=asker, redact=str, written={}, place=place, files=given)
        _, met = renderer.render(rendered.plan.file_steps, locks=not rendered.plan.rewrites)
        for finding in blockers(met):
            raise Blocked(f"Another run needs packages too. {finding.title}", hint=finding.fix)
    return {path: read_bytes(scratch.path(path)) for path in origin}
