"""What is said about the program, the login and the organization, whatever the program answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_deploy_upsun import commands
from simple_deploy_upsun.plugin import UpsunPlatform

from simple_deploy.api import Answers, Completed, Finding, Host, Level, Location, TimedOut, deploy_blockers
from simple_deploy.testing import MakeProgram, RecordingContext, Reply, make_facts
from simple_deploy.testkit.programs import Replies

VERSION = {"--version": "Upsun CLI 5.11.0\n"}
LOGGED_IN = {"auth:info email": "ada@example.com\n"}
ONE = {"organization:list": "ada,Ada's sites,flexible\n"}


def findings(folder: Path, *, system: str = "linux", project_dir: str = "", **answers: str) -> dict[str, Finding]:
    host = Host(system=system, python="3.13.1", python_executable="python", base_python="python")  # type: ignore[arg-type]
    facts = make_facts(host=host, location=Location(root=folder, project_dir=project_dir))
    context = RecordingContext(facts, home=folder / "home", workbench=folder, answers=Answers(values=answers))
    return {finding.id: finding for finding in UpsunPlatform().check(context)}


@pytest.mark.parametrize(("system", "words"), [("linux", "curl"), ("darwin", "brew install"), ("windows", "Scoop")])
def test_a_missing_program_stops_deploying_only_and_its_installation_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, words: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    found = findings(tmp_path, system=system)

    assert set(found) == {"upsun.no-program"}
    missing = found["upsun.no-program"]
    assert missing.level is Level.DEPLOY_BLOCKER and words in missing.fix


def test_all_is_well(tmp_path: Path, fake_program: MakeProgram) -> None:
    program = fake_program("upsun", {**VERSION, **LOGGED_IN, **ONE})

    found = findings(tmp_path)

    assert {finding.level for finding in found.values()} == {Level.OK}
    assert "ada@example.com" in found["upsun.account"].title
    assert "Ada's sites" in found["upsun.organization"].title
    assert all("--no-interaction" in call or call == "--version" for call in program.calls)


#: Both ways in which it says so; see the fact sheet of this platform.
LOGGED_OUT = {
    "with an error": Reply(
        output="Authentication is required.\n\nPlease log in by running:\n    upsun login\n", exit_code=3
    ),
    "with another": Reply(output="Invalid refresh token.\nPlease log in by running: upsun login\n", exit_code=3),
    "without a word": Reply(),
}


@pytest.mark.parametrize("reply", LOGGED_OUT.values(), ids=LOGGED_OUT)
def test_nobody_is_logged_in(tmp_path: Path, fake_program: MakeProgram, reply: Reply) -> None:
    fake_program("upsun", {**VERSION, "auth:info email": reply})

    found = findings(tmp_path)

    assert found["upsun.logged-out"].level is Level.DEPLOY_BLOCKER
    assert "`upsun login`" in found["upsun.logged-out"].fix
    assert "upsun.organization" not in found


def test_a_computer_that_is_offline_is_told_from_one_where_nobody_is_logged_in(
    tmp_path: Path, fake_program: MakeProgram
) -> None:
    fake_program("upsun", {**VERSION, "auth:info email": Reply(output="Failed to connect to host", exit_code=5)})

    login = findings(tmp_path)["upsun.no-answer"]

    assert "could not be asked" in login.title
    assert login.details == ("Failed to connect to host",)


@pytest.mark.parametrize("silent", ["--version", "auth:info", "organization:list"])
def test_a_program_that_does_not_answer_stops_deploying_only(
    silent: str, tmp_path: Path, fake_program: MakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_program("upsun", {**VERSION, **LOGGED_IN, **ONE})
    context = RecordingContext(make_facts(location=Location(root=tmp_path)), home=tmp_path / "home", workbench=tmp_path)
    run = context.run

    def hanging(argv: Sequence[str], **options: Any) -> Completed:
        if argv[1] == silent:
            raise TimedOut("It hangs.")
        return run(argv, **options)

    monkeypatch.setattr(context, "run", hanging)

    (finding,) = deploy_blockers(UpsunPlatform().check(context))
    assert finding.id == "upsun.no-answer" and "did not answer" in finding.title


@pytest.mark.parametrize("said", ["Upsun CLI 4.20.3\n", "something else\n"])
def test_a_program_that_is_old_or_odd_is_said_to_be(tmp_path: Path, fake_program: MakeProgram, said: str) -> None:
    fake_program("upsun", {"--version": said, **LOGGED_IN, **ONE})

    assert findings(tmp_path)["upsun.old-program"].level is Level.WARNING


SEVERAL = {"organization:list": "ada,Ada's sites,flexible\nold-club,The old club,fixed\n"}


@pytest.mark.parametrize(
    ("replies", "chosen", "level", "words"),
    [
        ({"organization:list": ""}, "", Level.WARNING, "no organization on Upsun yet"),
        (SEVERAL, "", Level.WARNING, "several organizations"),
        (SEVERAL, "ada", Level.OK, "Ada's sites"),
        (SEVERAL, "old-club", Level.WARNING, "has Upsun Fixed"),
        (SEVERAL, "nobody", Level.WARNING, "do not belong to the organization “nobody”"),
    ],
)
def test_an_organization_pays(
    tmp_path: Path, fake_program: MakeProgram, replies: Mapping[str, Replies], chosen: str, level: Level, words: str
) -> None:
    fake_program("upsun", {**VERSION, **LOGGED_IN, **replies})

    found = findings(tmp_path, organization=chosen)["upsun.organization"]

    assert found.level is level
    assert words in found.title


@pytest.mark.parametrize(("file", "project_dir"), [(".platform.app.yaml", ""), ("site/.platform.app.yaml", "site")])
def test_files_of_the_older_offer_are_found(
    tmp_path: Path, fake_program: MakeProgram, file: str, project_dir: str
) -> None:
    fake_program("upsun", {**VERSION, **LOGGED_IN, **ONE})
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("name: site\n", encoding="utf-8")

    found = findings(tmp_path, project_dir=project_dir)["upsun.fixed"]

    assert found.level is Level.WARNING
    assert found.details == (file,)


# -- what the program prints --


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("Upsun CLI 5.11.0", (5, 11, 0)),
        ("Upsun CLI 5.11", (5, 11, 0)),
        ("Upsun CLI 5.0.24 (Platform.sh CLI 4.9)\n", (5, 0, 24)),
        ("", ()),
    ],
)
def test_the_version_is_read(said: str, version: tuple[int, ...]) -> None:
    assert commands.read_version(said) == version


def test_hints_between_the_rows_of_a_table_are_no_rows() -> None:
    said = (
        "A new version of the CLI is available, which you can install with: upsun self:update, or so\n"
        'ada,"Ada, and friends",flexible\n'
        "\n"
        "club,The club,fixed\r\n"
    )

    found = commands.read_organizations(said)

    assert [(each.name, each.label, each.type) for each in found] == [
        ("ada", "Ada, and friends", "flexible"),
        ("club", "The club", "fixed"),
    ]


@given(st.text(max_size=40))
def test_nothing_that_is_printed_breaks_the_readers(said: str) -> None:
    commands.read_version(said)
    commands.read_login(Completed(argv=("upsun",), returncode=0, output=said))
    assert all(each.name and each.type for each in commands.read_organizations(said))


@given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20))
def test_a_label_is_read_as_it_was_written(label: str) -> None:
    quoted = label.replace('"', '""')

    (found,) = commands.read_organizations(f'ada,"{quoted}",flexible\n')

    assert found.label == label
