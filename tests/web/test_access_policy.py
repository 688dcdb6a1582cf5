"""Who is let in. Each attack is one change to a visit that would otherwise be welcome."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simple_deploy.web import session
from simple_deploy.web.access import Access
from simple_deploy.web.access_policy import (
    Admitted,
    Exchange,
    Refused,
    Rules,
    Visit,
    cookie_name,
    is_local_name,
    judge,
    name_of,
    networks,
    page_origin,
)
from simple_deploy.web.peers import Holder

ACCESS = Access(code="a-code-of-this-project-0123456789")
SESSION = session.new()
COOKIE = f"{cookie_name('8000')}={ACCESS.cookie(SESSION, '8000')}"
HEADERS = {"host": "127.0.0.1:8000", "sec-fetch-site": "same-origin", "cookie": COOKIE}
NO_COOKIE = {"cookie": None}


def look(**changes: Any) -> Visit:
    visit = Visit(method="GET", scheme="http", peer="127.0.0.1", path=session.home(SESSION), headers=HEADERS)
    headers = {**visit.headers, **changes.pop("headers", {})}
    return replace(visit, headers={name: value for name, value in headers.items() if value is not None}, **changes)


def change(**changes: Any) -> Visit:
    changes.setdefault("form_token", lambda: ACCESS.form_token(SESSION))
    headers = {"origin": "http://127.0.0.1:8000", **changes.pop("headers", {})}
    return look(method="POST", headers=headers, **changes)


def reason(visit: Visit, rules: Rules | None = None) -> str:
    verdict = judge(visit, rules or Rules(), ACCESS)
    assert isinstance(verdict, Refused), verdict
    return verdict.reason


def admitted(visit: Visit, rules: Rules | None = None) -> bool:
    return judge(visit, rules or Rules(), ACCESS) == Admitted(session=SESSION)


def test_the_owners_browser_is_let_in() -> None:
    assert admitted(look())
    assert admitted(look(headers={"sec-fetch-site": "none"}))  # typed into the address bar
    assert admitted(look(headers={"sec-fetch-site": None}))  # an older browser
    assert admitted(change())


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_computer_has_many_names(peer: str) -> None:
    assert admitted(look(peer=peer))


@pytest.mark.parametrize("peer", ["192.168.1.7", "10.0.0.1", "::ffff:192.168.1.7", "fe80::1%eth0", "", "testclient"])
def test_a_neighbour_on_the_network_is_not(peer: str) -> None:
    assert "not from this computer" in reason(look(peer=peer))


def test_a_network_of_the_owners_is_when_it_is_trusted() -> None:
    rules = Rules(peers=networks(["172.17.0.0/16", "fd00::/8"]))
    assert admitted(look(peer="172.17.0.1"), rules)
    assert "not from this computer" in reason(look(peer="172.18.0.1"), rules)
    assert "has not shown the access code" in reason(look(peer="172.17.0.1", headers=NO_COOKIE), rules)


@pytest.mark.parametrize(
    "header",
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via", "x-real-ip", "cf-connecting-ip",
     "true-client-ip", "x-original-host", "x-forwarded", "x-scheme", "fly-region", "cf-ray", "cdn-loop", "x-envoy-attempt-count", "wl-proxy-client-ip", "cloudfront-viewer-address", "x-b3-traceid"],
)  # fmt: skip
def test_a_proxy_or_tunnel_makes_anyone_look_local(header: str) -> None:
    assert "proxy or tunnel" in reason(look(headers={header: "1.2.3.4"}))


@pytest.mark.parametrize(
    "header",
    ["accept-language", "cache-control", "dnt", "hx-request", "last-event-id", "priority", "save-data", "sec-ch-ua", "sec-gpc", "te",
     "upgrade-insecure-requests", "x-requested-with", "x-simple-deploy-token", "x-http-method-override", "viewport-width"],
)  # fmt: skip
def test_what_browsers_send_is_no_sign_of_a_proxy(header: str) -> None:
    assert admitted(look(headers={header: "1"}))


def holding(held: Holder) -> dict[str, Any]:
    return {"holder": lambda: held}


def test_a_program_of_another_user_is_refused_whatever_it_shows() -> None:
    for visit in (
        look(**holding(Holder.OTHER)),
        change(**holding(Holder.OTHER)),
        look(code=ACCESS.code, **holding(Holder.OTHER)),
    ):
        assert "another user of this computer" in reason(visit)
    verdict = judge(look(headers=NO_COOKIE, **holding(Holder.OTHER)), Rules(), ACCESS)
    assert isinstance(verdict, Refused) and not verdict.knows_how, "the code would not help"


def test_one_that_hung_up_is_refused_without_a_word() -> None:
    assert reason(change(**holding(Holder.GONE))) == ""


def test_one_that_nobody_knows_still_needs_address_and_cookie() -> None:
    assert admitted(look(**holding(Holder.UNKNOWN)))
    assert "has not shown" in reason(look(headers=NO_COOKIE, **holding(Holder.UNKNOWN)))
    assert "has not shown" in reason(look(headers=NO_COOKIE, **holding(Holder.OWN)))


def test_a_proxy_that_the_owner_trusts_may_run_as_another_user() -> None:
    rules = Rules(hosts=frozenset({"blog.example"}))
    visit = look(headers={"host": "blog.example", "x-forwarded-for": "9.9.9.9"}, **holding(Holder.OTHER))
    assert admitted(
        replace(visit, headers={**visit.headers, "cookie": f"{cookie_name('80')}={ACCESS.cookie(SESSION, '80')}"}),
        rules,
    )
    assert "another user" in reason(look(**holding(Holder.OTHER)), rules)


def test_a_tunnel_of_the_owners_is_let_in_under_its_own_name() -> None:
    rules = Rules(hosts=frozenset({"blog.example"}))
    through = {"x-forwarded-host": "blog.example", "x-forwarded-proto": "https", "x-forwarded-for": "9.9.9.9"}
    assert admitted(look(headers=through), rules)
    assert admitted(change(headers={**through, "origin": "https://blog.example"}), rules)
    assert "proxy or tunnel" in reason(look(headers={**through, "x-forwarded-host": "other.example"}), rules)
    assert "not the dashboard" in reason(change(headers={**through, "origin": "https://evil.example"}), rules)
    assert page_origin(look(headers=through), rules) == "'self'"


def test_a_proxy_of_the_owners_may_speak_https_under_a_name_of_this_computer() -> None:
    named = look(headers={"host": "127.0.0.1:8401"})
    assert page_origin(named, Rules(hosts=frozenset({"127.0.0.1"}))) == "'self'"
    assert page_origin(named, Rules()) == "http://127.0.0.1:8401"


@pytest.mark.parametrize(
    "host", ["localhost:8000", "LOCALHOST:8000", "blog.localhost:8000", "127.0.0.2:8000", "[::1]:8000"]
)
def test_names_that_always_mean_this_computer(host: str) -> None:
    assert admitted(look(headers={"host": host}))
    assert admitted(change(headers={"host": host, "origin": f"http://{host.lower()}"}))


@pytest.mark.parametrize(
    "host",
    ["evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "0.0.0.0:8000", "192.168.1.7:8000", "", None,
     "localhost:80:80", "localhost:x", "[::2]:8000", "a b.localhost", "x;y.localhost", "evil.example/.localhost", "2130706433",
     "127.1", "localhost.", "-.localhost:8000", "a-.localhost", "_.localhost", "a..localhost", ".localhost", "a" * 64 + ".localhost", "user@localhost", "localhost:8000²"],
)  # fmt: skip
def test_a_rebound_name_is_refused(host: str | None) -> None:
    assert "addressed to the host" in reason(look(headers={"host": host}))


def test_a_host_the_owner_trusts_still_needs_the_code() -> None:
    rules = Rules(hosts=frozenset({"devbox"}))
    assert admitted(look(headers={"host": "devbox:8000"}), rules)
    assert "has not shown the access code" in reason(look(headers={"host": "devbox:8000", **NO_COOKIE}), rules)


def named(value: str, port: str = "8000") -> dict[str, str]:
    return {"cookie": f"{cookie_name(port)}={value}"}


def test_without_the_cookie_nothing_opens() -> None:
    good = ACCESS.cookie(SESSION, "8000")
    assert "has not shown" in reason(look(headers=NO_COOKIE))
    for value in ("", "forged", SESSION, good + "x", good[:-1], good.upper(), "ü"):
        assert "has not shown" in reason(look(headers=named(value)))
    assert "has not shown" in reason(change(headers=NO_COOKIE))


@pytest.mark.parametrize("path", ["/simple-deploy", "/simple-deploy/", "/simple-deploy/runs/", "/simple-deploy//", "/"])
def test_without_the_address_of_its_session_the_cookie_is_worth_nothing(path: str) -> None:
    assert "has not shown" in reason(look(path=path))
    assert "has not shown" in reason(look(path=session.home(session.new())))
    assert "has not shown" in reason(look(path=session.home(SESSION[:-1])))
    assert "has not shown" in reason(change(path=path))


def test_a_cookie_that_another_port_has_set_puts_none_out_of_its_place() -> None:
    other = f"{cookie_name('8000')}=of-another-port"
    for cookie in (f"{COOKIE}; {other}", f"{other}; {COOKIE}", f"a=b;{COOKIE}; ;x", f'{other}; q="; {COOKIE}'):
        assert admitted(look(headers={"cookie": cookie}))


def test_a_cookie_is_good_at_one_port_and_for_one_code() -> None:
    there = named(ACCESS.cookie(SESSION, "8000"), "9000")
    assert "has not shown" in reason(look(headers={"host": "127.0.0.1:9000", **there}))
    other = Access(code="another-code-of-another-project")
    assert isinstance(judge(look(), Rules(), other), Refused)


def test_the_code_is_exchanged_for_a_session() -> None:
    seen = set()
    for path in ("/simple-deploy", "/simple-deploy/", "/simple-deploy/runs/", session.home(SESSION)):
        shown = look(path=path, code=ACCESS.code, headers={**NO_COOKIE, "sec-fetch-site": "none"})
        verdict = judge(shown, Rules(), ACCESS)
        assert isinstance(verdict, Exchange)
        assert verdict.name == "simple_deploy_8000"
        again = look(path=session.home(verdict.session), headers=named(verdict.cookie))
        assert judge(again, Rules(), ACCESS) == Admitted(session=verdict.session)
        assert ACCESS.code not in verdict.session + verdict.cookie
        seen.add(verdict.session)
    assert len(seen) == 4
    assert SESSION not in seen


@pytest.mark.parametrize("code", ["", "wrong", "a-code-of-this-project-012345678", "ü"])
def test_a_wrong_code_is_refused_even_with_a_good_cookie(code: str) -> None:
    assert "not the one of this project" in reason(look(code=code))


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_another_site_cannot_make_the_browser_ask(site: str) -> None:
    assert "another site" in reason(look(headers={"sec-fetch-site": site}))
    assert "another site" in reason(change(headers={"sec-fetch-site": site}))


def test_a_change_is_never_a_plain_navigation() -> None:
    assert "another site" in reason(change(headers={"sec-fetch-site": "none"}))


@pytest.mark.parametrize(
    "origin",
    ["null", "https://127.0.0.1:8000", "http://127.0.0.1", "http://127.0.0.1:3000", "http://localhost:8000", "http://evil.example",
     "http://127.0.0.1:8000.evil.example", "", "http://["],
)  # fmt: skip
def test_a_form_of_another_origin_is_refused(origin: str) -> None:
    assert "not the dashboard" in reason(change(headers={"origin": origin}))
    assert "not the dashboard" in reason(look(headers={"origin": origin}))


def test_a_form_without_an_origin_is_refused() -> None:
    assert "without an Origin" in reason(change(headers={"origin": None}))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get"])
def test_every_method_that_is_not_a_look_needs_the_form_token(method: str) -> None:
    assert "without its token" in reason(replace(change(), method=method, form_token=lambda: ""))
    other = ACCESS.form_token(session.new())
    assert "without its token" in reason(replace(change(), method=method, form_token=lambda: other))


def test_the_form_is_read_only_after_everything_else_was_right() -> None:
    def read() -> str:
        raise AssertionError("the body was read")

    for visit in (
        change(peer="10.0.0.1"),
        change(headers={"host": "evil.example"}),
        change(headers=NO_COOKIE),
        change(headers={"origin": "null"}),
    ):
        assert reason(replace(visit, form_token=read))


def test_a_reason_says_what_to_do_and_repeats_no_long_text() -> None:
    assert "SIMPLE_DEPLOY_TRUSTED_PEERS" in reason(look(peer="10.0.0.1"))
    assert "SIMPLE_DEPLOY_TRUSTED_HOSTS=a.example" in reason(
        look(headers={"x-forwarded-host": "A.example:443, b.example"})
    )
    assert "SIMPLE_DEPLOY_TRUSTED_HOSTS=127.0.0.1" in reason(look(headers={"x-forwarded-host": "a b\x1b[0m"}))
    assert len(reason(change(headers={"origin": "x" * 10_000}))) < 200


@pytest.mark.parametrize(
    ("host", "name"), [("Example.COM:80", "example.com"), ("[::1]:8000", "[::1]"), ("a:b", ""), ("", "")]
)
def test_the_name_in_a_host_header(host: str, name: str) -> None:
    assert name_of(host) == name
    assert not is_local_name(name) or name == "[::1]"
