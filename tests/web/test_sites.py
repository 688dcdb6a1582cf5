"""The pages of a deployed site: looked at without a run, changed by a run that is confirmed first."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import get_args

import pytest

from simple_deploy.core.resources import Resource
from simple_deploy.platforms import registry
from simple_deploy.platforms.base import Operation
from simple_deploy.platforms.site import TITLES
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.runs.store import Target
from simple_deploy.web.runview import title
from tests.support.repository import git
from tests.web.conftest import TOY, Browser, text, words

LIVELY = EntryPoint(name="lively", value="tests.web.lively", group=registry.GROUP)


@pytest.fixture
def service(service: Service) -> Service:
    found = Service(service.location, service.conf, registry=registry.load([LIVELY, TOY]))
    found.store.prepare()
    resource = Resource(kind="pond", name="the shop", cost="2 fish a day")
    found.store.save_target(Target(platform="lively", answers={}, resources=(resource,), url="http://127.0.0.1:9/"))
    return found


@pytest.fixture
def home(service: Service) -> Path:
    """The site's own folder."""
    home = service.conf.data_dir / "lively"
    home.mkdir(parents=True)
    commit = git(service.location.root, "rev-parse", "--short=9", "HEAD").strip()
    state = {"is": {"running": "yes"}, "releases": {"v1": "", "v2": commit}, "variables": {"STRIPE_KEY": "sk-hidden"}}
    (home / "site.json").write_text(json.dumps(state), encoding="utf-8")
    (home / "log.txt").write_text(LOG, encoding="utf-8")
    return home


LOG = """\
Listening
"GET /" 200
"GET /missing" 404
Traceback (most recent call last):
  File "views.py", line 3, in page
ValueError: <b>no</b>
"GET /late" 200
"""


def done(browser: Browser) -> Run:
    """Execute the run that the page has just begun."""
    return browser.service.execute(browser.background.asked.pop())


def test_the_site_has_a_page_for_each_thing_it_can_do(browser: Browser, home: Path) -> None:
    page = browser.page("sites/lively/")
    for name in ("Status", "Log", "Releases", "Variables", "Run a command", "Backups"):
        assert re.search(rf"<a [^>]*>(<svg.*?</svg>)? {name}</a>", page), name
    assert "2 fish a day" in words(page)
    assert "Remove it" in words(page)
    assert f'hx-get="{browser.home}sites/lively/looks/status/"' in page


@pytest.mark.parametrize("operation", get_args(Operation))
@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.SUCCEEDED])
def test_each_operation_is_called_something_while_it_works_and_afterwards(operation: str, state: RunState) -> None:
    run = Run(id="1", kind=RunKind.OPERATE, subject=operation, state=state)
    said = title(run, "the pond", "shop")
    assert "the pond" in said and "_" not in said and operation in TITLES


def test_the_platforms_are_folded_once_there_is_a_site(browser: Browser, home: Path) -> None:
    assert re.search(r'<details class="places-fold"><summary><h2 [^>]*>All platforms</h2>', browser.page())


def test_deploying_each_push_is_planned_from_here_and_then_said_to_be_done(browser: Browser, home: Path) -> None:
    page = browser.page("sites/lively/")
    assert 'name="with" value="deploy_on_push"' in page
    browser.post("platforms/lively/again/", read="yes", **{"with": "deploy_on_push"})
    (run,) = browser.service.runs()
    assert (run.subject, run.answers) == ("", {"deploy_on_push": True})

    target = browser.service.store.target("lively")
    assert target is not None
    browser.service.store.save_target(replace(target, answers=run.answers))
    said = words(browser.page("sites/lively/"))
    assert "GitHub deploys what is pushed there" in said and "POND_KEY" in said and "Plan it" not in said


def variables_of(home: Path) -> dict[str, str]:
    return json.loads((home / "site.json").read_text(encoding="utf-8"))["variables"]  # type: ignore[no-any-return]


