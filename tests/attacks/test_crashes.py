"""Nothing is lost: runs that are killed, or meet a fault, at every moment in which something on the disk changes.

A configuration is struck at every single moment, the other runs at the first of each kind of moment, which takes minutes
less; with SIMPLE_DEPLOY_TESTS_EVERY_POINT=1 they all are struck everywhere.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simple_deploy.core.errors import NothingToUndo
from simple_deploy.engine import process
from simple_deploy.engine.journal import Journal
from simple_deploy.inspection.locate import locate
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from tests.attacks.claims import proves
from tests.attacks.saboteur import Saboteur, Struck, saboteur
from tests.support.project import PLUGINS, child_environment, copy_project
from tests.support.repository import fingerprint, git

pytestmark = pytest.mark.slow

KINDS = ("configure", "deploy", "undo a configuration", "undo a deployment", "destroy", "plan")


@dataclass(frozen=True)
class World:
    """A project with a run that is waiting to be executed, and the cloud it is deployed to.

    :param run: id of that run. :param plan: of the approved plan, or empty.
    """

    folder: Path
    run: str
    plan: str = ""

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def env(self) -> dict[str, str]:
        cache = self.folder.parent / "cache"  # of environments, which are the same for every copy
        return child_environment(self.folder, SIMPLE_DEPLOY_CACHE_DIR=str(cache))

    @property
    def service(self) -> Service:
        return Service(locate(start=self.project, manage_py=None, settings_module=None, runner=process.run))

    def copy(self, name: str) -> World:
        """The same, for one more try."""
        shutil.copytree(self.folder, self.folder.parent / name, symlinks=True)
        return World(self.folder.parent / name, self.run, self.plan)

    def files(self) -> dict[str, str]:
        return fingerprint(self.project)

    def head(self) -> str:
        done = process.run(("git", "rev-parse", "HEAD^{tree}"), cwd=self.project, check=False)
        assert done.ok, done.output
        return done.output

    def with_run(self, run: Run, plan: str = "") -> World:
        return World(self.folder, run.id, plan or self.plan)


@dataclass(frozen=True)
class Stage:
    """What a kind of run is tried with. :param again: makes the run that somebody starts who does the same once more."""

    world: World
    again: Callable[[World], Run]


@pytest.fixture(scope="module")
def executor(flat_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Saboteur, Path]]:
    folder = tmp_path_factory.mktemp("crashes")
    env = child_environment(folder)
    with pytest.MonkeyPatch.context() as patch, saboteur(env) as started:
        for name in set(os.environ) - set(env):
            patch.delenv(name)
        for name, value in env.items():
            patch.setenv(name, value)
        patch.syspath_prepend(str(PLUGINS))
        copy_project(flat_project, folder / "start" / "project")
        yield started, folder


def done(executor: Saboteur, world: World) -> World:
    """Execute the run that waits, to its end."""
    struck = executor.execute(world.project, world.run, env=world.env)
    run = world.service.run(world.run)
    assert (struck.code, run.state) == (0, RunState.SUCCEEDED), run.error
    return world


@pytest.fixture(scope="module")
def stages(executor: tuple[Saboteur, Path]) -> dict[str, Stage]:
    """Every kind of run, waiting to be executed."""
    run, folder = executor
    start = World(folder / "start", "")
    planning = start.copy("planning")
    planning = planning.with_run(planning.service.create_plan("toy", {"app_name": "shop"}))
    planned = done(run, planning.copy("planned"))
    planned = World(planned.folder, "", planned.run)

    def apply(world: World, kind: RunKind) -> Run:
        rendered = world.service.plan_of(world.plan)
        assert rendered is not None
        return world.service.create_apply(world.plan, rendered.digest, kind)

    found = {"plan": Stage(planning, lambda world: world.service.create_plan("toy", {"app_name": "shop"}))}
    for name, kind in (("configure", RunKind.CONFIGURE), ("deploy", RunKind.DEPLOY)):
        world = planned.copy(name)
        found[name] = Stage(world.with_run(apply(world, kind)), lambda world, kind=kind: apply(world, kind))  # type: ignore[misc]
        over = done(run, found[name].world.copy(f"after {name}"))
        undoing = over.copy(f"undo {name}")
        label = "undo a configuration" if name == "configure" else "undo a deployment"
        found[label] = Stage(undoing.with_run(undoing.service.create_undo()), lambda world: world.service.create_undo())
    gone = World(folder / "after deploy", "").copy("gone")
    found["destroy"] = Stage(
        gone.with_run(gone.service.create_destroy("toy")), lambda world: world.service.create_destroy("toy")
    )
    return found


def settled(world: World, before: tuple[object, object], after: tuple[object, object], where: str) -> Run:
    """See that the project is entirely as before or entirely changed, and that the run says what happened."""
    run = world.service.run(world.run)
    state = (world.files(), world.head())
    assert state in (before, after), f"{where}: neither as before nor changed"
    assert git(world.project, "status", "--porcelain") == "" or world.head() == before[1], where
    assert run.state in {RunState.QUEUED, RunState.INTERRUPTED, RunState.FAILED, RunState.SUCCEEDED}, (
        f"{where}: {run.state}"
    )
    return run


def mark(world: World, run: Run) -> tuple[object, ...]:
    """What makes a difference for what can follow."""
    folder = world.service.store.folder(run.id)
    record = Journal(world.project, folder).load()
    names = frozenset(path.name for path in folder.iterdir() if "tmp" not in path.name)
    return (
        run.state,
        run.applied,
        run.done_steps,
        world.head(),
        tuple(world.files().items()),
        record and record.state,
        names,
    )


def finish(
    run: Saboteur, stage: Stage, world: World, where: str, before: object, after: object, original: dict[str, str]
) -> None:
    """Do the same once more: it comes to its end; and undoing it restores every byte."""
    seen = world.service.run(world.run)
    if seen.state is RunState.QUEUED:
        done(run, world)  # nobody had begun; the worker finds it
    elif (world.files(), world.head()) == before or seen.kind in {RunKind.DESTROY, RunKind.PLAN}:
        done(run, world.with_run(stage.again(world)))
    elif seen.kind is RunKind.UNDO:
        with contextlib.suppress(NothingToUndo):
            done(run, world.with_run(world.service.create_undo()))
    assert (world.files(), world.head()) == after, where
    if seen.kind in {RunKind.CONFIGURE, RunKind.DEPLOY}:
        done(run, world.with_run(world.service.create_undo()))
        assert world.files() == original, where
    if seen.kind is RunKind.DESTROY:
        assert not list((world.folder / "data" / "toy").glob("*.app")), where


def strike(
    executor: tuple[Saboteur, Path], stage: Stage, *, fault: int | None, distinct: bool, say: Callable[[str], None]
) -> None:
    run, folder = executor
    before, original = (stage.world.files(), stage.world.head()), fingerprint(folder / "start" / "project")
    whole = stage.world.copy(f"{stage.world.folder.name} whole {fault}")
    points = run.execute(whole.project, whole.run, env=whole.env).points
    after = (whole.files(), whole.head())
    shutil.rmtree(whole.folder)
    distinct = distinct and not os.environ.get("SIMPLE_DEPLOY_TESTS_EVERY_POINT")
    chosen = [index for index, name in enumerate(points, 1) if not distinct or name not in points[: index - 1]]
    assert len(chosen) > 20
    faults = itertools.cycle((errno.ENOSPC, errno.EIO, errno.EACCES)) if fault is None else itertools.repeat(fault)
    finished: set[tuple[object, ...]] = set()
    for index, number in zip(chosen, faults, strict=False):
        where = f"point {index} of {len(points)}, {points[index - 1]}, errno {number}"
        world = stage.world.copy(f"{stage.world.folder.name} {index} {number}")
        struck = run.execute(world.project, world.run, env=world.env, at=index, fault=number)
        check_struck(struck, number, index, where)
        seen = settled(world, before, after, where)
        if number:
            assert seen.state in {RunState.SUCCEEDED, RunState.FAILED, RunState.QUEUED, RunState.INTERRUPTED}, where
        found = mark(world, seen)
        if found not in finished:
            finished.add(found)
            if seen.state is not RunState.SUCCEEDED:
                finish(run, stage, world, where, before, after, original)
        shutil.rmtree(world.folder)
    say(f"{len(points)} points, struck at {len(chosen)}, {len(finished)} different outcomes")


def check_struck(struck: Struck, fault: int, index: int, where: str) -> None:
    assert len(struck.points) >= index, where
    if fault:
        assert struck.code in {0, 1, 70}, where
    else:
        assert struck.code == -9, where


@proves(
    "A run of each kind is killed (SIGKILL) at every moment N in which something is about to change: a file opened, half written, not yet"
    " synced, renamed, linked or removed, a folder made, a program started",
    "The project is entirely as before or entirely changed as soon as anybody looks; the run says that it was interrupted; the same once more"
    " comes to its end; undo restores every byte",
)
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_every_point(
    kind: str, executor: tuple[Saboteur, Path], stages: dict[str, Stage], capsys: pytest.CaptureFixture[str]
) -> None:
    def say(text: str) -> None:
        with capsys.disabled():
            print(f"\n{kind}: {text}")

    strike(executor, stages[kind], fault=0, distinct=kind != "configure", say=say)


@proves(
    "At every kind of such a moment the disk is full, fails, or refuses",
    "The run fails and says why, or succeeds; the project is entirely as before or entirely changed; the same once more comes to its end",
)
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS[:3])
def test_a_fault_at_every_kind_of_point(
    kind: str, executor: tuple[Saboteur, Path], stages: dict[str, Stage], capsys: pytest.CaptureFixture[str]
) -> None:
    def say(text: str) -> None:
        with capsys.disabled():
            print(f"\n{kind}, faults: {text}")

    strike(executor, stages[kind], fault=None, distinct=True, say=say)
