"""Tests of the Pond plugin. They import simple_deploy.testing, and nothing else of the tool but its API."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from simple_deploy_pond import Pond

from simple_deploy.api import CommandFailed
from simple_deploy.testing import (
    MakeProgram,
    MakeProject,
    RecordingContext,
    Reply,
    make_answers,
    make_facts,
    make_plan,
    platform_contract,
)

LOGGED_IN = {"whoami": "ada\n"}


@pytest.mark.parametrize("layout", ["flat", "nested"])
def test_it_keeps_to_the_contract(layout: str, django_project: MakeProject) -> None:
    platform_contract(Pond(), django_project(layout).facts())


def test_the_start_command_names_the_projects_package() -> None:
    plan = make_plan(Pond(), make_facts(settings={"module": "blog.settings"}), app_name="notes")

    assert plan.file_steps[0].text == 'app = "notes"\nstart = "gunicorn blog.wsgi"\n'


def test_who_is_not_logged_in_is_told_how(fake_program: MakeProgram, tmp_path) -> None:
    fake_program("pond", {"whoami": Reply(output="Who are you?\n", exit_code=1)})
    ctx = RecordingContext(make_facts(), home=tmp_path)

    findings = list(Pond().check(ctx))

    assert [finding.id for finding in findings] == ["pond.logged-out"]
    assert "pond login" in findings[0].fix


def test_only_this_projects_app_is_found(fake_program: MakeProgram, tmp_path) -> None:
    fake_program("pond", {"apps list": "notes\nmysite\n"})
    facts = make_facts()
    ctx = RecordingContext(facts, home=tmp_path, answers=make_answers(Pond(), facts))

    assert [resource.name for resource in Pond().probe(ctx).resources] == ["mysite"]


def test_a_push_that_fails_raises(fake_program: MakeProgram, tmp_path) -> None:
    fake_program("pond", {"push": Reply(output="too many ducks\n", exit_code=3)})
    ctx = RecordingContext(make_facts(), home=tmp_path)

    with pytest.raises(CommandFailed) as caught:
        Pond().perform("push", {"name": "mysite"}, ctx)

    assert caught.value.tail == ("too many ducks",)
    assert ctx.log == ("pond push --app mysite", "too many ducks")


def test_a_whole_deployment(fake_program: MakeProgram, django_project: MakeProject, site: str) -> None:
    pond = fake_program(
        "pond",
        {
            **LOGGED_IN,
            "apps list": ["", "", "mysite\n"],
            "apps create": "created\n",
            "secrets set": "",
            "push": f"building\n{site}\n",
        },
    )
    project = django_project()

    outcome = project.deploy("--platform", "pond", "--automate-all", "--no-input", "--json").expect(0)

    assert outcome.result["url"] == site
    assert pond.calls[-3:] == (
        "apps create mysite --size small",
        "secrets set SECRET_KEY --app mysite",
        "push --app mysite",
    )
    key = next(call.stdin for call in pond.invocations if call.argv[0] == "secrets")
    assert len(key) > 50 and key not in outcome.output
    assert "pond.toml" in project.git("show", "--stat", "HEAD")

    project.deploy("--undo").expect(0)

    assert not (project.root / "pond.toml").exists()
    assert project.git("status", "--porcelain") == ""


@pytest.fixture
def site() -> Iterator[str]:
    """The address of a site that answers everything with a page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"quack")

        def log_message(self, *words: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()
