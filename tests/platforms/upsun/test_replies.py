"""Whatever the program says, in each of its variants, the plugin understands it."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from simple_deploy_upsun import account, commands
from simple_deploy_upsun.commands import Project, problem
from simple_deploy_upsun.simulator.program import UPSUN
from simple_deploy_upsun.simulator.replies import REPLIES

from simple_deploy.api import Completed
from simple_deploy.rehearsal import World
from simple_deploy.rehearsal.program import Reply
from simple_deploy.rehearsal.world import VARIABLE

ID = "abcdefghij123"
ROWS = [(situation, variant) for situation, row in REPLIES.rows.items() for variant in range(len(row))]


def said(reply: Reply, **values: str) -> Completed:
    """What the plugin sees of *reply*: both streams as one."""
    filled = [
        text.format(**{"project": ID, "name": "env:KEY", "branch": "main", "size": "8", **values})
        for text in (reply.said, reply.answer)
        if text
    ]
    return Completed(argv=("upsun",), returncode=reply.code, output="\n".join(filled) + "\n")


def each(situation: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("reply", REPLIES.rows[situation], ids=lambda reply: reply.said or reply.answer)


@each("create")
def test_the_id_of_a_new_project_is_read(reply: Reply) -> None:
    assert commands.read_id(said(reply).output) == ID


@each("url")
def test_the_address_is_read(reply: Reply) -> None:
    address = commands.read_url(said(reply, host="main-abc.eu-5.platformsh.site").output)

    assert address is not None and address.rstrip("/").endswith("://main-abc.eu-5.platformsh.site")


@each("logged-out")
def test_nobody_being_logged_in_is_understood(reply: Reply) -> None:
    failed = problem(commands.projects(), said(reply))

    assert "not logged in" in failed.message and "`upsun login`" in (failed.hint or "")


@each("create-refused")
def test_an_account_that_is_not_complete_is_told_from_a_failure(reply: Reply) -> None:
    argv = commands.create(title="site", region="eu-5.platform.sh", organization="", branch="main")

    assert "complete your account first" in problem(argv, said(reply)).message


@pytest.mark.parametrize(
    ("situation", "words"),
    [("no-permission", "may not do this"), ("no-project", "does not exist"), ("offline", "cannot be reached")],
)
def test_what_stands_in_the_way_is_named(situation: str, words: str) -> None:
    first = REPLIES.rows[situation][0]

    assert words in problem(commands.url(ID, "main"), said(first)).message


@pytest.mark.parametrize(("situation", "variant"), ROWS)
def test_every_failure_has_a_message_and_a_way_out(situation: str, variant: int) -> None:
    reply = REPLIES.rows[situation][variant]
    if reply.code:
        failed = problem(commands.url(ID, "main"), said(reply))
        assert failed.message and failed.hint


def test_each_reply_has_a_source_or_a_second_variant() -> None:
    alone = [
        situation for situation, row in REPLIES.rows.items() if len(row) == 1 and not all(reply.source for reply in row)
    ]

    assert alone == ["no-ssh"]  # tried beside a site that can be asked


# -- the program itself --


def call(world: World, argv: tuple[str, ...], *, answer: str = "") -> tuple[int, str]:
    out = io.StringIO()
    env = {**commands.ANSWERING, VARIABLE: str(world.folder)}
    asked = (patch("sys.stdin", io.StringIO(answer)), patch.dict(os.environ, env))
    with redirect_stdout(out), redirect_stderr(out), asked[0], asked[1]:
        code = UPSUN(argv[1:])
    return code, out.getvalue()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def change(world: World, **values: Any) -> None:
    with world.change() as state:
        state.update(values)


def create(world: World, title: str = "site", organization: str = "") -> tuple[int, str]:
    argv = commands.create(title=title, region="eu-5.platform.sh", organization=organization, branch="main")
    return call(world, argv)


def test_a_project_is_made_listed_and_deleted(world: World) -> None:
    id_ = commands.read_id(create(world, "My, site")[1])
    assert id_ is not None

    listed = commands.read_projects(call(world, commands.projects())[1])
    assert listed == (Project(id=id_, title="My, site", region="eu-5.platform.sh"),)
    assert call(world, commands.default_branch(id_)) == (0, "main\n")
    assert call(world, commands.url(id_, "main"))[1] == f"https://main-bvxea6i-{id_}.eu-5.platformsh.site/\n"
    assert call(world, commands.delete(id_))[0] == 0
    assert commands.read_projects(call(world, commands.projects())[1]) == ()
    assert call(world, commands.delete(id_))[0] == commands.NO_PROJECT


def test_a_variable_is_set_once(world: World) -> None:
    id_ = commands.read_id(create(world)[1]) or ""
    assert commands.read_variables(call(world, commands.variables(id_))[1]) == frozenset()

    assert call(world, commands.set_variable(id_, "STRIPE_KEY"), answer="sk_live\n")[0] == 0

    assert commands.read_variables(call(world, commands.variables(id_))[1]) == {"STRIPE_KEY"}
    assert call(world, commands.set_variable(id_, "STRIPE_KEY"), answer="other\n")[0] == 1
    assert call(world, (*commands.set_variable(id_, "MAPS_KEY"), "--no-interaction"), answer="x\n")[0] == 1
    assert world.read()["projects"][id_]["variables"] == {"STRIPE_KEY": {"value": "sk_live", "build": True}}


def test_the_account_is_the_one_that_was_set(world: World) -> None:
    change(world, account={"organizations": [{"name": "a", "label": "A", "type": "fixed"}, {"name": "b"}]})

    assert [each.name for each in commands.read_organizations(call(world, commands.organizations())[1])] == ["a"]
    assert create(world)[0] == commands.NO_PERMISSION  # which of the two?
    assert create(world, organization="b")[0] == 0


@pytest.mark.parametrize(("account_", "code"), [({"email": ""}, 3), ({"gate": True}, 1)])
def test_who_may_not_make_a_project_makes_none(world: World, account_: Mapping[str, Any], code: int) -> None:
    change(world, account=account_)

    assert create(world)[0] == code
    assert not world.read().get("projects")


@pytest.mark.parametrize("argv", [("upsun", "--version"), commands.version()])
def test_its_version_is_one_that_was_tried(world: World, argv: tuple[str, ...]) -> None:
    assert (commands.read_version(call(world, argv)[1]) or ()) >= commands.UPSUN.oldest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("variable:set", "A=1"), 'Command "variable:set" is not defined.'),
        (("project:list", "--format", "json"), "Only --format csv is played here."),
        (("project:list", "--columns"), 'The "--columns" option requires a value.'),
    ],
)
def test_what_the_program_does_not_know_it_refuses(world: World, words: tuple[str, ...], said: str) -> None:
    assert call(world, ("upsun", *words)) == (1, f"{said}\n")


# -- whose a project is --


def test_a_link_counts_more_than_a_title() -> None:
    there = (
        Project(id="aaaaaaaaaa", title="site-0a1b2c", region="eu-5.platform.sh"),
        Project(id="bbbbbbbbbb", title="other", region="eu-5.platform.sh"),
    )

    assert account.choose(there, linked="bbbbbbbbbb", title="site-0a1b2c") == there[1]
    assert account.choose(there, linked="gone999999", title="site-0a1b2c") == there[0]
    assert account.choose(there, linked=None, title="site") is None


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        (f"id: {ID}\nhost: eu-5.platform.sh\n", ID),
        (f"host: eu-5.platform.sh\nid: '{ID}'\n", ID),
        ("", None),
        ("id:\n", None),
    ],
)
def test_the_link_of_the_program_is_read(text: str, id_: str | None) -> None:
    assert commands.linked_by_file(text) == id_


@pytest.mark.parametrize(
    ("listed", "id_"),
    [
        (f"upsun\t{ID}@git.eu-5.platform.sh:{ID}.git (push)\n", ID),
        (f"origin\tgit@example.com:me/site.git (fetch)\nupsun\tssh://{ID}@git.eu-5.platform.sh/{ID}.git (fetch)\n", ID),
        ("origin\tgit@git.example.com:site.git (fetch)\n", None),
        ("", None),
    ],
)
def test_the_link_of_git_is_read(listed: str, id_: str | None) -> None:
    assert commands.linked_by_remote(listed) == id_
