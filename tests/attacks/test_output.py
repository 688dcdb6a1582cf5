"""What others wrote stays text: program output, names of branches and files, what a plugin says."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from django.http import StreamingHttpResponse
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.cli.output import open_lines
from simple_deploy.cli.terminal import Terminal
from simple_deploy.core import ansi, hidden
from simple_deploy.inspection.locate import locate
from simple_deploy.platforms import registry
from simple_deploy.runs.model import RunState
from simple_deploy.runs.service import Service
from simple_deploy.system import process
from simple_deploy.web import formatting
from tests.attacks import mallory
from tests.attacks.claims import proves
from tests.attacks.conftest import HOSTILE, STAGE
from tests.attacks.door import HOME, Door, public
from tests.support.repository import git
from tests.web.conftest import Browser, deploy

_UNWANTED = {"iframe", "object", "embed", "base", "applet", "math", "foreignobject"}
_ADDRESSES = {
    "href",
    "src",
    "action",
    "formaction",
    "xlink:href",
    "data",
    "poster",
    "srcset",
    "background",
    "hx-get",
    "hx-post",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Strict(HTMLParser):
    """Notes whatever a page holds that is not the dashboard's own. Expects addresses without the session's part."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _UNWANTED or any(name.startswith("on") for name in given):
            self.found.append(f"<{tag} {given}>")
        if tag == "script" and not given.get("src", "").startswith(f"{HOME}static/"):
            self.found.append(f"<script {given}>")
        if (
            tag == "meta"
            and given.get("http-equiv", "").lower() == "refresh"
            and HOME not in given.get("content", HOME)
        ):
            self.found.append(f"<meta {given}>")
        if tag == "img" or (tag == "form" and not given.get("action", HOME).startswith((HOME, ""))):
            self.found.append(f"<{tag} {given}>")
        for name in _ADDRESSES & given.keys():
            if not given[name].startswith((HOME, "http://", "https://", "#", "?", "data:image/svg")):
                self.found.append(f"{name}={given[name]}")


def judge(html: str) -> None:
    """Fail unless *html* is harmless."""
    strict = Strict()
    strict.feed(public(html))
    strict.close()
    assert not strict.found
    assert not _CONTROL.search(html), html[max(0, _CONTROL.search(html).start() - 80) :][:160]  # type: ignore[union-attr]


def test_the_judge_knows_what_is_bad() -> None:
    for text in (*HOSTILE[:5], '<a href="javascript:x">', "<form action=//evil.example>", mallory.BAD):
        with pytest.raises(AssertionError):
            judge(f"<p>{text}</p>" if "form" not in text else '<a href="//evil.example">')


@proves("Program output and step titles that are HTML, script, a template, a form or another address, on a running "
        "server", "Shown as plain text on every page, in the stream and in downloads; links lead only to http and https", number=14)  # fmt: skip
def test_markup_in_output(door: Door) -> None:
    run = f"{HOME}runs/{door.run}/"
    for path in (
        run,
        f"{run}stream/",
        f"{run}lines/?before=99",
        f"{run}stream/?poll=1&after=0",
        f"{HOME}runs/",
        HOME,
        f"{HOME}lately/",
        f"{STAGE}runs/{door.run}/",
        f"{STAGE}runs/{door.run}/stream/",
        f"{STAGE}runs/",
    ):
        answer = door.ask(path=path)
        assert answer.status == 200
        judge(answer.body)
    page = door.ask(path=run).body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{% debug %} {{ settings.SECRET_KEY }}" in page


@proves("Terminal escapes in output: hyperlinks with their own text (OSC 8), the clipboard (OSC 52), titles, the "
        "screen, reversed text directions and hidden characters, as one byte or two", "Absent from the page, the stream, the log on disk and the download", number=15, closes=(8,))  # fmt: skip
def test_terminal_escapes_in_output(door: Door, besieged: Path) -> None:
    log = door.ask(path=f"{HOME}runs/{door.run}/log.txt")
    assert log.headers["content-type"].startswith("text/plain")
    assert "sandbox" in log.headers["content-security-policy"]
    stored = (besieged / ".simple_deploy" / "runs" / door.run / "deploy.log").read_text(encoding="utf-8")
    page, events = (door.ask(path=f"{HOME}runs/{door.run}/{part}").body for part in ("", "stream/"))
    kept = (besieged / ".simple_deploy" / "runs" / door.run / "events.jsonl").read_text(encoding="utf-8")
    for text in (log.body, stored, page, events, kept):
        assert "not to be seen" in text and not hidden.found(text)
    for text in (log.body, stored):
        assert "alert(1)" in text
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


@given(
    st.text(st.characters(categories=("L", "Cc", "Cf", "P", "S")), max_size=60).map(lambda text: text.replace("\n", ""))
)
@proves(
    "Any text at all as a line of output",
    "Nothing a terminal obeys and no markup remains in the page, in the terminal and in copied text",
    number=15,
)
def test_terminal_escapes_in_output_of_any_kind(text: str) -> None:
    judge(f"<p>{formatting.to_html(text)}</p>")
    assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]", formatting.to_text(text) + ansi.plain(text))
    coloured = re.sub(r"\x1b\[[0-9;:]*m", "", ansi.shown(text))
    assert not re.search(r"[\x00-\x08\x0a-\x0c\x0e-\x1f\x7f-\x9f]", coloured)


