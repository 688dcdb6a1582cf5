"""A package that arrives damaged is asked for again, and told of as what it is."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import uv

from simple_deploy.core.errors import Cancelled, CommandFailed
from simple_deploy.core.secret import Redactor
from simple_deploy.engine.compiled import interpreter
from simple_deploy.engine.context import Ports, SystemClock
from simple_deploy.engine.environments import explained, install
from simple_deploy.runs.asking import Ahead
from simple_deploy.system import process

WHEEL = "heron-1.0-py3-none-any.whl"


def wheel() -> bytes:
    """The smallest package there can be."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("heron.py", "")
        archive.writestr("heron-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: heron\nVersion: 1.0\n")
        archive.writestr("heron-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("heron-1.0.dist-info/RECORD", "heron.py,,\n")
    return held.getvalue()


@dataclass
class Index:
    """A package index of one package. :param cut: how many of its next answers end in the middle of the wheel."""

    address: str = ""
    cut: int = 0

    def answer(self, path: str) -> tuple[str, bytes]:
        if not path.endswith(WHEEL):
            return "text/html", f'<a href="/files/{WHEEL}">{WHEEL}</a>'.encode()
        self.cut -= 1
        return "application/octet-stream", wheel()[: 100 if self.cut >= 0 else None]


@pytest.fixture
def index() -> Iterator[Index]:
    kept = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            kind, body = kept.answer(self.path)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.address = f"http://127.0.0.1:{server.server_port}/simple"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield kept
    server.shutdown()
    server.server_close()


def installed(index: Index, folder: Path, pause: Callable[[float], None] = lambda seconds: None) -> Path:
    """An environment with the package, from an empty cache."""
    environment = folder / "environment"
    program = uv.find_uv_bin()
    subprocess.run([program, "venv", "--quiet", "--python", sys.executable, environment], check=True)
    settings = ("--default-index", index.address, "--cache-dir", str(folder / "cache"))
    install(
        program,
        interpreter(environment),
        "heron==1.0\n",
        process.run,
        folder=folder,
        settings=settings,
        pause=pause,
    )
    return environment


@pytest.mark.parametrize("times", [1, 3])
def test_what_arrives_damaged_is_downloaded_again(index: Index, tmp_path: Path, times: int) -> None:
    index.cut = times
    assert [*installed(index, tmp_path).rglob("heron.py")]


def test_a_run_that_is_cancelled_does_not_wait_for_a_damaged_package(index: Index, tmp_path: Path) -> None:
    index.cut = 100
    ports = Ports(
        emit=lambda payload: None,
        asker=Ahead(given={}, use_defaults=True, otherwise=None),
        cancelled=lambda: True,
        redactor=Redactor(()),
        clock=SystemClock(),
    )
    with pytest.raises(Cancelled):
        installed(index, tmp_path, ports.pause)


def test_what_stays_damaged_is_told_of_and_no_requirement_is_blamed(index: Index, tmp_path: Path) -> None:
    index.cut = 100
    with pytest.raises(CommandFailed) as failed:
        installed(index, tmp_path)
    told = explained(failed.value, "requirements.txt")
    assert told.message == "The package heron 1.0 arrived damaged from the package index."
    assert "Try again in a few minutes." in (told.hint or "")


#: Builds a wheel of nothing once the file ``seen`` is there.
BACKEND = """
import time, zipfile
from pathlib import Path

def build_wheel(folder, config_settings=None, metadata_directory=None):
    for _ in range(600):
        if Path("seen").exists():
            break
        time.sleep(0.1)
    else:
        raise SystemExit("nobody was told of the build")
    name = "heron-1.0-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder) / name, "w") as archive:
        archive.writestr("heron.py", "")
        archive.writestr("heron-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: heron\\nVersion: 1.0\\n")
        archive.writestr("heron-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr("heron-1.0.dist-info/RECORD", "heron.py,,\\n")
    return name
"""


def test_a_package_that_is_compiled_is_told_of_while_that_takes(tmp_path: Path) -> None:
    source = tmp_path / "heron"
    source.mkdir()
    (source / "backend.py").write_text(BACKEND, encoding="utf-8")
    (source / "pyproject.toml").write_text(
        '[project]\nname = "heron"\nversion = "1.0"\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        encoding="utf-8",
    )
    environment = tmp_path / "environment"
    program = uv.find_uv_bin()
    subprocess.run([program, "venv", "--quiet", "--python", sys.executable, environment], check=True)

    def hear(line: str) -> None:
        if "Building heron" in line:
            (source / "seen").touch()

    install(program, interpreter(environment), "./heron\n", partial(process.run, on_line=hear), folder=tmp_path)
    assert [*environment.rglob("heron.py")]
