"""Commits between two releases, and since the last: a real repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.runs import commits
from simple_deploy.system import process
from simple_deploy.system.git import Git
from tests.support.repository import git, repository, write
from tests.unit.inspection.test_rules import FACTS, SETTINGS


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return repository(tmp_path / "project", {"manage.py": "", "requirements.txt": "django\n", "site/settings.py": ""})


def commit(project: Path, subject: str, files: Mapping[str, str]) -> None:
    write(project, files)
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", subject)


def test_commits_since_a_deployment_are_told_the_newest_first(project: Path) -> None:
    asked = Git(project, process.run)
    before = asked.head() or ""
    assert commits.news(asked, before) == commits.News()
    commit(project, "Add a page: “Über uns” & more", {"site/views.py": "1\n"})
    commit(project, "Say it better", {"site/views.py": "2\n", "ä b.txt": "x"})
    found = commits.news(asked, before)
    assert found is not None
    assert [each.subject for each in found.commits] == ["Say it better", "Add a page: “Über uns” & more"]
    assert found.count == 2
    assert set(found.paths) == {"site/views.py", "ä b.txt"}
    newest = commits.commit_of(asked, "HEAD")
    assert newest == found.commits[0]


def test_migrations_that_came_since_are_read_and_older_ones_are_not(project: Path) -> None:
    asked = Git(project, process.run)
    commit(project, "First", {"blog/migrations/0001_initial.py": "", "blog/migrations/__init__.py": ""})
    before = asked.head() or ""
    removes = 'operations = [migrations.RemoveField(model_name="post", name="body")]\n'
    commit(project, "Later", {"blog/migrations/0002_less.py": removes, "blog/migrations/0001_initial.py": "# x\n"})
    found = commits.news(asked, before)
    assert found is not None
    (less,) = found.migrations
    assert (less.app, less.name, less.loses) == ("blog", "0002_less", True)


def test_of_many_commits_some_are_listed_and_all_are_counted(project: Path) -> None:
    asked = Git(project, process.run)
    before = asked.head() or ""
    for number in range(commits.LISTED + 2):
        git(project, "commit", "--quiet", "--allow-empty", "-m", f"Number {number}")
    found = commits.news(asked, before)
    assert found is not None
    assert (len(found.commits), found.count) == (commits.LISTED, commits.LISTED + 2)


def test_a_commit_that_history_lost_tells_nothing(project: Path) -> None:
    asked = Git(project, process.run)
    commit(project, "Deployed", {"a.txt": "1"})
    lost = asked.head() or ""
    git(project, "reset", "--quiet", "--hard", "HEAD~1")
    assert commits.news(asked, lost) is None
    assert commits.news(asked, "") is None
    assert commits.news(asked, "0" * 40) is None
    assert commits.commit_of(asked, "0" * 40) is None


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("shop/migrations/0002_more.py", "migrations"),
        ("requirements.txt", "packages"),
        ("uv.lock", "packages"),
        ("site/settings.py", "settings"),
        ("site/views.py", None),
        ("docs/migrations.md", None),
    ],
)
def test_what_should_be_looked_at_before_it_is_deployed(facts: ProjectFacts, path: str, kind: str | None) -> None:
    found = commits.News(count=1, paths=(path,)).worth_asking(facts)
    assert found == (((kind, (path,)),) if kind else ())


@pytest.fixture
def facts() -> ProjectFacts:
    return replace(
        FACTS,
        dependencies=replace(FACTS.dependencies, file="requirements.txt", files=("requirements.txt",), lock="uv.lock"),
        settings=replace(SETTINGS, file="site/settings.py"),
    )


def test_settings_that_are_a_package_are_all_of_it(facts: ProjectFacts) -> None:
    assert facts.settings is not None
    split = replace(facts, settings=replace(facts.settings, file="site/settings/production.py"))
    paths = ("site/settings/base.py", "site/settings/README.md", "site/urls.py")
    assert commits.News(paths=paths).worth_asking(split) == (("settings", ("site/settings/base.py",)),)


def test_how_far_a_site_is_behind_is_counted(project: Path) -> None:
    asked = Git(project, process.run)
    before = asked.head() or ""
    assert commits.behind(asked, before) == commits.Behind(commits=0, files=0)
    commit(project, "Add two", {"one.txt": "1\n", "ä b.txt": "2\n"})
    commit(project, "Change one", {"one.txt": "2\n"})
    assert commits.behind(asked, before) == commits.Behind(commits=2, files=2)
    git(project, "reset", "--quiet", "--hard", "HEAD~1")
    commit(project, "Another way", {"three.txt": "3\n"})
    assert commits.behind(asked, "") is None
    assert commits.behind(asked, "0" * 40) is None


def test_two_releases_are_compared_whichever_is_named_first(project: Path) -> None:
    asked = Git(project, process.run)
    commit(project, "First", {"one.txt": "1\n", "logo.png": "\0"})
    old = asked.head() or ""
    git(project, "commit", "--quiet", "--allow-empty", "-m", "Nothing", "--date", "2031-01-01T00:00:00")
    (project / "one.txt").unlink()
    (project / "logo.png").write_bytes(b"\0\1")
    commit(project, "Second", {"ä b.txt": "a\nb\n"})
    new = asked.head() or ""

    found = commits.compare(asked, old, new)

    assert found is not None
    assert [each.subject for each in found.commits] == ["Second", "Nothing"]
    assert found.count == 2
    assert {each.path: (each.added, each.removed) for each in found.files} == {
        "ä b.txt": (2, 0),
        "logo.png": (None, None),
        "one.txt": (0, 1),
    }
    assert commits.compare(asked, new, old) == found
    assert commits.compare(asked, old, "0" * 40) is None
