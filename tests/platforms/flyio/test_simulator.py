"""Fly.io as it is played on this computer keeps to its rules and speaks its program's language."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_deploy_flyio import commands
from simple_deploy_flyio.plugin import FlyPlatform
from simple_deploy_flyio.simulator import state
from simple_deploy_flyio.simulator.dockerfile_lines import DOCKERFILE
from simple_deploy_flyio.simulator.program import FLY as PROGRAM
from simple_deploy_flyio.simulator.replies import REPLIES

from simple_deploy.api import ProjectFacts, WriteFile
from simple_deploy.rehearsal import World, approximation, dockerfile, images
from simple_deploy.rehearsal.dockerignore import matcher
from simple_deploy.rehearsal.program import Call, Refused
from simple_deploy.rehearsal.site import BuildFailed
from simple_deploy.rehearsal.world import SCENARIO, VARIABLE
from simple_deploy.testing import make_facts, make_plan
from tests import golden

FLY = FlyPlatform()


def written(facts: ProjectFacts, database: str) -> str:
    """What the plugin writes."""
    steps = make_plan(FLY, facts, database=database).file_steps
    return next(step.text for step in steps if isinstance(step, WriteFile) and step.path == "Dockerfile")


def test_every_line_that_the_plugin_writes_is_known(samples: golden.Samples) -> None:
    for shape in golden.SHAPES:
        for database in ("sqlite", "unmanaged-postgres"):
            text = written(samples.facts(shape), database)
            assert DOCKERFILE.unknown(list(dockerfile.instructions(text))) == [], shape


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("USER app", "RUN apt-get install -y cowsay\nUSER app"),
        ("FROM python:3.12-slim-trixie\n", "FROM alpine:3\n"),
        ("collectstatic --noinput", "collectstatic --noinput && rm -rf /"),
        ('CMD ["gunicorn"', 'CMD ["uvicorn"'),
    ],
)
def test_a_line_that_somebody_changed_is_noticed(old: str, new: str) -> None:
    text = written(make_facts(), "unmanaged-postgres")
    assert old in text

    assert DOCKERFILE.unknown(list(dockerfile.instructions(text.replace(old, new))))


def test_a_dockerfile_that_was_edited_needs_an_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(images.VARIABLE, images.NONE)
    context = tmp_path / "project"
    context.mkdir()
    text = written(make_facts(), "unmanaged-postgres").replace("USER app", "RUN apt-get install -y cowsay\nUSER app")
    (context / "Dockerfile").write_text(text, encoding="utf-8")

    with pytest.raises(BuildFailed) as caught:
        approximation.make(World(tmp_path / "world"), context, "notes", "1", DOCKERFILE, file="Dockerfile", args={})

    assert "“RUN apt-get install -y cowsay”" in str(caught.value)
    assert f"since {images.VARIABLE} says so" in str(caught.value)
    assert "Install Podman (https://podman.io/docs/installation)" in str(caught.value)


def test_what_is_ignored_stays_out() -> None:
    is_out = matcher("# secrets\n**/.env\n**/.env.*\n!**/.env.example\n.git\nblog/media\n*.md\n!README.md\n")

    out = {".env", "blog/.env", "blog/.env.local", ".git/config", "blog/media/a/b.png", "NEWS.md"}
    kept = {"blog/.env.example", ".gitignore", "media/a.png", "README.md", "docs/NEWS.md", "blog/env"}
    assert {path for path in out | kept if is_out(path)} == out


@given(st.text(max_size=60), st.text("ab/.*", min_size=1, max_size=12))
def test_any_list_of_what_is_ignored_is_read(text: str, path: str) -> None:
    matcher(text)(path)


# -- the program --


@pytest.fixture
def fly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Calls the program; returns its exit code and what it printed."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "world"))

    def call(*arguments: str, stdin: str = "") -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = PROGRAM(arguments)
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return call


def test_what_it_says_is_what_the_plugin_reads(fly: Any) -> None:
    assert commands.is_flyctl(fly(*commands.VERSION[1:])[1])
    assert commands.email(fly(*commands.WHOAMI[1:])[1]) == state.ACCOUNT
    assert fly(*commands.create_app("notes", "personal")[1:])[0] == 0
    assert fly(*commands.import_secrets("notes")[1:], stdin="SECRET_KEY=a=b\n")[0] == 0
    assert fly(*commands.create_volume("notes", "data", "fra")[1:])[0] == 0

    (app,) = commands.apps(fly(*commands.APPS[1:])[1]) or ()
    assert (app.name, app.organization, app.deployed) == ("notes", "personal", False)
    assert commands.names_in(fly(*commands.list_secrets("notes")[1:])[1]) == ("SECRET_KEY",)
    assert commands.names_in(fly(*commands.list_volumes("notes")[1:])[1]) == ("data",)
    assert commands.clusters(fly(*commands.list_clusters("personal")[1:])[1]) == ()
    code, said = fly(*commands.create_app("notes", "personal")[1:])
    assert (code, commands.is_name_taken(said)) == (1, True)
    assert fly(*commands.destroy_app("notes")[1:])[0] == 0
    assert commands.apps(fly(*commands.APPS[1:])[1]) == ()


def test_what_needs_yes_or_an_answer_ends_in_an_error(fly: Any) -> None:
    fly(*commands.create_app("notes", "personal")[1:])

    assert fly("apps", "destroy", "notes")[0] == 1
    assert fly("apps", "create", "other")[0] == 1
    assert fly("volumes", "create", "data", "-a", "notes", "-r", "fra")[0] == 1
    assert fly("frobnicate") == (1, 'Error: unknown command "frobnicate" for "flyctl"\n')


def test_who_is_logged_out_gets_nothing(fly: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SCENARIO, "logged-out")
    code, said = fly(*commands.APPS[1:])

    assert (code, commands.is_logged_out(said), commands.apps(said)) == (1, True, None)


@pytest.mark.parametrize("variant", [0, 1])
def test_a_name_that_is_taken_is_understood_in_all_words(variant: int, tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    with world.change() as whole:
        whole["variant"] = variant
        state.create_app(whole, "notes", state.SOMEBODY)
    with pytest.raises(Refused) as caught, world.change() as whole:
        state.create_app(whole, "notes", "personal")

    assert commands.is_name_taken(f"Error: {caught.value.message}\n")


@pytest.mark.parametrize(
    "value", ["", "x#y$z%25", 'a"b#c', 'a#b"c', '"quoted"', "'quoted'", " with spaces ", "two\nlines #1"]
)
def test_a_secret_arrives_as_it_was_sent(fly: Any, tmp_path: Path, value: str) -> None:
    fly(*commands.create_app("notes", "personal")[1:])

    fly(*commands.import_secrets("notes")[1:], stdin=commands.secret_line("KEY", value))

    assert World(tmp_path / "world").read()["apps"]["notes"]["secrets"]["KEY"] == value


def test_a_comment_behind_a_secret_is_no_part_of_it(fly: Any, tmp_path: Path) -> None:
    fly(*commands.create_app("notes", "personal")[1:])

    fly(*commands.import_secrets("notes")[1:], stdin="KEY=x#y\n")

    assert World(tmp_path / "world").read()["apps"]["notes"]["secrets"]["KEY"] == "x"


@pytest.mark.parametrize("variant", [0, 1])
def test_secrets_are_found_under_both_names_of_their_key(variant: int) -> None:
    shown = state.shown_secrets({"secrets": {"SECRET_KEY": "x"}, "deployed": False}, variant)

    assert commands.names_in(json.dumps(shown)) == ("SECRET_KEY",)


def test_every_reply_has_its_source() -> None:
    assert all(reply.source and reply.said for row in REPLIES.rows.values() for reply in row)
    unseen = [name for name, row in REPLIES.rows.items() if not all(reply.verified for reply in row)]
    assert unseen == ["asleep", "name-taken", "no-organization", "needs-volume"]


def parse(arguments: list[str]) -> Call:
    return PROGRAM.grammar.parse(arguments, PROGRAM.commands)


def test_flags_are_read_as_the_program_reads_them() -> None:
    call = parse(["deploy", "--yes", "--remote-only", "--ha=false", "--image", "registry.fly.io/a:1"])
    assert call.flags == {"yes": "true", "remote-only": "true", "ha": "false", "image": "registry.fly.io/a:1"}
    assert parse(["releases", "-a", "notes", "--image", "--json"]).flags["json"] == "true"
    assert parse(["mpg", "attach", "abc", "-a", "notes"]).words == ("abc",)


def test_secrets_in_what_is_printed_are_found() -> None:
    said = "  Password:    hunter2\n  Connection string: postgres://app:pa55@notes-db.flycast:5432/x?sslmode=disable\n"

    assert {"hunter2", "pa55"} <= {*commands.secrets_in(said)}


@pytest.mark.parametrize(
    ("reply", "end"),
    [
        ("no-network", commands.UNREACHABLE),
        ("build-failed", commands.NOT_BUILT),
        ("release-failed", commands.NOT_RELEASED),
        ("unhealthy", commands.UNHEALTHY),
        ("no-app", ""),
    ],
)
def test_where_a_deployment_ended_is_told_from_its_error(reply: str, end: str) -> None:
    why = {"why": "exit code: 1", "machine": "6e82", "code": 1, "app": "notes"}
    said = f"#3 connecting to an index\nError: {REPLIES.refuse(reply, **why).message}\n"

    assert commands.ended_at(said) == end
