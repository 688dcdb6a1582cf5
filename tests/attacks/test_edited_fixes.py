"""No edit is lost by a fix: somebody edits files, the index or the branch at every moment of a fix, and of its undo."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from simple_deploy.core.errors import FilesChanged, SimpleDeployError
from simple_deploy.core.facts import Dependencies, Gap, GitFacts, Host, Location, ProjectFacts
from simple_deploy.engine import fixing
from simple_deploy.engine.landing import Lander
from simple_deploy.inspection.rules import commit
from simple_deploy.system import process
from tests.attacks.claims import proves
from tests.attacks.intruder import Intruder, at_work
from tests.attacks.test_edits import FILE_DEEDS, GIT_DEEDS, NEEDING_A_FILE, make_executable, remove
from tests.support.memory import folder_in_memory, light
from tests.support.repository import git, write

FILES = {"settings.py": "DEBUG = True\n", ".gitignore": "*.pyc\nmigrations/\n"}
IGNORED = {"goods/migrations/0001_initial.py": "# made by makemigrations\n"}
GAP = Gap(
    path="goods/migrations/0001_initial.py",
    role="migration",
    cause="ignored",
    by=".gitignore:2",
    detail="migrations/",
    alone=True,
)
ME = {"name": "Ada", "email": "ada@example.com"}

LIST, ADD = "write-requirements", commit.fix_name(GAP)
WITH_COMMITS = (LIST, ADD)
#: Each with a file that it writes, or that git reads for it.
FIXES = (
    (LIST, "requirements.txt"),
    (ADD, ".gitignore"),
    (ADD, GAP.path),
    ("first-commit", ".gitignore"),
    ("create-repository", "settings.py"),
)
KINDS = ("fix", "undo")


@dataclass
class Place:
    """A project, a fix for it, and its undo."""

    folder: Path
    fix: str
    known: ProjectFacts | None = None
    results: dict[str, str] = field(default_factory=dict)

    @property
    def project(self) -> Path:
        return self.folder / "work" / "project"

    @property
    def state(self) -> Path:
        return self.project / ".simple_deploy"

    def prepare(self) -> None:
        root = write(self.project, {**FILES, **IGNORED})
        if self.fix != "create-repository":
            git(root, "init", "--quiet", "--initial-branch=main")
            git(root, "config", "user.name", ME["name"])
            git(root, "config", "user.email", ME["email"])
        light(root)
        if self.fix in WITH_COMMITS:
            git(root, "add", "--all")
            git(root, "commit", "--quiet", "-m", "First")
        write(self.state, {".gitignore": "*\n"})
        self.known = self.facts()

    def keep(self) -> None:
        shutil.copytree(self.folder / "work", self.folder / "kept", symlinks=True)

    def again(self) -> None:
        shutil.rmtree(self.folder / "work")
        shutil.copytree(self.folder / "kept", self.folder / "work", symlinks=True)

    def lander(self, name: str) -> Lander:
        folder = self.state / "runs" / name
        folder.mkdir(parents=True, exist_ok=True)
        return Lander(project=self.project, folder=folder, run=process.run)

    def facts(self) -> ProjectFacts:
        exists = self.fix != "create-repository"
        head = git(self.project, "rev-parse", "HEAD") if self.fix in WITH_COMMITS else None
        host = Host(
            system="linux", python="3.12", python_executable="", base_python="", git="2.40", git_identity=exists
        )
        return ProjectFacts(
            location=Location(root=self.project),
            name="site",
            host=host,
            django=None,
            dependencies=Dependencies(manager="none", suggested=("Django==5.2",)),
            git=GitFacts(head=head, branch="main", identity=exists) if exists else None,
            settings=None,
            gaps=(GAP,),
        )

    def do(self) -> None:
        assert self.known is not None
        self.results = fixing.apply_fix(
            self.fix, self.known, ME, run=process.run, lander=self.lander("fix"), on_file=lambda path, change: None
        )

    def undo(self) -> None:
        fixing.undo(
            self.results, self.lander("fix"), self.lander("undo"), title="fix", on_file=lambda path, change: None
        )

    def attempted(self, kind: str, intruder: Intruder) -> SimpleDeployError | OSError | None:
        """What the fix, or its undo, ended with."""
        with at_work(intruder):
            try:
                (self.undo if kind == "undo" else self.do)()
            except (SimpleDeployError, OSError) as error:
                return error
        return None

    def moments(self, kind: str) -> list[str]:
        nobody = Intruder(self.project)
        error = self.attempted(kind, nobody)
        assert error is None, error
        self.again()
        return nobody.moments


@pytest.fixture
def place(tmp_path: Path, fix: str, kind: str) -> Iterator[Place]:
    with folder_in_memory(tmp_path) as folder:
        place = Place(folder, fix)
        place.prepare()
        if kind == "undo":
            place.do()
        place.keep()
        yield place


@proves(
    "A file that a fix writes, or that git reads for it, is written to, saved, made a link, removed or made executable at any "
    "moment of the fix or of its undo",
    "That change is there at the end, whether or not the fix completes",
    closes=(3,),
)
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("fix", "path"), FIXES)
def test_a_file_is_edited_at_every_moment_of_a_fix(place: Place, fix: str, kind: str, path: str) -> None:
    target = place.project / path
    names = place.moments(kind)
    before = target.read_bytes() if target.exists() else None
    steps = [(deed, number) for deed in FILE_DEEDS for number in range(1, len(names) + 1)]
    for deed, number in steps:
        do, is_there = FILE_DEEDS[deed]
        met: list[bool] = []

        def come(do: Callable[[Path], None] = do, met: list[bool] = met) -> None:
            met.append(target.exists())
            do(target)

        error = place.attempted(kind, Intruder(place.project, number, come))
        where = f"{deed} at moment {number}: {names[number - 1]}: {error}"
        # Permissions that somebody gives to a file go with it where an undo removes it.
        goes = do is make_executable and kind == "undo" and not target.exists()
        # What was removed before the fix looked is made anew, with nothing of the old one in it.
        anew = do is remove and target.is_file() and target.read_bytes() != before
        assert is_there(target) or goes or anew or (met == [False] and do in NEEDING_A_FILE), where
        assert not isinstance(error, FilesChanged) or path in error.message, where
        place.again()


@proves(
    "Something is staged or committed at any moment of a fix that commits, or of its undo",
    "It is staged or committed at the end, whether or not the fix completes",
)
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fix", WITH_COMMITS)
def test_git_is_used_at_every_moment_of_a_fix(place: Place, fix: str, kind: str) -> None:
    names = place.moments(kind)
    deeds = [name for name in GIT_DEEDS if name != "a rebase begun"]
    steps = [(deed, number) for deed in deeds for number in range(1, len(names) + 1)]
    bad = []
    for deed, number in steps:
        do, is_there = GIT_DEEDS[deed]
        done: list[bool] = []

        def come(do: Callable[[Path], None] = do, done: list[bool] = done) -> None:
            if not (place.project / ".git" / "index.lock").exists():  # else git would refuse
                do(place.project)
                done.append(True)

        error = place.attempted(kind, Intruder(place.project, number, come))
        if done and not is_there(place.project):
            bad.append(f"{deed} at moment {number}: {names[number - 1]}: {error}")
        place.again()
    assert not bad, "\n".join(bad)
