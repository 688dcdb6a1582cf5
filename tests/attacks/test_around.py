"""Anybody near who is not the owner: the network, other users of the computer, proxies and tunnels."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import pytest

from tests.attacks.claims import proves
from tests.attacks.conftest import FINISHED, enter, of_servers, program, require_root
from tests.attacks.door import HOME, Door, knock
from tests.support.thief import knock_as, nobody
from tests.support.waiting import waited
from tests.web.servers import serving

KNOCK = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 20) as connection:
    connection.sendall(sys.stdin.buffer.read())
    while piece := connection.recv(65536):
        sys.stdout.buffer.write(piece)
"""


def as_sent(door: Door, *lines: str, host: str = "", path: str = HOME, cookie: str | None = "") -> bytes:
    whole = path if "?code=" in path else door.server.within(path)
    head = [f"GET {whole} HTTP/1.1", f"Host: {host or door.name}", "Connection: close"]
    if cookie is not None:
        head.append(f"Cookie: {cookie or door.cookie}")
    return "\r\n".join([*head, *lines, "", ""]).encode()


# -- the network --


@dataclass(frozen=True)
class Neighbour:
    """Another computer: a network namespace with a cable to this one.

    :param addresses: of this computer, as the other one sees it, by the version of the protocol.
    """

    name: str
    addresses: dict[int, str]


@pytest.fixture(scope="module")
def neighbour() -> Iterator[Neighbour]:
    require_root("a second computer, which is a network namespace")
    ip = program("ip")
    name, number = f"sd{os.getpid() % 10_000}", os.getpid() % 250
    four, six = f"10.213.{number}.", f"fd00:5d:{number}::"
    script = [
        f"netns add {name}", f"link add {name}a type veth peer name {name}b", f"link set {name}b netns {name}",
        f"addr add {four}1/24 dev {name}a", f"addr add {six}1/64 dev {name}a nodad", f"link set {name}a up",
        f"-n {name} addr add {four}2/24 dev {name}b", f"-n {name} addr add {six}2/64 dev {name}b nodad", f"-n {name} link set {name}b up",
    ]  # fmt: skip
    try:
        for line in script:
            subprocess.run([ip, *line.split()], check=True, capture_output=True)
        yield Neighbour(name, {4: f"{four}1", 6: f"{six}1"})
    finally:
        subprocess.run([ip, "netns", "del", name], capture_output=True)
        subprocess.run([ip, "link", "del", f"{name}a"], capture_output=True)


def from_there(name: str, address: str, port: int, request: bytes) -> str:
    """What the other computer gets for *request*."""
    argv = [program("ip"), "netns", "exec", name, sys.executable, "-c", KNOCK, address, str(port)]
    return subprocess.run(argv, input=request, capture_output=True, check=True).stdout.decode("utf-8", "replace")


@pytest.mark.slow
@proves("Another computer on the network sends requests to a server on 0.0.0.0 or [::], over IPv4, over IPv6 and "
        "over IPv4 to the IPv6 one: with the owner's cookie, under local names, with headers that call it local, and "
        "with the access code", "Refused; the owner reads where the request came from", number=2)  # fmt: skip
@pytest.mark.parametrize(
    ("kind", "listening", "version"),
    [
        ("runserver without reload", "0.0.0.0", 4),
        ("runserver without reload", "::", 4),
        ("uvicorn", "0.0.0.0", 4),
        ("uvicorn", "::", 6),
    ],
)
def test_neighbour_on_the_network(
    kind: str, listening: str, version: int, besieged: Path, neighbour: Neighbour
) -> None:
    """A server that listens on all addresses, as in a classroom."""
    here = neighbour.addresses[version]
    with serving(besieged, of_servers(besieged.parent), kind, host=listening) as server:
        door, port = enter(server, kind), server.port
        named = f"[{here}]:{port}" if version == 6 else f"{here}:{port}"
        assert door.ask().status == 200, "the owner is let in"
        for host in (named, f"localhost:{port}", door.name):
            for lines in ((), ("X-Forwarded-For: 127.0.0.1",), ("X-Real-IP: ::1",), ("Forwarded: for=127.0.0.1",)):
                answer = from_there(neighbour.name, here, port, as_sent(door, *lines, host=host))
                assert answer.startswith("HTTP/1.1 403"), answer
                assert "mysite" not in answer
        shown = as_sent(door, host=door.name, path=f"{HOME}?code={door.code}", cookie=None)
        answer = from_there(neighbour.name, here, port, shown)
        assert answer.startswith("HTTP/1.1 403")
        assert "set-cookie" not in answer.lower()
        from_where = (
            r"refused a request, it came from (::ffff:)?(10\.213\.\d+\.2|fd00:5d:\d+::2), not from this computer"
        )
        waited(lambda: re.search(from_where, door.told()))


