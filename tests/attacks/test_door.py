"""Only its owner gets in: every attack over a raw socket, against running servers.

Each request is what the owner's browser would send, with the owner's cookie and token, but for the one thing that the
attack is about: so it is that thing, and nothing else, that keeps the attacker out.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from simple_deploy.core.events import QuestionAsked
from simple_deploy.core.options import Option, Question
from tests.attacks.claims import proves
from tests.attacks.conftest import FINISHED, OF_ADDRESSES, STAGE
from tests.attacks.door import HOME, Door, knock
from tests.attacks.test_fuzz import ADDRESSES
from tests.attacks.test_load import RUN, Going, going
from tests.support.checkout import CHECKOUT

STREAM = f"{HOME}runs/%s/stream/"

#: The one script of a page for somebody who is not let in.
ENTRY = base64.b64encode(hashlib.sha256((CHECKOUT / "static/simple_deploy/entry.js").read_bytes()).digest()).decode()

#: What stands in an address, for each kind of argument.
EXAMPLES = {"run_id": FINISHED, "slug": "puddle", "version": "x", "operation": "status", "number": "1"}


def runs(project: Path) -> set[str]:
    """Every run of the project and of its rehearsals, and every rehearsal."""
    state = project / ".simple_deploy"
    found = [
        *state.glob("runs/*"),
        *state.glob("rehearsals/*"),
        *state.glob("rehearsals/*/project/*/.simple_deploy/runs/*"),
    ]
    assert len(found) >= 3
    return {path.relative_to(state).as_posix() for path in found}


def example(pattern: str) -> str:
    """An address with its arguments filled in."""
    names = {"static": "app.css", "lessons": "undo-and-roll-back"}
    examples = {**EXAMPLES, "name": names.get(pattern.partition("/")[0], "repository")}
    return re.sub(r"<\w+:(\w+)>", lambda found: examples[found[1]], pattern)


def test_the_owner_gets_in_and_so_every_other_test_here_can_fail(door: Door) -> None:
    assert door.ask().status == 200
    assert door.post(f"{HOME}runs/{door.run}/cancel/").status == 303
    assert door.ask(path=STREAM % door.run).headers["content-type"] == "text/event-stream; charset=utf-8"
    assert door.ask(path=f"{STAGE}platforms/puddle/").status == 200
    assert door.post(f"{STAGE}runs/{door.run}/cancel/").place == f"{STAGE}runs/{door.run}/"


@OF_ADDRESSES
@proves(
    "A request with the owner's cookie under every spelling of a foreign or half-local host: a rebound name, "
    "decimal and hexadecimal numbers, 127.1, a trailing dot, a user name, two ports, no Host, two of them, an "
    "absolute address",
    "Refused, even with `ALLOWED_HOSTS = ['*']`",
    number=4,
    closes=(9,),
)
@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "2130706433", "0x7f000001", "0177.0.0.1", "127.1",
     "localhost.", "127.0.0.1.", "LOCALHOST.evil.example", "user@localhost", "localhost:80:80", "[::ffff:10.0.0.1]", "[::2]", "1.1.1.1",
     "-.localhost", "a-.localhost", "-a.localhost", "_.localhost", "a_b.localhost", "a..localhost", ".localhost", "a" * 64 + ".localhost",
     "a." * 130 + "localhost", "localhost#", "localhost/", "evil.example, localhost", "localhost\t", "xn--lcalhost-hgb", "localh\u00f6st", "::1", "[fe80::1%25lo]"],
)  # fmt: skip
def test_dns_rebinding(door: Door, host: str) -> None:
    named = f"{host}:{door.server.port}" if ":" not in host and not host.endswith("\t") else host
    assert door.ask(host=named).refused
    assert door.post(f"{HOME}platforms/toy/", f"Origin: http://{named}", host=named).refused


@OF_ADDRESSES
@proves("No Host at all, as HTTP/1.0 allows; two Host lines, with the good one first or last", "Refused", number=4)
def test_dns_rebinding_with_no_host_or_two(door: Door) -> None:
    assert door.ask(host=None, version="1.0").refused
    assert door.ask(host=None).refused
    assert door.ask(lines=("Host: evil.example",)).refused
    assert door.ask(host="evil.example", lines=(f"Host: {door.name}",)).refused


@OF_ADDRESSES
@proves(
    "The complete address of another site, or of this one, in the request line",
    "The dashboard never answers for it",
    number=4,
)
def test_dns_rebinding_by_the_request_line(door: Door) -> None:
    assert "Deployment" not in door.ask(path=f"http://evil.example{HOME}", host="evil.example").body
    assert door.ask(path=f"http://{door.name}{HOME}", host="evil.example").status in {400, 403, 404}


@OF_ADDRESSES
@proves("Upper case and names below localhost", "They always mean this computer, so the owner is let in")
def test_every_name_of_this_computer_is_welcome(door: Door) -> None:
    for host in ("LOCALHOST", "LocalHost", "my-site.localhost", "127.9.8.7"):
        assert door.ask(host=f"{host}:{door.server.port}").status == 200, host


@OF_ADDRESSES
@proves("A page opens the dashboard as 0.0.0.0 or [::]", "Refused", number=5)
@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "0", "00.00.00.00"])
def test_the_address_0_0_0_0(door: Door, host: str) -> None:
    assert door.ask(host=f"{host}:{door.server.port}").refused
    assert door.ask(host=host).refused


@proves(
    "Each header that a proxy or a tunnel adds, and a second peer in it that claims to be local",
    "Refused; the owner reads why",
    number=3,
    closes=(9,),
)
@pytest.mark.parametrize(
    "line",
    ["X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: localhost", "X-Forwarded-Proto: https", "X-Forwarded-Port: 443", "X-Forwarded-Server: a",
     "X-Forwarded-Anything: 1", "Forwarded: for=127.0.0.1;host=localhost", "Via: 1.1 tunnel", "X-Real-IP: 127.0.0.1", "X-Client-IP: ::1",
     "CF-Connecting-IP: 127.0.0.1", "True-Client-IP: 127.0.0.1", "X-Original-Host: localhost", "X-Original-URL: /simple-deploy/",
     "x-forwarded-for:", "X-FORWARDED-FOR:\t127.0.0.1", "X-Forwarded: for=::1", "X-Cluster-Client-IP: ::1", "X-Scheme: http",
     "Fly-Client-IP: ::1", "Fly-Anything: 1", "CF-Ray: 1", "CF-Visitor: {}", "CDN-Loop: cloudflare", "X-Envoy-External-Address: ::1",
     "X-Amzn-Trace-Id: Root=1", "X-Amz-Cf-Id: a", "Fastly-Client-IP: ::1", "X-Original-Anything: a", "X-Request-Id: 1", "Client-IP: ::1",
     "X-Vercel-Id: a", "Tailscale-User-Login: a", "X-Ngrok-Anything: a", "X-Real-Port: 1", "X-Via: a", "Front-End-Https: on"],
)  # fmt: skip
def test_tunnel_or_proxy(door: Door, line: str) -> None:
    assert door.ask(lines=(line,)).refused
    assert door.post(f"{HOME}platforms/toy/", line).refused


@proves(
    "A header spelled with underscores, so that it looks like one the server made itself",
    "It does not count, or is refused",
    number=3,
)
def test_tunnel_or_proxy_with_underscores(door: Door) -> None:
    assert door.ask(
        cookie=None, lines=("REMOTE_ADDR: 127.0.0.1", f"COOKIE: {door.cookie}x", "HTTP_HOST: localhost")
    ).refused
    assert door.ask(host="evil.example", lines=(f"HTTP_HOST: {door.name}",)).refused


@proves(
    "Another site's page posts a form: foreign, missing, doubled and `null` Origin, with the owner's cookie and token",
    "Refused",
    number=6,
)
@pytest.mark.parametrize(
    "origin",
    ["null", "http://evil.example", "https://127.0.0.1", "http://localhost", "file://", "http://127.0.0.1.evil.example",
     "http://user@127.0.0.1", "chrome-extension://abc", "http://[::1", "", "*"],
)  # fmt: skip
def test_cross_site_form(door: Door, origin: str, besieged: Path) -> None:
    before = runs(besieged)
    assert door.post(f"{HOME}platforms/toy/", f"Origin: {origin}", form={"option-app_name": "shop"}).refused
    assert door.ask("POST", f"{HOME}platforms/toy/", form={"token": door.token}).refused, "no Origin"
    both = (f"Origin: {door.origin}", f"Origin: {origin or 'null'}")
    assert door.post(f"{HOME}platforms/toy/", *both).refused
    assert runs(besieged) == before


@proves(
    "A form with no token, an invented one, another browser's, or with the token in its address",
    "Refused",
    number=6,
)
def test_cross_site_form_without_the_right_token(door: Door, besieged: Path) -> None:
    before = runs(besieged)
    shown = door.ask(path=f"{HOME}?code={door.code}", cookie=None)
    other = shown.cookies[0].partition(";")[0]
    page = door.ask(path=f"{shown.headers['location']}platforms/toy/", cookie=other).body
    stale = re.search(r'name="token" value="(\w+)"', page)
    assert stale and stale[1] != door.token
    for token in ("", "0" * 64, door.token[:-1], stale[1]):
        assert door.post(f"{HOME}platforms/toy/", form={"token": token, "option-app_name": "shop"}).refused
    assert door.post(f"{HOME}platforms/toy/?token={door.token}", form={"token": ""}).refused
    assert runs(besieged) == before


@proves(
    "A form sent as text/plain or multipart, which other sites' pages may send unasked",
    "Its token is not read; refused",
    number=6,
)
@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/json"])
def test_cross_site_form_of_another_type(door: Door, kind: str) -> None:
    body = f"token={door.token}&option-app_name=shop".encode()
    head = (
        f"POST {door.home}platforms/toy/ HTTP/1.1\r\nHost: {door.name}\r\nOrigin: {door.origin}\r\nCookie: {door.cookie}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    assert knock((door.server.host, door.server.port), head.encode() + body).refused


@proves(
    "What a browser says about another site's request (`Sec-Fetch-Site`)",
    "Refused, views as well as changes",
    number=6,
)
@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense", "none"])
def test_cross_site_form_that_the_browser_names(door: Door, site: str) -> None:
    assert door.post(f"{HOME}platforms/toy/", f"Sec-Fetch-Site: {site}").refused
    assert door.ask(lines=(f"Sec-Fetch-Site: {site}",)).refused or site == "none"


@proves(
    "Every page of a rehearsal is requested under a foreign name, through a proxy, by another site and without "
    "the access code, and receives a form with a foreign Origin or the wrong token",
    "It is behind the same gate: refused, and the rehearsal stays as it is",
)
@pytest.mark.parametrize("pattern", [pattern for pattern, _ in ADDRESSES])
def test_rehearsals_are_behind_the_door_too(door: Door, pattern: str, besieged: Path) -> None:
    before = runs(besieged)
    path = STAGE + example(pattern)
    assert door.ask(path=path, cookie=None).refused
    assert door.ask(path=path, host="evil.example").refused
    assert door.ask(path=path, lines=("X-Forwarded-For: 127.0.0.1",)).refused
    assert door.ask(path=path, lines=("Sec-Fetch-Site: cross-site",)).refused
    assert door.post(path, "Origin: http://evil.example").refused
    assert door.post(path, "Origin: null").refused
    assert door.post(path, form={"token": "0" * 64}).refused
    assert runs(besieged) == before


@proves(
    "Every address that exists, of the project and of its rehearsal, requested by GET, HEAD and by methods that "
    "claim to be POST",
    "Nothing is changed",
    number=7,
)
@pytest.mark.parametrize("pattern", [pattern for pattern, _ in ADDRESSES])
def test_change_by_a_mere_look(door: Door, pattern: str, besieged: Path) -> None:
    before = runs(besieged)
    sent = f"token={door.token}&option-app_name=shop&operation=stop&name=mysite&kind=deploy&scenario=logged-out"
    for home in (HOME, STAGE):
        whole = home + example(pattern)
        for method in ("GET", "HEAD"):
            if method == "GET" and pattern == "watch/":
                continue  # goes on for a minute
            assert door.ask(method, f"{whole}?{sent}").status in {200, 302, 303, 404, 405, 409}
        override = ("X-HTTP-Method-Override: POST",)
        assert door.ask("HEAD", f"{whole}?{sent}&_method=POST", lines=override).status in {200, 302, 303, 404, 405, 409}
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
            assert door.ask(method, whole).status in {0, 400, 403, 405, 501}
    assert runs(besieged) == before


@proves("A page includes addresses of the dashboard as a script, style, picture or frame", "Requested without the cookie, or refused; every answer says `nosniff` and `same-origin`", number=8)  # fmt: skip
def test_inclusion_by_another_page(door: Door) -> None:
    for path in (
        "",
        "runs/",
        f"runs/{door.run}/",
        f"runs/{door.run}/log.txt",
        f"runs/{door.run}/stream/",
        "inspection/",
        "no-such-page/",
        "rehearsals/puddle/platforms/puddle/",
        f"rehearsals/puddle/runs/{door.run}/stream/",
    ):
        for kind in ("script", "style", "image", "iframe", "empty"):
            asked = door.ask(
                path=HOME + path,
                lines=("Sec-Fetch-Site: cross-site", f"Sec-Fetch-Dest: {kind}", "Sec-Fetch-Mode: no-cors"),
            )
            assert asked.refused
        answer = door.ask(path=HOME + path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "javascript" not in answer.headers["content-type"]
    assert "samesite=strict" in door.ask(path=f"{HOME}?code={door.code}", cookie=None).cookies[0].lower()


@proves("Another origin opens the event stream, with and without the owner's cookie", "Refused; no CORS header on any answer, with or without a preflight", number=9)  # fmt: skip
def test_event_stream_from_another_origin(door: Door) -> None:
    for origin in ("http://evil.example", "null", f"http://{door.name.rpartition(':')[0]}:3000"):
        for path in (STREAM % door.run, f"{HOME}watch/", HOME):
            answer = door.ask(path=path, lines=(f"Origin: {origin}", "Accept: text/event-stream"))
            assert answer.refused
            assert "access-control" not in answer.head.lower()
        preflight = door.ask(
            "OPTIONS", STREAM % door.run, lines=(f"Origin: {origin}", "Access-Control-Request-Method: GET")
        )
        assert preflight.refused
        assert "access-control" not in preflight.head.lower()
    assert door.ask(path=STREAM % door.run, cookie=None).refused
    assert "access-control" not in door.ask(path=STREAM % door.run).head.lower()


@OF_ADDRESSES
@proves(
    "A program on another port of this computer: its Origin, its cookie, and our cookie under its port's name",
    "Refused",
    number=10,
)
def test_other_port_of_this_computer(door: Door) -> None:
    sibling = f"{door.name.rpartition(':')[0]}:3000"
    assert door.post(f"{HOME}platforms/toy/", f"Origin: http://{sibling}", "Sec-Fetch-Site: same-site").refused
    assert door.post(f"{HOME}platforms/toy/", f"Origin: http://{sibling}").refused
    value = door.cookie.partition("=")[2]
    assert door.ask(cookie=f"simple_deploy_3000={value}").refused
    assert door.ask(host=sibling, cookie=f"simple_deploy_3000={value}").refused
    given = door.ask(path=f"{HOME}?code={door.code}", cookie=None).cookies[0]
    assert given.startswith(f"simple_deploy_{door.server.port}=")
    assert "HttpOnly" in given and "Domain" not in given
    assert re.search(rf"Path={HOME}[\w-]{{24}}/;", given), "another port cannot name the path, and so never gets it"


@proves(
    "A cookie that was invented, cut, lengthened or made for nothing",
    "Refused, without revealing what was wrong",
    number=11,
)
def test_other_user_of_this_computer_who_guesses(door: Door) -> None:
    name, _, value = door.cookie.partition("=")
    session = door.home.split("/")[-2]
    bad = ["", "x", ".", session, value[:-1], f"{value}0", value.upper(), "0" * 64, "ü", "a" * 5_000]
    answers = {door.ask(cookie=f"{name}={each}").body for each in bad}
    for path in (
        HOME,
        HOME.rstrip("/"),
        f"{HOME}{'a' * 24}/",
        f"{HOME}{session[:-1]}/",
        f"{HOME}{session.swapcase()}/",
    ):
        raw = f"GET {path} HTTP/1.1\r\nHost: {door.name}\r\nCookie: {door.cookie}\r\nConnection: close\r\n\r\n"
        answers.add(knock((door.server.host, door.server.port), raw.encode()).body)
    assert len(answers) == 1
    assert "access code" in answers.pop()
    for code in ("", "0", door.code[:-1], door.code + "x", door.code.swapcase(), "%00", "ü"):
        assert door.ask(path=f"{HOME}?code={code}", cookie=None).refused


@proves("The address with the access code: what the browser keeps of it, and what pages could pass on", "A redirect leaves it before anything is loaded; it is in no page; other sites do not learn it", number=12)  # fmt: skip
def test_leak_of_the_access_code(door: Door) -> None:
    shown = door.ask(path=f"{HOME}runs/?code={door.code}&after=3", cookie=None)
    assert (shown.status, shown.place, shown.body) == (302, f"{HOME}runs/?after=3", "")
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["referrer-policy"] == "same-origin"
    assert door.code not in shown.head.partition("\r\n")[2]
    run = f"runs/{door.run}/"
    for path in ("", "runs/", run, "platforms/toy/", f"{run}log.txt", f"rehearsals/puddle/{run}"):
        answer = door.ask(path=HOME + path)
        assert door.code not in answer.head + answer.body
        assert door.cookie.partition("=")[2] not in answer.body
        assert answer.headers["referrer-policy"] == "same-origin"


@proves("The code with an address that leads elsewhere", "The redirect stays on the dashboard", number=12)
@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/",
        "/\\evil.example/",
        f"{HOME}/evil.example/",
        f"{HOME}\\evil.example",
        f"{HOME}%0d%0aSet-Cookie:x=1/",
    ],
)
def test_leak_of_the_access_code_by_a_redirect(door: Door, path: str) -> None:
    for whole in (path, HOME.rstrip("/") + path):
        answer = door.ask(path=f"{whole}?code={door.code}", cookie=None)
        assert answer.place == "" or answer.place.startswith(HOME), answer.head
        assert "x=1" not in "".join(answer.cookies)


@proves("Every page, download, stream and error in a frame", "`DENY` and `frame-ancestors 'none'` on each", number=13)
def test_framing(door: Door) -> None:
    pages = [
        "",
        "runs/",
        f"runs/{door.run}/",
        f"runs/{door.run}/stream/",
        f"runs/{door.run}/log.txt",
        "nothing/",
        "platforms/toy/",
        "lately/",
        f"rehearsals/puddle/runs/{door.run}/",
        f"rehearsals/puddle/runs/{door.run}/log.txt",
        "rehearsals/nothing/",
    ]
    answers = [door.ask(path=HOME + page) for page in pages]
    answers += [
        door.ask(cookie=None),
        door.ask(host="evil.example"),
        door.ask("POST"),
        door.ask(path=f"{HOME}?code=wrong"),
    ]
    for answer in answers:
        assert answer.headers["x-frame-options"] == "DENY"
        policy = answer.headers["content-security-policy"]
        assert "sandbox" in policy or "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe-eval" not in policy
        script = re.search(r"script-src ([^;]*)", policy)
        assert script is None or script[1] in {f"{door.origin}{door.home}static/", f"'sha256-{ENTRY}'"}


@proves("Run ids and file names that climb out of their folder: dots, slashes of all kinds, encoded once and twice, "
        "NUL, a complete path", "No such page exists", number=18)  # fmt: skip
@pytest.mark.parametrize(
    "name",
    ["..", "../..", "..%2f..%2ftoken", "%2e%2e%2ftoken", "%252e%252e%252ftoken", "..%5c..%5ctoken", "....//token", "%00", "token%00.txt", "/etc/passwd",
     "%2fetc%2fpasswd", "C:%5cWindows", "20260101-120000-000-abcdef%2f..%2f..%2ftoken", "20260101-120000-000-ABCDEF", "2026\u0661101-120000-000-abcdef", "~root", "a" * 5_000],
)  # fmt: skip
def test_path_in_the_place_of_an_id(door: Door, name: str) -> None:
    for pattern in (
        "runs/{}/",
        "runs/{}/log.txt",
        "runs/{}/summary.md",
        "runs/{}/lines/?before=3",
        "static/x/{}",
        "static/{}/app.css/",
        "fixes/{}/",
        "sites/{}/",
        "sites/puddle/backups/{}",
        "rehearsals/{}/",
        "rehearsals/{}/runs/" + FINISHED + "/log.txt",
        "rehearsals/puddle/runs/{}/log.txt",
        "rehearsals/puddle/static/x/{}",
    ):
        answer = door.ask(path=HOME + pattern.format(name))
        assert answer.status in {0, 303, 400, 404, 409}, answer
        assert door.code not in answer.body
        assert "root:" not in answer.body
    stream = door.ask(path=HOME + f"runs/{name}/stream/")
    assert stream.status in {0, 400, 404} or "event: done" in stream.body
    assert door.post(f"{HOME}runs/{name}/undo/").status in {0, 400, 404}


@pytest.fixture
def asking(besieged: Path) -> Iterator[Going]:
    """A run of the besieged project that is under way and waits for an answer; gone afterwards."""
    run = going(besieged / ".simple_deploy")
    ask = Question(id="name", title="Name?", fields=(Option(name="name", label="Name"),))
    run.writer.record("build", QuestionAsked(question=ask))
    yield run
    run.end()
    shutil.rmtree(run.store.folder(RUN))


@proves(
    "While a run is under way the form for a new one is sent twice, eight times at once, and again byte by byte",
    "Nobody starts a second run; each is redirected to the existing one",
    number=19,
)
def test_sent_twice_over_the_network(door: Door, asking: Going, besieged: Path) -> None:
    before = runs(besieged)
    places: list[str] = []

    def send() -> None:
        answer = door.post(f"{HOME}platforms/toy/", form={"option-app_name": "shop", "option-size": "small"})
        places.append(answer.place)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send()
    assert places == [f"{HOME}runs/{RUN}/?joined"] * 9
    assert runs(besieged) == before


@proves(
    "An answer to another question, to another run, by GET, from another site, with another browser's token; the true one; the true one sent again"
    " and another one after it",
    "The first true answer counts, everything else is ignored or refused",
    number=20,
)
def test_answer_from_another_page_over_the_network(door: Door, asking: Going) -> None:
    path = f"{HOME}runs/{RUN}/answer/"
    door.post(path, form={"question": "other", "option-name": "wrong"})
    door.post(f"{HOME}runs/{FINISHED}/answer/", form={"question": "name", "option-name": "elsewhere"})
    assert door.ask(path=f"{path}?question=name&option-name=looked").status == 405
    forged = {"question": "name", "option-name": "forged"}
    assert door.post(path, "Origin: http://evil.example", form=forged).refused
    assert door.post(path, form={**forged, "token": "0" * 64}).refused
    assert door.post(f"{STAGE}runs/{RUN}/answer/", form=forged).status == 404
    assert asking.store.take_answer(RUN, "name") is None
    for answer in ("first", "first", "second"):
        assert door.post(path, form={"question": "name", "option-name": answer}).status == 303
    assert asking.store.take_answer(RUN, "name") == {"name": "first"}


@proves("A second request hidden in the body of a refused one", "Read as a body, never answered", number=6)
def test_cross_site_form_with_a_request_inside(door: Door) -> None:
    inside = f"GET {HOME} HTTP/1.1\r\nHost: {door.name}\r\nCookie: {door.cookie}\r\nConnection: close\r\n\r\n"
    outer = f"POST {HOME} HTTP/1.1\r\nHost: {door.name}\r\nOrigin: null\r\nContent-Type: text/plain\r\nContent-Length: {len(inside)}\r\n\r\n"
    answer = knock((door.server.host, door.server.port), (outer + inside + "").encode())
    assert answer.status == 403
    assert "HTTP/1.1 200" not in answer.head + answer.body


@proves(
    "A run is requested with its owner's cookie after a new access code was made",
    "Every browser has to show the new code",
)
def test_a_new_code_locks_out_every_browser(door: Door, besieged: Path) -> None:
    token = besieged / ".simple_deploy" / "token"
    old = token.read_text()
    try:
        token.unlink()
        assert door.ask().refused
        assert door.ask(path=f"{HOME}?code={door.code}", cookie=None).refused
        assert token.read_text() != old
    finally:
        token.write_text(old)
        token.chmod(0o600)
    assert door.ask().status == 200


@proves(
    "A visitor is refused, once with control characters in what the owner reads about it, once a thousand times",
    "The visitor learns nothing; the owner reads each reason once, as plain text, and is not flooded",
)
def test_a_refusal_tells_the_visitor_nothing_and_the_owner_no_more_than_is_good(door: Door) -> None:
    before = len(door.told())  # a reason that another test gave is told again after a minute
    answer = door.ask(host="evil.example", cookie=None)
    assert answer.refused
    assert "evil" not in answer.body
    door.ask(lines=("Origin: http://\x1b]52;c;cm0=\x07evil",))
    for number in range(100):
        door.ask(host=f"evil{number}.example", cookie=None)
    told = [line for line in door.told()[before:].splitlines() if "refused a request" in line]
    assert len(told) == len(set(told)) <= 21
    assert not [char for line in told for char in line if not char.isprintable()]
