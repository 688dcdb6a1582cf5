"""What every answer has in common: the guard around all addresses, forms, headers, and no error page of the host's."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from django.http import HttpResponseBase
from django.urls import URLPattern

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.web.urls import urlpatterns
from tests.web.conftest import Browser, Shop, text, words
from tests.web.servers import public

SAMPLES = {"name": "app.css", "slug": "toy", "run_id": "RUN", "version": "0", "operation": "status", "number": "1"}


def paths(run_id: str) -> list[str]:
    """One address for every pattern there is."""
    found = []
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        path = re.sub(r"<\w+:(\w+)>", lambda match: SAMPLES[match[1]], str(pattern.pattern))
        path = path.replace("fixes/app.css", "fixes/first-commit").replace(
            "lessons/app.css", "lessons/undo-and-roll-back"
        )
        found.append(path.replace("RUN", run_id))
    return found


def refused(browser: Browser, response: HttpResponseBase, reason: str) -> None:
    assert response.status_code == 403
    page = text(response)
    assert reason not in page
    assert "mysite" not in page
    assert reason in browser.told[-1]
    browser.told.clear()
    browser.handler._told.clear()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"X-Forwarded-For": "1.2.3.4"}, "proxy or tunnel"),
        ({"Host": "evil.example"}, "addressed to the host"),
        ({"Host": "0.0.0.0:8000"}, "addressed to the host"),
        ({"Sec-Fetch-Site": "cross-site"}, "another site"),
        ({"Origin": "http://127.0.0.1:3000"}, "not the dashboard"),
    ],
)
def test_no_address_opens_for_a_stranger(shop: Shop, change: dict[str, str], reason: str) -> None:
    for path in paths(shop.run.id):
        for method in ("GET", "HEAD", "POST", "OPTIONS"):
            refused(shop.browser, shop.browser.ask(method, path, **change), reason)


def test_no_address_opens_without_the_cookie(shop: Shop) -> None:
    stranger = Browser(shop.browser.service)
    stranger.cookies = {}
    for path in paths(shop.run.id):
        response = stranger.get(path)
        assert "Open it from your terminal" in text(response)
        refused(stranger, response, "has not shown the access code")


def test_no_form_is_taken_without_its_token(shop: Shop) -> None:
    before = shop.browser.service.runs()
    for path in paths(shop.run.id):
        for token in ("", "wrong", shop.browser.access.form_token("another-session")):
            refused(shop.browser, shop.browser.post(path, token=token), "without its token")
    assert shop.browser.service.runs() == before


def test_a_token_may_stand_in_a_header(shop: Shop) -> None:
    token = shop.browser.access.form_token(shop.browser.session)
    response = shop.browser.ask("POST", "runs/", "", Origin="http://127.0.0.1:8000", X_Simple_Deploy_Token=token)
    assert response.status_code == 200


def test_the_same_reason_is_told_once_a_minute(shop: Shop) -> None:
    stranger = Browser(shop.browser.service)
    for _ in range(20):
        stranger.get("", Host="evil.example")
    assert len(stranger.told) == 1


def test_the_code_in_the_address_is_exchanged_at_once(shop: Shop) -> None:
    fresh = Browser(shop.browser.service)
    fresh.cookies = {}
    response = fresh.get(f"/simple-deploy/runs/?a=1&code={fresh.access.code}", Sec_Fetch_Site="none")
    home, _, rest = response["Location"].partition("runs/")
    assert (response.status_code, public(home), rest) == (302, "/simple-deploy/", "?a=1")
    cookie = response.cookies["simple_deploy_8000"]  # type: ignore[attr-defined]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (home, True, "Strict")
    assert cookie["max-age"] == cookie["expires"] == ""
    fresh.cookies = {"simple_deploy_8000": cookie.value}
    assert fresh.get(f"{home}runs/").status_code == 200
    assert fresh.get("runs/").status_code == 403


@pytest.mark.parametrize("path", ["/simple-deploy", "/simple-deploy/", "/simple-deploy/runs/"])
def test_an_address_of_no_session_asks_for_the_code_and_knows_the_way_back(shop: Shop, path: str) -> None:
    response = shop.browser.get(path)
    assert response.status_code == 403
    assert "Open it from your terminal" in text(response)
    script = re.search(r"<script>(.*)</script>", text(response), re.DOTALL)
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in response["Content-Security-Policy"]
    assert "mysite" not in text(response)


@pytest.mark.slow
def test_every_answer_carries_the_headers(shop: Shop) -> None:
    for path in [*paths(shop.run.id), "nothing/"]:
        response = shop.browser.get(path)
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-eval" not in policy
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in response
        if not path.startswith("static/"):
            assert "no-store" in response["Cache-Control"]
        response.close()


def test_a_page_may_load_our_own_files_and_nothing_else(shop: Shop) -> None:
    policy = shop.browser.get()["Content-Security-Policy"]
    assert f"script-src http://127.0.0.1:8000{shop.browser.home}static/;" in policy
    assert f"style-src http://127.0.0.1:8000{shop.browser.home}static/;" in policy
    assert f"connect-src http://127.0.0.1:8000{shop.browser.home};" in policy
    assert "unsafe-inline" not in policy


def test_pages_hold_nothing_the_policy_would_refuse(shop: Shop) -> None:
    for path in paths(shop.run.id):
        if path.startswith("static/") or path.endswith(("stream/", "watch/", ".txt", ".md", ".html")):
            continue
        page = text(shop.browser.get(path))
        assert not re.search(r"<style|\sstyle=|<script(?![^>]* src=)|\son[a-z]+=|hx-on|javascript:", page), path
        for address in re.findall(r'(?:src|href|action|hx-\w+)="([^"#{]*)"', page):
            outside = address.startswith(("http://", "https://"))
            assert (
                outside
                or address.startswith(shop.browser.home)
                or address in {"outerHTML", "load", "none"}
                or not (address.startswith(("/", "//")))
            ), (path, address)


def test_static_files_have_types_of_our_own_and_are_kept_by_version(shop: Shop) -> None:
    page = text(shop.browser.get())
    styles = re.search(r'href="(/simple-deploy/[\w-]{24}/static/[^"]+/app\.css)"', page)
    scripts = re.findall(r'src="(/simple-deploy/[\w-]{24}/static/[^"]+\.js)"', page)
    assert styles
    assert len(scripts) == 3
    for address, type in [
        (styles[1], "text/css; charset=utf-8"),
        *((each, "text/javascript; charset=utf-8") for each in scripts),
    ]:
        response = shop.browser.get(address)
        assert (response.status_code, response["Content-Type"]) == (200, type)
        assert "immutable" in response["Cache-Control"]
    assert shop.browser.get("static/old/app.css")["Cache-Control"] == "no-store"


def test_an_error_in_the_tool_shows_no_settings(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Browser(shop.browser.service)

    def fail(_: str = "") -> None:
        raise RuntimeError("secret-detail")

    monkeypatch.setattr(broken.handler, "_get_service", fail)
    response = broken.get("runs/")
    assert response.status_code == 500
    assert "secret-detail" not in text(response)
    assert "SECRET_KEY" not in text(response)
    assert "secret-detail" in broken.told[-1]
    assert "Traceback" in broken.told[-1]


def test_a_state_folder_that_cannot_be_read_is_told_in_the_terminal(shop: Shop) -> None:
    broken = Browser(shop.browser.service)

    def fail(_: str = "") -> None:
        raise SimpleDeployError("The folder cannot be read.", hint="Give it back to yourself.")

    broken.handler._access = fail  # type: ignore[assignment]
    response = broken.get()
    assert response.status_code == 500
    assert "Give it back to yourself." in broken.told[-1]


def test_a_form_that_is_too_large_is_refused(shop: Shop) -> None:
    assert shop.browser.post("runs/", filler="x" * 1_100_000).status_code == 400


def test_looking_at_the_head_only_gives_no_body(shop: Shop) -> None:
    for path in ("", f"runs/{shop.run.id}/stream/"):
        response = shop.browser.ask("HEAD", path)
        assert response.status_code == 200
        assert text(response) == ""


def test_numbers_look_the_same_in_every_host(shop: Shop, settings: object) -> None:
    plain = words(text(shop.browser.get(f"runs/{shop.run.id}/")))
    settings.USE_THOUSAND_SEPARATOR = True  # type: ignore[attr-defined]
    settings.LANGUAGE_CODE = "de"  # type: ignore[attr-defined]
    settings.TEMPLATES = []  # type: ignore[attr-defined]
    settings.FORCE_SCRIPT_NAME = "/elsewhere"  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = "no.such.module"  # type: ignore[attr-defined]
    settings.APPEND_SLASH = False  # type: ignore[attr-defined]
    settings.CSRF_USE_SESSIONS = True  # type: ignore[attr-defined]
    settings.ALLOWED_HOSTS = []  # type: ignore[attr-defined]
    shown = text(shop.browser.get(f"runs/{shop.run.id}/"))
    assert words(shown) == plain
    assert "/elsewhere" not in shown