# -- other users of this computer --


@pytest.fixture
def stranger() -> int:
    """The id of a user without any rights."""
    return int(nobody_else()[0])


def nobody_else() -> tuple[str, str]:
    """User and group of somebody without any rights."""
    require_root("another user of this computer")
    found = nobody()
    assert found is not None
    return found


@pytest.mark.slow
@proves("Another user of the computer looks for the access code in the files, the process list and the environment, and connects", "The files cannot be read; the code is on no command line; connecting achieves nothing", number=11)  # fmt: skip
def test_other_user_of_this_computer(besieged: Path, door: Door, stranger: int) -> None:
    state = besieged / ".simple_deploy"
    for folder in (besieged, *besieged.parents):
        if folder.stat().st_mode & 0o005 == 0:
            folder.chmod(folder.stat().st_mode | 0o055)  # so that nothing but the state folder itself keeps them out
    for path in (state / "token", state / "runs" / FINISHED / "events.jsonl"):
        done = subprocess.run(
            ["cat", str(path)], user=stranger, group=stranger, extra_groups=[], capture_output=True, text=True
        )
        assert done.returncode != 0
        assert "Permission denied" in done.stderr
    assert (
        subprocess.run(
            ["cat", str(besieged / "manage.py")], user=stranger, group=stranger, extra_groups=[], capture_output=True
        ).returncode
        == 0
    )
    look = "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' '"
    seen = subprocess.run(
        ["sh", "-c", look], user=stranger, group=stranger, extra_groups=[], capture_output=True
    ).stdout.decode("utf-8", "replace")
    assert "manage.py" in seen or "uvicorn" in seen  # the server itself is seen
    assert door.code not in seen
    assert door.cookie.partition("=")[2] not in seen
    script = f"exec 3<>/dev/tcp/{door.server.host}/{door.server.port}; printf '{as_sent(door, cookie=None).decode()!s}' >&3; cat <&3"
    done = subprocess.run([program("bash"), "-c", script.replace("\r\n", "\\r\\n")], user=stranger, group=stranger, extra_groups=[], capture_output=True, text=True)  # fmt: skip
    assert done.stdout.startswith("HTTP/1.1 403"), done
    assert "access code" not in done.stdout, "it would not help"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
@proves(
    "A project's state folder was made under the most open umask, or was opened to everybody later",
    "It is 0700 and 0600 all the same",
    number=11,
)
def test_other_user_of_this_computer_and_the_umask(besieged: Path, tmp_path: Path) -> None:
    script = (
        "import os, sys, pathlib; os.umask(0); state = pathlib.Path(sys.argv[1]);"
        "from simple_deploy.web import access, link, host; from simple_deploy.runs.store import FileRunStore;"
        "access.read_or_make(state); link.remember(state, host.Server(name='x')); FileRunStore(state).prepare();"
        "from tests.attacks.conftest import plant; plant(state)"
    )
    state = tmp_path / "project" / ".simple_deploy"
    subprocess.run([sys.executable, "-c", script, str(state)], check=True, cwd=Path(__file__).parents[2])
    found = [state, *state.rglob("*")]
    assert len(found) > 8
    assert {path: oct(path.stat().st_mode & 0o777) for path in found} == {
        path: "0o700" if path.is_dir() else "0o600" for path in found
    }
    state.chmod(0o777)
    (state / "token").chmod(0o644)
    before = (state / "token").read_text()
    subprocess.run([sys.executable, "-c", script, str(state)], check=True, cwd=Path(__file__).parents[2])
    assert state.stat().st_mode & 0o777 == 0o700
    assert (state / "token").read_text() != before, "a code that others could read is none"


# -- proxies and tunnels that look local --


