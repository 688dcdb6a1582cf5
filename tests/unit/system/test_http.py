"""Requests: what is told to the address, through a proxy where the computer has one, and what stays hidden."""

from __future__ import annotations

import base64
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from simple_deploy.api import Secret, StepError
from simple_deploy.system import http
from simple_deploy.testing import RecordingContext, make_facts
from tests.conftest import needs_program
from tests.support.http import Listener, listening

HOST = "api.pond.example"


@pytest.fixture
def server() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def test_method_headers_and_body_arrive(server: Listener) -> None:
    server.status, server.answer = 202, {"taken": True}

    answer = http.fetch(server.visited("https://x/a?b=1"), method="PATCH", headers={"X-Kind": "duck"}, body='{"é": 1}')

    (asked,) = server.asked
    assert (asked.method, asked.path, asked.headers["x-kind"], asked.data) == ("PATCH", "/a?b=1", "duck", {"é": 1})
    assert (answer.status, answer.text) == (202, '{"taken": true}')


def test_what_is_secret_arrives_and_is_hidden_from_then_on(server: Listener, tmp_path: Path) -> None:
    ctx = RecordingContext(make_facts(), home=tmp_path, visited=server.visited)

    ctx.fetch(
        "https://x/", method="POST", headers={"Authorization": Secret("Bearer duck-4711")}, body=Secret("quack-0815")
    )
    ctx.note("told Bearer duck-4711 and quack-0815")

    (asked,) = server.asked
    assert (asked.headers["authorization"], asked.body) == ("Bearer duck-4711", b"quack-0815")
    assert ctx.log == ("told ••• and •••",)


def test_nobody_there_is_an_error_that_names_the_address() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(StepError, match=f"127.0.0.1:{port}"):
        http.fetch(f"http://127.0.0.1:{port}/", timeout=2)


# -- a proxy, as schools and companies have one --


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for the host, signed by itself, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    names = ("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}")
    argv = [needs_program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*argv, "-keyout", "key.pem", "-out", "site.pem"], cwd=folder, check=True, capture_output=True)
    return folder / "site.pem", folder / "key.pem"


class Proxy:
    """Takes CONNECT alone, and leads every host to one server that speaks TLS."""

    def __init__(self, certificate: tuple[Path, Path]) -> None:
        self.heads: list[str] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)):  # which ends the waiting
            pass
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            with self._listener.accept()[0] as visitor:
                head = _head(visitor)
                if not head:
                    return
                self.heads.append(head)
                visitor.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                with suppress(ssl.SSLError), self._context.wrap_socket(visitor, server_side=True) as inside:
                    self.heads.append(_head(inside))
                    inside.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nduck")


def _head(connection: socket.socket) -> str:
    got = b""
    while not got.endswith(b"\r\n\r\n") and (piece := connection.recv(1)):
        got += piece
    return got.decode()


@pytest.fixture
def proxy(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    made = Proxy(certificate)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://grace:p%40ss@127.0.0.1:{made.port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield made
    made.close()


def test_https_goes_through_the_proxy_and_only_the_host_can_read_it(
    proxy: Proxy, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))

    assert http.fetch(f"https://{HOST}/ducks", headers={"Authorization": "Bearer it"}).text == "duck"

    outer, inner = proxy.heads
    assert outer.startswith(f"CONNECT {HOST}:443 ")
    assert base64.b64encode(b"grace:p@ss").decode() in outer
    assert "Bearer it" not in outer
    assert inner.startswith("GET /ducks ")
    assert "Bearer it" in inner and "Proxy-Authorization" not in inner


def test_a_host_that_nobody_vouches_for_is_told_nothing(proxy: Proxy) -> None:
    with pytest.raises(StepError, match="certificate"):
        http.fetch(f"https://{HOST}/ducks", headers={"Authorization": "Bearer it"})

    assert len(proxy.heads) == 1


def test_where_the_computer_says_so_there_is_no_proxy(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost")

    for address in ("https://localhost:1/", "https://127.0.0.1:1/", "https://site.localhost:1/"):
        with pytest.raises(StepError, match="does not answer"):
            http.fetch(address, timeout=2)

    assert proxy.heads == []


@pytest.mark.parametrize("address", ["http://", "http://proxy:word", "http://:3128"])
def test_a_proxy_that_is_no_address_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, address)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(StepError) as refused:
        http.fetch(f"https://{HOST}/")

    assert "proxy" in refused.value.message
    assert "HTTPS_PROXY" in refused.value.hint
