"""Chromium, a real server, a real project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.project.conftest import environments, flat_project
from tests.support.project import child_environment, copy_project
from tests.support.waiting import PATIENCE
from tests.web.servers import Server, serving

__all__ = ["environments", "flat_project"]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


expect.set_options(timeout=PATIENCE * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    # One for each module: its event loop would be in the way of tests that run one of their own.
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        found.close()


@dataclass
class Visitor:
    """A person with a browser. Nothing may come from elsewhere, and nothing may be complained about."""

    context: BrowserContext
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def open(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._look)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        # A server that reloads cuts what it is sending and refuses connections for a moment; the browser reports each.
        gone = ("status of 40", "ERR_CONNECTION", "ERR_EMPTY", "ERR_INCOMPLETE", "Failed to fetch", "network error")
        if message.type == "error" and not any(words in message.text for words in gone):
            self.complaints.append(message.text)

    def _look(self, request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:")):
            self.elsewhere.append(request.url)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a server's link in a browser of one's own; options are Playwright's."""
    visitors: list[Visitor] = []

    def enter(server: Server, **options: object) -> Page:
        visitor = Visitor(browser.new_context(**options))  # type: ignore[arg-type]
        visitors.append(visitor)
        page = visitor.open()
        page.goto(server.link)
        return page

    yield enter
    for visitor in visitors:
        visitor.context.close()
        assert visitor.complaints == []
        assert visitor.elsewhere == []


@pytest.fixture
def project(flat_project: Path, tmp_path: Path) -> Path:
    return copy_project(flat_project, tmp_path / "project")


@pytest.fixture
def environment(tmp_path: Path, environments: Path) -> dict[str, str]:
    return child_environment(tmp_path, SIMPLE_DEPLOY_CACHE_DIR=str(environments), SIMPLE_DEPLOY_WORKER_IDLE="20")


@pytest.fixture
def serve(project: Path, environment: dict[str, str]) -> Callable[..., object]:
    """Start a server for the project: ``with serve("uvicorn", TOY_LINES="9") as server``."""

    def start(kind: str = "runserver without reload", **extra: str) -> object:
        return serving(project, {**environment, **extra}, kind)

    return start
