"""Secrets stay secret: they are planted everywhere, and afterwards everything stored is searched for them."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import os
import re
import shlex
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from urllib.parse import quote, urlsplit

import psutil
import pytest
import redis
from django.http import StreamingHttpResponse

from simple_deploy.core.events import Event, Output, QuestionAnswered, QuestionAsked, RunFinished
from simple_deploy.core.resources import Resource
from simple_deploy.inspection.locate import locate
from simple_deploy.jobs.dispatch import dispatch
from simple_deploy.platforms import registry
from simple_deploy.runs.context import UNLOADED
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.runs.service import Service
from simple_deploy.runs.store import Target
from simple_deploy.system import process
from tests.attacks import leaky
from tests.attacks.claims import proves
from tests.support.ports import free_port, wait_until_it_listens
from tests.support.processes import CommandLines
from tests.support.project import PLUGINS, manage
from tests.support.repository import git
from tests.support.waiting import waited
from tests.web.conftest import Browser

pytestmark = pytest.mark.slow

SENTINELS = {
    "SECRET_KEY": "dj4ngo-S3ntinel/key+one==",
    "password of the database": "S3ntinel&database=two",
    "token of the platform": "fo1_S3ntinelTokenThree",
    "secret option": "S3ntinel 'option' four",
    "secret answer": 'S3ntinel"answer"five',
    "password in an address": "S3nt/inel@pass#word?six",
}

SETTINGS = """
import os
SECRET_KEY = "dj4ngo-S3ntinel/key+one=="
DATABASES["other"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": "x", "PASSWORD": os.environ.get("DB_PW", "")}
"""


def spellings(value: str) -> set[bytes]:
    """What a value looks like in files, as far as it does not depend on what stands around it."""
    raw = value.encode()
    forms = {raw, quote(value, safe="").encode(), raw.hex().encode(), raw[:16], raw[8:]}
    forms |= {
        quote(value).encode(),
        re.sub("%..", lambda match: match[0].lower(), quote(value)).encode(),
        quote(quote(value)).encode(),
    }
    forms |= {raw.hex().upper().encode(), raw.hex(":").encode(), base64.b32encode(raw).rstrip(b"=")[:-1]}
    forms |= {shlex.quote(value).encode(), value.replace("'", "''").encode(), value.replace('"', '""').encode()}
    forms |= {"".join(f"&#{ord(char)};" for char in value).encode(), html.escape(json.dumps(value))[6:-6].encode()}
    forms |= {base64.b64encode(quote(value).encode())[:-4], "\u200b".join(value).encode()}
    forms |= {json.dumps(value)[1:-1].encode(), repr(value)[1:-1].encode(), html.escape(value).encode()}
    for lead in range(3):
        code = base64.b64encode(b"\0" * lead + raw)[(0, 4, 4)[lead] : -4]
        forms |= {code, code.replace(b"+", b"-").replace(b"/", b"_")}
    return forms


def scan(what: str, data: bytes) -> list[str]:
    """Which sentinels *data* holds."""
    known = {**SENTINELS, **{f"fresh value {value}": value for value in leaky.FRESH}}
    return [f"{name} in {what}" for name, value in known.items() if holds(data, value)]


def holds(data: bytes, value: str) -> bool:
    """Whether *value* stands in *data* in some spelling, colours left aside."""
    bare = re.sub(rb"(?:\x1b|\\u001b)\[[0-9;]*m", b"", data)
    return any(form in data or form in bare for form in spellings(value))


def scan_state(root: Path) -> list[str]:
    """Look through everything that is kept, but for the user's own files."""
    found: list[str] = []
    for path in root.rglob("*"):
        inside = path.relative_to(root).parts
        if is_the_users_own(inside):
            continue
        if path.is_file():
            found += scan("/".join(inside), path.read_bytes())
        assert path.is_symlink() or path.stat().st_mode & 0o077 == 0, path
    return found


def is_the_users_own(inside: tuple[str, ...]) -> bool:
    """Whether it is a copy of the user's files, also the one that is rehearsed with, all in private folders."""
    if inside[:1] == ("rehearsals",) and len(inside) > 4 and inside[2] == "project":
        return inside[4] != ".simple_deploy" or is_the_users_own(inside[5:])
    return bool({"backup", "tree", "aside"} & set(inside))


def test_the_scan_finds_what_is_planted() -> None:
    for value in SENTINELS.values():
        for text in (
            value,
            base64.b64encode(b"ab:" + value.encode() + b"!").decode(),
            quote(value),
            value.encode().hex(),
            json.dumps({"value": value}),
            html.escape(value),
            "\x1b[31m".join(value),
        ):
            assert scan("here", f"x {text} y".encode()), text


@pytest.fixture
def browser(project: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """A project full of secrets, deployed to a platform that prints them all."""
    old = os.umask(0)
    for name in set(os.environ) - set(env):
        monkeypatch.delenv(name)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CLOUD_TOKEN", SENTINELS["token of the platform"])
    monkeypatch.setenv(
        "DATABASE_URL", f"postgres://ada:{quote(SENTINELS['password of the database'], safe='')}@db.example/app"
    )
    monkeypatch.setenv("DB_PW", SENTINELS["password of the database"])
    monkeypatch.setenv("CACHE_ADDRESS", f"redis://:{SENTINELS['password in an address']}@cache.example:6379/0")
    monkeypatch.setenv("LEAK_DB", SENTINELS["password of the database"])
    monkeypatch.setenv("LEAK_SETTING", SENTINELS["SECRET_KEY"])
    monkeypatch.syspath_prepend(str(PLUGINS))
    settings = project / "mysite" / "settings.py"
    settings.write_text(settings.read_text() + SETTINGS)
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", "Secrets")
    point = EntryPoint(name="leaky", value=leaky.__name__, group=registry.GROUP)
    location = locate(start=project, manage_py=None, settings_module=None, runner=process.run)
    service = Service(location, registry=registry.load([point]))
    yield Browser(service)
    service.end_rehearsal("leaky")
    os.umask(old)


GIVEN = {"pin": SENTINELS["secret answer"]}


def planned(service: Service, end: str = "well") -> Run:
    run = service.execute(service.create_plan("leaky", {"key": SENTINELS["secret option"], "end": end}).id)
    assert run.state is RunState.SUCCEEDED, run.error
    return run


def applied(
    service: Service, plan: Run, kind: RunKind = RunKind.DEPLOY, listen: Callable[[Event], None] = lambda event: None
) -> Run:
    rendered = service.plan_of(plan.id)
    assert rendered is not None
    run = service.create_apply(plan.id, rendered.digest, kind, secrets={"key": SENTINELS["secret option"]})
    return service.execute(run.id, given=GIVEN, listeners=[listen])


def pages(browser: Browser, service: Service | None = None, below: str = "") -> list[str]:
    """Look at everything a browser can be shown of *service*, the project's or that of a rehearsal *below*."""
    found: list[str] = []
    paths = ["", "?inspect=1", "inspection/", "lately/", "runs/", "platforms/leaky/", "platforms/leaky/destroy/"]
    paths = [below + path for path in paths]
    for run in (service or browser.service).runs():
        paths += [
            f"{below}runs/{run.id}/{part}"
            for part in (
                "",
                "stream/",
                "summary/",
                "summary.md",
                "summary.html",
                "log.txt",
                "undo/",
                "lines/?before=99999",
            )
        ]
    for path in paths:
        response = browser.get(path)
        assert response.status_code in {200, 303, 404}, path
        if isinstance(response, StreamingHttpResponse):
            found += scan(path, b"".join(response.streaming_content))  # type: ignore[arg-type]
        else:
            found += scan(path, response.content)  # type: ignore[attr-defined]
    return found + scan("the owner's terminal", "\n".join(browser.told).encode())


@proves(
    "A project's SECRET_KEY, its database's password, an unescaped one in an address, a platform's token, a "
    "secret option and a secret answer are printed by programs unchanged, in base64, base32 and hexadecimal "
    "digits, escaped for an address once and twice, for HTML, JSON, Python, a shell and SQL, with a colour or a "
    "hidden character between any two letters, on two lines, split over two writes, where a long line is cut, on "
    "stderr, in tracebacks, in errors, in results and by the plugin itself, and so are values that a program "
    "made up: in plans, configurations, deployments that succeed, fail, break, are cancelled and are retried, in "
    "fixes, undo, operations and removals",
    "None of them is in any file of the state folder, on any page, in any download or stream, in a commit, or in "
    "what listeners receive; every file is private under an umask of 0",
    number=21,
    closes=(4,),
)
def test_secret_in_plain_sight(browser: Browser) -> None:
    service = browser.service
    heard: list[Event] = []
    states = []
    before = git(service.location.root, "rev-parse", "HEAD")
    for end in ("raise", "bug", "well"):
        run = applied(service, planned(service, end), listen=heard.append)
        states.append(run.state)
        assert "CLOUD_TOKEN" in service.log_file(run.id).read_text(encoding="utf-8"), "the program did print"
    assert states == [RunState.FAILED, RunState.FAILED, RunState.SUCCEEDED]
    waiting = planned(service, "wait")

    def cancel(event: Event) -> None:
        if isinstance(event.payload, Output) and event.payload.text == "waiting":
            service.cancel(service.runs()[0].id)

    assert applied(service, waiting, listen=cancel).state is RunState.CANCELLED
    assert service.execute(service.create_operation("leaky", "status").id).state is RunState.SUCCEEDED
    found = scan("commits", git(service.location.root, "log", "-p", "-U0", f"{before}..HEAD").encode())
    assert "leaky.toml" in git(service.location.root, "show", "--stat", "HEAD")
    assert service.execute(service.create_undo().id).state is RunState.SUCCEEDED
    applied(service, planned(service), RunKind.CONFIGURE)
    assert service.execute(service.create_destroy("leaky").id).state is RunState.SUCCEEDED
    fix = service.create_fix("git-identity", {"name": "Ada", "email": "ada@example.com"})
    assert service.execute(fix.id).state is RunState.SUCCEEDED
    found += scan_state(service.store.root) + pages(browser)
    found += scan("what listeners heard", repr([event.to_data() for event in heard]).encode())
    assert not found


#: The pages of a deployed site that show what its platform says now.
SITE_PAGES = ("?look=1", "log/?look=1", "releases/?look=1", "variables/?look=1", "looks/status/", "looks/releases/")


@proves(
    "A deployed site's log, and everything that its platform says about it, contain secrets in every spelling, "
    "with a colour before each character and on two lines: read by `--logs` in a terminal, by an operation, on "
    "the site's pages and in the stream of its log",
    "None of them in the terminal, in deploy.log and the other files of the run, on a page or in the stream; and "
    "no hidden character",
    number=21,
    closes=(5,),
)
def test_secret_in_plain_sight_of_a_site(browser: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    service = browser.service
    install_leaky(tmp_path, monkeypatch)
    service.store.save_target(Target(platform="leaky", answers={}, resources=(Resource(kind="app", name="app"),)))
    found: list[str] = []
    for operation in ("logs", "status", "releases", "variables"):
        run = service.execute(service.create_operation("leaky", operation).id)
        assert run.state is RunState.SUCCEEDED, run.error
        site = service.site(run.id)
        assert site is not None and "\u202e" not in site.headline
    said = manage(
        service.location.root, "deploy", "--logs", "--platform", "leaky", env={**os.environ, "FORCE_COLOR": "1"}
    )
    assert said.returncode == 0 and "CLOUD_TOKEN" in said.stdout, said
    found += scan("the terminal", (said.stdout + said.stderr).encode())
    for page in SITE_PAGES:
        shown = browser.get(f"sites/leaky/{page}")
        assert shown.status_code == 200 and b"CLOUD_TOKEN" in shown.content, page  # type: ignore[attr-defined]
        assert "\u202e" not in shown.content.decode(), page  # type: ignore[attr-defined]
        found += scan(page, html.unescape(shown.content.decode()).encode())  # type: ignore[attr-defined]
    stream = browser.get("sites/leaky/log/stream/")
    assert isinstance(stream, StreamingHttpResponse)
    news = next(piece for piece in stream if b"CLOUD_TOKEN" in piece)
    stream.close()
    found += scan("the stream", html.unescape(news.decode()).encode())
    assert not found + scan_state(service.store.root)


@proves(
    "The project's settings can no longer be loaded, so that nobody can ask them for their secrets; operations "
    "and pages look at the site, and it prints them",
    "The secrets in the settings files are still hidden everywhere, and each run says that others may appear",
    number=21,
    closes=(12,),
)
@pytest.mark.parametrize("end", ["os._exit(3)", "def broken(:", 'raise RuntimeError("no")'])
def test_secret_in_plain_sight_when_settings_cannot_be_loaded(browser: Browser, end: str) -> None:
    service = browser.service
    service.store.save_target(Target(platform="leaky", answers={}, resources=(Resource(kind="app", name="app"),)))
    settings = service.location.root / "mysite" / "settings.py"
    settings.write_text(f"{settings.read_text(encoding='utf-8')}\n{end}\n", encoding="utf-8")
    for operation in ("logs", "status"):
        run = service.execute(service.create_operation("leaky", operation).id)
        assert run.state is RunState.SUCCEEDED, run.error
        log = service.log_file(run.id).read_text(encoding="utf-8")
        assert "LEAK_SETTING" in log and UNLOADED in log
    assert not scan_state(service.store.root) + pages(browser)


@proves(
    "A secret is typed as the answer to a question, on the page, while the run waits for it; then the run is "
    "undone, while another one stays",
    "It is in no file of the state folder, on no page and in no download; the file that held the answer is gone",
    number=21,
)
def test_secret_in_plain_sight_of_a_question(browser: Browser) -> None:
    service = browser.service
    plan = planned(service)
    rendered = service.plan_of(plan.id)
    assert rendered is not None
    run = service.create_apply(plan.id, rendered.digest, RunKind.DEPLOY, secrets={"key": SENTINELS["secret option"]})

    def answer(event: Event) -> None:
        if isinstance(event.payload, QuestionAsked):
            fields = {f"option-{field.name}": SENTINELS["secret answer"] for field in event.payload.question.fields}
            response = browser.post(f"runs/{run.id}/answer/", question=event.payload.question.id, **fields)
            assert response.status_code in {200, 303}

    done = service.execute(run.id, listeners=[answer])
    assert done.state is RunState.SUCCEEDED, done.error
    answered = [event.payload for event in service.events(run.id) if isinstance(event.payload, QuestionAnswered)]
    assert [each.answer for each in answered] == ["PIN: •••"]
    assert "LEAK_PIN" in service.log_file(run.id).read_text(encoding="utf-8"), "the program did print"
    applied(service, planned(service), RunKind.CONFIGURE)
    assert service.execute(service.create_undo(run.id).id).is_active is False
    assert not scan_state(service.store.root) + pages(browser)
    for name in ("answers", "secrets"):
        assert not list(service.store.root.glob(f"runs/*/{name}"))


@proves(
    "The same in a rehearsal, where the simulated platform prints what it received and starts a site that prints "
    "its environment",
    "No secret in what the rehearsal stores, shows and logs, except what the platform received, in that "
    "platform's own memory, which is private and gone at the end; the site gets nothing from the owner's "
    "environment",
    number=21,
)
def test_secret_in_plain_sight_of_a_rehearsal(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((os.environ["PYTHONPATH"], str(root))))
    service = browser.service
    stage = service.rehearsal("leaky")
    run = applied(stage, planned(stage, "rehearsed"))
    assert run.state is RunState.SUCCEEDED, run.error
    assert "leaky-cloud" in stage.log_file(run.id).read_text(encoding="utf-8")
    assert stage.stage is not None
    world = stage.stage.world
    waited(lambda: "PORT" in world.log("site").read_text())
    memory = world.folder / "state.sqlite3"
    assert scan("memory", memory.read_bytes()) == ["secret answer in memory"]
    told = f"secret answer in {memory.relative_to(service.store.root).as_posix()}"
    assert set(scan_state(service.store.root)) == {told}
    assert not pages(browser) + pages(browser, stage, "rehearsals/leaky/")
    assert stage.execute(stage.create_destroy("leaky").id).state is RunState.SUCCEEDED
    assert set(scan_state(service.store.root)) == {told}
    service.end_rehearsal("leaky")
    assert not scan_state(service.store.root)
    assert not list((service.store.root / "rehearsals").iterdir())
    assert not [each for each in psutil.process_iter(["cwd"]) if str(world.folder) in (each.info["cwd"] or "")]


@pytest.fixture
def broker(redis_server: str, tmp_path: Path) -> Iterator[str]:
    """A Redis of the test's own, and a file with every command it gets."""
    port = free_port()
    argv = [redis_server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    wait_until_it_listens(server, port)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait()


class Watcher:
    """Notes every command line on this computer, and every message to the broker or in the folder *queue*."""

    def __init__(self, broker: str, queue: Path) -> None:
        self.command_lines = CommandLines()
        self.commands: list[str] = []
        self.messages: dict[str, str] = {}
        self._stop = threading.Event()
        self._broker = broker
        self._queue = queue
        works = (self._commands, self._files)
        self._threads = [threading.Thread(target=work) for work in works]

    def __enter__(self) -> Watcher:
        self.command_lines.__enter__()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.command_lines.__exit__()

    def _files(self) -> None:
        while not self._stop.is_set():
            for path in self._queue.rglob("*.msg"):
                with contextlib.suppress(FileNotFoundError):
                    self.messages[path.name] = path.read_text(encoding="utf-8") or self.messages.get(path.name, "")
            time.sleep(0.005)

    def _commands(self) -> None:
        address = urlsplit(self._broker)
        with socket.create_connection((str(address.hostname), int(address.port or 0)), 5) as monitor:
            monitor.sendall(b"MONITOR\r\n")
            monitor.settimeout(0.2)
            while not self._stop.is_set():
                with contextlib.suppress(TimeoutError):
                    self.commands.append(monitor.recv(1_000_000).decode("utf-8", "replace"))


@proves(
    "The same in the background, over files and over Redis, while the run works, is cancelled, or its process is killed",
    "No secret on any command line while it runs, in no message, in no key of Redis, in no log of the worker; "
    "what was typed is deleted",
    number=21,
)
@pytest.mark.parametrize("by", ["files", "Redis"])
def test_secret_in_plain_sight_of_the_background(
    by: str,
    browser: Browser,
    broker: str,
    wait_for: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    install_leaky(tmp_path, monkeypatch)
    if by == "Redis":
        monkeypatch.setenv("SIMPLE_DEPLOY_REDIS_URL", broker)
    service = Service(browser.service.location, registry=browser.service.registry)
    plan = planned(service, "wait")
    rendered = service.plan_of(plan.id)
    assert rendered is not None
    secrets = {"key": SENTINELS["secret option"], "pin": SENTINELS["secret answer"]}
    begun = set()
    with Watcher(broker, service.store.root / "queue") as watcher:
        for end in (service.cancel, lambda run_id: psutil.Process(service.run(run_id).pid).kill()):
            run = service.create_apply(plan.id, rendered.digest, RunKind.DEPLOY, secrets=secrets)
            begun.add(run.id)
            dispatch(service, run)
            cut_short(service, run.id, end, wait_for)
            assert not (service.store.folder(run.id) / "secrets").exists()
    found = scan("command lines", "\n".join(watcher.command_lines.seen).encode())
    assert any("simple_deploy" in line and "execute" in line for line in watcher.command_lines.seen)
    messages = watcher.commands if by == "Redis" else list(watcher.messages.values())
    bodies = [base64.b64decode(part + "==").decode("utf-8", "replace") for part in _bodies(messages)]
    # The first one lies there until the worker has started; one that is awake takes the second before anybody looks.
    assert any(run_id in body for run_id in begun for body in bodies), "the watcher saw a message"
    found += scan("messages", "\n".join([*messages, *bodies]).encode())
    with redis.Redis.from_url(broker) as client:
        for key in client.keys("*"):
            found += scan(f"key {key!r}", repr(client.dump(key)).encode())
    for each in psutil.process_iter(["cwd"]):
        if each.info["cwd"] == str(service.location.root) and each.pid != os.getpid():
            process.kill_tree(each.pid)
    assert not found + scan_state(service.store.root)


def install_leaky(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the platform found by other processes, as one that was installed."""
    info = folder / "plugins" / "leaky-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: leaky\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[simple_deploy]\nleaky = {leaky.__name__}\n")
    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(info.parent), str(root))))


def cut_short(service: Service, run_id: str, end: Callable[[str], object], wait_for: Callable[..., object]) -> None:
    """End the run when its program has printed everything; wait until it is over."""

    def printed() -> bool:
        return any(
            isinstance(each.payload, Output) and each.payload.text == "waiting" for each in service.events(run_id)
        )

    wait_for(printed)
    end(run_id)
    wait_for(lambda: not service.run(run_id).is_active)
    if service.run(run_id).state is RunState.CANCELLED:
        wait_for(lambda: isinstance([*service.events(run_id)][-1].payload, RunFinished))


def _bodies(commands: list[str]) -> list[str]:
    """The bodies of Celery's messages, in files or among the broker's commands."""
    return re.findall(r'body\\*": *\\*"([A-Za-z0-9+/=]+)', "".join(commands))
