"""What stands beside each other keeps its distance, and what needs JavaScript is not there without it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from simple_deploy import assets

pytestmark = pytest.mark.slow

CSS = (assets.folder("static") / "simple_deploy" / "app.css").read_text(encoding="utf-8")
PARTS = """
<div class="rehearsal"><div class="rehearsal-in">This is a rehearsal.</div></div>
<main class="page">
  <section class="panel"><ul><li>one</li></ul><form><input><button class="button">Do it</button></form></section>
  <section class="panel"><p>one</p><form><label>Name</label><input></form></section>
  <section class="panel"><pre>one</pre><form><button class="button">Do it</button></form></section>
  <ol class="log with-times">
    <li class="line line-step" id="e1" data-at="03:43:33">Offer the release</li>
    <li class="line" id="e2" data-at="03:43:33">A line</li>
  </ol>
  <button class="button" data-needs-script>Copy</button>
</main>
"""


def opened(browser: Browser, width: int, *, script: bool = True) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script).new_page()
    page.set_content(f'<!doctype html><html lang="en"><style>{CSS}</style><body>{PARTS}</body></html>')
    return page


@pytest.mark.parametrize("width", [360, 1280])
def test_what_is_asked_does_not_touch_what_is_said_before(browser: Browser, width: int) -> None:
    page = opened(browser, width)
    gaps = page.evaluate(
        "[...document.querySelectorAll('.panel')].map(each => each.children[1].getBoundingClientRect().top"
        " - each.children[0].getBoundingClientRect().bottom)"
    )
    assert len(gaps) == 3
    assert all(gap >= 8 for gap in gaps), gaps


@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_the_rehearsal_banner_begins_where_the_page_begins(browser: Browser, width: int) -> None:
    page = opened(browser, width)
    lefts = page.evaluate(
        "['.rehearsal-in', '.page'].map(name => document.querySelector(name).getBoundingClientRect().left)"
    )
    assert lefts[0] == lefts[1]


@pytest.mark.parametrize("width", [360, 1280])
def test_times_and_lines_of_the_log_stand_apart(browser: Browser, width: int) -> None:
    page = opened(browser, width)
    room = page.evaluate(
        """[...document.querySelectorAll('.line')].map(line => {
          const text = document.createRange(), time = getComputedStyle(line, '::before');
          text.selectNodeContents(line);
          const begins = text.getBoundingClientRect().left - line.getBoundingClientRect().left;
          return begins - parseFloat(time.left) - parseFloat(time.width);
        })"""
    )
    assert len(room) == 2
    assert all(gap >= 4 for gap in room), room


def test_without_javascript_nothing_waits_for_it(browser: Browser) -> None:
    assert opened(browser, 1280).locator("[data-needs-script]").is_visible()
    assert opened(browser, 1280, script=False).locator("[data-needs-script]").is_hidden()
