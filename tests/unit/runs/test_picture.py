"""A picture of a site's start page: taken by a browser that is there, kept whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from simple_deploy.core.errors import StepError
from simple_deploy.core.interfaces import Completed
from simple_deploy.runs import picture
from simple_deploy.system import process
from tests.conftest import needs_program

URL = "http://127.0.0.1:9/"


def shows(data: bytes) -> Any:
    """What runs a browser that takes this for a picture."""

    def run(argv: Sequence[str], **options: object) -> Completed:
        (file,) = (each.partition("=")[2] for each in argv if each.startswith("--screenshot="))
        if data:
            Path(file).write_bytes(data)
        return Completed(argv=tuple(argv), returncode=0, output="")

    return run


def test_a_picture_is_kept_and_can_stand_in_a_page(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    assert picture.as_address(file) == ""
    picture.take("chromium", URL, file, shows(b"\x89PNG\r\n\x1a\nand more"))
    assert picture.as_address(file).startswith("data:image/png;base64,iVBORw0KGgphbmQgbW9yZQ")


@pytest.mark.parametrize("data", [b"", b"<html>"])
def test_what_is_no_picture_is_not_kept(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(StepError, match="took no picture"):
        picture.take("chromium", URL, tmp_path / "picture.png", shows(data))
    assert [*tmp_path.iterdir()] == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere browsers are found beside PATH too")
def test_a_browser_is_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert picture.browser() is None
    program = tmp_path / "google-chrome"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert picture.browser() == str(program)


@pytest.mark.slow
def test_a_chromium_takes_a_picture_of_the_start_page(tmp_path: Path) -> None:
    program = needs_program("chromium", "google-chrome")

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<body style='background: #f00'>")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        picture.take(program, f"http://127.0.0.1:{server.server_port}/", tmp_path / "picture.png", process.run)
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
    data = (tmp_path / "picture.png").read_bytes()
    size = [int.from_bytes(data[start : start + 4], "big") for start in (16, 20)]
    assert size == [picture.WIDTH, picture.HEIGHT]
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "picture.png").stat().st_mode) == 0o600