def test_a_mail_server_is_set_by_its_provider_s_name_and_tried(browser: Browser, home: Path) -> None:
    assert "1. The mail server" in words(browser.page("sites/lively/mail/"))
    browser.post("sites/lively/mail/", provider="fastmail", user="ada@example.com", password="p@ss/w:rd")
    run = done(browser)
    assert (run.state, run.answers) == (RunState.SUCCEEDED, {"name": "EMAIL_URL"})
    assert variables_of(home)["EMAIL_URL"] == "smtp+ssl://ada%40example.com:p%40ss%2Fw%3Ard@smtp.fastmail.com:465"
    assert b"p%40ss" not in b"".join(path.read_bytes() for path in browser.service.store.folder(run.id).rglob("*.*"))

    browser.post("sites/lively/mail/", to="you@example.com")
    sent = done(browser)
    assert (sent.state, sent.answers) == (RunState.SUCCEEDED, {"command": "sendtestemail you@example.com"})


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"provider": "other", "host": "mail example", "user": "ada", "password": "x"}, "no name of a mail server"),
        ({"provider": "other", "host": "mail.example.com", "port": "25a", "user": "a", "password": "x"}, "no port"),
        ({"provider": "gmail", "user": "ada", "password": ""}, "a user name and a password"),
        ({"to": "--admins"}, "no address"),
    ],
)
def test_what_no_mail_server_can_be_made_of_is_said_at_once(
    browser: Browser, home: Path, form: dict[str, str], said: str
) -> None:
    response = browser.post("sites/lively/mail/", **form)
    assert response.status_code == 400
    assert said in words(text(response))
    assert browser.service.runs() == ()


def test_whether_the_settings_read_a_mail_server_is_said(browser: Browser, home: Path, project: Path) -> None:
    settings = project / "mysite" / "settings.py"
    assert "deploy again, and then come back" in words(browser.page("sites/lively/mail/"))
    settings.write_text(f"{settings.read_text(encoding='utf-8')}\n# EMAIL_URL\n", encoding="utf-8")
    assert "deploy again, and then come back" not in words(browser.page("sites/lively/mail/"))


def test_a_domain_is_added_with_its_records_and_removed_after_a_question(browser: Browser, home: Path) -> None:
    assert "No domain of your own yet." in words(browser.page("sites/lively/domains/?look=1"))
    browser.post("platforms/lively/operate/", operation="add_domain", domain="WWW.Pond.invalid")
    added = done(browser)
    assert (added.state, added.answers) == (RunState.SUCCEEDED, {"domain": "WWW.Pond.invalid"})
    assert "CNAME" in words(browser.page(f"runs/{added.id}/"))
    page = browser.page("sites/lively/domains/?look=1")
    assert "DNS has no address for it yet. The certificate follows once DNS leads to the site." in words(page)
    assert re.search(r"<dd>CNAME</dd>.*?<code>www\.pond\.invalid</code>.*?<code>pond\.invalid</code>", page, re.DOTALL)

    asked = browser.page("platforms/lively/operate/?operation=remove_domain&domain=www.pond.invalid")
    assert "Remove www.pond.invalid from the site?" in words(asked)
    browser.post("platforms/lively/operate/", operation="remove_domain", domain="www.pond.invalid")
    assert done(browser).state is RunState.SUCCEEDED
    assert "No domain of your own yet." in words(browser.page("sites/lively/domains/?look=1"))


def test_what_is_no_domain_is_said_at_once(browser: Browser, home: Path) -> None:
    response = browser.post("platforms/lively/operate/", operation="add_domain", domain="https://pond.example/")
    assert response.status_code == 400
    assert "is no domain" in words(text(response)) and 'value="https://pond.example/"' in text(response)
    assert browser.service.runs() == ()


def test_a_restart_is_asked_about_first(browser: Browser, home: Path) -> None:
    assert "operation=restart" in browser.page("sites/lively/?look=1")
    assert "Restart the site on the lively pond?" in words(browser.page("platforms/lively/operate/?operation=restart"))
    browser.post("platforms/lively/operate/", operation="restart")
    assert done(browser).state is RunState.SUCCEEDED


def test_only_a_yes_or_no_of_the_platform_can_be_wished_for(browser: Browser, home: Path) -> None:
    browser.post("platforms/lively/again/", **{"with": "commit_message"})
    assert browser.service.runs()[0].answers == {}


def test_what_costs_nothing_has_no_date(browser: Browser, home: Path) -> None:
    said = words(browser.page("sites/lively/"))
    assert "It costs nothing." in said and "as of" not in said.lower()


def test_looking_makes_no_run_and_leaves_no_trace(browser: Browser, home: Path) -> None:
    for page in ("", "?look=1", "looks/status/", "looks/releases/", "looks/variables/", "log/?look=1", "releases/",
                 "variables/", "command/", "backups/"):  # fmt: skip
        browser.page(f"sites/lively/{page}")
    assert browser.service.runs() == ()


