"""The command line, before anything is done with it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.core.management.base import CommandError, CommandParser

from simple_deploy.cli.request import Request
from simple_deploy.core.options import Choice, Option
from simple_deploy.management.commands.deploy import Command, add_options, chosen_platform

OPTIONS = (
    Option(name="app_name", label="100 % name"),
    Option(name="size", label="Size", kind="choice", choices=(Choice(value="big", label="Big"),)),
    Option(name="copy_data", label="Copy", kind="flag", default=True),
    Option(name="api_token", label="Token", kind="secret"),
    Option(name="region", label="There is a flag for that already"),
    Option(name="plan", label="So is there for that"),
)


def parser() -> CommandParser:
    made = Command().create_parser("manage.py", "deploy")
    add_options(made, "Toy cloud", OPTIONS)
    return made


def parsed(*words: str) -> dict[str, Any]:
    return vars(parser().parse_args(words))


def test_answers_keep_the_order_in_which_they_are_given() -> None:
    words = "--api-token - --size big --no-copy-data --answer pin=- --app-name blog --region north --copy-data"
    assert parsed(*words.split(), "--answer", "some-text=a=b ")["given"] == (
        ("api_token", "-"),
        ("size", "big"),
        ("copy_data", False),
        ("pin", "-"),
        ("app_name", "blog"),
        ("region", "north"),
        ("copy_data", True),
        ("some_text", "a=b "),
    )
    assert parsed()["given"] == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--size huge", "invalid choice"),
        ("--api-token abc", "every user of this computer"),
        ("--answer nothing", "NAME=VALUE"),
        ("--answer not-a?name=1", "NAME=VALUE"),
        ("--dest", "unrecognized"),
        ("--check --undo", "not allowed with"),
        ("--status --destroy", "not allowed with"),
        ("--platform", "expected one argument"),
        ("--maintenance now", "invalid choice"),
        ("--daily-backups now", "invalid choice"),
        ("stray", "unrecognized"),
    ],
)
def test_what_cannot_be_meant(line: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        parsed(*line.split())


def test_help_lists_the_options() -> None:
    text = parser().format_help()
    for shown in (
        "options of Toy cloud",
        "--app-name TEXT",
        "100 % name",
        "--copy-data, --no-copy-data",
        "--api-token -",
    ):
        assert shown in text
    assert text.count("--region ") == text.count("[--region NAME]") + 1  # the command's own stays the only one


@pytest.mark.parametrize(
    ("line", "action", "subject"),
    [
        ("", "deploy", ""),
        ("--automate-all", "automate_all", ""),
        ("--plan", "plan", ""),
        ("--undo", "undo", ""),
        ("--undo 7", "undo", "7"),
        ("--retry", "retry", ""),
        ("--summary 7", "summary", "7"),
        ("--export-run", "export_run", ""),
        ("--export-run 7", "export_run", "7"),
        ("--execute 7", "execute", "7"),
        ("--run migrate", "run", "migrate"),
        ("--releases", "releases", ""),
        ("--variables", "variables", ""),
        ("--set MOTTO", "set", "MOTTO"),
        ("--unset MOTTO", "unset", "MOTTO"),
        ("--backup saved.zip", "backup", "saved.zip"),
        ("--restore saved.zip", "restore", "saved.zip"),
        ("--fix first-commit", "fix", "first-commit"),
        ("--mend first-commit", "fix", "first-commit"),
        ("--rollback", "rollback", ""),
        ("--rollback 7", "rollback", "7"),
        ("--logs", "logs", ""),
        ("--logs --follow", "follow", ""),
        ("--status --follow", "status", ""),
        ("--maintenance on", "maintenance", "on"),
        ("--restart", "restart", ""),
        ("--sizes", "sizes", ""),
        ("--resize basic:1", "resize", "basic:1"),
        ("--backups", "backups", ""),
        ("--daily-backups off", "daily_backups", "off"),
        ("--domains", "domains", ""),
        ("--add-domain www.example.com", "add_domain", "www.example.com"),
        ("--remove-domain www.example.com", "remove_domain", "www.example.com"),
    ],
)
def test_what_is_asked_for(line: str, action: str, subject: str) -> None:
    request = Request.of(parsed(*line.split(), "--yes", "--no-input", "--allow-dirty", "--platform", "toy"))
    assert request == Request(action=action, subject=subject, platform="toy", yes=True, no_input=True, allow_dirty=True)


def test_the_older_name_of_a_flag_is_understood() -> None:
    assert Request.of(parsed("--ignore-unclean-git")).allow_dirty and not Request.of(parsed()).allow_dirty


def test_the_platform_is_known_before_its_flags_are() -> None:
    assert chosen_platform(["--plan", "--platform", "toy"]) == chosen_platform(["--platform=toy"]) == "toy"
    assert chosen_platform(["--platform"]) is None and chosen_platform([]) is None


def test_loading_the_command_loads_neither_rich_nor_celery() -> None:
    program = (
        "import sys, simple_deploy.management.commands.deploy, simple_deploy.__main__;"
        "print(sorted({'rich', 'celery', 'redis'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
