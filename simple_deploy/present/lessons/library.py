"""Where lessons are, how far somebody has come, and whether what a step asks for is so."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from simple_deploy.core import codec
from simple_deploy.core.errors import SimpleDeployError, WrongUsage
from simple_deploy.core.health import problem_with
from simple_deploy.core.interfaces import Response
from simple_deploy.platforms.base import Platform
from simple_deploy.present.lessons.lesson import CHECKS, Check, Lesson, LessonStep, is_name, parse
from simple_deploy.runs.model import RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.system import files, http, stored

FOLDER = "lessons"  # in the state folder: a teacher's own, and beside them how far somebody has come
PROGRESS = "progress.json"
_OWN = Path(__file__).parent

#: An address that no project has, so that Django answers 404: with DEBUG on, with the page that shows its settings.
_NOWHERE = "simple-deploy-is-debug-on/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far somebody has come, by name of the lesson.

    :param done: numbers of finished steps, counted from 1. :param since: when it was started again, in seconds.
    """

    done: dict[str, tuple[int, ...]] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """:param says: what was looked at, as a sentence. :param problem: why it is not so, or empty."""

    says: str
    ok: bool
    problem: str = ""


def names(state: Path) -> tuple[str, ...]:
    """Every lesson there is, a teacher's own last."""
    own = sorted(path.stem for path in (state / FOLDER).glob("*.toml") if is_name(path.stem))
    return tuple(dict.fromkeys([*sorted(path.stem for path in _OWN.glob("*.toml")), *own]))


def load(state: Path, name: str) -> Lesson | None:
    """The lesson *name*, None when there is none. :raises WrongUsage: it is not as a lesson has to be."""
    for folder in (state / FOLDER, _OWN):
        text = stored.text(folder / f"{name}.toml") if is_name(name) else None
        if text is not None:
            return parse(name, text)
    return None


def read(file: Path, platforms: Sequence[str]) -> Lesson:
    """The lesson in *file*. :raises WrongUsage: it cannot be read, or is not as a lesson has to be."""
    text = stored.text(file)
    if text is None:
        raise WrongUsage(f"There is no lesson in {file} that can be read.", hint="Name a file that ends with .toml.")
    return parse(file.stem, text, platforms)


def done(state: Path, name: str) -> tuple[int, ...]:
    """Numbers of the steps of a lesson that are finished."""
    return _progress(state).done.get(name, ())


def since(state: Path, name: str) -> float:
    """When a lesson was started again: what was run earlier does not count for it."""
    return _progress(state).since.get(name, 0.0)


def mark(state: Path, name: str, step: int) -> None:
    """Remember that a step is finished."""
    known = _progress(state)
    _write(state, replace(known, done={**known.done, name: tuple(sorted({*known.done.get(name, ()), step}))}))


def start_again(state: Path, name: str, now: float) -> None:
    """Forget what is finished of a lesson."""
    known = _progress(state)
    others = {key: value for key, value in known.done.items() if key != name}
    _write(state, replace(known, done=others, since={**known.since, name: now}))


def _progress(state: Path) -> Progress:
    return stored.known(Progress, state / FOLDER / PROGRESS) or Progress()


def _write(state: Path, progress: Progress) -> None:
    folder = files.private_folder(state / FOLDER)
    files.write_atomic(folder / PROGRESS, json.dumps(codec.to_data(progress)))


def check(
    service: Service, step: LessonStep, since: float = 0.0, visit: Callable[..., tuple[Response, str]] = http.visit
) -> list[Checked]:
    """Look whether what a step asks for is so, in the project or the rehearsal it is about.

    :param since: runs that began before do not count.
    """
    return [_checked(service, step, each, since, visit) for each in step.checks]


def _checked(
    service: Service, step: LessonStep, asked: Check, since: float, visit: Callable[..., tuple[Response, str]]
) -> Checked:
    says = CHECKS[asked.name].format(platform=asked.platform)
    try:
        platform = service.registry.get(asked.platform)
        says = CHECKS[asked.name].format(platform=platform.card.named)
        where = _where(service, step, platform)
        problem = _problem(where, asked, since, visit) if where is not None else _nothing(asked)
    except (SimpleDeployError, OSError) as error:
        problem = getattr(error, "message", "") or str(error)
    return Checked(says=says[:1].upper() + says[1:], ok=not problem, problem=problem)


def _where(service: Service, step: LessonStep, platform: Platform) -> Service | None:
    """Whose runs count; None for a rehearsal that has not begun."""
    return service.on_stage(platform.card.slug) if step.rehearse and platform.simulation is not None else service


def _nothing(asked: Check) -> str:
    return "" if asked.name == "removed" else "The rehearsal has not begun."


def _problem(service: Service, asked: Check, since: float, visit: Callable[..., tuple[Response, str]]) -> str:
    """Why it is not so; empty when it is."""
    if asked.name in {"site", "debug-off"}:
        return _of_site(service, asked, visit)
    if asked.name == "removed":
        return "There is something left there." if asked.platform in service.deployed_to() else ""
    wanted, states = {
        "planned": (RunKind.PLAN, {RunState.SUCCEEDED}),
        "failed": (RunKind.DEPLOY, {RunState.FAILED, RunState.BLOCKED}),
        "deployed": (RunKind.DEPLOY, {RunState.SUCCEEDED}),
        "undone": (RunKind.UNDO, {RunState.SUCCEEDED}),
    }[asked.name]
    runs = [run for run in service.runs(200) if run.kind is wanted and run.created >= since]
    if wanted is not RunKind.UNDO:
        runs = [run for run in runs if run.platform == asked.platform]
    return "" if any(run.state in states for run in runs) else "Not yet."


def _of_site(service: Service, asked: Check, visit: Callable[..., tuple[Response, str]]) -> str:
    site = next((each for each in service.sites() if each.platform == asked.platform), None)
    if site is None or not site.url:
        return "There is no site yet."
    address = site.url if asked.name == "site" else site.url.rstrip("/") + "/" + _NOWHERE
    answer, _ = visit(service.near(asked.platform, address))
    found = problem_with(answer, may_be_missing=True)
    return f"{site.url}: {found}." if found else ""
