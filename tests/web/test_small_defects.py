"""What visitors stumbled over once, each a test by its name."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.engine import additions
from simple_deploy.platforms import registry
from simple_deploy.runs.model import RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.web.render import Renderer
from tests.support.repository import git
from tests.web.conftest import Browser, Run, Shop, deploy, words

pytestmark = [pytest.mark.slow, pytest.mark.slice(3)]


def test_the_page_of_a_fix_shows_every_line_that_it_writes(browser: Browser, project: Path) -> None:
    (project / "requirements.txt").unlink()
    git(project, "commit", "--all", "--quiet", "-m", "Oops")
    page = browser.page("fixes/write-requirements/")
    lines = browser.service.inspection(fresh=True).facts.dependencies.suggested
    assert lines
    shown = re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert shown and shown[1].split() == list(lines)
    assert "with 1 lines" not in words(page)


def test_the_page_of_a_fix_shows_what_changes_in_a_file_as_a_plan_does(browser: Browser, project: Path) -> None:
    (project / "requirements.txt").write_text("Django>=5.2\ndjango-simple-deploy\n", encoding="utf-8")
    git(project, "commit", "--all", "--quiet", "-m", "Come from there")
    page = browser.page("fixes/leave-django-simple-deploy/")
    assert re.search(r'<tr class="diff-remove">.*?django-simple-deploy', page)
    assert "--- a/requirements.txt" not in page


def test_commands_in_findings_are_code_and_no_backticks(browser: Browser, project: Path) -> None:
    (project / "requirements.txt").unlink()
    git(project, "commit", "--all", "--quiet", "-m", "Oops")
    page = browser.page("inspection/?fresh=1")
    assert "<code>pip freeze &gt; requirements.txt</code>" in page
    assert "`" not in words(page)


def test_no_platform_says_of_its_settings_block_that_it_does_nothing_here(browser: Browser) -> None:
    facts = browser.service.inspection().facts
    for platform in registry.load().platforms:
        for option in additions.options(platform, facts):
            assert not any("nothing on your computer" in choice.help for choice in option.choices), platform.card.slug


def test_prices_are_a_table_and_what_costs_nothing_says_so(service: Service) -> None:
    browser = Browser(Service(service.location, service.conf, registry=registry.load()))
    prices = browser.page("platforms/flyio/")
    assert re.search(r'<th scope="row">Managed Postgres</th><td>\$38 a month', prices)
    assert "prices change" in words(prices)
    free = words(browser.page("platforms/local/"))
    assert "It costs nothing." in free and "As of" not in free


def test_an_undo_is_about_the_project_by_its_name_and_not_by_its_folder(browser: Browser, planned: Run) -> None:
    done = deploy(browser, planned, kind=RunKind.CONFIGURE)
    undo = browser.service.execute(browser.service.create_undo(done.id).id)
    summary = browser.service.summary(undo.id)
    assert undo.state is RunState.SUCCEEDED
    assert summary is not None and summary.title == "The changes to mysite were undone"


def test_a_stopped_site_is_not_called_deployed(browser: Browser, planned: Run) -> None:
    deploy(browser, planned)
    assert 'class="live"' in browser.page()
    run = browser.service.execute(browser.service.create_operation("toy", "stop").id)
    stopped = replace(browser.service.site(run.id), running=False)  # type: ignore[type-var]
    browser.service.store.save_data(run.id, "site", stopped)
    page = browser.page()
    assert 'class="live"' not in page
    assert 'class="stopped"' in page


def test_a_look_at_the_site_is_no_entry_of_the_history(browser: Browser, planned: Run) -> None:
    deploy(browser, planned)
    browser.service.execute(browser.service.create_operation("toy", "status", started_by="terminal").id)
    assert "Operation: status" not in words(browser.page("runs/"))
    assert "Operation: status" not in words(browser.page())


def test_the_title_tells_the_state_when_the_page_is_loaded_anew(shop: Shop) -> None:
    page = shop.browser.page(f"runs/{shop.run.id}/")
    assert re.search(r"<title>Done: Deployment of mysite", page)


def test_a_failed_step_is_not_counted_as_done_and_the_log_begins_at_it(
    browser: Browser, planned: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_FAIL", "create")
    run = deploy(browser, planned)
    page = browser.page(f"runs/{run.id}/")
    finished, of = (int(number) for number in re.search(r"(\d+) of (\d+)", words(page)).groups())  # type: ignore[union-attr]
    assert finished < of
    failed = re.search(r'step-failed".*?href="#(e\d+)"', page, re.DOTALL)
    assert failed and f'id="{failed[1]}"' in page


def test_an_end_without_anything_to_praise_is_finished_and_not_everything_worked(shop: Shop) -> None:
    assert "Finished." in words(shop.browser.page(f"runs/{shop.run.id}/"))


def test_each_state_of_a_run_has_an_icon_for_the_tab(shop: Shop) -> None:
    page = shop.browser.page()
    for name in ("busy", "asks", "ok", "bad"):
        assert f'mark-{name}.svg"' in page
        assert f"mark-{name}.svg" in Renderer().assets


def test_what_is_undone_by_rolling_back_is_said_before_it_is_done(shop: Shop) -> None:
    asked = shop.browser.get("platforms/toy/operate/?operation=rollback")
    assert asked.status_code == 404, "the toy cannot"
    assert "Stop the site on Toy cloud?" in words(shop.browser.page("platforms/toy/operate/?operation=stop"))
