"""What authors of plugins test with: real projects, real commands, outcomes that explain themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.api import Answers, Choice, Option, Question, ToolMissing
from simple_deploy.testing import (
    MakeProject,
    RecordingContext,
    django_project,
    make_answers,
    make_facts,
    make_plan,
    simple_deploy_templates,
)
from tests.support.plugins.simple_deploy_toy import Toy
from tests.support.project import PLUGINS

pytestmark = pytest.mark.slow

__all__ = ["django_project", "simple_deploy_templates"]

WITH_TOY = {"PYTHONPATH": str(PLUGINS)}


@pytest.mark.parametrize(("layout", "folder"), [("flat", ""), ("nested", "mysite")])
def test_a_project_is_what_startproject_makes_in_a_clean_repository(
    layout: str, folder: str, django_project: MakeProject
) -> None:
    project = django_project(layout)  # type: ignore[arg-type]

    assert project.folder == project.root / folder
    assert project.git("status", "--porcelain") == ""
    project.manage("check").expect(0)
    facts = project.facts()
    assert facts.location.layout == layout
    assert facts.settings is not None
    assert facts.dependencies.names == {"django"}


def test_every_project_is_its_own(django_project: MakeProject) -> None:
    first, second = django_project(), django_project(files={"notes.txt": "x"})

    assert set(second.fingerprint()) - set(first.fingerprint()) == {"notes.txt"}
    assert second.git("status", "--porcelain") == ""
    first.write({"notes.txt": b"y"})
    assert first.commit("Notes") == first.git("rev-parse", "HEAD")


def test_an_outcome_shows_the_whole_transcript_when_it_is_not_what_was_expected(django_project: MakeProject) -> None:
    outcome = django_project().manage("no-such-command")

    with pytest.raises(AssertionError) as caught:
        outcome.expect(0)

    for part in ("expected exit code 0", "$ python manage.py no-such-command", "Unknown command", "(exit code 1)"):
        assert part in str(caught.value)


def test_events_plan_and_result_can_be_asked_of_an_outcome(django_project: MakeProject) -> None:
    project = django_project(env=WITH_TOY)

    planned = project.deploy("--platform", "toy", "--plan", "--json").expect(0)

    assert [change["path"] for change in planned.plan["changes"]] == [
        "mysite/settings.py",
        "toy.toml",
        "requirements.txt",
    ]
    assert planned.result["status"] == "succeeded"
    assert "settings.debug" in planned.findings
    assert any("manage.py check" in line for line in planned.log)
    assert planned.events[0]["kind"] == "run-started"


def test_an_outcome_without_json_says_so_when_asked_for_it(django_project: MakeProject) -> None:
    outcome = django_project(env=WITH_TOY).deploy("--list-platforms").expect(0)

    with pytest.raises(AssertionError, match="was the command given --json"):
        _ = outcome.result
    with pytest.raises(AssertionError, match="Toy cloud"):
        _ = outcome.plan


def test_a_secret_can_be_given_on_standard_input(django_project: MakeProject) -> None:
    project = django_project(env=WITH_TOY)

    outcome = project.deploy(
        *("--platform", "toy", "--automate-all", "--no-input", "--api-token", "-", "--json"), stdin="a-long-secret\n"
    )

    outcome.expect(0)
    assert "a-long-secret" not in outcome.output


QUESTION = Question(
    id="depth",
    title="How deep?",
    fields=(
        Option(
            name="depth",
            label="Depth",
            kind="choice",
            default="low",
            choices=(Choice(value="low", label="Low"), Choice(value="high", label="High")),
        ),
    ),
)


def test_a_context_keeps_what_happens_in_it(tmp_path: Path) -> None:
    ctx = RecordingContext(make_facts(), home=tmp_path / "home", replies={"depth": "high"})

    ctx.hide("a-long-secret")
    ctx.note("the key is a-long-secret")
    done = ctx.run(("git", "--version"))
    ctx.write(ctx.home / "notes", "x")

    assert ctx.log == ("the key is •••", "git --version", done.output)
    assert ctx.ask(QUESTION).text("depth") == "high"
    assert RecordingContext(make_facts(), home=tmp_path).ask(QUESTION).text("depth") == "low"
    assert (ctx.home / "notes").read_text(encoding="utf-8") == "x"
    with pytest.raises(ToolMissing):
        ctx.run(("no-such-program-anywhere",))


def test_facts_answers_and_plans_need_no_project(tmp_path: Path) -> None:
    facts = make_facts(name="duck_pond", settings={"file": "pond/settings.py"})

    assert make_answers(Toy(), facts).text("app_name") == "duck-pond"
    plan = make_plan(Toy(), facts, size="big")
    assert plan.file_steps[1].path == "pond/settings.py"  # type: ignore[union-attr]
    assert isinstance(RecordingContext(facts, home=tmp_path).answers, Answers)
