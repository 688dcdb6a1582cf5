"""``python -m tests.screenshots``: take the pictures in docs/screenshots anew, from a real deployment of the sample project.

Six scenes in light and dark, on a telephone and on a laptop; of each platform that can be rehearsed its questions, its
plan and its summary; presenter mode as projectors show it, which ``… present`` takes alone; and public plugins, whose
platforms' programs are played, which ``… plugin`` takes alone. Folders of the computer they are taken on are replaced by
what they would be called on anyone's.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, expect, sync_playwright

from simple_deploy import assets, conf
from simple_deploy.demo.create import create
from simple_deploy.demo.shape import Shape
from simple_deploy.inspection.locate import locate
from simple_deploy.runs.service import Service
from simple_deploy.system import process
from tests.browser.conftest import FLAGS
from tests.legacy import programs
from tests.legacy.comparing import OURS
from tests.legacy.outcomes import ON_THE_PAGE
from tests.legacy.plugins import Environment, make
from tests.support.project import child_environment
from tests.support.repository import git
from tests.web.servers import Server, serving

TARGET = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
SIZES = {1280: 860, 360: 740}
BY_DAY = "light-1280"

#: What a room sees: width and height of the screen, and how large the browser draws.
PROJECTORS = {"1280x800": (1280, 800, 1), "1920x1080": (1920, 1080, 1), "1280x800-at-200": (1280, 800, 2)}

_DEPLOY = re.compile("^(Configure and deploy|Deploy)")

_RENAME = """names => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    let text = walker.currentNode.data;
    for (const [from, to] of names) text = text.replaceAll(from, to);
    if (text !== walker.currentNode.data) walker.currentNode.data = text;
  }
}"""


@dataclass(frozen=True)
class Studio:
    """The same page in every colour scheme and size at once."""

    pages: dict[str, Page]
    names: list[tuple[str, str]]

    def go(self, path: str) -> None:
        for page in self.pages.values():
            page.goto(path)

    def take(self, scene: str, ready: str, *, top: str | None = None, only: str = "") -> None:
        """Take *scene* once *ready* is visible on a page; *top* is scrolled to. *only* names the one variant wanted."""
        for variant, page in self.pages.items():
            if only not in variant:
                continue
            expect(page.locator(ready).first).to_be_visible()
            page.evaluate(_RENAME, self.names)
            if top:
                page.locator(top).evaluate("element => window.scrollTo(0, element.offsetTop - 90)")
            page.screenshot(path=TARGET / f"{scene}-{variant}.png", animations="disabled")

    @property
    def first(self) -> Page:
        return next(iter(self.pages.values()))


def main(*only: str) -> None:
    if "plugin" not in only:
        _platforms(only)
    for name in ON_THE_PAGE if "present" not in only else ():
        _plugin(name)
    _say(f"{len(list(TARGET.glob('*.png')))} pictures in {TARGET.relative_to(TARGET.parent.parent)}")


def _platforms(only: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        env = {**child_environment(folder), "PYTHONPATH": "", "SIMPLE_DEPLOY_WORKER_IDLE": "5"}
        os.environ.update(env)
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)
        project = folder / "blog"
        create(
            project,
            Shape(layout="flat", manager="requirements"),
            source=assets.folder("sample_project"),
            run=process.run,
            say=_say,
        )
        service = Service(
            locate(start=project, manage_py=None, settings_module=None, runner=process.run), conf.load(env)
        )
        try:
            with serving(project, env) as server, _studio(folder, server) as studio:
                _scenes(studio, server.base + "/simple-deploy/", service, project, only)
        finally:
            _clear(service, folder)


def _plugin(name: str) -> None:
    """A public plugin of django-simple-deploy: its card, its plan and its summary."""
    with tempfile.TemporaryDirectory() as place, programs.answering() as address:
        folder = Path(place).resolve()
        environment = Environment(folder / "env", folder / "home", name)
        environment.home.mkdir()
        environment.make()
        git(folder, "init", "--quiet", "--bare", "app.git")
        played = programs.Programs(folder / "programs")
        played.answer(programs.DEPLOYMENTS[name].play(folder / "app.git", address))
        project = make(folder / "blog", apps=OURS)
        env = environment.variables({**played.environment(), "SIMPLE_DEPLOY_WORKER_IDLE": "5"})
        python = str(environment.python)
        with serving(project, env, python=python) as server, _studio(folder, server, python) as studio:
            studio.names.insert(0, (address.rstrip("/"), "https://blog-production.up.railway.app"))
            _platform_scenes(studio, f"{server.base}/simple-deploy/", environment.slug, rehearsed=False)


def _scenes(studio: Studio, base: str, service: Service, project: Path, only: Sequence[str]) -> None:
    if "present" in only:
        _presented(studio, base, "heroku")
        service.end_rehearsal("heroku")
        return
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    page = studio.first
    studio.go(base)
    studio.take("start", "#inspection .verdict")

    page.goto(f"{base}platforms/local/")
    page.get_by_text("More options").click()
    page.get_by_label("Copy local data to the site").uncheck()
    page.get_by_role("button", name="Make the plan").click()
    expect(page.get_by_role("button", name="Configure and deploy")).to_be_visible()
    studio.go(page.url)
    studio.take("plan", ".decide button", top="#run-outcome")

    page.get_by_role("button", name="Configure and deploy").click()
    page.wait_for_selector("#run-steps")
    studio.go(page.url)
    studio.take("run", "#log-lines:has-text('Install the packages')")
    page.get_by_role("checkbox", name="Create an admin user").wait_for()
    for each in studio.pages.values():
        each.get_by_role("checkbox", name="Create an admin user").check()
    studio.take("question", "#run-question input[type=password]")
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("link", name="Summary and next steps")).to_be_visible()
    studio.go(f"{page.url.rstrip('/')}/summary/")
    studio.take("summary", ".summary-section")

    for platform in service.registry.platforms:
        if platform.simulation is not None:
            _platform_scenes(studio, base, platform.card.slug)
            if platform.card.slug == "heroku":
                _presented(studio, base, platform.card.slug)
            service.end_rehearsal(platform.card.slug)

    requirements = project / "requirements.txt"
    requirements.write_text(requirements.read_text() + "django-crispy-froms==2.0\n")
    git(project, "commit", "--quiet", "--all", "-m", "Add nicer forms")
    page.goto(f"{base}platforms/local/")
    page.get_by_role("button", name="Make the plan").click()
    expect(page.locator(".panel-trouble")).to_be_visible()
    studio.go(page.url)
    studio.take("failed", ".panel-trouble")


def _platform_scenes(studio: Studio, base: str, slug: str, *, rehearsed: bool = True) -> None:
    """Platform *slug*, rehearsed where it can be, on a laptop by day."""
    page = studio.pages[BY_DAY]
    page.goto(f"{base}platforms/{slug}/")
    studio.take(f"{slug}-questions", "#plan-title", only=BY_DAY)
    if rehearsed:
        _plan_rehearsal(page)
    else:
        _plan(page)
    studio.take(f"{slug}-plan", ".decide button", top="#run-outcome", only=BY_DAY)
    _deploy(page)
    page.get_by_role("link", name="Summary and next steps").click()
    studio.take(f"{slug}-summary", ".summary-section", only=BY_DAY)


def _plan_rehearsal(page: Page) -> None:
    page.get_by_role("button", name="Rehearse").click()
    page.wait_for_url("**/rehearsals/**")
    for question in page.locator("fieldset:not(:has(input:checked))").all():  # where nothing is usual
        question.locator("input").first.check()
    _plan(page)


def _plan(page: Page) -> None:
    page.get_by_role("button", name="Make the plan").click()
    expect(page.get_by_role("button", name=_DEPLOY)).to_be_visible()


def _deploy(page: Page) -> None:
    page.get_by_role("button", name=_DEPLOY).click()
    while page.get_by_role("link", name="Summary and next steps").count() == 0:
        answer = page.get_by_role("button", name="Continue")
        if answer.count() and answer.is_visible():
            answer.click()
        page.wait_for_timeout(500)


def _presented(studio: Studio, base: str, slug: str) -> None:
    """A plan and the result of a rehearsal in presenter mode, as each projector shows it."""
    page = studio.pages[BY_DAY]
    page.goto(f"{base}platforms/{slug}/")
    _plan_rehearsal(page)
    scenes = {"change": page.url}
    _deploy(page)
    scenes["result"] = page.url
    browser = page.context.browser
    assert browser is not None
    for projector, (width, height, scale) in PROJECTORS.items():
        context = browser.new_context(
            viewport={"width": width // scale, "height": height // scale},
            device_scale_factor=scale,
            storage_state=page.context.storage_state(),
        )
        wall = context.new_page()
        for scene, address in scenes.items():
            wall.goto(f"{address.partition('?')[0].rstrip('/')}/present/")
            expect(wall.locator("#stage > *").first).to_be_visible()
            wall.evaluate(_RENAME, studio.names)
            wall.screenshot(path=TARGET / f"present-{scene}-{projector}.png", animations="disabled")
        context.close()


@contextmanager
def _studio(folder: Path, server: Server, python: str = sys.executable) -> Iterator[Studio]:
    uv, base = str(Path(python).with_name("uv")), str(getattr(sys, "_base_executable", sys.executable))
    names = [
        (uv, "uv"),
        (str(Path(python).parent), "~/.venv/bin"),
        (str(folder / "home"), "~/.local/share"),
        (str(folder / "data"), "~/.local/share/simple_deploy"),
        (str(folder / "cache"), "~/.cache/simple_deploy"),
        (str(folder), "~"),
        (str(Path(base).resolve()), "python3"),
        (base, "python3"),
        (str(TARGET.parent.parent), "~/simple-deploy"),
    ]
    with sync_playwright() as playwright, ExitStack() as stack:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        stack.callback(chromium.close)
        pages: dict[str, Page] = {}
        for width, height in SIZES.items():
            for scheme in ("light", "dark"):
                pages[f"{scheme}-{width}"] = _page(chromium, server, scheme, width, height, pages)
        yield Studio(pages, names)


def _page(chromium: Browser, server: Server, scheme: str, width: int, height: int, others: Mapping[str, Page]) -> Page:
    """A page of one session with the *others*: an address belongs to a session."""
    known = next((other.context.storage_state() for other in others.values()), None)
    context = chromium.new_context(
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": height},
        storage_state=known,
    )
    page = context.new_page()
    page.set_default_timeout(600_000)
    if known is None:
        page.goto(server.link)
    return page


def _clear(service: Service, folder: Path) -> None:
    """Remove the site that was deployed, and end whatever still works in the folder."""
    running = service.active()
    if running is None:
        service.execute(service.create_destroy("local").id)
    for each in psutil.process_iter(["cwd"]):
        if (each.info["cwd"] or "").startswith(str(folder)) and each.pid != os.getpid():
            process.kill_tree(each.pid)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    expect.set_options(timeout=600_000)
    main(*sys.argv[1:])
