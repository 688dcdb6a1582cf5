"""Real sites on this computer: one environment with the servers, a small Django project, a supervisor for each test."""

from __future__ import annotations

import json
import shutil
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
import pytest
import simple_deploy_local
from simple_deploy_local import sites
from simple_deploy_local.control import Control, Served

from simple_deploy import conf as conf_module
from simple_deploy.core.interfaces import Completed
from simple_deploy.system import process
from tests.platforms.local.projects import Owner, make_notes
from tests.support.ports import free_port
from tests.support.project import copy_project
from tests.support.shared import once
from tests.support.waiting import PATIENCE, waited

PLUGIN = Path(simple_deploy_local.__file__).parent
BASE_PYTHON: str = sys._base_executable  # type: ignore[attr-defined]

PROJECT = '''
import os, pathlib, sys, time

from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="only for this test",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    MEDIA_URL="/media/",
    MEDIA_ROOT=os.environ["MEDIA_ROOT"],
)

from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path

here = pathlib.Path(__file__).parent


def home(request):
    return HttpResponse(os.environ["RELEASE"])


def unhurried(request):
    """Takes long enough that one is always being answered when a release takes over."""
    time.sleep(0.1)
    return home(request)


def environment(request):
    return JsonResponse(dict(os.environ))


def patient(request):
    """Answers once the test lets it."""
    (here / "asked").touch()
    while not (here / "go-on").exists():
        time.sleep(0.01)
    return HttpResponse(os.environ["RELEASE"])


def say(request):
    print(request.GET["text"] * int(request.GET.get("times", "1")), file=sys.stderr, flush=True)
    return HttpResponse()


def end(request):
    """The whole server goes away, as when the system runs out of memory."""
    import signal
    if os.environ["SERVER"] == "gunicorn":
        os.kill(os.getppid(), signal.SIGKILL)
    os._exit(9)


urlpatterns = [path("", home), path("unhurried", unhurried), path("env", environment), path("patient", patient), path("say", say), path("end", end)]
application = get_wsgi_application()
'''


def can_bind(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return not _fails(lambda: probe.bind(("127.0.0.1", port)))


def _fails(act: Callable[[], object]) -> bool:
    try:
        act()
    except OSError:
        return True
    return False


def processes(folder: Path) -> list[psutil.Process]:
    """Everything that runs from *folder*."""
    found = []
    for each in psutil.process_iter():
        try:
            if each.status() != psutil.STATUS_ZOMBIE and any(str(folder) in part for part in each.cmdline()):
                found.append(each)
        except psutil.Error:
            continue
    return found


def nothing_runs(folder: Path) -> None:
    """Everything that runs from *folder* ends by itself; if not, the test fails, and it is ended."""
    try:
        # What has just ended is in the list of processes for another moment.
        waited(lambda: not processes(folder), "everything to end")
    finally:
        for each in processes(folder):
            each.kill()


def fetch(port: int, path: str = "/") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
        text: str = answer.read().decode()
        return text


def run(argv: Sequence[str], *, timeout: float, check: bool, show: bool) -> Completed:
    return process.run(argv, timeout=timeout, check=check)


@dataclass
class Site:
    """A site's folder, its supervisor and its releases."""

    folder: Path
    python: Path
    server: str
    port: int = field(default_factory=free_port)

    @property
    def control(self) -> Control:
        return Control(
            run=run, python=BASE_PYTHON, program=self.folder / "server" / "supervisor.py", folder=self.folder / "server"
        )

    def release(self, name: str, *, project: str = PROJECT, env: dict[str, str] | None = None) -> Path:
        code = self.folder / "releases" / name
        code.mkdir(parents=True)
        (code / "site_app.py").write_text(project, encoding="utf-8")
        media = self.folder / "media"
        media.mkdir(exist_ok=True)
        environment = {"RELEASE": name, "SERVER": self.server, "MEDIA_ROOT": str(media), **(env or {})}
        (code / "env.json").write_text(json.dumps(environment), encoding="utf-8")
        serve = str(self.folder / "server" / "serve.py")
        release = code / "release.json"
        release.write_text(
            json.dumps(
                {
                    "argv": [str(self.python), serve, self.server, "site_app:application"],
                    "cwd": str(code),
                    "env_file": str(code / "env.json"),
                }
            ),
            encoding="utf-8",
        )
        return release

    def up(self, name: str = "one") -> Served:
        self.control.start(port=self.port)
        return self.control.activate(self.release(name))

    def state(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads((self.folder / "server" / "supervisor.json").read_text(encoding="utf-8"))
        return data

    def answers(self, text: str) -> bool:
        try:
            return fetch(self.port) == text
        except (OSError, urllib.error.URLError):
            return False

    def log(self) -> str:
        return (self.folder / "server" / "site.log").read_text(encoding="utf-8")


class Load:
    """More than 20 requests a second, from clients that open a connection for each and some that keep it if they may."""

    def __init__(self, port: int, path: str = "/") -> None:
        self.answers: list[str] = []
        self._path = path
        self._port = port
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(keep,)) for keep in (False, True) * 3]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, keep: bool) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        while not self._end.wait(0.05):
            if not keep:
                connection.close()
            try:
                connection.request("GET", self._path)
                answer = connection.getresponse()
                self.answers.append(f"{answer.status} {answer.read().decode()}")
            except Exception as error:
                self.answers.append(repr(error))
                connection.close()
        connection.close()

    def goes_on(self, answers: int = 20) -> None:
        wanted = len(self.answers) + answers
        waited(lambda: len(self.answers) >= wanted, "more answers")


