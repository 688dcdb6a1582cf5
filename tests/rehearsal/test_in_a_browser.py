"""A rehearsed site in Chromium, which looks up its address on this computer by itself."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from simple_deploy.testing import Shape
from tests.browser.conftest import browser
from tests.rehearsal.owner import PASSWORD, Owner, succeeded, visit
from tests.support.shapes import Shapes

__all__ = ["browser"]

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.browser, pytest.mark.timeout(900)]


def picture() -> bytes:
    """A PNG file of one red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")


def test_a_person_logs_in_and_uploads_a_picture(browser: Browser, shapes: Shapes, tmp_path: Path) -> None:
    owner = Owner(project=shapes.project(Shape(), tmp_path / "blog"), platform="upsun")
    try:
        url = succeeded(owner.deploy()).result["url"]
        visit(url, newcomer="ada")

        page = browser.new_page()
        page.goto(f"{url}accounts/login/?next=/write/")
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_label("Title").fill("Night train to Vienna")
        page.get_by_label("Summary").fill("A night in a couchette.")
        page.get_by_label("Body").fill("It left on time.")
        cover = {"name": "train.png", "mimeType": "image/png", "buffer": picture()}
        page.get_by_label("Cover").set_input_files(cover)  # type: ignore[arg-type]
        page.get_by_role("button", name="Save").click()

        expect(page.get_by_role("heading", name="Night train to Vienna")).to_be_visible()
        assert page.url.startswith(url)
        image = page.locator("img.cover")
        expect(image).to_be_visible()
        assert image.evaluate("each => each.decode().then(() => each.naturalWidth)") == 1
        page.close()
    finally:
        owner.world.stop_all()
