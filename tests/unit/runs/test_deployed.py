"""What is new since a deployment, and whether a site answers: a real repository, and real requests."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.runs import deployed
from simple_deploy.system import http, process
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
    assert deployed.news(asked, before) == deployed.News()
    commit(project, "Add a page: “Über uns” & more", {"site/views.py": "1\n"})
    commit(project, "Say it better", {"site/views.py": "2\n", "ä b.txt": "x"})
    found = deployed.news(asked, before)
    assert found is not None
    assert [each.subject for each in found.commits] == ["Say it better", "Add a page: “Über uns” & more"]
    assert found.count == 2
    assert set(found.paths) == {"site/views.py", "ä b.txt"}
    newest = deployed.commit_of(asked, "HEAD")
    assert newest == found.commits[0]


def test_of_many_commits_some_are_listed_and_all_are_counted(project: Path) -> None:
    asked = Git(project, process.run)
    before = asked.head() or ""
    for number in range(deployed.LISTED + 2):
        git(project, "commit", "--quiet", "--allow-empty", "-m", f"Number {number}")
    found = deployed.news(asked, before)
    assert found is not None
    assert (len(found.commits), found.count) == (deployed.LISTED, deployed.LISTED + 2)


def test_a_commit_that_history_lost_tells_nothing(project: Path) -> None:
    asked = Git(project, process.run)
    commit(project, "Deployed", {"a.txt": "1"})
    lost = asked.head() or ""
    git(project, "reset", "--quiet", "--hard", "HEAD~1")
    assert deployed.news(asked, lost) is None
    assert deployed.news(asked, "") is None
    assert deployed.news(asked, "0" * 40) is None
    assert deployed.commit_of(asked, "0" * 40) is None


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
    found = deployed.News(count=1, paths=(path,)).worth_asking(facts)
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
    assert deployed.News(paths=paths).worth_asking(split) == (("settings", ("site/settings/base.py",)),)


@contextmanager
def site(answers: Mapping[str, tuple[int, str]]) -> Iterator[str]:
    """A site on this computer: by path, the status and where it sends to."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, target = answers.get(self.path, (404, ""))
            self.send_response(status)
            if target:
                self.send_header("Location", target)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize(
    ("answers", "status", "answering", "opens"),
    [
        ({"/": (200, "")}, 200, True, ""),
        ({"/": (302, "/en/"), "/en/": (200, "")}, 200, True, ""),
        ({"/": (302, "https://elsewhere.example/")}, 302, True, ""),
        ({"/": (301, "/")}, 301, True, ""),
        ({"/admin/": (200, "")}, 404, True, "admin/"),
        ({}, 404, True, ""),
        ({"/": (500, "")}, 500, False, ""),
    ],
)
def test_a_site_is_asked_as_a_browser_asks(
    answers: Mapping[str, tuple[int, str]], status: int, answering: bool, opens: str
) -> None:
    with site(answers) as url:
        found = deployed.health(url, "/admin/", http.visit)
        assert (found.status, found.answers, found.opens) == (status, answering, f"{url}{opens}")


def test_a_site_that_nobody_serves_does_not_answer() -> None:
    with site({}) as url:
        pass
    found = deployed.health(url, None, http.visit)
    assert found.status is None
    assert not found.answers
