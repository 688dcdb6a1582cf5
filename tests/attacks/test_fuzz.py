"""Anything at all, sent to every address of the page, gets an answer and never an internal error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.http import QueryDict, StreamingHttpResponse
from django.urls import URLPattern
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from simple_deploy.platforms import registry
from simple_deploy.runs.model import RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.web import access_policy, forms, stream
from simple_deploy.web.access import Access
from simple_deploy.web.urls import urlpatterns
from tests.attacks.claims import proves
from tests.attacks.conftest import FINISHED, PUDDLE, rehearse
from tests.attacks.door import HOME, Door, knock
from tests.support.project import child_environment, copy_project
from tests.web.conftest import BROKEN, TOY, Browser, Shop, serve, shop

__all__ = ["shop"]

#: Every address with the arguments it takes, from the table of addresses itself.
ADDRESSES = [
    (str(pattern.pattern), tuple(pattern.pattern.converters))
    for pattern in urlpatterns
    if isinstance(pattern, URLPattern)
]

NAMES = ["token", "code", "after", "before", "poll", "seen", "inspect", "fresh", "joined", "digest", "kind", "question", "name", "operation",
         "allow-dirty", "scenario", "option-app_name", "option-size", "option-greeting", "option-pin", "x", ""]  # fmt: skip
HEADERS = ["Last-Event-ID", "HX-Request", "HX-Current-URL", "Accept", "Accept-Language", "Accept-Encoding", "Range", "If-None-Match",
           "If-Modified-Since", "User-Agent", "Content-Language", "X-Requested-With"]  # fmt: skip


@pytest.fixture(scope="module")
def looked_at(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    yield from staged(shop, tmp_path_factory.mktemp("looked-at"))


@pytest.fixture(scope="module")
def victim(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One that may be changed."""
    yield from staged(shop, tmp_path_factory.mktemp("victim"))


def staged(shop: Shop, folder: Path) -> Iterator[Shop]:
    """A copy of the shop, with a rehearsal."""
    project = copy_project(shop.browser.service.location.root, folder / "project")
    with pytest.MonkeyPatch.context() as patch:
        rehearse(project, patch)
        location = serve(project, child_environment(folder), patch).location
        yield replace(shop, browser=Browser(Service(location, registry=registry.load([TOY, BROKEN, PUDDLE]))))


texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "0", "-1", "1e9", "9" * 400, "²", "\x00", "%", "toy", "deploy", "true", "logged-out", "../..", "\ud800"]
    ),
)
printable = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)


def filled_in(draw: st.DrawFn, pattern: str, arguments: tuple[str, ...], run_ids: tuple[str, ...]) -> str:
    """An address with arguments that are known, more often than not, or anything."""
    for name in arguments:
        known = {
            "run_id": (*run_ids, FINISHED),
            "slug": ("toy", "broken", "local", "puddle", "9" * 400),
            "name": ("app.css", "repository", "identity", "vendor/README.md", "undo-and-roll-back"),
            "operation": ("status", "resources"),
            "number": ("0", "1", "99"),
        }.get(name, ())
        chosen = draw(st.one_of(st.sampled_from(known), st.sampled_from(known), texts)) if known else draw(texts)
        pattern = re.sub(rf"<\w+:{name}>", lambda _, chosen=chosen: chosen, pattern)  # type: ignore[misc]
    return pattern


def each_address(test: Callable[..., None]) -> Callable[..., None]:
    """Try *test* with every address, of the project and of its rehearsal, each with the arguments it takes."""
    test = pytest.mark.slice(6)(test)
    test = pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address[0])(test)
    return pytest.mark.slow(pytest.mark.parametrize("stage", ["", "rehearsals/puddle/"])(test))


#: Examples for each address.
FEW = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=max(4, settings().max_examples // 16)
)


def query(given_: list[tuple[str, str]]) -> str:
    return urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in given_])


pairs = st.lists(st.tuples(st.sampled_from(NAMES), texts), max_size=6)


@each_address
@FEW
@given(
    data=st.data(),
    method=st.sampled_from(["GET", "GET", "HEAD"]),
    sent=pairs,
    headers=st.dictionaries(st.sampled_from(HEADERS), printable, max_size=3),
)
@proves(
    "Any view of every address, of rehearsals too, with any arguments, parameters and headers, from the owner's "
    "browser",
    "An answer other than 500, and nothing for the owner's terminal to report",
)
def test_any_look(
    looked_at: Shop,
    stage: str,
    address: tuple[str, tuple[str, ...]],
    data: st.DataObject,
    method: str,
    sent: list[tuple[str, str]],
    headers: dict[str, str],
) -> None:
    assume("code" not in dict(sent))
    browser, told = looked_at.browser, len(looked_at.browser.told)
    path = stage + filled_in(data.draw, *address, (looked_at.run.id, looked_at.plan.id))
    answer = browser.ask(
        method, f"{browser.home}{quote(path.encode('utf-8', 'surrogatepass'))}?{query(sent)}", **headers
    )
    assert answer.status_code in {200, 204, 302, 303, 400, 404, 405, 409}, (answer.status_code, browser.told[told:])
    if isinstance(answer, StreamingHttpResponse) and address[0] != "watch/":  # that one goes on for a minute
        assert b"event: done" in b"".join(answer.streaming_content) or "log.txt" in path  # type: ignore[arg-type]
    assert browser.told[told:] == []
    answer.close()


