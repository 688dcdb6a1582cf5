"""No edit is lost: somebody edits a file, the index or the branch at every moment of a landing and of an undo.

Each execution lets somebody in at another moment; what they did is looked for afterwards.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from simple_deploy.core.errors import FilesChanged, SimpleDeployError, StalePlan, StepError
from simple_deploy.core.plan import FileChange
from simple_deploy.engine import landing, workbench
from simple_deploy.engine.landing import Lander
from simple_deploy.engine.workbench import Workbench
from simple_deploy.system import process
from simple_deploy.system.files import sha256
from tests.attacks.claims import proves
from tests.attacks.intruder import Intruder, at_work
from tests.support.memory import folder_in_memory, light
from tests.support.repository import fingerprint, git, repository

FILES = {"settings.py": b"DEBUG = True\r\n", "app/views.py": "# page\n", "requirements.txt": "Django\n"}
PLANNED = {
    "settings.py": b"DEBUG = True\r\n# block\r\n",
    "requirements.txt": b"Django\ngunicorn\n",
    "fly/fly.toml": b"[app]\n",
}
MARK = b"# precious work of their own\n"


@dataclass
class Place:
    """A project, the plan for it, and what is done to it."""

    folder: Path
    commits: bool
    base: str = ""
    commit: str | None = None
    told: list[str] = field(default_factory=list)

    @property
    def project(self) -> Path:
        return self.folder / "work" / "project"

    def lander(self, name: str) -> Lander:
        runs = self.project / ".simple_deploy" / "runs"
        return Lander(project=self.project, folder=runs / name, run=process.run, tell=self.told.append)

    def prepare(self) -> None:
        """Make the place, as it is before the run."""
        project = light(repository(self.project, FILES))
        (project / ".git" / "info" / "exclude").write_text("/.simple_deploy/\n", encoding="utf-8")
        bench = workbench.create(project, self.folder / "work" / "tree", run=process.run)
        self.base = bench.base
        for path, data in PLANNED.items():
            bench.seed(path)
            bench.write(path, data)
        if self.commits:
            self.commit = bench.commit("Configure", PLANNED, process.run)

    def keep(self) -> None:
        shutil.copytree(self.folder / "work", self.folder / "kept", symlinks=True)

    def again(self) -> None:
        """Have everything as it was when it was kept."""
        shutil.rmtree(self.folder / "work")
        shutil.copytree(self.folder / "kept", self.folder / "work", symlinks=True)
        self.told.clear()

    def land(self) -> None:
        changes = []
        for path, data in PLANNED.items():
            raw = FILES.get(path)
            before = None if raw is None else sha256(raw if isinstance(raw, bytes) else raw.encode())
            changes.append(FileChange(path=path, before=before, after=sha256(data), diff=""))
        bench = Workbench(project=self.project, folder=self.folder / "work" / "tree", base=self.base)
        self.lander("deploy").land(bench, changes, commit=self.commit, on_file=lambda path, change: None)

    def undo(self, name: str = "undo") -> None:
        landing.undo(self.lander("deploy"), self.lander(name), title="it", on_file=lambda path, change: None)


# -- what somebody does; each comes with whether it is still there at the end --


def append(path: Path) -> None:
    """As a program does that writes into the file itself."""
    path.parent.mkdir(exist_ok=True)
    with path.open("ab") as file:
        file.write(MARK)


def save(path: Path) -> None:
    """As most editors do: a new file that takes the old one's name."""
    path.parent.mkdir(exist_ok=True)
    new = path.with_name(f"{path.name}~")
    new.write_bytes((path.read_bytes() if path.exists() else b"") + MARK)
    new.replace(path)


def link(path: Path) -> None:
    """The file becomes a link to another one with the same bytes."""
    if path.exists():
        moved = path.with_name(f"{path.name}.moved")
        moved.write_bytes(path.read_bytes())
        path.unlink()
        path.symlink_to(moved.name)


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def make_executable(path: Path) -> None:
    if path.exists():
        path.chmod(0o755)


def has_mark(path: Path) -> bool:
    return path.is_file() and MARK in path.read_bytes()


FILE_DEEDS: dict[str, tuple[Callable[[Path], None], Callable[[Path], bool]]] = {
    "written to": (append, has_mark),
    "saved": (save, has_mark),
    "made a link": (link, Path.is_symlink),
    "removed": (remove, lambda path: not path.exists()),
    "made executable": (make_executable, lambda path: path.exists() and bool(path.stat().st_mode & 0o100)),
}
NEEDING_A_FILE = (link, remove, make_executable)


def stage_other_bytes(project: Path) -> None:
    """Stage a version of settings.py that lies in no file."""
    (project / "other").write_bytes(MARK)
    blob = git(project, "hash-object", "-w", "other")
    (project / "other").unlink()
    git(project, "update-index", "--cacheinfo", f"100644,{blob},settings.py")


