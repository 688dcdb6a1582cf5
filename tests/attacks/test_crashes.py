"""Nothing is lost: runs that are killed, or meet a fault, at every moment in which something on the disk changes.

What a kill leaves at each of these moments is taken from one execution that copies the disk at each, see
:mod:`tests.attacks.saboteur`; real kills at the first of each kind of moment show that the copies tell the truth.
"""

from __future__ import annotations

import errno
import itertools
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from simple_deploy.core.errors import NothingToUndo
from simple_deploy.engine import process
from simple_deploy.engine.journal import Journal
from simple_deploy.inspection.locate import locate
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from tests.attacks.claims import proves
from tests.attacks.saboteur import Create, Saboteur, create_run, saboteur
from tests.support.project import PLUGINS, child_environment, copy_project
from tests.support.repository import IDENTITY, fingerprint, git

pytestmark = pytest.mark.slow

MENDS = ("create-repository", "first-commit", "write-requirements")
KINDS = (
    "plan",
    "configure",
    "deploy",
    "deploy from a terminal",
    "retry",
    "undo configure",
    "undo deploy",
    "destroy",
    *MENDS,
    *(f"undo {name}" for name in MENDS),
)


@dataclass(frozen=True)
class World:
    """A project and the cloud it is deployed to.

    :param create: makes the run that this is about. :param run: its id, empty as long as nobody has made it.
    """

    folder: Path
    create: Create
    run: str = ""

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def env(self) -> dict[str, str]:
        cache = self.folder.parent / "cache"  # of environments, which are the same for every copy
        return environment(self.folder, cache)

    @property
    def service(self) -> Service:
        return Service(locate(start=self.project, manage_py=None, settings_module=None, runner=process.run))

    def copy(self, name: str) -> World:
        """The same, for one more try."""
        shutil.copytree(self.folder, self.folder.parent / name, symlinks=True)
        return replace(self, folder=self.folder.parent / name)

    def about(self, *create: object) -> World:
        """The same with a run that is yet to be made."""
        return replace(self, create=(str(create[0]), list(create[1:])), run="")

    def waiting(self) -> World:
        """The same with the run made, waiting for a worker."""
        return replace(self, run=create_run(self.service, self.create).id)

    def state(self) -> tuple[object, ...]:
        """All that is the person's: files, and what the repository says."""
        return (fingerprint(self.project), *(sorted(self._git(words).splitlines()) for words in _ASKED))

    def _git(self, words: str) -> str:
        if not (self.project / ".git").exists():
            return "no repository"
        return process.run(("git", *words.split()), cwd=self.project, check=False).output


_ASKED = ("rev-parse --verify HEAD^{tree}", "status --porcelain", "config --local --get-regexp user")


@dataclass(frozen=True)
class Stage:
    """What a kind of run is tried with.

    :param start: before the run. :param original: the state that undoing restores.
    """

    start: World
    original: tuple[object, ...]

    @property
    def kind(self) -> str:
        return self.start.create[0].removeprefix("create_")


def environment(folder: Path, cache: Path) -> dict[str, str]:
    """Of a computer whose git knows nobody."""
    whole = child_environment(folder, SIMPLE_DEPLOY_CACHE_DIR=str(cache))
    return {name: value for name, value in whole.items() if name not in IDENTITY}


@pytest.fixture(scope="module")
def executor(flat_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Saboteur, Path]]:
    folder = tmp_path_factory.mktemp("crashes")
    env = environment(folder, folder / "cache")
    with pytest.MonkeyPatch.context() as patch, saboteur(env) as started:
        patch.syspath_prepend(str(PLUGINS))
        for name in IDENTITY:
            patch.delenv(name, raising=False)
        for name, value in env.items():
            patch.setenv(name, value)
        copy_project(flat_project, folder / "start" / "project")
        yield started, folder


def done(executor: Saboteur, world: World, *, fails: bool = False) -> World:
    """Execute the run, to its end."""
    world = world if world.run else world.waiting()
    executor.execute(world.project, world.run, env={**world.env, **({"TOY_FAIL": "release"} if fails else {})})
    run = world.service.run(world.run)
    assert run.state is (RunState.FAILED if fails else RunState.SUCCEEDED), run.error
    return world


