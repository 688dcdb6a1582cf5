"""Programs for tests: they note how they were called and answer as they were told."""

from __future__ import annotations

from simple_deploy.system import process
from simple_deploy.testing import MakeProgram, Reply, fake_program

__all__ = ["fake_program"]


def run(*argv: str, stdin: str | None = None, **env: str) -> tuple[int, str]:
    done = process.run(argv, stdin=stdin, env=env, check=False)
    return done.returncode, done.output


def test_the_longest_reply_that_fits_is_given(fake_program: MakeProgram) -> None:
    fake_program("pond", {"apps": "all of them", "apps list": "a list", "": "help"})

    assert run("pond", "apps", "list", "--json") == (0, "a list")
    assert run("pond", "apps", "show") == (0, "all of them")
    assert run("pond") == (0, "help")


def test_a_call_nobody_foresaw_fails_and_says_so(fake_program: MakeProgram) -> None:
    fake_program("pond", {"apps": ""})

    code, output = run("pond", "destroy", "all")

    assert code == 97
    assert output == "pond: no reply was given for: destroy all"


def test_exit_codes_are_as_told(fake_program: MakeProgram) -> None:
    fake_program("pond", {"whoami": Reply(output="Log in first.\n", exit_code=2)})

    assert run("pond", "whoami") == (2, "Log in first.")


def test_replies_of_a_list_are_given_one_after_the_other(fake_program: MakeProgram) -> None:
    fake_program("pond", {"apps": ["none", "mysite"], "create": "done"})

    assert [run("pond", "apps")[1], run("pond", "create")[1], run("pond", "apps")[1], run("pond", "apps")[1]] == [
        "none",
        "done",
        "mysite",
        "mysite",
    ]


def test_calls_are_noted_with_arguments_input_and_the_watched_variables(fake_program: MakeProgram) -> None:
    pond = fake_program("pond", {"": ""}, watch=("POND_TOKEN", "POND_ABSENT"))

    run("pond", "set", "two words", stdin="secret text", POND_TOKEN="abc", POND_OTHER="x")
    run("pond", "end")

    first, second = pond.invocations
    assert first.argv == ("set", "two words")
    assert first.stdin == "secret text"
    assert first.env == {"POND_TOKEN": "abc"}
    assert second.stdin == ""
    assert pond.calls == ("set two words", "end")


def test_several_programs_share_the_folder_and_hide_real_ones(fake_program: MakeProgram) -> None:
    fake_program("git", {"": "a false git"})
    fake_program("pond", {"": "a pond"})

    assert run("git", "status") == (0, "a false git")
    assert run("pond") == (0, "a pond")
