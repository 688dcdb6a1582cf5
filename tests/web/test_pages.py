"""Every page, over a real project and a real service."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.api import Choice, Option
from simple_deploy.core.facts import Corrections
from simple_deploy.runs.model import RunKind, RunState
from simple_deploy.runs.service import Service
from tests.support.repository import git
from tests.web.conftest import Browser, Run, Shop, deploy, text, words
from tests.web.servers import public


def location(response: object) -> str:
    """Where it leads, without the part of the address that is the session's own."""
    return public(response["Location"])  # type: ignore[index]


def only_run(service: Service) -> Run:
    (run,) = service.runs()
    return run


def test_the_start_page_offers_platforms_and_shows_broken_plugins(browser: Browser) -> None:
    page = words(browser.page())
    assert "Where should mysite live?" in page
    assert "Toy cloud" in page
    assert "broken" in page
    assert "No module named" in page
    assert "Nothing yet." in page


def test_a_platform_that_closes_says_so_on_its_card_and_on_its_page(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = browser.service.registry.get("toy")
    closing = replace(platform.card, status="deprecated", status_note="It closes on 2027-03-01; move to the pond.")
    monkeypatch.setattr(type(platform), "card", closing)

    for page in (browser.page(), browser.page("platforms/toy/")):
        assert 'class="badge badge-deprecated">deprecated<' in page
        assert "It closes on 2027-03-01; move to the pond." in words(page)


def test_the_inspection_is_loaded_after_the_first_paint(browser: Browser) -> None:
    assert f'hx-get="{browser.home}inspection/"' in browser.page()
    found = words(browser.page("inspection/"))
    assert "Ready to deploy." in found
    assert "requirements.txt" in found
    assert "Ready to deploy." in words(browser.page("?inspect=1"))  # without JavaScript


def test_what_stands_in_the_way_comes_first_with_a_button_that_fixes_it(browser: Browser, project: Path) -> None:
    (project / "requirements.txt").unlink()
    git(project, "commit", "--all", "--quiet", "-m", "Oops")
    page = browser.page("inspection/?fresh=1")
    assert "blocks deployment" in words(page)
    assert f"{browser.home}fixes/write-requirements/" in page
    assert "requirements.txt" in words(browser.page("fixes/write-requirements/"))
    response = browser.post("fixes/write-requirements/")
    run = only_run(browser.service)
    assert (run.kind, run.subject) == (RunKind.FIX, "write-requirements")
    assert location(response) == f"/simple-deploy/runs/{run.id}/"
    assert browser.service.execute(run.id).state is RunState.SUCCEEDED
    assert (project / "requirements.txt").exists()


def test_a_platform_asks_its_options_and_makes_a_plan(browser: Browser) -> None:
    page = browser.page("platforms/toy/")
    assert 'value="mysite"' in page
    response = browser.post("platforms/toy/", **{"option-app_name": "shop", "option-size": "big"})
    run = only_run(browser.service)
    assert run.answers["app_name"] == "shop"
    assert run.answers["size"] == "big"
    assert browser.background.asked == [run.id]
    assert (response.status_code, location(response)) == (303, f"/simple-deploy/runs/{run.id}/")


def test_a_wrong_answer_is_told_beside_its_field(browser: Browser) -> None:
    response = browser.post("platforms/toy/", **{"option-app_name": "Not A Name", "option-size": "big"})
    assert response.status_code == 400
    assert "does not fit" in text(response)
    assert 'value="Not A Name"' in text(response)
    assert browser.service.runs() == ()


def test_uncommitted_work_is_allowed_by_a_box(browser: Browser, project: Path) -> None:
    assert "allow-dirty" not in browser.page("platforms/toy/")
    (project / "manage.py").write_text((project / "manage.py").read_text() + "\n# edited\n")
    assert "allow-dirty" in browser.page("platforms/toy/")
    answers = {"option-app_name": "shop", "option-size": "small", "allow-dirty": "yes"}
    browser.post("platforms/toy/", **answers)
    assert only_run(browser.service).allow_dirty


def test_a_second_run_joins_the_first(browser: Browser) -> None:
    answers = {"option-app_name": "shop", "option-size": "small"}
    browser.post("platforms/toy/", **answers)
    run = only_run(browser.service)
    response = browser.post("platforms/toy/", **answers)
    assert location(response) == f"/simple-deploy/runs/{run.id}/?joined"
    assert "you have joined it" in words(browser.page(f"runs/{run.id}/?joined"))
    assert only_run(browser.service).id == run.id
    assert "Follow it" in words(browser.page())


def test_a_plan_shows_every_change_with_its_reason_before_anything_is_touched(browser: Browser, planned: Run) -> None:
    page = words(browser.page(f"runs/{planned.id}/"))
    assert "toy.toml" in page
    assert "The cloud reads it." in page
    assert '+ app = "shop"' in page.replace("&quot;", '"')
    assert "What should the site say?" in page
    assert git(browser.service.location.root, "status", "--porcelain") == ""
    for button, kind in (("Configure only", RunKind.CONFIGURE), ("Configure and deploy", RunKind.DEPLOY)):
        assert button in page
        approve(browser, planned, kind)


def approve(browser: Browser, planned: Run, kind: RunKind) -> None:
    """A button approves exactly the bytes that were shown."""
    digest = re.search(r'name="digest" value="(\w+)"', browser.page(f"runs/{planned.id}/"))
    assert digest
    response = browser.post(f"runs/{planned.id}/apply/", digest=digest[1], kind=kind.value)
    run = browser.service.runs()[0]
    assert (run.kind, run.plan_run, run.plan_digest) == (kind, planned.id, digest[1])
    assert location(response) == f"/simple-deploy/runs/{run.id}/"
    assert "This plan has been applied" in words(browser.page(f"runs/{planned.id}/"))
    browser.service.cancel(run.id)
    shutil.rmtree(browser.service.store.folder(run.id))


def test_another_digest_is_refused_in_words(shop: Shop) -> None:
    response = shop.browser.post(f"runs/{shop.plan.id}/apply/", digest="0" * 64, kind="deploy")
    assert response.status_code == 409
    assert "not the one you saw" in words(text(response))
    assert len(shop.browser.service.runs()) == 2


def test_a_finished_deployment_leads_to_its_summary(shop: Shop) -> None:
    browser, run = shop.browser, shop.run
    page = browser.page(f"runs/{run.id}/")
    assert "http://toy.localhost/shop" in page
    assert f"{browser.home}runs/{run.id}/summary/" in page
    assert "hx-sse:connect" not in page
    summary = browser.page(f"runs/{run.id}/summary/")
    assert "What was changed, and why" in words(summary)
    assert 'data-copy="python manage.py deploy --platform toy --automate-all"' in summary
    assert "deployed" in words(browser.page())
    assert "Your site" in words(browser.page("platforms/toy/"))


def test_summary_and_log_can_be_taken_along(shop: Shop) -> None:
    browser, run = shop.browser, shop.run
    for name, type, start in (
        ("summary.md", "text/markdown", "# "),
        ("summary.html", "text/html", "<!doctype html>"),
    ):
        response = browser.get(f"runs/{run.id}/{name}")
        assert response["Content-Type"].startswith(type)
        assert response["Content-Disposition"].startswith("attachment;")
        assert "sandbox" in response["Content-Security-Policy"]
        assert text(response).startswith(start)
    log = browser.get(f"runs/{run.id}/log.txt")
    body = b"".join(log.streaming_content).decode()  # type: ignore[attr-defined]
    assert "line 0" in body
    assert "\x1b" not in body


@pytest.mark.slow
def test_an_undo_says_first_what_goes_back_and_overwrites_no_edit(
    browser: Browser, planned: Run, project: Path
) -> None:
    run = deploy(browser, planned)
    page = words(browser.page(f"runs/{run.id}/undo/"))
    assert "Deployment Undo" in page, "the crumbs name the run, and not its number"
    assert "toy.toml is deleted" in page
    assert "requirements.txt gets its old content" in page

    written = (project / "toy.toml").read_text()
    (project / "toy.toml").write_text("mine now\n")
    page = browser.page(f"runs/{run.id}/undo/")
    assert "1 file was edited since, so nothing would be undone." in words(page).replace("\u202f", " ")
    assert "Undo changes" not in words(page)
    browser.post(f"runs/{run.id}/undo/")
    undo = browser.service.execute(browser.service.runs()[0].id)
    assert undo.state in {RunState.FAILED, RunState.BLOCKED}
    page = words(browser.page(f"runs/{undo.id}/"))
    assert "toy.toml" in page
    assert "exactly as it was before" in page
    assert (project / "toy.toml").read_text() == "mine now\n"

    (project / "toy.toml").write_text(written)
    browser.post(f"runs/{run.id}/undo/")
    undo = browser.service.execute(browser.service.runs()[0].id)
    assert (undo.kind, undo.subject, undo.state) == (RunKind.UNDO, run.id, RunState.SUCCEEDED)
    assert "Undone" in words(browser.page(f"runs/{run.id}/"))


@pytest.mark.slow
def test_the_commit_of_an_undo_gets_the_message_that_the_project_wants(
    browser: Browser, planned: Run, project: Path
) -> None:
    run = deploy(browser, planned)
    hook = project / ".git" / "hooks" / "commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ngrep -q TICKET-1 "$1"\n', encoding="utf-8", newline="\n")
    hook.chmod(0o755)
    field = 'name="option-commit_message" type="text" value="{}"'
    assert field.format("") in browser.page(f"runs/{run.id}/undo/")

    browser.post(f"runs/{run.id}/undo/", **{"option-commit_message": "TICKET-2: back"})
    refused = browser.service.execute(browser.service.runs()[0].id)
    assert refused.state is RunState.FAILED
    assert field.format("TICKET-2: back") in browser.page(f"runs/{refused.id}/")

    browser.post(f"runs/{refused.id}/retry/", **{"option-commit_message": "TICKET-1: back"})
    undone = browser.service.execute(browser.service.runs()[0].id)
    assert (undone.state, undone.subject) == (RunState.SUCCEEDED, run.id)
    assert git(project, "log", "-1", "--format=%s") == "TICKET-1: back"


def test_an_undo_without_a_commit_asks_for_no_message(browser: Browser, planned: Run) -> None:
    run = deploy(browser, planned, kind=RunKind.CONFIGURE)
    page = browser.page(f"runs/{run.id}/undo/")
    assert "Undo changes" in words(page) and "commit_message" not in page


def test_a_failed_deployment_says_what_why_and_how_to_go_on(
    browser: Browser, planned: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_FAIL", "release")
    run = deploy(browser, planned)
    page = words(browser.page(f"runs/{run.id}/"))
    assert "“Release” did not work" in page
    assert "The toy cloud refused to release." in page
    assert "Unset TOY_FAIL." in page
    assert "Your project is exactly as it was before." in page
    assert "These exist on Toy cloud" in page
    assert "line 2" in page
    assert "Resume from this step" in page
    browser.post(f"runs/{run.id}/retry/")
    assert browser.service.runs()[0].retry_of == run.id


def test_a_blocked_plan_says_what_to_settle(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_LOGGED_OUT", "1")
    run = browser.service.execute(browser.service.create_plan("toy", {}).id)
    page = words(browser.page(f"runs/{run.id}/"))
    assert "Fix this first" in page
    assert "You are not logged in to the toy cloud." in page


@pytest.mark.slow
def test_a_plan_says_what_stops_deploying_and_offers_to_configure(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_UNPAID", "1")
    run = browser.service.execute(browser.service.create_plan("toy", {}).id)
    page = words(browser.page(f"runs/{run.id}/"))
    assert "The toy cloud wants a payment card." in page
    assert "This stops deploying, not configuring." in page
    assert "Configure only" in page


def test_a_queued_run_can_be_cancelled(browser: Browser) -> None:
    run = browser.service.create_plan("toy", {})
    assert "Queued" in words(browser.page(f"runs/{run.id}/"))
    assert 'http-equiv="refresh"' in browser.page(f"runs/{run.id}/")  # without JavaScript
    browser.post(f"runs/{run.id}/cancel/")
    assert browser.service.run(run.id).state is RunState.CANCELLED
    assert "Cancelled" in words(browser.page(f"runs/{run.id}/"))


@pytest.mark.slow
def test_a_site_is_looked_after_and_removed(browser: Browser, planned: Run) -> None:
    deploy(browser, planned)
    assert f'href="{browser.home}sites/toy/"' in browser.page("platforms/toy/")
    page = words(browser.page("sites/toy/?look=1"))
    assert "1 app" in page
    assert "Releases" not in page
    assert browser.post("platforms/toy/operate/", operation="rollback").status_code == 404
    browser.post("platforms/toy/operate/", operation="stop")
    run = browser.service.execute(browser.service.runs()[0].id)
    assert "1 app" in words(browser.page(f"runs/{run.id}/"))

    assert "shop" in words(browser.page("platforms/toy/destroy/"))
    response = browser.post("platforms/toy/destroy/", name="shop")
    assert response.status_code == 400
    assert "Nothing was removed" in words(text(response))
    browser.post("platforms/toy/destroy/", name="mysite")
    run = browser.service.runs()[0]
    assert run.kind is RunKind.DESTROY
    assert browser.service.execute(run.id).state is RunState.SUCCEEDED


def test_the_history_lists_every_run(shop: Shop) -> None:
    browser, run, planned = shop.browser, shop.run, shop.plan
    page = browser.page("runs/")
    assert f"{browser.home}runs/{run.id}/" in page
    assert f"{browser.home}runs/{planned.id}/" in page


@pytest.mark.parametrize(
    "path",
    ["nothing/", "runs/20260101-000000-000-abcdef/", "runs/no-such-run/", "platforms/nothing/", "runs/x/summary.md",
     "static/0/nothing.css", "static/0/../../../etc/passwd"],
)  # fmt: skip
def test_what_is_not_there_is_a_page_of_our_own(browser: Browser, path: str) -> None:
    response = browser.get(path)
    assert response.status_code == 404
    assert "Traceback" not in text(response)
    assert browser.told == []


def test_a_plugin_that_is_broken_has_words_for_its_page(browser: Browser) -> None:
    response = browser.get("platforms/broken/")
    assert response.status_code == 409
    assert "cannot be loaded" in words(text(response))


def test_nothing_changes_by_looking(shop: Shop) -> None:
    browser, run, planned = shop.browser, shop.run, shop.plan
    for path in ("apply/", "cancel/", "retry/", "answer/"):
        assert browser.get(f"runs/{run.id}/{path}").status_code == 405
    assert browser.get("platforms/toy/operate/").status_code == 405
    browser.get(f"runs/{run.id}/undo/")
    browser.get("platforms/toy/destroy/")
    assert {each.id for each in browser.service.runs()} == {run.id, planned.id}


@pytest.mark.slow
def test_text_from_outside_is_shown_as_text(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "simple_deploy_toy.BUILD", "print('<img src=x onerror=alert(1)>\\x1b]8;;javascript:x\\x07y\\x1b]8;;\\x07')"
    )
    plan = browser.service.execute(browser.service.create_plan("toy", {}).id)
    run = deploy(browser, plan)
    page = browser.page(f"runs/{run.id}/")
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;y" in page
    assert 'href="javascript' not in page


@pytest.mark.slow
def test_a_guess_is_put_right_once_and_remembered(browser: Browser, project: Path) -> None:
    assert "Not right? Change it" not in words(browser.page("inspection/")), "there is nothing to choose"
    (project / "mysite" / "live_settings.py").write_text("from .settings import *\n\nDEBUG = False\n", encoding="utf-8")
    page = browser.page("inspection/?fresh=1")
    assert "Not right? Change it" in words(page)
    assert f'action="{browser.home}corrections/"' in page
    wrong = browser.post("corrections/", **{"option-settings_module": "no.such"})
    assert wrong.status_code == 400
    assert "is not one of" in text(wrong)
    response = browser.post("corrections/", **{"option-settings_module": "mysite.live_settings"})
    assert location(response) == "/simple-deploy/"
    found = words(browser.page("inspection/"))
    assert "The settings are mysite.live_settings: you chose them." in found
    assert "Here the project runs with mysite.settings." in found
    assert 'value="mysite.live_settings" checked' in browser.page("corrections/")
    browser.post("corrections/", **{"option-settings_module": "auto"})
    assert "you chose them" not in words(browser.page("inspection/"))


def test_what_the_command_chose_meanwhile_is_followed(browser: Browser, project: Path) -> None:
    (project / "mysite" / "live_settings.py").write_text("from .settings import *\n", encoding="utf-8")
    browser.page()
    browser.service.store.prepare()
    browser.service.store.save_corrections(Corrections(settings_module="mysite.live_settings"))
    assert "The settings are mysite.live_settings: you chose them." in words(browser.page("inspection/"))


def test_many_choices_are_a_list_to_choose_from(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = browser.service.registry.get("toy")
    regions = tuple(Choice(value=f"r{number}", label=f"Region {number}") for number in range(12))
    asked = (Option(name="region", label="Region", kind="choice", default="r7", choices=regions),)
    monkeypatch.setattr(type(platform), "options", lambda self, facts: asked)

    page = browser.page("platforms/toy/")
    assert re.search(r'<option value="r7" selected>\s*Region 7', page)
    browser.post("platforms/toy/", **{"option-region": "r3"})
    assert only_run(browser.service).answers["region"] == "r3"


def test_every_page_can_end_the_sessions_of_all_browsers(shop: Shop) -> None:
    browser = shop.browser
    browser.renewed.clear()
    for path in ("", "runs/", f"runs/{shop.run.id}/"):
        assert f'action="{browser.home}sessions/end/"' in browser.page(path)
    assert browser.get("sessions/end/").status_code == 405
    assert browser.post("sessions/end/", token="x").status_code == 403
    assert browser.renewed == []
    ended = browser.post("sessions/end/")
    assert (ended.status_code, ended["Location"]) == (303, "/simple-deploy/")
    assert browser.renewed == [browser.access.code]
