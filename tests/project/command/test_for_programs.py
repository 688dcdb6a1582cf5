"""``--json``: events, documents and one result, on every way a call can end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from jsonschema import Draft202012Validator

from simple_deploy.runs.service import Service
from tests.docs import report_schema
from tests.project.command.conftest import Called
from tests.support.repository import fingerprint, git

Call = Callable[..., Called]


@pytest.mark.slow
def test_the_life_of_a_deployment(project: Path, env: dict[str, str], deploy_json: Call) -> None:
    before = fingerprint(project)
    answers = ("--size", "big", "--answer", "greeting=Good morning", "--answer", "pin=-")
    done = deploy_json("--platform", "toy", "--automate-all", *answers, stdin="very-secret-pin\n")
    assert (done.status, done.result["error"]) == ((0, "succeeded"), None), done.stderr
    assert (done.result["platform"], done.result["url"]) == ("toy", "http://toy.localhost/mysite")
    assert Path(done.result["summary"]).read_text(encoding="utf-8").startswith("# mysite is deployed")
    page = Path(env["SIMPLE_DEPLOY_DATA_DIR"]) / "toy" / "mysite.app"
    assert page.read_text(encoding="utf-8").startswith("Good morning\n")
    assert git(project, "status", "--porcelain") == ""

    # The events of each run are numbered from 1, and what is going to be done is shown in between.
    runs = list(dict.fromkeys(event["run"] for event in done.events))
    assert len(runs) == 2 and done.result["run"] == runs[1]
    for run in runs:
        events = [event for event in done.events if event["run"] == run]
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert (events[0]["kind"], events[-1]["kind"]) == ("run-started", "run-finished")
    (plan,) = done.of("plan")
    assert [change["path"] for change in plan["changes"]] == ["mysite/settings.py", "toy.toml", "requirements.txt"]
    assert 'size = "big"' in plan["changes"][1]["diff"]
    assert [question["name"] for question in plan["questions"]] == ["greeting", "pin"]

    # A secret is nowhere, neither in what was printed nor in what is kept.
    kept = [path for path in (project / ".simple_deploy").rglob("*") if path.is_file()]
    texts = [done.stdout, done.stderr, *(path.read_text(encoding="utf-8", errors="replace") for path in kept)]
    assert not [text for text in texts if "very-secret-pin" in text]

    # Looking afterwards.
    (history,) = deploy_json("--history").of("history")
    assert [(run["kind"], run["state"]) for run in history["runs"]] == [("deploy", "succeeded"), ("plan", "succeeded")]
    site = deploy_json("--status")  # there is one platform only that it can be about
    assert (site.of("site")[0]["headline"], site.status) == ("1 app", (0, "succeeded"))
    summary = deploy_json("--summary")
    assert summary.of("summary")[0]["run"] == done.result["run"] == summary.result["run"]

    # The answers are remembered, so that the same is deployed again.
    (again,) = deploy_json("--plan", "--platform", "toy").of("plan")
    assert again["changes"] == [] and again["creates"] == []

    # And back.
    assert deploy_json("--undo").status == (0, "undone")
    assert fingerprint(project) == before and git(project, "status", "--porcelain") == ""
    assert deploy_json("--undo").status == (0, "nothing-to-do")
    assert deploy_json("--undo", done.result["run"]).status == (1, "failed")
    refused = deploy_json("--destroy")
    assert refused.status == (3, "blocked") and page.exists()
    assert "--yes --platform toy" in refused.result["error"]["hint"]
    refused = deploy_json("--destroy", "--yes")  # but nothing is removed by a guess
    assert refused.status == (2, "failed") and page.exists()
    assert "--platform" in refused.result["error"]["hint"] and "toy" in refused.result["error"]["hint"]
    assert deploy_json("--destroy", "--platform", "toy", "--yes").status == (0, "succeeded") and not page.exists()


@pytest.mark.slow
def test_a_failed_step_is_retried_from_there(project: Path, deploy_json: Call) -> None:
    before = fingerprint(project), git(project, "rev-parse", "HEAD")
    assert deploy_json("--retry").status == (0, "nothing-to-do")
    failed = deploy_json("--platform", "toy", "--automate-all", TOY_FAIL="release")
    assert (failed.status, failed.result["url"]) == ((1, "failed"), None)
    assert failed.message == "The toy cloud refused to release." and "Unset TOY_FAIL." in failed.stderr
    assert (fingerprint(project), git(project, "rev-parse", "HEAD")) == before
    remains = [event["data"]["remains"] for event in failed.events if event["kind"] == "run-finished"][-1]
    assert [resource["name"] for resource in remains] == ["mysite"]
    again = deploy_json("--retry")
    assert again.status == (0, "succeeded"), again.stderr
    assert [event["step"] for event in again.events if event["kind"] == "step-started"] == [
        "inspect",
        "ask",
        "release",
        "land",
    ]


@pytest.mark.slow
def test_what_stands_in_the_way_is_said_before_anything_is_done(project: Path, deploy_json: Call) -> None:
    (project / "notes.txt").write_text("not committed\n", encoding="utf-8")
    before = fingerprint(project)
    report = deploy_json("--check")
    assert report.status == (3, "blocked")
    (document,) = report.of("report")
    assert [*Draft202012Validator(report_schema.schema()).iter_errors(document)] == []
    assert document["version"] == 1 and document["facts"]["name"] == "mysite"
    assert "git.uncommitted" in [each["id"] for each in document["findings"] if each["level"] == "blocker"]
    assert deploy_json("--platform", "toy", "--automate-all").status == (3, "blocked")
    allowed = deploy_json("--platform", "toy", "--plan", "--allow-dirty")
    assert allowed.status == (0, "succeeded"), allowed.stderr
    logged_out = deploy_json("--platform", "toy", "--automate-all", "--allow-dirty", TOY_LOGGED_OUT="1")
    assert (logged_out.status, logged_out.result["error"]["hint"]) == ((3, "blocked"), "Unset TOY_LOGGED_OUT.")
    assert fingerprint(project) == before


@pytest.mark.slow
def test_what_stops_deploying_does_not_stop_configuring(project: Path, deploy_json: Call) -> None:
    before = fingerprint(project)
    planned = deploy_json("--platform", "toy", "--plan", TOY_UNPAID="1")
    refused = deploy_json("--platform", "toy", "--automate-all", TOY_UNPAID="1")

    assert planned.status == (0, "succeeded"), planned.stderr
    assert (refused.status, refused.result["error"]["hint"]) == ((3, "blocked"), "Unset TOY_UNPAID.")
    assert "open" not in [event.get("step") for event in refused.events] and fingerprint(project) == before
    assert deploy_json("--platform", "toy", TOY_UNPAID="1").status == (0, "succeeded")
    assert fingerprint(project) != before


@pytest.mark.slow
def test_every_missing_answer_is_named_before_anything_is_done(
    project: Path, deploy_json: Call, tmp_path: Path
) -> None:
    before = fingerprint(project)
    everything = ["--platform", "strict", "--automate-all", "--no-input"]
    first = deploy_json(*everything)
    assert (first.status, first.events) == ((3, "blocked"), [])
    assert first.message == "These questions have no answer yet: owner, api_token."
    assert "--answer owner=… --answer api_token=…" in first.result["error"]["hint"]
    file = tmp_path / "answers.json"
    file.write_text(json.dumps({"owner": "ada", "api-token": "a-secret-token", "snapshots": False}), encoding="utf-8")
    everything += ["--answers", str(file)]
    second = deploy_json(*everything)
    assert (second.status, second.message) == ((3, "blocked"), "These questions have no answer yet: pin.")
    assert "--answer pin=…" in second.result["error"]["hint"]
    assert "open" not in [event["step"] for event in second.events] and fingerprint(project) == before
    unheard_of = deploy_json(*everything, "--answer", "pin=1234", "--answer", "colour=blue")
    assert (unheard_of.status, unheard_of.message) == ((2, "failed"), "Nobody asks for colour.")
    assert "owner" in unheard_of.result["error"]["hint"] and unheard_of.result["error"]["code"] == "SD303"

    # A question that nobody announced comes too late for “nothing was changed”.
    late = deploy_json(*everything, "--answer", "pin=-", stdin="1234\n", STRICT_SURPRISE="1")
    assert late.status == (1, "failed") and "surprise" in late.message
    assert fingerprint(project) == before
    done = deploy_json(*everything, "--answer", "pin=-", "--answer", "check=x", stdin="1234\n")
    assert done.status == (0, "succeeded"), done.stderr
    assert "the PIN has 4 digits" in done.stdout and "a-secret-token" not in done.stdout
    assert (project / "strict.txt").read_text(encoding="utf-8") == "owner = ada, snapshots = False, check = x\n"


@pytest.mark.slow
def test_fixing_and_taking_it_back(project: Path, deploy_json: Call) -> None:
    git(project, "rm", "-q", "requirements.txt")
    git(project, "commit", "-q", "-m", "Lose the list of packages")
    before = fingerprint(project)
    blocked = deploy_json("--check")
    assert "write-requirements" in [finding["fix_name"] for finding in blocked.of("report")[0]["findings"]]
    fixed = deploy_json("--fix", "write-requirements")
    assert fixed.status == (0, "succeeded") and "Django" in (project / "requirements.txt").read_text(encoding="utf-8")
    assert fixed.of("fix")[0]["steps"]
    assert deploy_json("--check").status == (0, "succeeded")
    assert deploy_json("--undo").status == (0, "undone") and fingerprint(project) == before
    assert deploy_json("--fix", "nothing-like-that").status == (3, "blocked")


@pytest.mark.slow
def test_what_the_page_queued_is_executed_once(service: Service, deploy_json: Call) -> None:
    run = service.create_plan("toy", {"size": "big"})
    assert deploy_json("--platform", "toy", "--plan").message.startswith(f"Run {run.id} (plan) is under way")
    done = deploy_json("--execute", run.id)
    assert (done.status, done.result["run"]) == ((0, "succeeded"), run.id)
    again = deploy_json("--run", run.id)  # as the flag was called in earlier versions
    assert (again.status, again.events) == ((0, "succeeded"), [])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a program could notice")
def test_being_told_to_end_is_a_clean_cancel(project: Path, env: dict[str, str]) -> None:
    before = fingerprint(project), git(project, "rev-parse", "HEAD")
    command = [sys.executable, "manage.py", "deploy", "--platform", "toy", "--automate-all", "--json"]
    lines, children = [], []
    with subprocess.Popen(
        command, cwd=project, env={**env, "TOY_SLOW": "create"}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as process:
        for line in process.stdout or ():
            lines.append(json.loads(line))
            if lines[-1].get("data", {}).get("text") == "waiting":
                children = psutil.Process(process.pid).children(recursive=True)
                process.send_signal(signal.SIGTERM)
    assert children and not [child for child in children if child.is_running()]
    assert (process.returncode, lines[-1]["type"], lines[-1]["status"]) == (130, "result", "cancelled")
    assert (fingerprint(project), git(project, "rev-parse", "HEAD")) == before
    assert not (project / ".simple_deploy" / "lock").exists()


WRONG = {
    "": "Which platform?",
    "--bogus": "Unrecognized arguments: --bogus.",
    "--dest": "Unrecognized arguments: --dest.",
    "--check --plan": "not allowed with",
    "--platform nope --bogus": "No installed plugin provides the platform “nope”",
    "--platform toy --size huge": "invalid choice: 'huge'",
    "--platform strict --api-token my-token": "Give - and send the value on standard input",
    "--platform toy --answer greeting": "it looks like NAME=VALUE",
    "--platform toy --answers nowhere.json": "The answers in nowhere.json cannot be read",
    "--platform strict --status --logs": "not allowed with",
    "--status": "Which platform?",
    "--destroy --yes": "you have to name the platform",
    "--summary 20260101-000000-000-abcdef": "There is no run",
    "--summary": "There are no runs in this project yet.",
}


@pytest.mark.slow
def test_wrong_usage_is_a_result_too(deploy_json: Call) -> None:
    for line, message in WRONG.items():
        done = deploy_json(*line.split())
        assert (done.status, len(done.lines), done.result["run"]) == ((2, "failed"), 1, None), line
        assert message in done.message and done.result["error"]["hint"], line
        assert message in done.stderr and "my-token" not in done.stderr, line


@pytest.mark.slow
def test_plugins_that_break_do_not_break_the_rest(deploy: Call, deploy_json: Call) -> None:
    (document,) = deploy_json("--list-platforms").of("platforms")
    assert {"local", "toy", "strict", "grumpy"} <= {each["slug"] for each in document["platforms"]}
    assert [(each["name"], each["error"]) for each in document["failures"]] == [
        ("broken", "RuntimeError: this plugin was written for another century")
    ]
    assert "broken       cannot be loaded: RuntimeError" in deploy("--list-platforms").stdout
    for slug, words in {"broken": "written for another century", "grumpy": "no options today"}.items():
        refused = deploy_json("--platform", slug, "--plan")
        assert refused.status == (1, "failed") and words in refused.message
        assert "Traceback" not in refused.stderr
        shown = deploy("--platform", slug, "--help")
        assert shown.code == 0 and "--automate-all" in shown.stdout
        assert f"The flags of the platform {slug} cannot be listed" in shown.stdout
    shown = deploy("--platform", "strict", "--help")
    assert shown.code == 0 and "--owner TEXT" in shown.stdout and "--no-snapshots" in shown.stdout
