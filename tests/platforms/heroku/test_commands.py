"""What Heroku's program prints, in every shape it is known to come in, and in none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_deploy_heroku import account, commands, names

from simple_deploy.api import json_in, object_in

#: As heroku/cli v11.9 puts errors: a sign and three blanks before each line, on standard error.
NOT_FOUND = " ›   Error: Couldn't find that app.\n ›\n ›   Error ID: not_found\n"
FORBIDDEN = " ›   Error: You do not have access to the app slow-train.\n ›\n ›   Error ID: forbidden\n"
WARNING = " ›   Warning: heroku update available from 11.8.0 to 11.9.0.\n"

json_values = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ("heroku/11.9.0 linux-x64 node-v22.23.2\n", (11, 9, 0)),
        (f"{WARNING}heroku/7.60.1 win32-x64 node-v14.19.0\n", (7, 60, 1)),
        ("heroku-toolbelt/3.43.9999\n", ()),
        ("", ()),
    ],
)
def test_the_version_is_found(output: str, version: tuple[int, ...]) -> None:
    assert commands.parse_version(output) == version


@pytest.mark.parametrize(
    ("output", "who"),
    [
        ("ada@example.com\n", "ada@example.com"),
        (" ›   Warning: HEROKU_API_KEY is set\n\x1b[36mada@example.com\x1b[39m\n", "ada@example.com"),
        ("", ""),
    ],
)
def test_the_account_is_found(output: str, who: str) -> None:
    assert commands.parse_account(output) == who


@pytest.mark.parametrize(
    ("output", "standing"),
    [
        (NOT_FOUND, "free"),
        ("Couldn't find that app.\n", "free"),
        (FORBIDDEN, "taken"),
        (" ›   Error: You don't have access to that app\n", "taken"),
        (" ›   Error: getaddrinfo ENOTFOUND api.heroku.com\n", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_refusal_says_whether_a_name_is_free(output: str, standing: str) -> None:
    assert commands.standing_of(output) == standing


@pytest.mark.parametrize(
    ("returncode", "output", "logged_out"),
    [
        (100, " ›   Error: not logged in\n", True),
        (1, " ›   Error: Invalid credentials provided.\n ›\n ›   Error ID: unauthorized\n", True),
        (1, "heroku: Press any key to open up the browser to login or q to exit\n    TypeError: x\n", True),
        (1, " ›   Error: connect ECONNREFUSED\n", False),
    ],
)
def test_being_logged_out_is_no_trouble_with_the_network(returncode: int, output: str, logged_out: bool) -> None:
    assert commands.is_logged_out(returncode, output) is logged_out


@given(st.dictionaries(st.text(), json_values) | st.lists(json_values), st.booleans())
def test_json_is_found_between_warnings_and_progress(value: object, indented: bool) -> None:
    text = json.dumps(value, indent=2 if indented else None)

    assert json_in(f"Creating slow-train... done\n{WARNING}{text}\n{WARNING}") == value


@given(st.text())
def test_no_output_is_too_strange_to_be_read(output: str) -> None:
    json_in(output)
    object_in(output)
    commands.parse_teams(output)
    commands.parse_version(output)
    commands.parse_account(output)
    names.name_in_manifest(output)
    names.apps_of_remotes(output)


def test_teams_have_names() -> None:
    assert commands.parse_teams('[{"id": "1", "name": "slow-trains", "role": "admin"}]') == ("slow-trains",)
    assert commands.parse_teams("[]") == ()


def test_an_app_is_found_in_the_remotes_of_a_repository() -> None:
    listed = (
        "origin\tgit@github.com:ada/blog.git (fetch)\n"
        "origin\tgit@github.com:ada/blog.git (push)\n"
        "staging\thttps://git.heroku.com/slow-train-staging.git (fetch)\n"
        "staging\thttps://git.heroku.com/slow-train-staging.git (push)\n"
        "heroku\thttps://git.heroku.com/slow-train.git (fetch)\n"
        "heroku\thttps://git.heroku.com/slow-train.git (push)\n"
    )

    assert names.apps_of_remotes(listed) == ("slow-train", "slow-train-staging")
    assert names.apps_of_remotes("origin\thttps://example.com/git.heroku.com.git (fetch)\n") == ()


@pytest.mark.parametrize(
    "output",
    [
        "HRKU-0123456789abcdef_-XYZ\n",
        " \u203a   Warning: token will expire 12/21/2026\n \u203a   To generate a token that expires in one year, use heroku\n"
        " \u203a   authorizations:create.\nHRKU-0123456789abcdef_-XYZ\n",
        "HRKU-0123456789abcdef_-XYZ\n \u203a   Warning: getaddrinfo ENOTFOUND api.heroku.com\n",
    ],
)
def test_the_token_is_found_whatever_is_said_of_it(output: str) -> None:
    assert commands.parse_token(output) == "HRKU-0123456789abcdef_-XYZ"


@pytest.mark.parametrize("output", ["", " \u203a   Error: not logged in\n"])
def test_no_token_is_made_up(output: str) -> None:
    assert commands.parse_token(output) == ""


RELEASES = (
    (1, "Initial release", "succeeded"),
    (2, "Set OLD_KEY config vars", "succeeded"),
    (3, "Deploy 1234abcd", "succeeded"),
    (4, "Set MAIL_KEY, STRIPE_KEY config vars", "succeeded"),
    (5, "Remove STRIPE_KEY config vars", "succeeded"),
    (6, "Set LATE_KEY config vars", "failed"),
    (7, "Attach REDIS (@ref:redis-round-1)", "succeeded"),
)


def test_config_vars_that_changed_since_the_code_did_are_those_of_the_releases_after_it() -> None:
    listed = [
        {"version": version, "description": description, "status": status, "created_at": f"2026-11-0{version}"}
        for version, description, status in RELEASES
    ]
    found = [(each.name, each.how, each.when) for each in commands.parse_changes(json.dumps(listed))]
    assert found == [("MAIL_KEY", "set", "2026-11-04"), ("STRIPE_KEY", "unset", "2026-11-05")]


@pytest.mark.parametrize(("size", "costs"), [("basic", "$7 a month"), ("eco", "$5 a month"), ("", "see ")])
def test_an_app_costs_what_its_dynos_do_and_says_only_how_much(size: str, costs: str) -> None:
    cost = account.app_resource({"name": "blog"}, size).cost
    assert cost.startswith(costs) and "cost" not in cost