@pytest.fixture(scope="session")
def cache(simple_deploy_cache: Path) -> Path:
    """Throw-away environments for plans."""
    return simple_deploy_cache


@pytest.fixture(scope="session")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once(tmp_path_factory, "notes", lambda folder: make_notes(folder / "project")) / "project"


def someone(root: Path, data: Path, cache: Path, *, project_dir: str = "") -> Owner:
    """The owner of the project in *root*, who keeps everything below *data*."""
    conf = replace(conf_module.load({}), data_dir=data, cache_dir=cache)
    return Owner(root=root, conf=conf, project_dir=project_dir)


def leave(owner: Owner) -> None:
    """Remove what *owner* still has, so that no test leaves a process behind."""
    for site in sites.all_in(owner.home):
        if site.supervisor.is_file():
            Control(run=run, python=BASE_PYTHON, program=site.supervisor, folder=site.server).stop()
    nothing_runs(owner.home)


@pytest.fixture
def owner(notes: Path, tmp_path: Path, cache: Path) -> Iterator[Owner]:
    """Somebody with a project that was never deployed, in a folder with a space in its name."""
    made = someone(copy_project(notes, tmp_path / "my notes"), tmp_path / "user data", cache)
    yield made
    leave(made)


@pytest.fixture(scope="session")
def nested_notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = once(tmp_path_factory, "nested notes", lambda folder: make_notes(folder / "project", nested=True))
    return made / "project"


@pytest.fixture(scope="module")
def deployed(nested_notes: Path, tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Owner]:
    """Somebody whose nested project is deployed with its data; tests look at the site, add to it, or fail to change it."""
    folder = tmp_path_factory.mktemp("deployed")
    made = someone(copy_project(nested_notes, folder / "project"), folder / "data", cache, project_dir="mysite")
    made.manage("migrate", "--verbosity=0")
    made.manage(
        "createsuperuser",
        "--noinput",
        "--username=ada",
        "--email=ada@example.com",
        env={"DJANGO_SUPERUSER_PASSWORD": "a password of the tests"},
    )
    upload = made.folder / "media" / "pictures" / "local.txt"
    upload.parent.mkdir(parents=True)
    upload.write_text("uploaded in development", encoding="utf-8")
    made.manage(
        "shell",
        "--command=from notes.models import Note; Note.objects.create(text='from here', picture='pictures/local.txt')",
    )
    made.deployed(copy_data=True)
    yield made
    leave(made)


@pytest.fixture(scope="session")
def server_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with Django and both servers."""
    within = Path("venv", "Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    wanted = ["django>=5.2", "waitress", "whitenoise", *(["gunicorn"] if sys.platform != "win32" else [])]

    def make(folder: Path) -> None:
        uv = str(Path(sys.executable).with_name("uv"))
        process.run([uv, "venv", "--python", sys.executable, str(folder / "venv")])
        process.run([uv, "pip", "install", "--compile-bytecode", "--python", str(folder / within), *wanted])

    return once(tmp_path_factory, "servers", make) / within


SERVERS = ["waitress"] if sys.platform == "win32" else ["gunicorn", "waitress"]
each_server = pytest.mark.parametrize(
    "server", [SERVERS[0], *(pytest.param(each, marks=pytest.mark.slow) for each in SERVERS[1:])]
)


@pytest.fixture
def server() -> str:
    """The application server, where a test does not try each."""
    return SERVERS[0]


@pytest.fixture
def site(server: str, tmp_path: Path, server_python: Path) -> Iterator[Site]:
    folder = tmp_path / "site"
    (folder / "server").mkdir(parents=True)
    for name in ("supervisor.py", "serve.py"):
        shutil.copy(PLUGIN / name, folder / "server" / name)
    made = Site(folder=folder, python=server_python, server=server)
    yield made
    if (folder / "server" / "supervisor.py").is_file():
        made.control.stop()
    nothing_runs(folder)
