"""A person with Chromium, which looks up the address of a rehearsed site on this computer by itself."""

from __future__ import annotations

import struct
import zlib

from playwright.sync_api import Browser, expect

from tests.rehearsal.owner import PASSWORD
from tests.support.visitor import Visitor


def logs_in_and_uploads_a_picture(browser: Browser, url: str, *, name: str, shown: bool) -> None:
    """Log in by the form, and write a post with a picture.

    :param shown: whether the picture can be seen in the post.
    :raises AssertionError: something is not as a person would see it.
    """
    page = browser.new_page()
    try:
        page.goto(f"{url}accounts/login/?next=/write/")
        page.get_by_label("Username").fill(name)
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
        expect(image).to_have_count(1)
        if shown:
            assert image.evaluate("each => each.decode().then(() => each.naturalWidth)") == 1
    finally:
        page.close()


def logs_in(url: str, *, name: str) -> bool:
    """Log in as somebody who has signed up before."""
    return Visitor(url).submit("/accounts/login/", username=name, password=PASSWORD) == 302


def reads_a_missing_page(url: str) -> str:
    """What a page says that is not there."""
    status, text = Visitor(url).get("/there-is-no-such-page/")
    assert status == 404
    return text


def picture() -> bytes:
    """A PNG file of one red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
