"""Nothing is lost: runs that are killed, or meet a fault, at every moment when something on the disk changes.

What a kill leaves at each of these moments is taken from one execution that copies the disk at each, see
:mod:`tests.attacks.saboteur`; real kills at the first of each kind of moment show that the copies tell the truth.
"""

from __future__ import annotations

import errno
import itertools
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.attacks.claims import proves
from tests.attacks.saboteur import Saboteur
from tests.attacks.worlds import KINDS, REAL, Stage, World, executor, finish, settled, stage

__all__ = ["executor", "stage"]

pytestmark = pytest.mark.slow


def outline(folder: Path) -> dict[str, int]:
    """Which files there are, without what differs each time."""
    found: dict[str, int] = {}
    for path in folder.rglob("*"):
        plain = re.sub(r"/\.inspection-\w+", "/.inspection-#", path.relative_to(folder).as_posix())
        name = re.sub(r"[0-9a-f]{2}/[0-9a-f]{38}|[0-9a-f]{6,}|\d+", "#", plain)
        if "/objects/" not in name and "heartbeat" not in name:
            found[name] = found.get(name, 0) + 1
    return found


def firsts(points: list[str]) -> list[int]:
    """The first of each kind of point."""
    return [index for index, name in enumerate(points, 1) if name not in points[: index - 1]]


def verb(point: str) -> str:
    """What a point is about, whichever file it is."""
    return " ".join(point.split()[:1] if not point.startswith(("half", "start")) else point.split()[:3])


def about(point: str) -> str:
    """The same, but where the project is about to change every file counts for itself."""
    lands = re.search(r"undo|staged|backup|index|repository", point) or not re.search("runs|lock|creating", point)
    return point if lands else verb(point)


def whole(executor: tuple[Saboteur, Path], stage: Stage, copies: Path | None = None) -> tuple[World, list[str]]:
    """A world in which the run came to its end, in the place of *start*'s, and the points on its way."""
    run, _ = executor
    world = stage.start.copy("here")
    create = None if world.run else world.create
    struck = run.execute(world.project, world.run, env=world.env, create=create, copies=copies)
    assert struck.code == 0, struck
    return world, struck.points


@pytest.mark.parametrize("stage", [f"plan{REAL}"], indirect=True)
def test_a_run_whose_programs_are_replayed_has_the_same_points(stage: Stage, executor: tuple[Saboteur, Path]) -> None:
    replayed = replace(stage, start=replace(stage.start, real=False))
    found = []
    for each in (stage, replayed, replayed):  # the second asks for the answers that the third gets
        world, points = whole(executor, each)
        shutil.rmtree(world.folder)
        found.append(points)
    assert found[0] == found[1] == found[2]


@proves(
    "A run of each kind is killed (SIGKILL) at every moment N when something is about to change: a file opened, "
    "half written, not yet synced, renamed, linked or removed, a folder made, a program started",
    "The project is either exactly as before or entirely changed as soon as anybody looks; the run says that it "
    "was interrupted; the same action succeeds when repeated; undo restores every byte",
)
@pytest.mark.timeout(900)
@pytest.mark.parametrize("stage", KINDS, indirect=True)
def test_killed_at_every_point(
    stage: Stage, executor: tuple[Saboteur, Path], capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    run, folder = executor
    before, copies = stage.start.state(), folder / "copies"
    copies.mkdir()
    world, points = whole(executor, stage, copies)
    after = world.state()
    assert len(points) > 20
    shutil.rmtree(world.folder)
    outlines, outcomes = {}, set()
    for index, point in enumerate(points, 1):
        where = f"point {index} of {len(points)}, {point}"
        if not (copies / str(index)).exists():  # nothing was changed since the point before
            outlines[index] = outlines[index - 1]
            continue
        (copies / str(index)).rename(world.folder)
        outlines[index] = outline(world.folder)
        found = settled(world, before, after, where)
        if found.mark() not in outcomes:
            outcomes.add(found.mark())
            finish(run, stage, found, where, before, after)
        shutil.rmtree(world.folder)
    shutil.rmtree(copies)
    verbs = [verb(point) for point in points]
    killed = firsts(verbs)
    for index in killed:
        where = f"killed at point {index} of {len(points)}, {points[index - 1]}"
        world = stage.start.copy("here")
        struck = run.execute(
            world.project, world.run, env=world.env, create=None if world.run else world.create, at=index
        )
        assert (struck.code, len(struck.points)) == (-9, index), where
        assert outline(world.folder) == outlines[index], where
        assert settled(world, before, after, where).mark() in outcomes, where
        shutil.rmtree(world.folder)
    with capsys.disabled():
        print(
            f"\n{request.node.callspec.params['stage']}: N = {len(points)} points, {len(outcomes)} different outcomes; "
            f"{len(killed)} real kills"
        )


@proves(
    "At every kind of such a moment, in a run of each kind, the disk is full, fails, or refuses",
    "The run fails and says why, or succeeds; the project is either exactly as before or entirely changed; the "
    "same action succeeds when repeated",
)
@pytest.mark.timeout(900)
@pytest.mark.parametrize("stage", KINDS, indirect=True)
def test_a_fault_at_every_kind_of_point(
    stage: Stage, executor: tuple[Saboteur, Path], capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    run, _ = executor
    before = stage.start.state()
    world, points = whole(executor, stage)
    after = world.state()
    shutil.rmtree(world.folder)
    outcomes: set[tuple[object, ...]] = set()
    name = request.node.callspec.params["stage"]
    chosen = firsts(points if name in {f"plan{REAL}", "configure", "deploy"} else list(map(about, points)))
    for index, fault in zip(chosen, itertools.cycle((errno.ENOSPC, errno.EIO, errno.EACCES)), strict=False):
        where = f"point {index} of {len(points)}, {points[index - 1]}, errno {fault}"
        world = stage.start.copy("here")
        create = None if world.run else world.create
        struck = run.execute(world.project, world.run, env=world.env, create=create, at=index, fault=fault)
        assert len(struck.points) >= index and struck.code in {0, 1, 70}, (where, struck)
        found = settled(world, before, after, where)
        if found.mark() not in outcomes:
            outcomes.add(found.mark())
            finish(run, stage, found, where, before, after)
        shutil.rmtree(world.folder)
    with capsys.disabled():
        print(f"\n{name}, faults: {len(points)} points, struck at {len(chosen)}, {len(outcomes)} different outcomes")
