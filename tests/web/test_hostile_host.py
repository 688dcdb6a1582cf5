"""The dashboard in a host project that does everything to be in its way, under real servers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPResponse, IncompleteRead
from pathlib import Path

import pytest

from tests.project.conftest import flat_project  # noqa: F401
from tests.support.project import child_environment, copy_project
from tests.support.waiting import waited
from tests.web.servers import Server, public, serving

HOSTILE = """
from django.http import HttpResponse


class Teapot:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return HttpResponse("I am a teapot", status=418)


urlpatterns = []
"""

SETTINGS = """
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.staticfiles", "simple_deploy"]
ROOT_URLCONF = "mysite.hostile"
MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware", "mysite.hostile.Teapot"]
ALLOWED_HOSTS = ["*"]
APPEND_SLASH = False
CSRF_USE_SESSIONS = True
CSRF_COOKIE_NAME = "sessionid"
FORCE_SCRIPT_NAME = "/elsewhere"
LANGUAGE_CODE = "de"
USE_THOUSAND_SEPARATOR = True
SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = None
SESSION_ENGINE = "no.such.engine"
STATIC_URL = "https://cdn.example/"
STORAGES = {"default": {"BACKEND": "no.such.Storage"}, "staticfiles": {"BACKEND": "no.such.Storage"}}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": False, "OPTIONS": {"context_processors": ["no.such.processor"]}}]
"""


@pytest.fixture(scope="module")
def hostile(flat_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    project = copy_project(flat_project, tmp_path_factory.mktemp("hostile") / "project")
    (project / "mysite" / "hostile.py").write_text(HOSTILE)
    settings = project / "mysite" / "settings.py"
    settings.write_text(settings.read_text() + SETTINGS)
    return project


@pytest.fixture(scope="module", params=["runserver", pytest.param("uvicorn", marks=pytest.mark.slow)])
def server(hostile: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    with serving(hostile, child_environment(hostile.parent), request.param) as running:
        running.enter()
        yield running


def test_the_terminal_shows_a_link_that_opens_the_page(server: Server) -> None:
    assert f"http://127.0.0.1:{server.port}/simple-deploy/?code=" in server.link
    assert "Simple Deploy" in server.ask("GET", "/simple-deploy/").text


def test_everything_else_is_the_hosts_own(server: Server) -> None:
    for path in ("/", "/simple-deployment/", "/simple-deploy.html", "/admin/"):
        assert (server.ask("GET", path).status, server.ask("GET", path).text) == (418, "I am a teapot")


def test_pages_link_to_each_other_and_to_their_files(server: Server) -> None:
    page = server.ask("GET", "/simple-deploy/platforms/toy/").text
    assert '="/elsewhere' not in page
    assert "cdn.example" not in page
    style = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = server.ask("GET", style)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "content-encoding" not in answer.headers


def test_a_form_works_with_its_token_and_not_without(server: Server) -> None:
    path = "/simple-deploy/platforms/toy/"
    bare = server.ask("POST", path, "a=1", Origin=server.base, Content_Type="application/x-www-form-urlencoded")
    assert bare.status == 403
    wrong = server.post(path, **{"option-app_name": "NO NAME", "option-size": "small"})
    assert wrong.status == 400
    assert "does not fit" in wrong.text


def test_a_stranger_sees_nothing_and_the_owner_is_told_why(server: Server) -> None:
    answer = server.ask("GET", "/simple-deploy/", Host="evil.example")
    assert answer.status == 403
    assert "evil.example" not in answer.text
    waited(lambda: "refused a request, it was addressed to the host evil.example" in server.output)


@pytest.mark.slow
def test_events_stream_through_a_compressing_host(server: Server) -> None:
    form = {"option-app_name": "shop", "option-size": "small", "allow-dirty": "yes"}
    answer = server.post("/simple-deploy/platforms/toy/", **form)
    run = public(answer.headers["location"]).split("/")[3]
    assert answer.status == 303
    after, received = 0, ""
    while "event: done" not in received:
        connection = server.connect()
        headers = {"Cookie": server.cookie, "Accept-Encoding": "gzip", "Last-Event-ID": str(after)}
        connection.request("GET", server.within(f"/simple-deploy/runs/{run}/stream/"), headers=headers)
        response = connection.getresponse()
        assert response.status == 200
        received += _told(response)
        connection.close()
        after = max([int(line[4:]) for line in received.splitlines() if line.startswith("id: ")], default=0)
    ids = [int(part.split('"')[0]) for part in received.split('id="e')[1:]]
    assert ids == sorted(set(ids))
    assert len(ids) > 5


def _told(response: HTTPResponse) -> str:
    """The whole messages that came; a server that reloads cuts a stream off, and the reader asks again."""
    try:
        return response.read().decode()
    except IncompleteRead as cut:
        told, end, _ = cut.partial.decode(errors="ignore").rpartition("\n\n")
        return told + end


@pytest.mark.slow
def test_starting_a_command_loads_nothing_heavy(hostile: Path) -> None:
    script = (
        "import sys, django; django.setup(); from django.core.management import call_command; call_command('check');"
        "heavy = {'celery', 'kombu', 'redis', 'rich', 'environ', 'pluggy', 'psutil', 'tomlkit', 'platformdirs', 'uv'};"
        "print(sorted(heavy & set(sys.modules)), [name for name in sys.modules if name.startswith('simple_deploy_')])"
    )
    env = child_environment(hostile.parent, DJANGO_SETTINGS_MODULE="mysite.settings")
    done = subprocess.run([sys.executable, "-c", script], cwd=hostile, env=env, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == ["[] []"], done.stdout + done.stderr
