"""Makes the committed screenshots from the real pages: start, plan, run, question, failed, summary.

    python docs/make_screenshots.py FOLDER

FOLDER holds a project with the dashboard in it, as `run.py demo` writes one; it is deployed to this computer and
changed by that. Needs Chromium on PATH and the packages of the group dev.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent / "screenshots"
FLAGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run"
ADDRESS = re.compile(r"http://\S+\?code=\S+")
PORT = "8991"


def main(project: Path) -> None:
    HERE.mkdir(exist_ok=True)
    python = project / (".venv/Scripts/python.exe" if os.name == "nt" else ".venv/bin/python")
    log = project / ".simple_deploy" / "screenshots.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        server = subprocess.Popen(
            [str(python), "manage.py", "runserver", PORT, "--noreload"], cwd=project, stdout=output, stderr=output
        )
    try:
        address = _address(log)
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS.split())
            for size, width in (("360", 360), ("1280", 1280)):
                for theme in ("light", "dark"):
                    _visit(browser, address, project, f"{theme}-{size}", width, theme)
    finally:
        server.terminate()
        server.wait()


def _address(log: Path) -> str:
    for _ in range(200):
        found = ADDRESS.search(log.read_text(encoding="utf-8"))
        if found:
            return found[0]
        time.sleep(0.1)
    raise SystemExit(f"runserver printed no address; see {log}")


def _visit(browser: Browser, address: str, project: Path, name: str, width: int, theme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    page.goto(address)
    page.get_by_text("Your project").first.wait_for()
    page.wait_for_timeout(1500)
    _save(page, f"start-{name}")
    run = _plan(page)
    page.get_by_role("button", name=re.compile("and deploy", re.I)).first.wait_for(timeout=60_000)
    page.wait_for_timeout(500)
    _save(page, f"plan-{name}")
    page.get_by_role("button", name=re.compile("and deploy", re.I)).first.click()
    page.wait_for_url(lambda url: "/runs/" in url and url != run)
    page.wait_for_timeout(4000)
    _save(page, f"run-{name}")
    answer = page.get_by_role("button", name=re.compile("^(answer|send|go on)", re.I)).first
    finished = page.get_by_text(re.compile("is deployed|is live|summary", re.I)).first
    answer.or_(finished).first.wait_for(timeout=120_000)
    if answer.is_visible():
        _save(page, f"question-{name}")
        answer.click()
    finished.wait_for(timeout=120_000)
    page.wait_for_timeout(1000)
    _save(page, f"done-{name}")
    page.goto(page.url.rstrip("/") + "/summary/")
    page.wait_for_timeout(500)
    _save(page, f"summary-{name}")
    _fail(page, address, project, name)
    page.close()


def _plan(page: Page) -> str:
    page.get_by_role("link", name=re.compile("This computer")).first.click()
    page.get_by_role("button", name=re.compile("plan", re.I)).first.click()
    page.wait_for_url(lambda url: "/runs/" in url)
    return page.url


def _fail(page: Page, address: str, project: Path, name: str) -> None:
    """A plan that uncommitted work stops."""
    readme = project / "unfinished.py"
    readme.write_text("# not committed yet\n", encoding="utf-8")
    try:
        page.goto(address)
        _plan(page)
        page.get_by_text(re.compile("commit", re.I)).first.wait_for(timeout=60_000)
        page.wait_for_timeout(3000)
        _save(page, f"failed-{name}")
    finally:
        readme.unlink()


def _save(page: Page, name: str) -> None:
    page.screenshot(path=HERE / f"{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
