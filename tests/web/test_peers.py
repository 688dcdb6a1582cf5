"""Whose program holds the other end of a connection: real sockets, and the lists that the kernel makes of them."""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest

from simple_deploy.web import peers
from simple_deploy.web.peers import Ends, Holder, Row, judge, parse

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells everybody")

CLIENT, SERVER = 40_000, 8_600
HERE = ipaddress.ip_address("127.0.0.1")
ENDS = Ends(peer=(HERE, CLIENT), port=SERVER)
OWN = frozenset({1000})


def row(local: int, remote: int, user: int = 1000, *, inode: int = 77, state: int = 1, at: str = "127.0.0.1") -> Row:
    address = ipaddress.ip_address(at)
    return Row(local=(address, local), remote=(address, remote), state=state, user=user, inode=inode)


def theirs(user: int, **changes: int) -> Row:
    return row(CLIENT, SERVER, user, **changes)


OURS = row(SERVER, CLIENT)


def judged(*rows: Row, here: bool = True) -> Holder:
    return judge(ENDS, rows, own=OWN, lives_here=lambda user: here)


def test_a_program_of_ones_own() -> None:
    assert judged(OURS, theirs(1000)) is Holder.OWN
    assert judged(theirs(1000), row(CLIENT, 9, 33), row(9, SERVER, 33), OURS) is Holder.OWN  # others' own affairs


def test_a_program_of_somebody_else() -> None:
    assert judged(OURS, theirs(1001)) is Holder.OTHER
    assert judged(OURS, theirs(65_534)) is Holder.OTHER
    assert judged(OURS, theirs(1000), row(CLIENT, SERVER, 1001)) is Holder.OTHER  # to another address of this computer
    assert judged(OURS, row(CLIENT, 80, 1001)) is Holder.OTHER  # the kernel turns port 80 here


def test_root_passes_on_what_comes_from_outside() -> None:
    """The proxy of a container's port, the relay of a virtual machine: root itself could read the code."""
    assert judged(OURS, theirs(0)) is Holder.UNKNOWN


def test_the_browser_outside_a_container_that_shares_its_hosts_network() -> None:
    assert judged(OURS, theirs(1001), here=False) is Holder.UNKNOWN


def test_the_other_end_is_outside_this_list() -> None:
    """A virtual machine whose host passes connections in, and whatever else is on no list."""
    assert judged(OURS) is Holder.UNKNOWN


@pytest.mark.parametrize("state", range(2, 13))
def test_nobody_holds_it_any_more(state: int) -> None:
    assert judged() is Holder.GONE  # reset: neither end is left
    assert judged(row(SERVER, CLIENT, state=state)) is Holder.GONE
    assert judged(OURS, theirs(0, inode=0, state=state)) is Holder.GONE
    assert judged(OURS, theirs(1000, inode=0, state=state)) is Holder.GONE


def test_a_list_as_the_kernel_writes_it() -> None:
    if sys.byteorder != "little":
        pytest.skip("the list below is that of another machine")
    four = "   1: 0100007F:9C40 0100007F:2198 01 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000 20 4 30 10 -1\n"
    six = (
        "   0: 00000000000000000000000001000000:2198 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000"
        " 00000000     0        0 19 1 0 100 0 0 10 0\n"
        "   1: 0000000000000000FFFF00000100007F:2198 0000000000000000FFFF00000100007F:9C40 08 00000000:00000000 00:00000000"
        " 00000000   103        0 0 1 0 100 0 0 10 0\n"
    )
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    assert list(parse(head + four)) == [row(40_000, 8_600, 1000, inode=4711)]
    listening, mapped = parse(head + six)
    assert listening.local == (ipaddress.ip_address("::1"), 8_600)
    assert mapped == row(8_600, 40_000, 103, inode=0, state=8)