@contextlib.contextmanager
def relay(to: tuple[str, int], host: str = "") -> Iterator[int]:
    """A port that passes each request on to *to*, as ``ssh -R`` does; with *host* it names the server itself and speaks
    HTTP/1.0 to it, as a bare ``proxy_pass`` does."""

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, socket.create_connection(to) as server:
                request = client.recv(65_536)
                if host:
                    request = re.sub(rb"(?im)^Host: [^\r]*", f"Host: {host}".encode(), request)
                    request = request.replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", 1)
                server.sendall(request)
                while piece := server.recv(65_536):
                    client.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@proves("A reverse proxy with a bare `proxy_pass` and no forwarding header: every visitor of the site looks like this computer", "The visitor is asked for the access code, and sees nothing of the project", number=3)  # fmt: skip
def test_tunnel_or_proxy_that_says_nothing(door: Door) -> None:
    to = (door.server.host, door.server.port)
    with relay(to, host=door.name) as port:
        for path in (
            HOME,
            f"{HOME}runs/{door.run}/",
            f"{HOME}runs/{door.run}/stream/",
            f"{HOME}runs/{door.run}/log.txt",
        ):
            answer = knock(("127.0.0.1", port), as_sent(door, host="blog.example", path=path, cookie=None))
            assert answer.refused
            assert answer.status == 403
        form = b"token=" + door.token.encode()
        post = f"POST {door.home}platforms/toy/ HTTP/1.1\r\nHost: blog.example\r\nOrigin: http://{door.name}\r\nConnection: close\r\n"
        post += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
        assert knock(("127.0.0.1", port), post.encode() + form).refused


@proves(
    "A tunnel like `ssh -R` from a public computer to the server",
    "Refused because of its name; under a local name the gate asks for the access code",
    number=3,
)
def test_tunnel_or_proxy_by_ssh(door: Door) -> None:
    with relay((door.server.host, door.server.port)) as port:
        for host in ("public.example:8080", "203.0.113.5:8080"):
            answer = knock(("127.0.0.1", port), as_sent(door, host=host))
            assert answer.refused
            assert answer.status == 403
        for host in (f"localhost:{port}", f"127.0.0.1:{port}"):
            asked = knock(("127.0.0.1", port), as_sent(door, host=host, cookie=None))
            assert asked.refused
            assert "access code" in asked.body


# -- other users of this computer who know everything --


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux", reason="Windows and macOS tell the owner of a socket to administrators only"
)
@proves(
    "Another user of the computer has obtained the access code, a session's address, its cookie and a form's "
    "token, and sends what the owner's browser would: a view, a form, the code; and hangs up, or is gone, before "
    "anybody can ask who it was",
    "Refused, and no run begins: the kernel says whose program holds the other end of the connection. The "
    "owner's own program is let in with the cookie, and refused without it",
    number=11,
    closes=(1,),
)
def test_other_user_of_this_computer_who_knows_all(door: Door, besieged: Path) -> None:
    stranger = nobody_else()
    address = (door.server.host, door.server.port)
    body = urlencode({"token": door.token, "option-app_name": "shop", "option-size": "small"}).encode()
    head = (
        f"POST {door.home}platforms/toy/ HTTP/1.1\r\nHost: {door.name}\r\nOrigin: {door.origin}\r\nCookie: {door.cookie}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    form, look = head.encode() + body, as_sent(door)
    code = as_sent(door, path=f"{HOME}?code={door.code}", cookie=None)
    before = set((besieged / ".simple_deploy" / "runs").iterdir())
    for request in (look, form, code):
        for then in ("wait", "half"):
            answer = knock_as(stranger, address, request, then)
            assert answer.startswith("HTTP/1.1 403") or (answer, then) == ("", "half"), "some servers hang up at half"
            assert "set-cookie" not in answer.lower() and "mysite" not in answer
    for then in ("close", "reset") * 3:
        knock_as(stranger, address, form, then)
    waited(lambda: "it came from a program of another user of this computer" in door.told())
    waited(lambda: not [each for each in connections(door) if each.status != psutil.CONN_LISTEN])
    assert set((besieged / ".simple_deploy" / "runs").iterdir()) == before

    assert knock_as(None, address, look).startswith("HTTP/1.1 200")
    assert knock_as(None, address, as_sent(door, cookie=None)).startswith("HTTP/1.1 403")
    assert knock_as(None, address, code).startswith("HTTP/1.1 302")


def connections(door: Door) -> list[Any]:
    """The sockets of a server and its children."""
    server = psutil.Process(door.server.pid)
    return [each for process in (server, *server.children(recursive=True)) for each in process.net_connections("tcp")]