@pytest.fixture
def browser(project: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A project with a branch and a file that are named to do harm, and a platform that means harm."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    git(project, "checkout", "--quiet", "-b", "a<script>alert(7)</script>$(id)`id`\u202e")
    (project / "\x1b]52;c;cm0=\x07<img src=x onerror=alert(8)>.py").write_text("import <script>\n")
    git(project, "add", "--all")
    (project / "untracked\x1b[2J<b>.txt").write_text("x")
    point = EntryPoint(name="mallory", value=mallory.__name__, group=registry.GROUP)
    broken = EntryPoint(name="<script>alert(9)</script>", value="no<b>.such", group=registry.GROUP)
    location = locate(start=project, manage_py=None, settings_module=None, runner=process.run)
    return Browser(Service(location, registry=registry.load([point, broken])))


@pytest.mark.slow
@proves("A plugin, its rehearsal, a branch, file names and a broken plugin in which every word is script, a terminal "
        "escape or a link to `javascript:`", "Text, on every page and in every download; a terminal obeys only colours", number=14)  # fmt: skip
def test_markup_in_output_of_plugins_branches_and_files(browser: Browser) -> None:
    service = browser.service
    plan = service.execute(service.create_plan("mallory", {}, allow_dirty=True).id)
    assert plan.state is RunState.SUCCEEDED, plan.error
    service.store.update(plan.id, url=mallory.LINK)
    heard = io.StringIO()
    screen = Terminal(open_lines(heard, {"TERM": "xterm", "FORCE_COLOR": "1"}))
    failed = deploy(browser, plan)
    assert failed.state is RunState.FAILED
    assert failed.error is not None
    screen.error(failed.error)
    for run in (plan, failed):
        for event in service.events(run.id):
            screen.listen(event)
    told = heard.getvalue()
    assert "alert(4)" in told or "here" in told
    assert not re.search(r"\x1b(?!\[[0-9;:]*[mK])|[\x00-\x08\x0e-\x1a\x7f-\x9f\u202e]", told), told

    stage = service.rehearsal("mallory", scenario="logged-out")
    rehearsed = stage.execute(stage.create_plan("mallory", {}, allow_dirty=True).id)
    assert rehearsed.state is RunState.SUCCEEDED, rehearsed.error
    below = "rehearsals/mallory/"
    pages = ["", "?inspect=1", "inspection/", "lately/", "platforms/mallory/", "platforms/mallory/destroy/", "runs/"]
    pages += [f"{below}platforms/mallory/", f"{below}platforms/mallory/destroy/", f"{below}runs/"]
    for place, run in (("", plan), ("", failed), (below, rehearsed)):
        pages += [
            f"{place}runs/{run.id}/{part}"
            for part in (
                "",
                "summary/",
                "summary.html",
                "summary.md",
                "undo/",
                "stream/",
                "log.txt",
                "lines/?before=9999",
            )
        ]
    for page in pages:
        response = browser.get(page)
        assert response.status_code in {200, 303, 404}, (page, browser.told)
        if isinstance(response, StreamingHttpResponse):
            body = b"".join(response.streaming_content).decode()  # type: ignore[arg-type]
        else:
            body = response.content.decode()  # type: ignore[attr-defined]
        if page.endswith(("log.txt", "summary.md")):
            assert not _CONTROL.search(body)
        else:
            judge(body)


@proves("Words in a form that a shell would act upon, or that a program would take for an option", "Refused by the option's pattern before anything starts", number=16)  # fmt: skip
@pytest.mark.parametrize(
    "word",
    [
        "; touch pwned",
        "$(touch pwned)",
        "`touch pwned`",
        "| touch pwned",
        "--help",
        "-rf",
        "a b",
        "x\ntouch pwned",
        "a\x00b",
        "../x",
        "%0a",
    ],
)
def test_commands_in_a_form(door: Door, word: str, besieged: Path) -> None:
    runs = besieged / ".simple_deploy" / "runs"
    before = set(runs.iterdir())
    assert door.post(f"{HOME}platforms/toy/", form={"option-app_name": word, "option-size": "small"}).status == 400
    assert door.post(f"{HOME}platforms/toy/", form={"option-app_name": "shop", "option-size": word}).status == 400
    assert set(runs.iterdir()) == before
    assert not list(besieged.rglob("pwned"))


@proves("The same words in place of an argument", "They reach the program unchanged: no shell is in between", number=16)
def test_commands_in_a_form_never_meet_a_shell(tmp_path: Path) -> None:
    words = ("; touch pwned", "$(touch pwned)", "`touch pwned`", "* > pwned", "\n touch pwned", "%PATH%", "'\"")
    done = process.run(
        ("git", "-c", "alias.say=!printf '%s|' \"$@\"; :", "rev-parse", "--sq-quote", *words), cwd=tmp_path
    )
    assert "touch pwned" in done.output
    assert list(tmp_path.iterdir()) == []


@proves(
    "Names of packages and addresses in place of a platform, a fix or an operation",
    "No such page exists; nothing is installed",
    number=17,
)
@pytest.mark.parametrize("name", ["simple-deploy-flyio", "requests", "git+https://evil.example/x", "pip", "celery"])
def test_installing_from_the_page(door: Door, name: str, besieged: Path) -> None:
    before = set((besieged / ".simple_deploy" / "runs").iterdir())
    for path in (f"platforms/{name}/", f"platforms/{name}/operate/", f"platforms/{name}/destroy/", f"fixes/{name}/"):
        assert door.post(HOME + path, form={"operation": "status", "package": name, "name": "project"}).status in {
            400,
            404,
            409,
        }
    assert door.post(f"{HOME}platforms/toy/operate/", form={"operation": name}).status in {400, 404, 409}
    assert set((besieged / ".simple_deploy" / "runs").iterdir()) == before
