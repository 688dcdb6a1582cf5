"""A run on a wall: from a file without a server, and in presenter mode at the sizes that projectors have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.plan import FileChange
from simple_deploy.core.steps import Call, EditBlock
from simple_deploy.platforms.base import Advice
from simple_deploy.present import file
from simple_deploy.runs import summary
from simple_deploy.runs.model import RunKind
from tests.browser.test_accessibility import inspect
from tests.support import recorded
from tests.web.servers import Server

Serve = Callable[..., AbstractContextManager[Server]]
Visit = Callable[..., Page]

pytestmark = pytest.mark.slow


def export(folder: Path) -> Path:
    """The replay of a deployment that took place."""
    service = recorded.service(folder)
    file.export(service, recorded.deploy(service).id, folder / "replay.html")
    return folder / "replay.html"


@pytest.fixture
def played(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The replay of a deployment, opened from a file by a browser that is offline."""
    exported = export(tmp_path)
    context = browser.new_context(offline=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(exported.as_uri())
    yield page
    context.close()
    assert complaints == []


def titles(page: Page) -> list[str]:
    """What is shown, from the first thing to the last, by the arrow key."""
    page.keyboard.press("Home")
    found = [page.locator("#stage").inner_text()]
    while page.locator("#next").is_enabled():
        page.keyboard.press("ArrowRight")
        found.append(page.locator("#stage").inner_text())
    return found


def test_a_replay_shows_changes_steps_log_and_summary_by_the_arrow_keys(played: Page) -> None:
    shown = titles(played)

    assert any("toy.toml" in each and "The cloud reads it." in each and 'app = "shop"' in each for each in shown)
    assert any(each.startswith("Step 1 of ") for each in shown)
    assert any("It worked" in each for each in shown)
    assert any("What to do next" in each for each in shown)
    assert len(shown) == len(set(shown))


def test_a_replay_plays_at_the_chosen_speed_and_ends_with_the_result(played: Page) -> None:
    played.get_by_label("Speed").select_option("50")
    played.keyboard.press(" ")
    expect(played.locator(".verdict")).to_contain_text("It worked")
    expect(played.locator("#play")).to_have_attribute("aria-label", "Play")


def test_a_replay_can_wait_before_each_step(played: Page) -> None:
    played.keyboard.press("s")
    played.get_by_label("Speed").select_option("50")
    played.keyboard.press(" ")
    steps = 0
    while True:
        expect(played.locator("#held:visible, .verdict:visible").first).to_be_visible()
        if not played.locator("#held").is_visible():
            break
        steps += 1
        expect(played.locator(".over")).to_contain_text(f"Step {steps} of")
        played.keyboard.press("ArrowRight")
    assert steps == len(recorded.STEPS) - 1


def test_the_screen_goes_blank_and_comes_back_and_a_timer_runs(played: Page) -> None:
    played.keyboard.press("b")
    expect(played.locator("#blank")).to_be_visible()
    played.keyboard.press("ArrowRight")
    expect(played.locator("#blank")).to_be_hidden()
    expect(played.locator("#place")).to_have_text("1 of " + (played.locator("#place").inner_text().split(" of ")[1]))
    played.keyboard.press("t")
    expect(played.locator("#timer")).to_have_text("0:01")


SETTINGS = """\
--- a/shop/settings.py
+++ b/shop/settings.py
@@ -9,2 +9,9 @@
 USE_TZ = True
+
+# >>> simple_deploy: site.begin (do not edit inside; hash 1) >>>
+_site = None
+# <<< simple_deploy: site.begin <<<
+
+# >>> simple_deploy: toy (do not edit inside; hash 2) >>>
+_site = "the cloud"
+# <<< simple_deploy: toy <<<
"""


def test_each_block_of_a_file_is_shown_with_its_own_reason(browser: Browser, tmp_path: Path) -> None:
    steps = (
        EditBlock(id="b", title="Begin", why="It runs nowhere yet.", path="s.py", block_id="site.begin", text=""),
        EditBlock(
            id="t", title="Name the cloud", why="There it runs, after `toy up`.", path="s.py", block_id="toy", text=""
        ),
    )
    reasons = tuple((step.title, step.why) for step in steps)
    change = FileChange(
        path="shop/settings.py", before="1", after="2", diff=SETTINGS, steps=("b", "t"), reasons=reasons, added=7
    )
    service = recorded.service(tmp_path)
    run = recorded.deploy(service)
    made = recorded.plan()
    service.store.save_plan(
        run.id, replace(made, plan=replace(made.plan, steps=(*steps, *made.plan.steps)), changes=(change,))
    )
    file.export(service, run.id, tmp_path / "replay.html")
    page = browser.new_page()
    page.goto((tmp_path / "replay.html").as_uri())
    first, second = [each for each in titles(page) if each.startswith("shop/settings.py")]
    assert "It runs nowhere yet." in first and "USE_TZ" in first and "_site = None" in first
    assert "There it runs" not in first
    assert "There it runs, after toy up." in second and '_site = "the cloud"' in second
    assert "It runs nowhere yet." not in second
    page.close()


def type_size(page: Page, part: str) -> float:
    """In CSS pixels."""
    return float(page.evaluate("part => parseFloat(getComputedStyle(document.querySelector(part)).fontSize)", part))


def test_what_is_long_is_no_smaller_for_it_and_a_smaller_window_is_filled_anew(played: Page) -> None:
    played.set_viewport_size({"width": 1920, "height": 1080})
    played.get_by_role("button", name="Result").click()
    large = type_size(played, "#stage")
    assert large > 1.3 * 0.034 * 1080
    played.set_viewport_size({"width": 960, "height": 540})
    played.wait_for_function(
        "large => parseFloat(getComputedStyle(document.querySelector('#stage')).fontSize) < large", arg=large
    )
    played.keyboard.press("Home")
    for _ in titles(played):
        assert type_size(played, "#stage") >= 0.034 * 540
        played.keyboard.press("ArrowLeft")


@pytest.mark.parametrize(("width", "height", "zoom"), [(1280, 800, 1), (1920, 1080, 1), (1280, 800, 2)])
def test_the_result_is_on_the_first_screen(
    browser: Browser, tmp_path: Path, width: int, height: int, zoom: int
) -> None:
    exported = export(tmp_path)
    context = browser.new_context(viewport={"width": width // zoom, "height": height // zoom}, device_scale_factor=zoom)
    page = context.new_page()
    page.goto(exported.as_uri())
    page.get_by_role("button", name="Result").click()
    for part in (".verdict", "h1", ".large"):
        box = page.locator(f"#stage {part}").first.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= page.locator(".bar-foot").bounding_box()["y"]  # type: ignore[index]
    assert page.locator(".bar-top").bounding_box()["height"] <= height // zoom / 10  # type: ignore[index]
    assert page.evaluate(
        "document.querySelector('#stage').scrollHeight <= document.querySelector('#stage').clientHeight"
    )
    assert type_size(page, "#stage h1") >= height / zoom / 14
    assert type_size(page, ".bar-foot") >= height / zoom / 50
    assert page.evaluate("document.documentElement.scrollWidth") <= width // zoom
    context.close()


LONG = "Visitors come, and each of them asks for a page that nobody has seen before. " * 3


def export_long(folder: Path, kind: RunKind) -> Path:
    """The replay of a run in which nothing is short."""
    lines = "".join(
        f"+{'    ' * (number % 3)}SETTING_{number} = os.environ['THE_NAME_OF_{number}']\n" for number in range(40)
    )
    change = FileChange(
        path="shop/settings.py",
        before="1",
        after="2",
        diff=f"--- a/shop/settings.py\n+++ b/shop/settings.py\n@@ -1,1 +1,41 @@\n import os\n{lines}",
        reasons=(("Name the cloud", LONG),),
        added=40,
    )
    calls = tuple(Call(id=f"c{n}", title=f"Ask the cloud, time {n}", why=LONG, name="ask") for n in range(6))
    finding = Finding(id="slow", level=Level.WARNING, title="The cloud is slow.", why=LONG, fix=LONG)
    advice = tuple(Advice(title=f"Look {n}", text=LONG, command="toy look --at shop") for n in range(4))
    service = recorded.service(folder)
    run = replace(recorded.deploy(service), kind=kind)
    service.store.save(run)
    made = recorded.plan()
    rendered = replace(made, plan=replace(made.plan, steps=calls), changes=(change,), findings=(finding,))
    service.store.save_plan(run.id, rendered)
    said = {"card": recorded.Cloud.card, "project": "blog", "folder": service.location.root, "plan": rendered}
    service.store.save_data(run.id, "summary", summary.make(run, **said, advice=advice, resources=()))
    file.export(service, run.id, folder / "replay.html")
    return folder / "replay.html"


@pytest.mark.slice(2)
@pytest.mark.parametrize("kind", [RunKind.PLAN, RunKind.DEPLOY])
@pytest.mark.parametrize(("width", "height", "zoom"), [(1280, 800, 1), (1920, 1080, 1), (1280, 800, 2)])
def test_nothing_has_to_be_scrolled_and_nothing_is_left_out(
    browser: Browser, tmp_path: Path, width: int, height: int, zoom: int, kind: RunKind
) -> None:
    context = browser.new_context(viewport={"width": width // zoom, "height": height // zoom}, device_scale_factor=zoom)
    page = context.new_page()
    page.goto(export_long(tmp_path, kind).as_uri())
    shown = []
    page.keyboard.press("Home")
    while True:
        shown.append(page.locator("#stage").inner_text())
        stays = "part => document.querySelector(part).scrollHeight <= document.querySelector(part).clientHeight"
        assert page.evaluate(stays, "#stage"), shown[-1]
        assert type_size(page, "#stage") >= max(16, 0.034 * height / zoom) - 0.01
        if page.locator("#next").is_disabled():
            break
        page.keyboard.press("ArrowRight")
    everything = "\n".join(shown)
    assert [everything.count(f"SETTING_{number} =") for number in range(40)] == [1] * 40
    assert everything.count(LONG.strip()) >= 3
    wanted = [f"Ask the cloud, time {n}" for n in range(6)] if kind is RunKind.PLAN else []
    assert all(each in everything for each in (*wanted, *(f"Look {n}" for n in range(4))))
    place = page.locator("#place").inner_text()
    page.set_viewport_size({"width": 1000, "height": 900})  # larger: what is shown stays, of fewer
    expect(page.locator("#place")).not_to_have_text(place)
    assert page.locator("#stage").inner_text().splitlines()[-1] == shown[-1].splitlines()[-1]
    context.close()


def test_presenter_mode_follows_a_deployment_and_leaves_by_escape(serve: Serve, visit: Visit) -> None:
    with serve() as server:
        page = visit(server)
        page.get_by_role("link", name="Toy cloud").click()
        page.get_by_role("button", name="Make the plan").click()
        page.get_by_role("button", name="Configure and deploy").wait_for()
        page.keyboard.press("p")
        expect(page.locator("#stage .over")).to_contain_text("part 1 of")
        expect(page.locator("#stage .reason").first).to_be_visible()
        inspect(page, "a change, presented")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Configure and deploy").click()
        page.get_by_role("button", name="Cancel").wait_for()
        page.goto(page.url.partition("?")[0] + "?present")
        expect(page.locator("#stage .over")).to_contain_text("Step ")
