"""A pupil goes through a lesson: `python -m tests.browser.lesson_walk LESSON CHROMIUM COMMAND…`, where COMMAND starts the
dashboard, as the file that pupils open does.

A program of its own, so that it can be run where there is no network; it ends with an error where a page is wrong.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect, sync_playwright

from simple_deploy.present.lessons import library
from simple_deploy.present.lessons.lesson import Lesson, LessonStep
from simple_deploy.runs.model import RunState
from simple_deploy.system import process
from tests.support.waiting import waited

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
PATIENCE = 1_200_000  # milliseconds

#: A run that is over, whatever became of it: nobody waits for a result that cannot come any more.
OVER = ", ".join(f'#run-head[data-state="{state.value}"]' for state in RunState if state.is_final)

#: What only the person can answer, since it costs different amounts of money.
CHOICES = {"flyio": 'input[name="option-database"][value="unmanaged-postgres"]'}


@dataclass(kw_only=True)
class Pupil:
    """:param page: with the lesson. :param rehearsals: the newest page of each platform's rehearsal."""

    page: Page
    home: str
    rehearsals: dict[str, Page] = field(default_factory=dict)

    def go_through(self, lesson: Lesson) -> None:
        """:raises AssertionError: something was otherwise than the lesson says."""
        for number, step in enumerate(lesson.steps, 1):
            self.page.goto(f"{self.home}lessons/{lesson.name}/{number}/")
            expect(self.page.get_by_role("heading", level=1)).to_have_text(f"{number}. {step.title}")
            self.do(step)
            if step.checks:
                self.page.get_by_role("link", name="Check now").click()
                expect(self.page.locator("#checks li")).to_have_count(len(step.checks))
                expect(self.page.locator("#checks").get_by_label("not yet")).to_have_count(0)
            name = "Finish" if number == len(lesson.steps) else "Finished, next step"
            self.page.get_by_role("button", name=name, exact=True).click()
            print(f"{lesson.name}: {number}. {step.title}", flush=True)
        self.page.goto(f"{self.home}lessons/")
        expect(self.page.get_by_text(f"{len(lesson.steps)} finished")).to_be_visible()

    def do(self, step: LessonStep) -> None:
        """What the step asks for, told by its checks."""
        asked = {check.name for check in step.checks}
        if step.title == "Leave no trace":
            for slug in list(self.rehearsals):
                self.end(slug)
        elif "undone" in asked:
            self.undo(step.platform)
        elif step.scenario or "deployed" in asked:
            self.deploy(step)
            if step.title == "Roll back":
                self.roll_back(step.platform)
        elif "planned" in asked:
            self.plan(step)

    def plan(self, step: LessonStep) -> Page:
        with self.page.context.expect_page() as opened:
            self.page.get_by_role("button", name="Rehearse", exact=False).first.click()
        page = opened.value
        page.set_default_timeout(PATIENCE)
        self.rehearsals[step.platform] = page
        expect(page.get_by_role("complementary", name="Rehearsal")).to_be_visible()
        if step.platform in CHOICES:
            page.locator(CHOICES[step.platform]).check(force=True)
        page.get_by_role("button", name="Make the plan").click()
        ended(page, "succeeded")
        return page

    def deploy(self, step: LessonStep) -> None:
        page = self.plan(step)
        plan = page.url
        page.get_by_role("button", name=re.compile("^(Configure and deploy|Deploy)")).click()
        page.wait_for_url(lambda url: url != plan)
        over, asks = page.locator(OVER), page.get_by_role("button", name="Continue")
        expect(over.or_(asks).first).to_be_visible()
        while asks.is_visible():
            asks.click()
            expect(asks).to_be_hidden()
            expect(over.or_(asks).first).to_be_visible()
        ended(page, *(("failed", "blocked") if step.scenario else ("succeeded",)))

    def undo(self, slug: str) -> None:
        page = self.rehearsals[slug]
        page.get_by_role("link", name="Undo the changes").click()
        page.get_by_role("button", name="Undo changes").click()
        expect(page.get_by_role("heading", name=re.compile("were undone"))).to_be_visible()

    def roll_back(self, slug: str) -> None:
        page = self.rehearsals[slug]
        inside = page.url.partition("/runs/")[0]
        page.goto(f"{inside}/sites/{slug}/releases/")
        page.get_by_role("link", name=re.compile("^Roll back")).first.click()
        page.locator("form").get_by_role("button", name=re.compile("Roll back")).click()
        ended(page, "succeeded")

    def end(self, slug: str) -> None:
        page = self.rehearsals.pop(slug)
        page.get_by_role("button", name="End the rehearsal").click()
        expect(page.get_by_role("complementary", name="Rehearsal")).to_have_count(0)
        page.close()


def ended(page: Page, *states: str) -> None:
    """Wait for the end of the run. :raises AssertionError: it ended in none of *states*."""
    expect(page.locator(OVER)).to_be_visible()
    state = page.locator("#run-head").get_attribute("data-state")
    assert state in states, f"{state}: {page.locator('#run-outcome').inner_text()}"


@contextmanager
def dashboard(command: list[str]) -> Iterator[str]:
    """Start it as a person does, and end it by Ctrl-C; gives the link that it prints."""
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        log.touch(mode=0o600)  # what others may read gets no access code
        with log.open("w") as output:
            server = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **process.own_group())

        def link() -> str | None:
            assert server.poll() is None, log.read_text(encoding="utf-8")
            found = re.findall(r"http://\S+/simple-deploy/\?code=\S+", log.read_text(encoding="utf-8"))
            return found[-1] if found else None

        try:
            yield waited(link, lambda: log.read_text(encoding="utf-8"))
            os.killpg(server.pid, signal.SIGINT)
            server.wait(60)
        finally:
            process.kill_tree(server.pid)
            server.wait()


def main(name: str, chromium: str, command: list[str]) -> None:
    expect.set_options(timeout=PATIENCE)
    with TemporaryDirectory() as nothing:
        lesson = library.load(Path(nothing), name)
    assert lesson is not None
    with dashboard(command) as link, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_context().new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(link)
        home = page.url
        page.get_by_role("link", name="Lessons", exact=True).click()
        page.get_by_role("link", name=lesson.title).click()
        pupil = Pupil(page=page, home=home)
        try:
            pupil.go_through(lesson)
        finally:
            for slug in list(pupil.rehearsals):
                pupil.end(slug)
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