def is_staged(project: Path) -> bool:
    return MARK.decode().strip() == git(project, "show", ":settings.py")


def commit_all(project: Path) -> None:
    git(project, "commit", "--quiet", "--allow-empty", "-m", "Mine")


def is_committed(project: Path) -> bool:
    return "Mine" in git(project, "log", "--format=%s")


def stage_a_file(project: Path) -> None:
    """Stage another file."""
    (project / "mine.py").write_bytes(MARK)
    git(project, "add", "mine.py")


def file_is_staged(project: Path) -> bool:
    return git(project, "ls-files", "mine.py") == "mine.py"


def stop_in_a_rebase(project: Path) -> None:
    """Begin a rebase that stops at each commit, as ``edit`` does; git refuses that while a file is changed."""
    with suppress(subprocess.CalledProcessError):
        git(project, "-c", "sequence.editor=sed -i s/^pick/edit/", "rebase", "--quiet", "--interactive", "--root")


def comes_to_its_end(project: Path) -> bool:
    """The rebase goes on, and the branch has everything."""
    while (project / ".git" / "rebase-merge").exists():
        git(project, "-c", "core.editor=true", "rebase", "--continue")
    return git(project, "symbolic-ref", "HEAD") == "refs/heads/main" and git(project, "status", "--porcelain") == ""


GIT_DEEDS: dict[str, tuple[Callable[[Path], None], Callable[[Path], bool]]] = {
    "other bytes staged": (stage_other_bytes, is_staged),
    "a commit": (commit_all, is_committed),
    "another file staged": (stage_a_file, file_is_staged),
    "a rebase begun": (stop_in_a_rebase, comes_to_its_end),
}

RUNS = ("configure", "deploy", "undo configure", "undo deploy")


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with folder_in_memory(tmp_path) as folder:
        place = Place(folder, commits="deploy" in request.param)
        place.prepare()
        if request.param.startswith("undo"):
            place.land()
        place.keep()
        yield place


def run_of(place: Place, kind: str) -> Callable[[], None]:
    return place.undo if kind.startswith("undo") else place.land


def moments(place: Place, run: Callable[[], None], at_once: bool) -> list[str]:
    with at_work(Intruder(place.project), at_once=at_once) as nobody:
        run()
    place.again()
    return nobody.moments


def attempted(place: Place, run: Callable[[], None], intruder: Intruder, at_once: bool) -> SimpleDeployError | None:
    """What the run ended with."""
    with at_work(intruder, at_once=at_once):
        try:
            run()
        except SimpleDeployError as error:
            return error
    return None


def after_undo(place: Place, kind: str) -> list[str]:
    """What is told by undoing a run that came to its end."""
    if not kind.startswith("undo"):
        try:
            place.undo("later")
        except SimpleDeployError as error:
            place.told.append(error.message)
    return place.told


@proves(
    "A file is written to, saved, made a link, removed or made executable at any moment of a landing or an undo, "
    "even where two files cannot be exchanged in one step",
    "That change is there at the end; the run completes around it, or names the file and leaves all others as "
    "they were",
    closes=(3, 11),
)
@pytest.mark.slow
@pytest.mark.slice(3)
@pytest.mark.parametrize("at_once", [True, False], ids=["in one step", "by renames"])
@pytest.mark.parametrize("path", ["settings.py", "fly/fly.toml"])
@pytest.mark.parametrize("deed", FILE_DEEDS)
@pytest.mark.parametrize(("place", "kind"), [(kind, kind) for kind in RUNS], indirect=["place"])
def test_a_file_is_edited_at_every_moment(place: Place, kind: str, deed: str, path: str, at_once: bool) -> None:
    do, is_there = FILE_DEEDS[deed]
    run, target = run_of(place, kind), place.project / path
    before = fingerprint(place.project)
    names = moments(place, run, at_once)
    settled = names.index("mkdir undo") + 1 if "mkdir undo" in names else 0
    for number in range(1, len(names) + 1):
        where = f"{deed} at moment {number}: {names[number - 1]}"
        met = []

        def come() -> None:
            met.append(target.exists())  # noqa: B023
            do(target)

        error = attempted(place, run, Intruder(place.project, number, come), at_once)
        # Permissions that somebody gives to a file go with it where an undo removes it and has not settled that yet.
        goes = do is make_executable and path not in FILES and number <= settled
        assert is_there(target) or goes or (met == [False] and do in NEEDING_A_FILE), f"{where}: {error}"
        if error is not None:
            assert isinstance(error, (FilesChanged, StalePlan)) and path in error.message, f"{where}: {error}"
            passed = {path, f"{path}.moved"}
            others = {name: state for name, state in fingerprint(place.project).items() if name not in passed}
            assert others == {name: state for name, state in before.items() if name not in passed}, where
        place.again()


