from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.core.errors import FilesChanged
from simple_deploy.core.facts import Database, Declared, Dependencies, Gap, Misnamed, ProjectFacts
from simple_deploy.edits.errors import EditError
from simple_deploy.inspection import fixes
from simple_deploy.inspection.fixes.repository import patterns
from simple_deploy.inspection.rules import commit
from tests.unit.inspection.test_rules import FACTS, GIT, HOST, SETTINGS, change

WITHOUT_REPOSITORY = replace(FACTS, git=None)
NOBODY = replace(HOST, git_identity=False)


def at(root: Path, facts: ProjectFacts) -> ProjectFacts:
    return replace(facts, location=replace(facts.location, root=root))


def test_a_repository_is_created_with_what_belongs_in_it(tmp_path: Path) -> None:
    fix = fixes.describe("create-repository", at(tmp_path, WITHOUT_REPOSITORY))
    assert [command[:2] for command in fix.commands][-2:] == [("git", "add"), ("git", "commit")]
    assert "init" in fix.commands[0]
    assert [field.name for field in fix.fields] == ["commit_message"]
    ((path, content),) = fix.files
    assert path == ".gitignore"
    assert {b".env", b".simple_deploy/", b"__pycache__/", b"/db.sqlite3"} <= set(content.splitlines())
    assert str(tmp_path) in fix.steps[0]


def test_what_a_gitignore_leaves_out_already_stays_as_it_is(tmp_path: Path) -> None:
    before = b"# mine\r\n.env\r\n*.log\r\n"
    (tmp_path / ".gitignore").write_bytes(before)
    ((_, content),) = fixes.describe("create-repository", at(tmp_path, WITHOUT_REPOSITORY)).files
    assert content.startswith(before)
    assert content.count(b".env\r\n") == 1
    (tmp_path / ".gitignore").write_bytes(content)
    assert fixes.describe("first-commit", at(tmp_path, FACTS)).files == ()


def test_a_gitignore_that_is_no_text_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes(b"\xff\x00\xff")
    with pytest.raises(EditError, match=r"\.gitignore"):
        fixes.describe("create-repository", at(tmp_path, WITHOUT_REPOSITORY))


def test_environments_uploads_and_databases_stay_out() -> None:
    settings = replace(
        SETTINGS,
        media_root="site/media",
        static_root="/srv/static",
        databases=(Database(alias="default", engine="django.db.backends.sqlite3", name="site/data.db"),),
    )
    wanted = patterns(replace(FACTS, settings=settings, environments=("my env",)))
    assert {"/my env/", "/site/media/", "/site/data.db"} <= set(wanted)
    assert not any("/srv" in pattern for pattern in wanted)


def test_a_project_whose_settings_cannot_be_loaded_still_gets_its_repository(tmp_path: Path) -> None:
    facts = at(tmp_path, replace(WITHOUT_REPOSITORY, settings=None))
    assert b"*.sqlite3" in fixes.describe("create-repository", facts).files[0][1]


@pytest.mark.parametrize("name", ["create-repository", "first-commit", "write-requirements"])
def test_whoever_git_does_not_know_is_asked_before_a_commit(tmp_path: Path, name: str) -> None:
    fix = fixes.describe(name, at(tmp_path, replace(FACTS, host=NOBODY)))
    assert [field.name for field in fix.fields][:2] == ["name", "email"]
    assert ("git", "config", "user.name", "<your name>") in fix.commands
    answered = fixes.describe(name, at(tmp_path, replace(FACTS, host=NOBODY)), {"name": "Ada", "email": "a@b.de"})
    assert ("git", "config", "user.name", "Ada") in answered.commands
    assert ("git", "config", "user.email", "a@b.de") in answered.commands


@pytest.mark.parametrize("name", ["create-repository", "first-commit"])
def test_the_first_commit_can_have_a_message_of_ones_own(tmp_path: Path, name: str) -> None:
    facts = at(tmp_path, FACTS)
    assert fixes.describe(name, facts).commands[-1] == ("git", "commit", "-m", "First commit")
    worded = fixes.describe(name, facts, {"commit_message": "chore: begin"})
    assert worded.commands[-1] == ("git", "commit", "-m", "chore: begin")


def test_an_identity_is_set_for_this_repository_only() -> None:
    fix = fixes.describe("git-identity", FACTS, {"name": "Ada", "email": "ada@example.com"})
    assert fix.commands == (
        ("git", "config", "user.name", "Ada"),
        ("git", "config", "user.email", "ada@example.com"),
    )
    assert [field.clean(value) for field, value in zip(fix.fields, ["Ada L.", "a@b"], strict=True)] == [
        "Ada L.",
        "a@b",
    ]


def needing(*lines: str, unknown: tuple[str, ...] = ()) -> ProjectFacts:
    return replace(FACTS, dependencies=Dependencies(manager="none", suggested=lines, unknown_imports=unknown))


def test_the_requirements_are_written_and_nothing_else_is_committed() -> None:
    fix = fixes.describe("write-requirements", needing("Django==5.2.1", "pillow==11.0", unknown=("helpers",)))
    assert fix.files == (("requirements.txt", b"Django==5.2.1\npillow==11.0\n"),)
    assert all(command[-2:] == ("--", "requirements.txt") for command in fix.commands)
    assert any("helpers" in step for step in fix.steps)


