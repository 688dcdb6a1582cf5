"""Projects with a run of each kind, to be executed again and again with something going wrong.

Whatever goes wrong: the project is entirely as before or entirely changed, the run says what happened, and the same once
more comes to its end.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import pytest

from simple_deploy.core.errors import NothingToUndo
from simple_deploy.engine.journal import Journal
from simple_deploy.inspection.locate import locate
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.system import process
from tests.attacks import replay
from tests.attacks.saboteur import Create, Saboteur, create_run, saboteur
from tests.support.memory import folder_in_memory, light
from tests.support.project import PLUGINS, child_environment, copy_project
from tests.support.repository import IDENTITY, fingerprint, git

#: Ends the name of a kind whose programs are not replayed.
REAL = " with a real probe"
FIXES = ("create-repository", "first-commit", "write-requirements")
KINDS = (
    f"plan{REAL}",
    "configure",
    "deploy",
    "deploy from a terminal",
    "retry",
    "undo configure",
    "undo deploy",
    "destroy",
    *FIXES,
    *(f"undo {name}" for name in FIXES),
    "status",
)
#: What somebody asks for on the page, which makes a run of it.
ON_THE_PAGE = tuple(
    f"{kind} on the page" for kind in ("plan", "deploy", "retry", "undo deploy", "destroy", "first-commit", "status")
)


@dataclass(frozen=True)
class World:
    """A project and the cloud it is deployed to.

    :param create: makes the run that this is about. :param run: its id, empty as long as nobody has made it.
    :param real: programs that only look at the project are run each time (see :mod:`tests.attacks.replay`).
    """

    folder: Path
    create: Create
    run: str = ""
    real: bool = False

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def env(self) -> dict[str, str]:
        cache = self.folder.parent / "cache"  # of environments, which are the same for every copy
        answers = {} if self.real else {replay.FOLDER: str(self.folder.parent / "answers")}
        return {**environment(self.folder, cache), **answers}

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
        """All that is the person's: files, and what the repository says; but for the database that runserver makes."""
        found = fingerprint(self.project)
        found.pop(_DATABASE, None)
        return (found, *_said(self.project, _content(self.project)))

    def undone(self) -> tuple[object, ...]:
        """What is known of the run that this one is to undo."""
        store = self.service.store
        subject = store.get(store.get(self.run).subject)
        record = Journal(self.project, store.folder(subject.id)).load()
        return (subject.state, record and record.state)


_DATABASE = "db.sqlite3"
_ASKED = ("rev-parse --verify HEAD^{tree}", "status --porcelain", "config --local --get-regexp user")


@lru_cache(maxsize=1_000)
def _said(project: Path, content: bytes) -> tuple[list[str], ...]:
    """What git says of a repository; of one with the same *content* it says the same, so it is asked once."""
    if not (project / ".git").exists():
        return tuple(["no repository"] for _ in _ASKED)
    said = (process.run(("git", *words.split()), cwd=project, check=False).output.splitlines() for words in _ASKED)
    return tuple(sorted(line for line in lines if _DATABASE not in line) for lines in said)


def _content(project: Path) -> bytes:
    """All that git can see there: the tool's own folder is as nothing to it as long as that ignores itself."""
    digest = hashlib.sha256()
    for place in sorted(project.iterdir()):
        ignores = place.name == ".simple_deploy" and (place / ".gitignore").is_file()
        for path in (place / ".gitignore",) if ignores else (place, *sorted(place.rglob("*"))):
            status = path.lstat()
            digest.update(f"{path.relative_to(project)}\0{status.st_mode}\0".encode())
            if path.is_symlink():
                digest.update(str(path.readlink()).encode())
            elif path.is_file():
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


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
    with folder_in_memory(tmp_path_factory.mktemp("crashes")) as folder, _executor(flat_project, folder) as found:
        yield found


@contextmanager
def _executor(flat_project: Path, folder: Path) -> Iterator[tuple[Saboteur, Path]]:
    env = environment(folder, folder / "cache")
    with pytest.MonkeyPatch.context() as patch, saboteur(env) as started:
        patch.syspath_prepend(str(PLUGINS))
        for name in IDENTITY:
            patch.delenv(name, raising=False)
        for name, value in env.items():
            patch.setenv(name, value)
        light(copy_project(flat_project, folder / "start" / "project"))
        (folder / "answers").mkdir()
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
    what = name.removeprefix("undo ").removesuffix(" on the page").removesuffix(REAL)
    if what in FIXES:
        start = ready_to_fix(start, what)
        world = start.about("create_fix", what, {"name": "Ada", "email": "ada@example.com"})
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
    if what == "status":
        world = world.about("create_operation", "toy", "status")
    if name.startswith("undo "):
        done(run, world)
        world = world.about("create_undo")
    made_later = name.endswith((" from a terminal", " on the page"))
    world = replace(world, real=name.endswith(REAL))
    return Stage(world if made_later else world.waiting(), original)


def ready_to_fix(world: World, name: str) -> World:
    """A project that has what *name* fixes, whose repository knows nobody either."""
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
        names = frozenset(_name(path) for path in self.folder.iterdir() if "tmp" not in path.name) - _TOLD
        run = self.run
        undone = self.world.undone() if run.kind is RunKind.UNDO else None
        return (run.state, run.applied, run.done_steps, record and record.state, undone, names, *map(str, self.state))


def _name(path: Path) -> str:
    """The name without what is random in it: of an index that is kept since it is not the one that was there before."""
    return "index-random" if re.fullmatch("index-[0-9a-f]{8}", path.name) else path.name


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
    if run.kind is RunKind.UNDO and run.state is RunState.INTERRUPTED and run.error:
        known = service.store.get(run.subject).state is RunState.UNDONE
        assert ("there is nothing left to do" in run.error.hint) == known != run.changed_nothing, where
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
    elif stage.kind in {"destroy", "plan", "operation"} or (stage.kind != "undo" and found.state == before):
        done(run, replace(world, run=""))
    elif stage.kind == "undo":
        try:
            done(run, replace(world, run=""))
        except NothingToUndo:
            assert found.state == after, where
    assert world.state() == after, where
    if stage.kind in {"apply", "retry", "fix"}:
        done(run, world.about("create_undo"))
        assert world.state() == stage.original, where
    if stage.kind == "destroy":
        assert not list((world.folder / "data" / "toy").glob("*.app")), where
