"""A pupil with a browser: types the code, sees the run as it happens, looks up a word, and is told when it is over."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from simple_deploy.core import events as ev
from simple_deploy.present.share import lesson
from tests.support import recorded
from tests.support.waiting import waited

pytestmark = pytest.mark.slow


def test_a_pupil_follows_a_run_to_its_end(browser: Browser, tmp_path: Path) -> None:
    service = recorded.service(tmp_path)
    recorded.deploy(service)
    lines: list[str] = []
    serving = threading.Thread(target=lambda: lesson.serve(service, ["127.0.0.1"], lines.append), daemon=True)
    serving.start()
    shared = waited(lambda: lesson.current(service.store.root))
    context = browser.new_context(viewport={"width": 390, "height": 740})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if "403" not in message.text else None)

    page.goto(shared.address)
    page.get_by_label("Code").fill("aaa aaa")
    page.get_by_role("button", name="Follow").click()
    expect(page.get_by_text("That is not the code")).to_be_visible()
    page.get_by_label("Code").fill(shared.spoken_code.upper())
    page.get_by_role("button", name="Follow").click()
    expect(page.locator(".verdict")).to_contain_text("It worked")
    assert "code=" not in page.url

    _, writer = recorded.begin(service)
    heads = (ev.StepHead(id="build", title="Build the site", why="The packages have to be there."),)
    writer.record(None, ev.RunStarted(run_kind="deploy", platform="toy", steps=heads))
    writer.record("build", ev.StepStarted(title="Build the site"))
    writer.record("build", ev.Output(text="Collecting <b>django</b>"))
    expect(page.get_by_role("heading", name="Build the site")).to_be_visible()
    expect(page.locator("#log")).to_have_text("Collecting <b>django</b>")
    page.get_by_text("What is this?").click()
    expect(page.get_by_text("The program that runs Django on a server")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    violations = Axe().run(page).response["violations"]
    assert [each["id"] for each in violations if each["impact"] in {"serious", "critical"}] == []
    writer.close()

    lesson.stop(service.store.root)
    serving.join()
    expect(page.get_by_text("The lesson is over.")).to_be_visible()
    context.close()
    assert complaints == []