@contextmanager
def connected(listening: str, to: str) -> Iterator[tuple[socket.socket, socket.socket, dict[str, object]]]:
    """Both ends of a connection, and what a server would say of it."""
    family = socket.AF_INET6 if ":" in listening else socket.AF_INET
    with socket.create_server((listening, 0), family=family, dualstack_ipv6=listening == "::") as listener:
        port = listener.getsockname()[1]
        with socket.create_connection((to, port)) as client:
            ours, (address, remote, *_) = listener.accept()
            with ours:
                meta = {"REMOTE_ADDR": address, "REMOTE_PORT": remote, "SERVER_PORT": str(port)}
                yield client, ours, meta


PAIRS = [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.2"), ("::1", "::1"), ("::", "::1"), ("::", "127.0.0.1")]


@linux
@pytest.mark.parametrize(("listening", "to"), PAIRS)
def test_a_connection_of_this_very_process(listening: str, to: str) -> None:
    with connected(listening, to) as (client, _, meta):
        assert peers.holder(meta) is Holder.OWN
        client.shutdown(socket.SHUT_WR)
        assert peers.holder(meta) is Holder.OWN, "has said all, and waits for the answer"


@linux
@pytest.mark.parametrize(("listening", "to"), PAIRS)
def test_a_connection_whose_socket_the_server_shows(listening: str, to: str) -> None:
    with connected(listening, to) as (client, ours, meta), ours.makefile("rb") as stream:
        meta = {**meta, "REMOTE_PORT": "", "wsgi.input": stream}
        assert peers.holder(meta) is Holder.OWN
        client.close()
        assert peers.holder(meta) is Holder.GONE


@linux
@pytest.mark.parametrize(("listening", "to"), PAIRS)
@pytest.mark.parametrize("reset", [True, False])
def test_a_connection_that_was_hung_up(listening: str, to: str, reset: bool) -> None:
    with connected(listening, to) as (client, _, meta):
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sendall(b"and away")
        client.close()
        assert peers.holder(meta) is Holder.GONE


@linux
def test_where_the_server_does_not_tell_the_port_nobody_knows() -> None:
    with connected("127.0.0.1", "127.0.0.1") as (_, _, meta):
        for missing in ("REMOTE_PORT", "REMOTE_ADDR", "SERVER_PORT"):
            for value in (None, "", 0):
                assert peers.holder({**meta, missing: value}) is Holder.UNKNOWN, (missing, value)
        assert peers.holder({}) is Holder.UNKNOWN
        assert peers.holder({**meta, "REMOTE_ADDR": "testclient"}) is Holder.UNKNOWN


@linux
def test_the_port_is_read_from_the_socket_where_a_server_tells_only_the_address() -> None:
    from django.core.servers import basehttp

    seen: list[Holder] = []

    def app(environ: dict[str, object], start: object) -> list[bytes]:
        assert "REMOTE_PORT" not in environ
        seen.append(peers.holder(environ))
        start("200 OK", [("Content-Length", "0")])  # type: ignore[operator]
        return []

    for handler in (WSGIRequestHandler, basehttp.WSGIRequestHandler):
        with WSGIServer(("127.0.0.1", 0), handler) as server:
            server.set_app(app)  # type: ignore[arg-type]
            thread = threading.Thread(target=server.handle_request)
            thread.start()
            with socket.create_connection(server.server_address) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                while client.recv(65_536):
                    pass
            thread.join()
    assert seen == [Holder.OWN] * 2


@linux
def test_the_users_who_are_seen_here() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert os.getuid() in peers._users_of(Path(f"/proc/{child.pid}"))
        child.communicate(b"\n")
    assert peers._users_of(Path("/proc/no-such-process")) == set()
    assert peers._lives_here(os.getuid())


@linux
def test_whoever_started_a_server_by_sudo_is_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_UID", "1234")
    assert (1234 in peers._own_users()) is (os.geteuid() == 0)
    monkeypatch.setenv("SUDO_UID", "x")
    assert peers._own_users() == {os.getuid(), os.geteuid()}
