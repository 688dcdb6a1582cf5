"""The summary as one file: on a screen of any width, and on paper."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from simple_deploy.runs import summary
from simple_deploy.runs.summary import Row, Section, Summary

pytestmark = pytest.mark.slow

WORDS = "This is a sentence of the length that most of them have, and it says why something was done. "


def full() -> Summary:
    """As much as the most talkative platform says."""
    sections = (
        Section(
            id="changes",
            title="What was changed, and why",
            rows=tuple(Row(code=f"folder/file-{n}.toml", title="new file, +26 −0", text=WORDS * 2) for n in range(7)),
        ),
        Section(
            id="next",
            title="What to do next",
            rows=tuple(
                Row(title=f"Do thing {n}", text=WORDS, command=f"cloud do --app my-site-with-a-name --thing {n} " * 2)
                for n in range(20)
            ),
        ),
        Section(id="remarks", title="Worth knowing", rows=tuple(Row(title="", text=WORDS * 2) for _ in range(4))),
        Section(
            id="reading",
            title="Five pages to read next",
            rows=tuple(Row(title=f"Page {n}", url=f"https://cloud.example/docs/{n}") for n in range(5)),
        ),
        Section(id=summary.FOLDED, title="What was run", rows=(Row(title="", command="cloud " + "x" * 300),) * 40),
    )
    return Summary(
        run="20261103-000000-000-abcdef",
        title="A blog with a rather long name is configured for A Cloud",
        lead=WORDS,
        state="succeeded",
        platform="A Cloud",
        project="blog",
        when="2026-11-03 12:00",
        url="https://blog.example/",
        sections=sections,
    )


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("url", ["https://blog.example/", "https://blog.example.com/"], ids=["", "with a QR code"])
def test_it_is_one_page_of_paper(browser: Browser, tmp_path: Path, paper: str, url: str) -> None:
    file = tmp_path / "summary.html"
    file.write_text(summary.to_html(replace(full(), url=url)), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    pdf = page.pdf(format=paper, prefer_css_page_size=True)
    page.close()
    assert len(re.findall(rb"/Type\s*/Page[^s]", pdf)) == 1


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_sticks_out(browser: Browser, tmp_path: Path, width: int) -> None:
    file = tmp_path / "summary.html"
    file.write_text(summary.to_html(full()), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(file.as_uri())
    page.locator("details").evaluate("each => each.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