@proves(
    "A program has a file open from any moment of a landing on, and writes to it after the run",
    "What it wrote is in the file, or next to the backup, and undo says where",
)
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open there is not renamed at all")
@pytest.mark.parametrize("at_once", [True, False], ids=["in one step", "by renames"])
@pytest.mark.parametrize(("place", "kind"), [(kind, kind) for kind in RUNS[:2]], indirect=["place"])
def test_a_file_is_open_at_every_moment(place: Place, kind: str, at_once: bool) -> None:
    target = place.project / "settings.py"
    names = moments(place, place.land, at_once)
    found = set()
    for number in range(1, len(names) + 1):
        opened: list[BinaryIO] = []

        def open_it(opened: list[BinaryIO] = opened) -> None:
            if target.exists():
                opened.append(target.open("ab"))

        intruder = Intruder(place.project, number, open_it)
        error = attempted(place, place.land, intruder, at_once)
        assert error is None
        for file in opened:
            file.write(MARK)
            file.close()
            told = " ".join(after_undo(place, kind))
            kept = [each for each in (place.project / ".simple_deploy").rglob("*") if has_mark(each)]
            found.add(has_mark(target))
            assert has_mark(target) or any(str(each) in told for each in kept), names[number - 1]
            if not has_mark(target):
                assert target.read_bytes() == FILES["settings.py"]
        place.again()
    assert found == {True, False}


@proves(
    "Something is staged or committed, or a rebase begins and stops, at any moment of a landing with a commit, "
    "or of undoing one",
    "It is staged or committed at the end, and the rebase completes; the run completes around it, or changes nothing",
)
@pytest.mark.slow
@pytest.mark.parametrize("deed", GIT_DEEDS)
@pytest.mark.parametrize(("place", "kind"), [("deploy", "deploy"), ("undo deploy", "undo deploy")], indirect=["place"])
def test_git_is_used_at_every_moment(place: Place, kind: str, deed: str) -> None:
    do, is_there = GIT_DEEDS[deed]
    run = run_of(place, kind)
    before = fingerprint(place.project)
    names = moments(place, run, True)
    for number in range(1, len(names) + 1):
        where = f"{deed} at moment {number}: {names[number - 1]}"
        done: list[bool] = []

        def deed(done: list[bool] = done) -> None:
            if not (place.project / ".git" / "index.lock").exists():  # else git would refuse
                do(place.project)
                done.append(True)

        error = attempted(place, run, Intruder(place.project, number, deed), True)
        assert is_there(place.project) or not done, f"{where}: {error}"
        if error is not None:
            assert isinstance(error, StepError), where
            found = fingerprint(place.project)
            found.pop("mine.py", None)
            assert found == before, f"{where}: {error}"
        place.again()


@proves(
    "The owner saves settings.py in the moment before it is replaced",
    "The run names the file and changes nothing; the edit is in it",
    closes=(3,),
)
@pytest.mark.parametrize("place", ["configure"], indirect=True)
def test_a_file_is_saved_in_the_last_moment(place: Place) -> None:
    target, before = place.project / "settings.py", fingerprint(place.project)
    number = moments(place, place.land, True).index("exchange settings.py") + 1
    error = attempted(place, place.land, Intruder(place.project, number, lambda: save(target)), True)
    assert isinstance(error, FilesChanged) and error.paths == ("settings.py",)
    assert has_mark(target)
    save_removed = {**fingerprint(place.project), "settings.py": before["settings.py"]}
    assert save_removed == before


@proves(
    "The project's folder is renamed at any moment of a landing or an undo",
    "None of it is made again in the old location; once the tool looks at it again it is either exactly as "
    "before or entirely changed",
)
@pytest.mark.slow
@pytest.mark.parametrize(("place", "kind"), [(kind, kind) for kind in RUNS], indirect=["place"])
def test_the_project_is_moved_at_every_moment(place: Place, kind: str) -> None:
    run, project = run_of(place, kind), place.project
    moved = project.with_name("moved")
    before = fingerprint(project)
    with at_work(Intruder(project)) as nobody:
        run()
    after = fingerprint(project)
    place.again()
    for number in range(1, len(nobody.moments) + 1):
        where = f"moment {number}: {nobody.moments[number - 1]}"
        somebody = Intruder(project, number, lambda: project.rename(moved))
        with at_work(somebody), suppress(SimpleDeployError, OSError):
            run()
        assert not project.exists() or not fingerprint(project), f"{where}: {fingerprint(project)}"
        for folder in (moved / ".simple_deploy" / "runs").glob("*"):
            Lander(project=moved, folder=folder, run=process.run).recover()
        assert fingerprint(moved) in (before, after), where
        place.again()
