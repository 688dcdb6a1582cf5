"""The command in words: at a terminal, where it asks and shows what is under way, and in a pipe, where it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from simple_deploy.runs.model import RunState
from simple_deploy.runs.service import Service
from tests.project.command.conftest import Called
from tests.support.repository import fingerprint, git

if sys.platform != "win32":
    from tests.project.command.console import Console

Call = Callable[..., Called]
Open = Callable[..., "Console"]

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")

TOY = ("--platform", "toy")


@pytest.fixture
def console(project: Path, env: dict[str, str]) -> Iterator[Open]:
    """``manage.py deploy`` at a terminal."""
    opened: list[Console] = []

    def open_one(*arguments: str, **variables: str) -> Console:
        opened.append(Console(project, {**env, **variables}, "manage.py", "deploy", *arguments))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def app(env: dict[str, str], name: str = "mysite") -> Path:
    return Path(env["SIMPLE_DEPLOY_DATA_DIR"]) / "toy" / f"{name}.app"


@on_posix
@pytest.mark.slow
def test_a_beginner_is_led_all_the_way(project: Path, env: dict[str, str], console: Open) -> None:
    git(project, "rm", "-q", "requirements.txt")
    git(project, "commit", "-q", "-m", "Nobody told me to list packages")
    (project / "todo.txt").write_text("not committed\n", encoding="utf-8")
    terminal = console()
    terminal.answer("Number: ", "Toy")
    terminal.answer("Type a number", "toy")
    terminal.wait_for("Write requirements.txt from what the project imports:")
    assert not (project / "requirements.txt").exists()
    terminal.answer("Do that now? [Y/n]: ", "")
    terminal.wait_for("✓ Fix it")
    terminal.answer("Deploy with the uncommitted work? [y/N]: ", "y")
    terminal.answer("Number: ", "2")
    terminal.answer("Name [mysite]: ", "Not A Name")
    terminal.answer("does not fit.", "other")
    terminal.answer("Size [1]: ", "2")
    terminal.wait_for('+size = "big"')
    terminal.answer("Carry this out? [Y/n]: ", "maybe")
    terminal.answer("Type y for yes or n for no.", "y")
    terminal.answer("Token: ", "a-secret-token")
    terminal.wait_for("? What should the site say?")
    terminal.answer("Greeting [Hello]: ", "Moin")
    terminal.answer("PIN of the door: ", "very-secret-pin")
    terminal.wait_for("✓ mysite is deployed to Toy cloud")
    terminal.wait_for("http://toy.localhost/other")
    assert terminal.end() == 0
    assert "very-secret-pin" not in terminal.raw and "a-secret-token" not in terminal.raw
    assert app(env, "other").read_text(encoding="utf-8").startswith("Moin\n")
    # Finished steps stay, with what they took; the one under way turned below them, in colour.
    assert "✓ Build  " in terminal.screen and "⠋ " in terminal.screen and "\x1b[32m✓ Build" in terminal.raw
    assert terminal.screen.index("    line 0") < terminal.screen.index("    line 2") < terminal.screen.index("✓ Build")


@pytest.mark.slow
@on_posix
def test_whoever_answers_first_answers(service: Service, env: dict[str, str], console: Open) -> None:
    terminal = console(*TOY, "--automate-all", "--answer", "api_token=")
    terminal.answer("Name [mysite]: ", "")
    terminal.answer("Size [1]: ", "")
    terminal.answer("Carry this out? [Y/n]: ", "")
    terminal.wait_for("Greeting [Hello]: ")
    terminal.type("typed, but not ent")
    run = service.runs(1)[0]
    assert run.state is RunState.WAITING
    service.answer(run.id, "greeting", {"greeting": "From the page", "pin": "1234"})
    terminal.wait_for("✓ Release")
    assert terminal.end() == 0
    assert app(env).read_text(encoding="utf-8").startswith("From the page\n")

    # Removing it takes more than pressing Enter.
    careless = console(*TOY, "--destroy")
    careless.wait_for("app mysite")
    careless.answer("Type the project's name (mysite) to go on:", "")
    assert careless.end() == 130 and "Nothing was removed" in careless.screen and app(env).exists()
    careful = console(*TOY, "--destroy")
    careful.answer("to go on:", "mysite")
    assert careful.end() == 0 and not app(env).exists()


@pytest.mark.slow
@on_posix
def test_stopping_is_clean_wherever_it_happens(
    project: Path, service: Service, env: dict[str, str], console: Open
) -> None:
    before = fingerprint(project), git(project, "rev-parse", "HEAD")
    everything = (*TOY, "--automate-all", "--yes")

    def unchanged() -> bool:
        return (fingerprint(project), git(project, "rev-parse", "HEAD")) == before

    choosing = console()
    choosing.wait_for("Number: ")
    choosing.type("\x03")
    assert choosing.end() == 130 and "cancelled" in choosing.screen and not service.runs()

    declined = console(*TOY)
    declined.answer("Number: ", "configure")
    declined.answer("Name [mysite]: ", "")
    declined.answer("Size [1]: ", "")
    declined.answer("Write these changes into your project? [Y/n]: ", "n")
    assert declined.end() == 130 and "Nothing was changed" in declined.screen and unchanged()

    working = console(*everything, TOY_SLOW="create")
    working.wait_for("    waiting")
    children = psutil.Process(working.pid).children(recursive=True)
    working.type("\x03")
    assert working.end() == 130 and "✗ The run was cancelled with Ctrl-C." in working.screen
    assert "✗ Create the app  cancelled after" in working.screen and unchanged()
    assert children and not [child for child in children if child.is_running()]
    assert service.runs(1)[0].state is RunState.CANCELLED and "\x1b[?25h" in working.raw.rpartition("\x1b[?25l")[2]

    asked = console("--retry")  # the greeting has to be asked for, now that nobody says --yes
    asked.answer("Token: ", "")
    asked.wait_for("Greeting [Hello]: ")
    asked.type("\x04")
    assert asked.end() == 130 and service.runs(1)[0].state is RunState.CANCELLED and unchanged()

    on_the_page = console("--retry")
    on_the_page.answer("Token: ", "")
    on_the_page.wait_for("Greeting [Hello]: ")
    service.cancel(service.runs(1)[0].id)
    assert on_the_page.end() == 130 and "✗ The run was cancelled on its page." in on_the_page.screen and unchanged()


@pytest.mark.slow
@on_posix
@pytest.mark.parametrize(
    "variables",
    [
        {"NO_COLOR": "1"},
        pytest.param({"TERM": "dumb"}, marks=pytest.mark.slow),
        pytest.param({"CI": "true"}, marks=pytest.mark.slow),
    ],
    ids=lambda each: next(iter(each)),
)
def test_some_terminals_want_plain_lines(console: Open, variables: dict[str, str]) -> None:
    terminal = console(*TOY, "--status", **variables)
    assert terminal.end() == 0
    assert "→ Look at the site" in terminal.screen and "\x1b" not in terminal.raw


@pytest.mark.slow
def test_configuring_in_a_pipe_and_taking_it_back(
    project: Path, deploy: Call, deploy_json: Call, without_settings: Call
) -> None:
    before = fingerprint(project)
    done = deploy(*TOY)
    assert done.code == 0, done.stderr
    assert "→ Try the result\n" in done.stdout and "✓ Try the result  " in done.stdout and "\x1b" not in done.stdout
    assert "✓ mysite is configured for Toy cloud" in done.stdout and "deploy --undo" in done.stdout
    assert (project / "toy.toml").exists() and git(project, "status", "--porcelain") != ""
    git(project, "add", "--all")
    git(project, "commit", "-q", "-m", "Configure")
    assert deploy_json(*TOY).status == (0, "nothing-to-do")
    settings = project / "mysite" / "settings.py"
    assert settings.read_text(encoding="utf-8").count("simple_deploy: toy (") == 1
    undone = without_settings("undo", cwd=project / "mysite")
    assert undone.code == 0 and "Every byte is back as it was" in undone.stdout, undone
    assert fingerprint(project) == before


@pytest.mark.slow
def test_a_log_is_nothing_but_the_log(deploy: Call, deploy_json: Call) -> None:
    strict = ("--platform", "strict")
    assert deploy(*strict, "--logs").stdout.splitlines() == ["GET / 200", "GET /nothing 404", "GET /title 200"]
    coloured = deploy(*strict, "--logs", "--force-color").stdout.splitlines()
    assert coloured == ["GET / 200", "\x1b[31mGET /nothing 404\x1b[0m\x1b[0m", "GET /title 200"]
    assert "release: 20260101\n" in deploy(*strict, "--rollback", "20260101").stdout
    assert deploy_json(*strict, "--rollback").of("site")[0]["details"] == {}
    assert [run["subject"] for run in deploy_json("--history").of("history")[0]["runs"]] == ["rollback", "rollback"]
    unknown = deploy(*strict, "--stop")
    assert unknown.code == 2 and "does not offer “stop”" in unknown.stderr


@pytest.mark.parametrize("encoding", ["ascii", pytest.param("cp1252", marks=pytest.mark.slow)])
def test_a_console_that_knows_few_characters(project: Path, env: dict[str, str], encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "deploy", *TOY, "--status"],
        cwd=project,
        env={**env, "PYTHONIOENCODING": f"{encoding}:strict", "PYTHONUTF8": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0 and done.stderr == b""
    assert done.stdout.decode(encoding).splitlines()[:1] == ["-> Look at the site"]


@pytest.mark.slow
def test_a_reader_that_goes_away_stops_nothing(project: Path, env: dict[str, str], service: Service) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        done = subprocess.run(
            [sys.executable, "manage.py", "deploy", *TOY],
            cwd=project,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=nobody,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (0, b"")
    assert (project / "toy.toml").exists() and service.runs(1)[0].state is RunState.SUCCEEDED
