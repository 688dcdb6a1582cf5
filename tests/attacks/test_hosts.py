"""Whatever the host project is like, the dashboard works for its owner and for nobody else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from simple_deploy.system import process
from tests.attacks.claims import proves
from tests.attacks.conftest import DOORS, FINISHED, enter, plant
from tests.attacks.door import HOME, Door, knock
from tests.support.ports import free_port
from tests.support.project import child_environment, copy_project
from tests.support.waiting import waited
from tests.web.servers import serving

VIEWS = """
from django.http import HttpResponse
from django.urls import re_path


def caught(request):
    return HttpResponse("caught by the host")


class Policy:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["Content-Security-Policy"] = "default-src https://host.example"
        response["X-Frame-Options"] = "ALLOWALL"
        response["Access-Control-Allow-Origin"] = "*"
        return response


urlpatterns = [re_path(r"^.*$", caught)]
"""

HOSTS = {
    "with a strict policy of its own, and CORS for all": 'MIDDLEWARE = ["mysite.host.Policy", *MIDDLEWARE]\n',
    "with LocaleMiddleware": 'MIDDLEWARE = [*MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]\nUSE_I18N = True\nLANGUAGE_CODE = "ar"\n',
    "that lets nobody in who is not logged in": 'MIDDLEWARE = [*MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]\n',
    "with a pattern that catches every address": 'ROOT_URLCONF = "mysite.host"\n',
    "without its CSRF middleware": 'MIDDLEWARE = [m for m in MIDDLEWARE if "csrf" not in m]\n',
    "with form tokens in its sessions": 'CSRF_USE_SESSIONS = True\nCSRF_COOKIE_HTTPONLY = True\nCSRF_TRUSTED_ORIGINS = ["http://evil.example"]\n',
    "under a script name": 'FORCE_SCRIPT_NAME = "/blog"\n',
    "that adds no slashes": "APPEND_SLASH = False\n",
    "that answers under every name": 'ALLOWED_HOSTS = ["*"]\nUSE_X_FORWARDED_HOST = True\nSECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")\n',
    "that sends everybody to https": "SECURE_SSL_REDIRECT = True\nSESSION_COOKIE_SECURE = True\n",
    "without middleware": 'MIDDLEWARE = []\nSILENCED_SYSTEM_CHECKS = ["admin.E408", "admin.E409", "admin.E410"]\n',
}


def host_project(source: Path, folder: Path, settings: str) -> Path:
    project = copy_project(source, folder / "project")
    (project / "mysite" / "host.py").write_text(VIEWS)
    file = project / "mysite" / "settings.py"
    file.write_text(file.read_text() + "\n" + settings)
    plant(project / ".simple_deploy")
    return project


def check_door(door: Door) -> None:
    """The owner finds everything, nobody else finds anything."""
    page = door.ask(path=f"{HOME}platforms/toy/")
    assert page.status == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in page.headers
    style = re.search(r'rel="stylesheet" href="([^"]+)"', page.body)
    assert style and door.ask(path=style[1]).headers["content-type"].startswith("text/css")
    assert door.post(f"{HOME}platforms/toy/", form={"option-app_name": "NOT A NAME"}).status == 400
    assert door.post(f"{HOME}runs/{FINISHED}/cancel/").place == f"{HOME}runs/{FINISHED}/"
    assert "event: done" in door.ask(path=f"{HOME}runs/{FINISHED}/stream/").body
    for refused in (
        door.ask(cookie=None),
        door.ask(host="evil.example"),
        door.ask(lines=("X-Forwarded-For: 127.0.0.1",)),
        door.post(f"{HOME}platforms/toy/", "Origin: http://evil.example"),
        door.post(f"{HOME}platforms/toy/", "Origin: null"),
        door.post(f"{HOME}platforms/toy/", form={"token": ""}),
        door.ask("POST", f"{HOME}platforms/toy/", form={}),
    ):
        assert refused.status == 403
        assert refused.refused


#: One of each kind of server, one of each kind of address.
SERVERS = ("runserver", "uvicorn IPv6")


@pytest.mark.slow
@proves(
    "A host project with its own policy, CORS for all, LocaleMiddleware, a login wall, a pattern that catches "
    "everything, no or odd CSRF settings, a script name, no slashes, all hosts allowed, a redirect to https, no "
    "middleware",
    "The page works for its owner with its own headers; the same visitors are refused",
)
@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize("host", HOSTS)
def test_a_host_project(host: str, kind: str, flat_project: Path, tmp_path: Path) -> None:
    project = host_project(flat_project, tmp_path, HOSTS[host])
    command, address = DOORS[kind]
    with serving(project, child_environment(tmp_path), command, host=address) as server:
        check_door(enter(server, host))


@pytest.mark.slow
@proves(
    "A development server with DEBUG off", "There is no page, no middleware and no code; a check says why", number=1
)
@pytest.mark.parametrize("kind", SERVERS)
def test_left_on_a_production_server(kind: str, flat_project: Path, tmp_path: Path) -> None:
    project = host_project(flat_project, tmp_path, 'DEBUG = False\nALLOWED_HOSTS = ["*"]\n')
    command, address = DOORS[kind]
    with serving(project, child_environment(tmp_path, SIMPLE_DEPLOY_ENABLED="1"), command, host=address) as server:
        door = Door(server)
        for path in (HOME, f"{HOME}runs/", f"{HOME}?code=x", f"{HOME}static/x/app.css"):
            answer = door.ask(path=path, cookie=None)
            assert (answer.status, "Deployment" in answer.body) == (404, False)
            assert "content-security-policy" not in answer.headers
        assert "Deployment dashboard:" not in server.output
        if kind == "runserver":  # other servers run no checks
            assert "because DEBUG is off" in server.output


WSGI = """
import sys
from wsgiref.simple_server import make_server
from mysite.wsgi import application
with make_server("127.0.0.1", int(sys.argv[1]), application) as server:
    server.serve_forever()
"""

#: How a server that is none for development is started; the port comes last.
PRODUCTION = {
    "WSGI": ("serve.py",),
    "ASGI": ("-m", "uvicorn", "mysite.asgi:application", "--host", "127.0.0.1", "--port"),
}


@pytest.mark.slow
@proves("DEBUG left on, under a server that is not a development server", "There is no page", number=1)
@pytest.mark.parametrize("kind", PRODUCTION)
def test_left_on_a_production_server_with_debug_on(kind: str, flat_project: Path, tmp_path: Path) -> None:
    project = host_project(flat_project, tmp_path, 'ALLOWED_HOSTS = ["*"]\nROOT_URLCONF = "mysite.host"\n')
    (project / "serve.py").write_text(WSGI)
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        started = subprocess.Popen(
            [sys.executable, *PRODUCTION[kind], str(port)],
            cwd=project,
            env=child_environment(tmp_path),
            stdout=log,
            stderr=log,
        )
        try:
            request = f"GET {HOME} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
            answer = waited(lambda: knock(("127.0.0.1", port), request))
            assert answer.body == "caught by the host"  # type: ignore[attr-defined]
        finally:
            process.kill_tree(started.pid)
            started.wait()
    assert b"code=" not in (tmp_path / "log").read_bytes()