@each_address
@FEW
@given(data=st.data(), sent=pairs, good=st.sampled_from([True, True, False]))
@proves(
    "Any form to every address, of rehearsals too, with the right token or a wrong one",
    "An answer other than 500; with a wrong token only a refusal",
)
def test_any_form(
    victim: Shop,
    stage: str,
    address: tuple[str, tuple[str, ...]],
    data: st.DataObject,
    sent: list[tuple[str, str]],
    good: bool,
) -> None:
    browser, told = victim.browser, len(victim.browser.told)
    rehearsal = browser.service.on_stage("puddle") or browser.service.rehearsal("puddle")
    path = stage + filled_in(data.draw, *address, (victim.run.id, victim.plan.id))
    token = browser.access.form_token(browser.session) if good else "0" * 64
    body = query([(name, value) for name, value in sent if name != "token"] + [("token", token)])
    whole = browser.home + quote(path.encode("utf-8", "surrogatepass"))
    answer = browser.ask("POST", whole, body, Origin="http://127.0.0.1:8000")
    expected = {200, 204, 302, 303, 400, 404, 405, 409} if good else {400, 403}
    assert answer.status_code in expected, (answer.status_code, browser.told[told:])
    assert not [line for line in browser.told[told:] if "refused a request" not in line]
    answer.close()
    for service in (browser.service, rehearsal):
        for run in service.runs():
            if run.is_active:  # the form made one; nobody executes it here
                service.cancel(run.id)
    assert browser.service.run(victim.run.id).state is RunState.SUCCEEDED
    assert browser.service.run(victim.run.id).kind is RunKind.DEPLOY


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.text(max_size=60),
    method=st.sampled_from(["GET", "HEAD", "PUT", "OPTIONS", "BREW", "x"]),
    headers=st.dictionaries(st.sampled_from([*HEADERS, "Cookie", "Host", "Origin"]), printable, max_size=4),
)
@proves("Any path below the dashboard's, with any method, cookies, host and origin", "An answer other than 500")
def test_any_path(looked_at: Shop, path: str, method: str, headers: dict[str, str]) -> None:
    browser, told = looked_at.browser, len(looked_at.browser.told)
    for home in (HOME, browser.home):
        answer = browser.ask(method, home + quote(path.encode("utf-8", "surrogatepass")), **headers)
        assert answer.status_code in {200, 302, 303, 400, 403, 404, 405}, (answer.status_code, browser.told[told:])
        assert not [line for line in browser.told[told:] if "refused a request" not in line]
        answer.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(line=st.binary(max_size=80), head=st.lists(st.binary(max_size=40), max_size=4), body=st.binary(max_size=200))
@proves("Any bytes at all to a running server", "An answer or none; never a 500 and never a page of the project")
def test_any_bytes(door: Door, line: bytes, head: list[bytes], body: bytes) -> None:
    start = line.replace(b"\n", b"") or b"GET /simple-deploy/ HTTP/1.1"
    raw = b"\r\n".join([start, b"Connection: close", *(each.replace(b"\n", b"") for each in head), b"", b""]) + body
    for request in (raw, f"GET {HOME} HTTP/1.1\r\nHost: {door.name}\r\n".encode() + raw):
        answer = knock((door.server.host, door.server.port), request)
        assert answer.status != 500
        assert "mysite" not in answer.body


@given(
    texts,
    st.just("/simple-deploy/") | st.just(f"/simple-deploy/{'a' * 24}/") | texts,
    st.dictionaries(st.sampled_from(["host", "origin", "sec-fetch-site", "x-forwarded-host", "via", "cookie"]), texts),
)
@proves("Any peer, path, headers and cookies at the gate", "A verdict; nobody is let in who did not show the code")
def test_any_visit(peer: str, path: str, headers: dict[str, str]) -> None:
    access = Access(code="a-code-of-this-project-0123456789")
    for method in ("GET", "POST"):
        visit = access_policy.Visit(method=method, scheme="http", peer=peer, path=path, headers=headers)
        assert isinstance(access_policy.judge(visit, access_policy.Rules(), access), access_policy.Refused)


@given(st.text(max_size=200), st.integers() | st.none())
@proves("Any text as a message of the stream", "One message, whatever line endings it contains")
def test_any_message(text: str, number: int | None) -> None:
    made = stream.message(text, event="lines", id=number)
    assert made.endswith("\n\n")
    assert "\n\n" not in made[:-2]
    assert all(line.startswith(("data: ", "event: ", "id: ")) for line in made[:-2].split("\n"))


@pytest.mark.slow
@given(pairs)
@proves("Any form for a platform's options", "Answers and problems, no error")
def test_any_options(shop: Shop, sent: list[tuple[str, str]]) -> None:
    form = forms.read(shop.browser.service.questions("toy").before_plan, QueryDict(query(sent)))
    assert set(form.problems) | set(form.answers.values) == set(form.raw)
