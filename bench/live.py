"""A run whose lines are written here, a development server that shows it, and a browser that looks at it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, sync_playwright

from bench.places import CHECKOUT
from simple_deploy.core.events import RunFinished, RunStarted, StepHead, StepStarted
from simple_deploy.core.secret import Redactor
from simple_deploy.engine.context import SystemClock
from simple_deploy.runs.eventlog import EventWriter
from simple_deploy.runs.model import RunState
from simple_deploy.runs.service import Service
from tests.web.servers import Server

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@dataclass(frozen=True)
class LiveRun:
    """A run that is under way as far as anybody can see."""

    service: Service
    id: str

    @classmethod
    def start(cls, service: Service) -> LiveRun:
        run = service.create_plan("local", {})
        service.store.update(run.id, state=RunState.RUNNING, started=time.time())
        writer = EventWriter(service.store.folder(run.id), clock=SystemClock(), redact=Redactor())
        head = StepHead(id="build", title="Build", why="")
        writer.record(None, RunStarted(run_kind="plan", platform="local", steps=(head,)))
        writer.record("build", StepStarted(title="Build"))
        writer.close()
        return cls(service, run.id)

    @property
    def address(self) -> str:
        return f"/simple-deploy/runs/{self.id}/"

    def seen_by(self, page: Page) -> str:
        """The whole address of its page, for a browser that is on some page of its session."""
        home, own, _ = re.split(r"(/simple-deploy/[\w-]{24}/)", page.url)
        return f"{home}{own}runs/{self.id}/"

    @property
    def last(self) -> int:
        """Number of the last event."""
        return self.service.event_tail(self.id, 1)[0][-1].seq

    @contextmanager
    def writing(self, env: Mapping[str, str], count: int, interval: float = 0.0) -> Iterator[subprocess.Popen[bytes]]:
        """A process that writes *count* lines, one each *interval* seconds; ended when this is left."""
        folder = self.service.store.folder(self.id)
        argv = [sys.executable, "-m", "bench.writer_child", str(folder), str(count), str(interval)]
        with subprocess.Popen(argv, cwd=CHECKOUT, env=dict(env)) as process:
            yield process
        if process.returncode:
            raise RuntimeError("the lines could not be written")

    def end(self) -> None:
        self.service.store.update(self.id, state=RunState.FAILED, finished=time.time())
        writer = EventWriter(self.service.store.folder(self.id), clock=SystemClock(), redact=Redactor())
        writer.record(None, RunFinished(state="failed"))
        writer.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """:raises RuntimeError: there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise RuntimeError("This needs Chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser, server: Server) -> Iterator[Page]:
    """A page of a browser that has shown the access code."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(server.link)
    yield page
    context.close()