def test_the_state_decides_what_can_be_done(browser: Browser, home: Path) -> None:
    running = words(browser.page("sites/lively/?look=1"))
    assert "It swims." in running and "Depth 3 m" in running and "Stop …" in running and "Start" not in running
    browser.post("platforms/lively/operate/", operation="stop")
    assert done(browser).state is RunState.SUCCEEDED
    stopped = words(browser.page("sites/lively/looks/status/"))
    assert "It rests." in stopped and "Start" in stopped and "Stop …" not in stopped


def test_what_the_platform_measured_is_drawn_and_written_as_a_table(browser: Browser, home: Path) -> None:
    page = browser.page("sites/lively/?look=1")
    assert re.search(r'<svg viewBox="0 0 38 100"[^>]*><path d="M10 100v-40h8v40zM30 100v-100h8v100z"/></svg>', page)
    assert 'aria-labelledby="chart-1"' in page
    said = words(page)
    assert "Waves 7 in the last hour" in said
    assert [*re.findall(r"<td>(\d)</td>", page)] == ["5", "0", "2"]
    assert re.search(r'<a href="https://pond.example/waves"[^>]*>More waves', page)


def test_another_size_is_asked_about_with_its_price_and_remembered(browser: Browser, home: Path) -> None:
    page = words(browser.page("sites/lively/size/?look=1"))
    assert "The site runs on pond : $5 a month" in page and "Many fish" in page and "2 fish a day" in page

    asked = words(browser.page("platforms/lively/operate/?operation=resize&size=lake&count=2"))
    assert "Let the site run on 2 × lake?" in asked
    assert "It then costs $50 a month while it runs all the time, $45 more than now." in asked
    assert "What it costs is on https://pond.example/prices." in words(
        browser.page("platforms/lively/operate/?operation=resize&size=sea&count=1")
    )
    assert browser.service.runs() == ()

    browser.post("platforms/lively/operate/", operation="resize", size="lake:2")
    run = done(browser)
    assert (run.state, run.answers) == (RunState.SUCCEEDED, {"size": "lake:2"})
    assert "It runs on 2 × lake : $25 a month each" in words(browser.page(f"runs/{run.id}/"))
    target = browser.service.store.target("lively")
    assert target is not None and target.answers == {"water": "lake"}


@pytest.mark.parametrize(("size", "said"), [("lake&count=4", "from 1 to 3 of lake"), ("puddle", "no size “puddle”")])
def test_a_size_that_there_is_not_is_said_at_once(browser: Browser, home: Path, size: str, said: str) -> None:
    response = browser.get(f"platforms/lively/operate/?operation=resize&size={size}")
    assert response.status_code == 400 and said in words(text(response))


def test_daily_backups_are_switched_on_and_off(browser: Browser, home: Path) -> None:
    assert "Off: no backup is made automatically There are still: 20261129" in words(
        browser.page("sites/lively/backups/?look=1")
    )
    browser.post("platforms/lively/operate/", operation="daily_backups", wanted="on")
    assert done(browser).state is RunState.SUCCEEDED
    on = words(browser.page("sites/lively/backups/?look=1"))
    assert "Each night Kept seven There now 20261129 fish --back End them …" in on
    assert "End the daily backups?" in words(
        browser.page("platforms/lively/operate/?operation=daily_backups&wanted=off")
    )
    browser.post("platforms/lively/operate/", operation="daily_backups", wanted="off")
    assert done(browser).state is RunState.SUCCEEDED
    assert "Off: no backup" in words(browser.page("sites/lively/looks/backups/"))


def test_a_platform_that_cannot_be_asked_says_why(browser: Browser, home: Path) -> None:
    (home / "site.json").unlink()
    for page in ("sites/lively/?look=1", "sites/lively/log/?look=1", "sites/lively/looks/variables/"):
        assert "The pond is dry. Wait for rain." in words(browser.page(page))


def test_the_log_is_filtered_by_text_and_by_level(browser: Browser, home: Path) -> None:
    everything = browser.page("sites/lively/log/?look=1")
    assert "&lt;b&gt;no&lt;/b&gt;" in everything
    assert words(everything).count("GET") == 3
    errors = words(browser.page("sites/lively/log/?level=error"))
    assert "Traceback" in errors and "ValueError" in errors and "GET" not in errors
    warnings = words(browser.page("sites/lively/log/?level=warning"))
    assert "/missing" in warnings and "ValueError" in warnings and "/late" not in warnings
    found = words(browser.page("sites/lively/log/?text=LATE"))
    assert "/late" in found and "/missing" not in found