@pytest.mark.parametrize("git", [None, replace(GIT, head=None), replace(GIT, in_progress="merge")])
def test_without_a_commit_to_stand_on_the_file_is_only_written(git: None) -> None:
    assert fixes.describe("write-requirements", replace(needing("Django"), git=git)).commands == ()


PINNED = Declared(name="django", text="Django==4.1", file="requirements.txt", line=1)
WINDOWS = Declared(name="pywin32", text="pywin32==306", file="requirements.txt", line=1)
IGNORED = Gap(
    role="migration",
    path="notes/migrations/0001_initial.py",
    cause="ignored",
    by=".gitignore:1",
    detail="migrations/",
    alone=True,
)
MISNAMED = Misnamed(name="blog\\home.html", file="blog/home.html", by="blog/views.py")
#: Each fix that reads files, what the project is like that it is for, and the files.
READING = {
    "portable-requirements": (
        replace(FACTS, dependencies=Dependencies(manager="requirements", declared=(WINDOWS,))),
        "requirements.txt",
    ),
    "upgrade-django": (
        replace(FACTS, dependencies=Dependencies(manager="requirements", declared=(PINNED,))),
        "requirements.txt",
    ),
    "no-package": (
        replace(FACTS, dependencies=Dependencies(manager="uv", file="pyproject.toml", builds_itself=True)),
        "pyproject.toml",
    ),
    "linux-line-ends": (replace(FACTS, git=replace(GIT, windows_scripts=("start.sh",))), "start.sh"),
    "spell-names": (replace(FACTS, settings=replace(SETTINGS, misnamed=(MISNAMED,))), "blog/views.py"),
    commit.fix_name(IGNORED): (replace(FACTS, gaps=(IGNORED,)), IGNORED.path, ".gitignore"),
}


@pytest.mark.parametrize(("fix", "path"), [(fix, path) for fix, (_, *paths) in READING.items() for path in paths])
@pytest.mark.parametrize("what", ["gone", "a folder"])
def test_a_file_that_is_gone_by_now_is_named(tmp_path: Path, fix: str, path: str, what: str) -> None:
    facts, *paths = READING[fix]
    for other in paths:
        (tmp_path / other).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / other).write_text("migrations/\n", encoding="utf-8")
    (tmp_path / path).unlink()
    if what == "a folder":
        (tmp_path / path).mkdir()

    with pytest.raises(FilesChanged) as raised:
        fixes.describe(fix, at(tmp_path, facts))

    assert raised.value.paths == (path,)
    assert ("no longer does" if what == "gone" else "cannot be read") in raised.value.message


@pytest.mark.parametrize(
    "name", ["portable-requirements", "upgrade-django", "no-package", "linux-line-ends", "spell-names"]
)
def test_a_file_with_unfinished_work_in_it_is_changed_and_left_to_be_committed_with_that(
    tmp_path: Path, name: str
) -> None:
    facts, path = READING[name]
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text('[project]\nname = "blog"\n', encoding="utf-8")
    git = facts.git or GIT

    whole = fixes.describe(name, at(tmp_path, facts))
    unfinished = fixes.describe(name, at(tmp_path, replace(facts, git=replace(git, changes=(change(path, ".M"),)))))

    assert "Commit that, and nothing else." in whole.steps and whole.commands
    assert unfinished.files == whole.files
    assert (unfinished.commands, unfinished.fields) == ((), ())
    assert "Commit that, and nothing else." not in unfinished.steps
    assert f"Then commit {path} yourself: other changes there are not committed yet." in unfinished.steps


@pytest.mark.parametrize("written", ['"blog\\\\home.html"', "'blog\\home.html'", 'r"blog\\home.html"'])
def test_a_name_is_written_as_the_file_is_called(tmp_path: Path, written: str) -> None:
    facts, path = READING["spell-names"]
    view = tmp_path / path
    view.parent.mkdir()
    view.write_bytes(f"# blog\\home.html\r\nPAGE = {written}\r\n".encode())

    fix = fixes.describe("spell-names", at(tmp_path, facts))

    wanted = re.sub(r"blog\\+home", "blog/home", written)
    assert fix.files == ((path, f"# blog\\home.html\r\nPAGE = {wanted}\r\n".encode()),)
    assert fix.commands[-1] == ("git", "commit", "-m", "Name files as they are called", "--", path)


def test_an_unknown_fix_is_refused() -> None:
    with pytest.raises(LookupError):
        fixes.describe("make-coffee", FACTS)


@pytest.mark.parametrize("status", ["M.", "A.", "D."])
def test_work_that_is_staged_is_not_committed_with_what_git_forgets(tmp_path: Path, status: str) -> None:
    git = replace(GIT, compiled=("blog/__pycache__",), changes=(change("blog/views.py", status),))
    fix = fixes.describe("untrack", at(tmp_path, replace(FACTS, git=git)))
    assert fix.commands == (("git", "rm", "-r", "--cached", "--quiet", "--", "blog/__pycache__"),)
    assert not any("Commit" in step for step in fix.steps)


def test_what_git_has_forgotten_already_does_not_stand_in_the_way_of_the_commit(tmp_path: Path) -> None:
    git = replace(GIT, compiled=("blog/__pycache__",), changes=(change("blog/__pycache__/urls.pyc", "D."),))
    fix = fixes.describe("untrack", at(tmp_path, replace(FACTS, git=git)))
    assert fix.commands[-1][:2] == ("git", "commit")