@pytest.fixture(scope="module")
def stage(executor: tuple[Saboteur, Path], request: pytest.FixtureRequest) -> Stage:
    """A kind of run, waiting to be executed."""
    run, folder = executor
    name = request.param
    for left in (name, "here", "copies"):
        shutil.rmtree(folder / left, ignore_errors=True)
    start = World(folder / "start", ("", [])).copy(name)
    what = name.removeprefix("undo ")
    if what in MENDS:
        start = ready_to_mend(start, what)
        world = start.about("create_mend", what, {"name": "Ada", "email": "ada@example.com"})
    else:
        world = start.about("create_plan", "toy", {"app_name": "shop"})
    original = world.state()
    if what in {"configure", "deploy", "deploy from a terminal", "retry", "destroy"}:
        planned = done(run, world)
        kind = RunKind.CONFIGURE if what == "configure" else RunKind.DEPLOY
        world = planned.about("create_apply", planned.run, kind.value)
    if what == "plan":
        shutil.rmtree(done(run, world.copy("first")).folder)  # makes the environment that later plans find
    if what == "retry":
        world = world.about("create_retry", done(run, world, fails=True).run)
    if what == "destroy":
        done(run, world)
        world = world.about("create_destroy", "toy")
    if what != name:
        done(run, world)
        world = world.about("create_undo")
    return Stage(world if what == "deploy from a terminal" else world.waiting(), original)


def ready_to_mend(world: World, name: str) -> World:
    """A project that has what *name* mends, whose repository knows nobody either."""
    git(world.project, "rm", "--quiet", "requirements.txt", ".gitignore")
    git(world.project, "commit", "--quiet", "-m", "Second")
    for setting in ("user.name", "user.email"):
        git(world.project, "config", "--unset", setting)
    if name != "write-requirements":
        shutil.rmtree(world.project / ".git")
    if name == "first-commit":
        git(world.project, "init", "--quiet")
        git(world.project, "add", "manage.py")
    return world


@dataclass(frozen=True)
class Found:
    """What somebody finds who looks after a crash.

    :param run: None when it had not been made yet.
    """

    world: World
    run: Run | None
    state: tuple[object, ...]
    folder: Path | None = None

    def mark(self) -> tuple[object, ...]:
        """What makes a difference for what can follow."""
        if self.run is None or self.folder is None:
            return ()
        record = Journal(self.world.project, self.folder).load()
        names = frozenset(path.name for path in self.folder.iterdir() if "tmp" not in path.name) - _TOLD
        run = self.run
        return (run.state, run.applied, run.done_steps, record and record.state, names, *map(str, self.state))


#: Files that tell what happened, and that nothing is done by.
_TOLD = {"events.jsonl", "deploy.log", "heartbeat", "reserve", "cancel", "summary.json", "summary.md", "summary.html"}


def settled(world: World, before: object, after: object, where: str) -> Found:
    """See that the project is entirely as before or entirely changed, and that the run says what happened."""
    service = world.service
    if not world.run:
        newest = next((run for run in service.runs() if run.started_by == "terminal"), None)
        if newest is None:
            assert world.state() == before, where
            return Found(world, None, world.state())
        world = replace(world, run=newest.id)
    run = service.run(world.run)
    assert run.state in {RunState.QUEUED, RunState.INTERRUPTED, RunState.FAILED, RunState.SUCCEEDED}, f"{where}: {run}"
    assert run.state is not RunState.QUEUED or run.pid is None, f"{where}: waits for a terminal that is gone"
    assert run.error is None or (run.error.message and run.error.hint), where
    assert (run.error is None) == (run.state in {RunState.QUEUED, RunState.SUCCEEDED}), where
    state = world.state()
    assert state in (before, after), f"{where}: neither as before nor changed\n{state}\n{before}\n{after}"
    return Found(world, run, state, service.store.folder(run.id))


def finish(run: Saboteur, stage: Stage, found: Found, where: str, before: object, after: object) -> None:
    """Do the same once more: it comes to its end; and undoing it restores every byte."""
    world = found.world
    if found.run is not None and found.run.state is RunState.SUCCEEDED:
        return
    if found.run is not None and found.run.state is RunState.QUEUED:
        done(run, world)  # nobody had begun; a worker finds it
    elif stage.kind in {"destroy", "plan"} or (stage.kind != "undo" and found.state == before):
        done(run, replace(world, run=""))
    elif stage.kind == "undo":
        try:
            done(run, replace(world, run=""))
        except NothingToUndo:
            assert found.state == after, where
    assert world.state() == after, where
    if stage.kind in {"apply", "retry", "mend"}:
        done(run, world.about("create_undo"))
        assert world.state() == stage.original, where
    if stage.kind == "destroy":
        assert not list((world.folder / "data" / "toy").glob("*.app")), where


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


@proves(
    "A run of each kind is killed (SIGKILL) at every moment N in which something is about to change: a file opened, half written, not yet"
    " synced, renamed, linked or removed, a folder made, a program started",
    "The project is entirely as before or entirely changed as soon as anybody looks; the run says that it was interrupted; the same once more"
    " comes to its end; undo restores every byte",
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
    "The run fails and says why, or succeeds; the project is entirely as before or entirely changed; the same once more comes to its end",
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
    chosen = firsts(points if name in {"plan", "configure", "deploy"} else list(map(about, points)))
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
