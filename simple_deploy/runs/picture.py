"""A picture of a site's start page, taken with a Chromium of this computer, where one is installed."""

from __future__ import annotations

import base64
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from simple_deploy.core.errors import StepError
from simple_deploy.core.interfaces import Runner
from simple_deploy.system import files, programs, stored

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
WIDTH, HEIGHT = 1280, 800
PATIENCE = 60.0  # seconds
#: Browsers that are on no PATH.
_ON_MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_ON_WINDOWS = (r"Google\Chrome\Application\chrome.exe", r"Microsoft\Edge\Application\msedge.exe")
_BEGINS = b"\x89PNG\r\n\x1a\n"


def browser() -> str | None:
    """The program of a browser that can take pictures, or None."""
    return next(filter(None, _candidates(os.environ)), None)


def take(program: str, url: str, file: Path, run: Runner) -> None:
    """Visit *url* with the browser *program*, without a window, and keep what it shows as *file*.

    :raises SimpleDeployError: it showed nothing.
    """
    with tempfile.TemporaryDirectory(prefix="simple-deploy-picture-", ignore_cleanup_errors=True) as folder:
        made = Path(folder) / "picture.png"
        run(_command(program, url, made, profile=Path(folder) / "profile"), timeout=PATIENCE, check=False)
        found = made.read_bytes() if made.is_file() else b""
    if not found.startswith(_BEGINS):
        raise StepError("The browser took no picture.", hint=f"Try again, or open {url} yourself.")
    files.write_atomic(file, found)


def as_address(file: Path) -> str:
    """The picture as an address of its own, for an ``img`` element; empty where there is none."""
    with suppress(stored.Damaged):
        found = stored.read(file)
        return f"data:image/png;base64,{base64.b64encode(found).decode('ascii')}" if found else ""
    return ""


def _candidates(env: Mapping[str, str]) -> Iterator[str | None]:
    for name in NAMES:
        yield programs.find(name, env)
    if sys.platform == "darwin":
        yield from (each for each in _ON_MACOS if Path(each).is_file())
    for folder in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA") if sys.platform == "win32" else ():
        found = (Path(env[folder], each) for each in _ON_WINDOWS if folder in env)
        yield from (str(each) for each in found if each.is_file())


def _command(program: str, url: str, file: Path, *, profile: Path) -> tuple[str, ...]:
    # A browser that root starts has no sandbox to offer, and refuses to start with one.
    as_root = ("--no-sandbox",) if sys.platform == "linux" and os.geteuid() == 0 else ()
    return (
        *(program, "--headless", *as_root, "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
        *("--disable-extensions", "--disable-background-networking", f"--user-data-dir={profile}"),
        *(f"--window-size={WIDTH},{HEIGHT}", "--virtual-time-budget=5000", f"--screenshot={file}", url),
    )
