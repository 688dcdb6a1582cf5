"""The overview of a project that is deployed, and what each state of a run leads to."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from simple_deploy.runs import picture
from simple_deploy.runs.model import AGAIN, RunKind, RunState
from tests.support.repository import git
from tests.web.conftest import Browser, Run, Shop, deploy, text, words


def test_what_is_deployed_comes_first(shop: Shop) -> None:
    page = shop.browser.page()
    said = words(page)
    assert "Where should" not in said
    assert said.index("http://toy.localhost/shop") < said.index("All platforms")
    assert re.search(r'<a class="button button-main button-large" href="http://toy.localhost/shop"', page)
    assert "Deploy again" in said
    assert "New since then nothing" in said
    assert f'hx-get="{shop.browser.home}platforms/toy/health/"' in page
    assert "a good start" not in said
    assert re.search(r'<details class="places-fold" open><summary><h2 [^>]*>All platforms</h2>', page), "one is broken"


def test_with_nothing_deployed_the_easiest_platform_is_recommended(browser: Browser) -> None:
    page = browser.page()
    assert words(page).count("a good start") == 1
    assert "places-fold" not in page


def test_a_site_that_does_not_answer_is_said_not_to(shop: Shop) -> None:
    assert "Does not answer" in words(shop.browser.page("platforms/toy/health/"))


@pytest.fixture
def deployed(browser: Browser, planned: Run) -> Run:
    run = deploy(browser, planned)
    assert run.state is RunState.SUCCEEDED
    return run


@pytest.mark.slow
def test_the_summary_has_a_picture_of_the_start_page_once_it_is_asked_for(
    browser: Browser, deployed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "browser", lambda: None)
    assert "Picture of the start page" not in words(browser.page(f"runs/{deployed.id}/summary/"))
    refused = browser.post(f"runs/{deployed.id}/picture/")
    assert refused.status_code == 400 and "no browser on this computer" in words(text(refused))

    monkeypatch.setattr(picture, "browser", lambda: "chromium")
    monkeypatch.setattr(picture, "take", lambda program, url, file, run: file.write_bytes(url.encode()))
    assert "Picture of the start page" in words(browser.page(f"runs/{deployed.id}/summary/"))
    assert browser.post(f"runs/{deployed.id}/picture/").status_code == 303
    shown = re.search(r'src="data:image/png;base64,([^"]+)"', browser.page(f"runs/{deployed.id}/summary/"))
    assert shown and base64.b64decode(shown[1]).decode() == deployed.url


@pytest.mark.slow
def test_deploying_again_shows_what_is_new_and_asks_about_migrations(
    browser: Browser, deployed: Run, project: Path
) -> None:
    migrations = project / "shop" / "migrations"
    migrations.mkdir(parents=True)
    removes = 'operations = [migrations.RemoveField("item", "price"), migrations.CreateModel("Offer", [])]\n'
    (migrations / "0002_more.py").write_text(removes, encoding="utf-8")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", "Sell more")
    assert "New since then 1 commit" in words(browser.page())

    browser.post("platforms/toy/again/")
    run = browser.service.execute(browser.service.runs()[0].id)
    assert (run.kind, run.subject, run.state) == (RunKind.PLAN, AGAIN, RunState.SUCCEEDED)
    page = browser.page(f"runs/{run.id}/")
    assert "Sell more" in words(page)
    assert re.search(r"shop 0002_more removes item\.price with its data ?, creates Offer", words(page))
    assert "This deletes data, and rolling back does not restore it." in words(page)
    assert "the new commits change migrations (shop/migrations/0002_more.py)" in words(page)
    assert "data-goes-on" not in page


@pytest.mark.slow
def test_what_was_chosen_for_a_file_of_ones_own_is_chosen_again(browser: Browser, project: Path) -> None:
    (project / "toy.toml").write_text('app = "mine"\n', encoding="utf-8")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", "Configure it myself")
    given = {"app_name": "shop", "existing_toy_toml": "beside"}
    planned = browser.service.execute(browser.service.create_plan("toy", given).id)
    assert deploy(browser, planned).state is RunState.SUCCEEDED
    git(project, "commit", "--quiet", "--allow-empty", "-m", "Next")

    browser.post("platforms/toy/again/")
    asked_nothing = browser.service.execute(browser.service.runs()[0].id)
    by_default = browser.service.execute(browser.service.create_plan("toy", {}).id, use_defaults=True)
    for run in (asked_nothing, by_default):
        assert run.state is RunState.SUCCEEDED, run.error
        rendered = browser.service.plan_of(run.id)
        assert rendered is not None
        assert "Write toy.toml.simple_deploy beside your toy.toml" in [step.title for step in rendered.plan.steps]


def test_a_failed_deployment_whose_project_has_moved_offers_a_new_plan(
    browser: Browser, planned: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_FAIL", "release")
    run = deploy(browser, planned)
    assert "Resume from this step" in words(browser.page(f"runs/{run.id}/"))
    git(project, "commit", "--quiet", "--allow-empty", "-m", "Fix what failed")
    page = words(browser.page(f"runs/{run.id}/"))
    assert "Resume from this step" not in page
    assert "Make a new plan" in page
    browser.post("platforms/toy/again/", read="yes")
    assert (browser.service.runs()[0].kind, browser.service.runs()[0].subject) == (RunKind.PLAN, "")


@pytest.mark.slow
def test_a_failed_deployment_says_that_the_previous_release_still_serves(
    browser: Browser, deployed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_FAIL", "release")
    again = browser.service.execute(browser.service.create_plan("toy", {}).id)
    run = deploy(browser, again)
    page = words(browser.page(f"runs/{run.id}/"))
    assert "The previous release is still at http://toy.localhost/" in page
    assert "These exist on" not in page


def test_a_run_whose_process_died_has_no_step_under_way(browser: Browser, planned: Run) -> None:
    events = browser.service.store.folder(planned.id) / "events.jsonl"
    told = events.read_bytes().splitlines(keepends=True)
    begun = next(number for number, line in enumerate(told) if b'"step-started"' in line)
    events.write_bytes(b"".join(told[: begun + 1]))
    record = browser.service.store.folder(planned.id) / "run.json"
    record.write_text(record.read_text().replace('"succeeded"', '"interrupted"'))
    page = browser.page(f"runs/{planned.id}/")
    assert "Interrupted" in words(page)
    assert "step-running" not in page
    assert "data-since" not in page


@pytest.mark.slow
def test_a_fix_leads_to_the_next_issue(browser: Browser, project: Path) -> None:
    (project / "requirements.txt").unlink()
    git(project, "commit", "--all", "--quiet", "-m", "Oops")
    browser.post("fixes/write-requirements/")
    run = browser.service.execute(browser.service.runs()[0].id)
    page = browser.page(f"runs/{run.id}/")
    assert re.search(r"blocks? a deployment", words(page)) or "Nothing blocks a deployment now." in words(page)
    assert page.count('class="button button-main"') == 1


def test_stopping_asks_first(shop: Shop) -> None:
    page = shop.browser.page("sites/toy/?look=1")
    stop = re.search(r'href="([^"]*operate/\?operation=stop[^"]*)"', page)
    assert stop, "the toy offers something that visitors notice"
    asked = words(shop.browser.page(stop[1].removeprefix(shop.browser.home)))
    assert "Visitors see nothing" in asked and "Cancel" in asked


def test_a_wrong_access_code_is_said_to_be_wrong(browser: Browser) -> None:
    wrong = words(text(browser.get("/simple-deploy/?code=wrong", Cookie=None)))
    assert "That access code is no longer valid" in wrong
    assert "That access code" not in words(text(browser.get("/simple-deploy/", Cookie=None)))