def test_the_log_is_followed_from_where_the_reader_was(browser: Browser, home: Path) -> None:
    def read(after: str, until: str) -> tuple[str, str]:
        """What the stream sends up to the text, and where it is then."""
        response = browser.get("sites/lively/log/stream/", Last_Event_ID=after or None)
        heard = ""
        for part in response.streaming_content:  # type: ignore[attr-defined]
            heard += part.decode()
            if until in heard:
                break
        response.close()
        return heard, re.findall(r"^id: (\S+)", heard, re.MULTILINE)[-1]

    first, place = read("", "/late")
    assert "Listening" in first
    with (home / "log.txt").open("a", encoding="utf-8") as log:
        log.write('"GET /newest" 500\n')
    more, _ = read(place, "/newest")
    assert "Listening" not in more and "level-error" in more


def test_what_the_project_keeps_to_itself_is_not_in_the_log(
    browser: Browser, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYMENT_TOKEN", "tok-1234567890")
    (home / "log.txt").write_text("paid with tok-1234567890\n", encoding="utf-8")
    assert "tok-1234567890" not in browser.page("sites/lively/log/?look=1")


def test_releases_have_their_commits_and_are_rolled_back_to_after_a_question(browser: Browser, home: Path) -> None:
    page = browser.page("sites/lively/?look=1")
    page = browser.page("sites/lively/looks/releases/")
    subject = git(browser.service.location.root, "log", "-1", "--format=%s").strip()
    assert subject in words(page)
    link = re.search(r'href="([^"]*operation=rollback[^"]*)"', page)
    assert link and "release=v1" in link[1]
    asked = words(browser.page(link[1].replace("&amp;", "&").removeprefix(browser.home)))
    assert "Roll back to release v1?" in asked and "Cancel" in asked
    assert browser.service.runs() == ()
    browser.post("platforms/lively/operate/", operation="rollback", release="v1")
    run = done(browser)
    assert run.answers == {"release": "v1"}
    assert "Back to the site" in words(browser.page(f"runs/{run.id}/"))
    assert "Rolled back" in words(browser.page("sites/lively/"))


def test_two_releases_are_compared(browser: Browser, home: Path) -> None:
    root = browser.service.location.root
    old = git(root, "rev-parse", "--short", "HEAD").strip()
    (root / "news.txt").write_text("one\ntwo\n", encoding="utf-8")
    git(root, "add", "news.txt")
    git(root, "commit", "--quiet", "-m", "Tell the news")
    new = git(root, "rev-parse", "--short", "HEAD").strip()
    found = words(browser.page(f"sites/lively/releases/?one={new}&other={old}"))
    assert f"From {old} to {new}" in found
    assert "Tell the news" in found and "news.txt +2 −0" in found
    assert "From" not in words(browser.page("sites/lively/releases/?one=--output=x&other=HEAD"))


def test_variables_are_named_set_and_unset_and_never_shown(browser: Browser, home: Path) -> None:
    page = browser.page("sites/lively/variables/?look=1")
    assert "STRIPE_KEY" in page and "sk-hidden" not in page
    assert 'name="value" type="password"' in page
    response = browser.post("platforms/lively/operate/", operation="set", name="MAIL_KEY", value="mk-7-secret")
    assert response.status_code == 303
    run = done(browser)
    assert run.state is RunState.SUCCEEDED
    assert json.loads((home / "site.json").read_text())["variables"]["MAIL_KEY"] == "mk-7-secret"
    for page in (f"runs/{run.id}/", "sites/lively/variables/?look=1", "runs/"):
        assert "mk-7-secret" not in browser.page(page)
    assert "MAIL_KEY set," in words(browser.page("sites/lively/variables/?look=1"))

    asked = words(browser.page("platforms/lively/operate/?operation=unset&name=MAIL_KEY"))
    assert "Unset MAIL_KEY?" in asked
    browser.post("platforms/lively/operate/", operation="unset", name="MAIL_KEY")
    done(browser)
    assert "MAIL_KEY" not in json.loads((home / "site.json").read_text())["variables"]
    assert "MAIL_KEY unset," in words(browser.page("sites/lively/variables/?look=1"))


def test_a_variable_can_be_set_to_nothing_where_that_is_said(browser: Browser, home: Path) -> None:
    assert 'name="empty"' in browser.page("sites/lively/variables/")

    response = browser.post("platforms/lively/operate/", operation="set", name="PREFIX", value="", empty="yes")

    assert response.status_code == 303
    done(browser)
    assert json.loads((home / "site.json").read_text())["variables"]["PREFIX"] == ""


def test_a_variable_that_deploying_sets_is_not_offered_to_be_unset(browser: Browser, home: Path) -> None:
    assert "name=STRIPE_KEY" in browser.page("sites/lively/variables/?look=1")
    state = json.loads((home / "site.json").read_text())
    (home / "site.json").write_text(json.dumps({**state, "given": {"STRIPE_KEY": ""}}), encoding="utf-8")
    page = browser.page("sites/lively/variables/?look=1")
    assert "name=STRIPE_KEY" not in page and "STRIPE_KEY set by deploying" in words(page)


def test_what_a_platform_knows_of_changed_variables_counts_more_than_what_was_done_from_here(
    browser: Browser, home: Path
) -> None:
    browser.post("platforms/lively/operate/", operation="set", name="MAIL_KEY", value="mk-7-secret")
    done(browser)
    state = json.loads((home / "site.json").read_text())
    made_with = {"STRIPE_KEY": "sk-before", "GONE_KEY": "gk-hidden"}
    (home / "site.json").write_text(json.dumps({**state, "made with": made_with}), encoding="utf-8")
    found = words(browser.page("sites/lively/variables/?look=1"))
    assert "Changed since the release was made GONE_KEY unset MAIL_KEY set, " in found
    assert "STRIPE_KEY has another value" in found
    assert not re.search("sk-|gk-|mk-", found)

    state = json.loads((home / "site.json").read_text())
    (home / "site.json").write_text(json.dumps({**state, "made with": state["variables"]}), encoding="utf-8")
    assert "Changed since" not in words(browser.page("sites/lively/variables/?look=1"))


@pytest.mark.parametrize(("name", "value"), [("NOT RIGHT", "x"), ("", "x"), ("FINE", "")])
def test_a_variable_that_cannot_be_set_is_said_beside_the_form(
    browser: Browser, home: Path, name: str, value: str
) -> None:
    response = browser.post("platforms/lively/operate/", operation="set", name=name, value=value)
    assert response.status_code == 400
    assert 'role="alert"' in text(response)
    assert browser.service.runs() == ()


def test_a_management_command_is_run_and_its_output_is_the_log_of_its_run(browser: Browser, home: Path) -> None:
    assert "manage.py" in words(browser.page("sites/lively/command/"))
    browser.post("platforms/lively/operate/", operation="run", command='shell -c "print(1)"')
    run = done(browser)
    page = words(browser.page(f"runs/{run.id}/"))
    assert "ran shell -c print(1)" in page
    wrong = browser.post("platforms/lively/operate/", operation="run", command='shell -c "')
    assert wrong.status_code == 400 and "quotation mark" in words(text(wrong))


def test_a_backup_is_made_downloaded_restored_and_deleted(browser: Browser, home: Path) -> None:
    browser.post("platforms/lively/operate/", operation="backup")
    assert done(browser).state is RunState.SUCCEEDED
    (made,) = browser.service.backups.of("lively")
    page = browser.page("sites/lively/backups/")
    assert f'{browser.home}sites/lively/backups/{made.name}"' in page
    response = browser.get(f"sites/lively/backups/{made.name}")
    assert b"".join(response.streaming_content) == b"\0saved\xff"  # type: ignore[attr-defined]
    assert "attachment" in response.headers["Content-Disposition"]

    asked = words(browser.page(f"platforms/lively/operate/?operation=restore&file={made.name}"))
    assert "is lost" in asked
    browser.post("platforms/lively/operate/", operation="restore", file=made.name)
    assert "7 bytes are back" in words(browser.page(f"runs/{done(browser).id}/"))

    browser.post(f"sites/lively/backups/{made.name}")
    assert browser.service.backups.of("lively") == ()


@pytest.mark.parametrize("file", ["../../../run.json", "/etc/passwd", "2026-01-01-000000.backup", ""])
def test_no_file_but_a_backup_is_restored_or_downloaded(browser: Browser, home: Path, file: str) -> None:
    response = browser.post("platforms/lively/operate/", operation="restore", file=file)
    assert response.status_code == 400
    assert browser.service.runs() == ()
    assert browser.get(f"sites/lively/backups/{file}x").status_code == 404


def test_a_site_that_is_not_there_has_no_pages(browser: Browser) -> None:
    for page in ("", "log/", "log/stream/", "releases/", "looks/status/", "backups/x"):
        assert browser.get(f"sites/toy/{page}").status_code == 404
    assert browser.get("sites/lively/looks/stop/").status_code == 404
    assert browser.get("platforms/lively/operate/?operation=run").status_code == 404
