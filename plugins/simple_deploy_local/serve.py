"""Runs the application server of a release. Started by the supervisor with the release's own interpreter::

    python serve.py gunicorn|waitress MODULE:APPLICATION

The listening socket is inherited (``SIMPLE_DEPLOY_SOCKET``). When requests can be answered the file
``SIMPLE_DEPLOY_READY`` appears. When standard input ends, it accepts nothing more, answers what it has and ends; that
is the request to finish, and what happens by itself when the supervisor is gone.

Answers close their connection. On this computer a new connection costs nothing, and it leaves no idle connection on
which a request could arrive just when the server ends.

Uploaded files are answered here, before Django, from MEDIA_ROOT under MEDIA_URL: in production Django leaves that to
the web server, and here this is it.
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

THREADS = 8  # a browser opens up to six connections at once
WORKERS = 1  # so that what a project keeps in memory (the default cache) is the same for every request
GRACE = 30  # seconds for requests that are being answered
SILENCE = 5.0  # seconds for a connection that was accepted and has not sent anything

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def serve_gunicorn(load: Callable[[], Application], listener: int, ready: Path) -> None:
    base: Any = importlib.import_module("gunicorn.app.base")
    errors: Any = importlib.import_module("gunicorn.errors")
    glogging: Any = importlib.import_module("gunicorn.glogging")
    given_up = threading.Event()

    def give_up(_arbiter: Any, _worker: Any) -> None:
        """Without this a worker that ends while it boots is started again for ever."""
        if not ready.exists() and not given_up.is_set():
            given_up.set()
            raise errors.HaltServer("Worker failed to boot.", 3)

    class Logger(glogging.Logger):  # type: ignore[misc]
        def atoms(self, *about: Any) -> dict[str, Any]:
            found: dict[str, Any] = super().atoms(*about)
            return {**found, "U": in_one_line(str(found.get("U") or ""))}

    class Server(base.BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            wanted = {
                "bind": f"fd://{listener}",
                "workers": WORKERS,
                "threads": THREADS,
                "worker_class": "gthread",
                "keepalive": 0,
                "graceful_timeout": GRACE,
                "timeout": 60,
                "accesslog": "-",
                "logger_class": Logger,
                "access_log_format": '%(t)s "%(m)s %(U)s" %(s)s %(L)s s',  # no query: it may hold a token
                "forwarded_allow_ips": "",
                "control_socket_disable": True,
                "post_worker_init": lambda worker: say_ready(ready),
                "child_exit": give_up,
            }
            for name, value in wanted.items():
                if name in self.cfg.settings:  # older versions know fewer
                    self.cfg.set(name, value)

        def load(self) -> Application:
            return load()

    # The signal reaches this process only; it passes it on to its workers.
    at_end_of_input(lambda: os.kill(os.getpid(), signal.SIGTERM))
    Server().run()


def serve_waitress(load: Callable[[], Application], listener: int, ready: Path) -> None:
    waitress: Any = importlib.import_module("waitress")
    wasyncore: Any = importlib.import_module("waitress.wasyncore")
    channel: Any = importlib.import_module("waitress.channel")
    task: Any = importlib.import_module("waitress.task")

    class Task(task.WSGITask):  # type: ignore[misc]
        """waitress writes no log of its answers; here it has gunicorn's."""

        def service(self) -> None:
            begun = time.monotonic()
            status = "500"
            try:
                super().service()
                status = str(self.status).partition(" ")[0]
            finally:
                when = time.strftime("[%d/%b/%Y:%H:%M:%S %z]")
                path = in_one_line(self.request.path)
                took = time.monotonic() - begun
                sys.stdout.write(f'{when} "{self.request.command} {path}" {status} {took:.6f} s\n')

    class Channel(channel.HTTPChannel):  # type: ignore[misc]
        task_class = Task

        def service(self) -> None:
            self.requests[0].headers["CONNECTION"] = "close"
            super().service()

    sockets: dict[int, Any] = {}
    server = waitress.create_server(
        load(),
        map=sockets,
        # Named, where asking the system for family and type of a socket from another process may fail.
        sockets=[socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=listener)],
        threads=THREADS,
        ident=None,
        clear_untrusted_proxy_headers=True,
    )
    server.channel_class = Channel
    finish = threading.Event()

    def end() -> None:
        finish.set()
        server.pull_trigger()

    at_end_of_input(end)
    say_ready(ready)
    while not finish.is_set():
        wasyncore.loop(timeout=1.0, use_poll=True, map=sockets, count=1)
    server.accepting = False
    told = time.monotonic()
    while server.active_channels and time.monotonic() - told < GRACE:
        if time.monotonic() - told > SILENCE:
            for connection in server.active_channels.values():
                connection.will_close = connection.will_close or is_silent(connection)
        wasyncore.loop(timeout=0.1, use_poll=True, map=sockets, count=1)
    server.task_dispatcher.shutdown(timeout=1)


def in_one_line(path: str) -> str:
    """A path as WSGI has it, as a log can show it: a visitor could write lines of the log with it otherwise."""
    return quote(path.encode("latin-1", "replace"), safe="/:@!$&'()*+,;=~")


def say_ready(ready: Path) -> None:
    """Requests can be answered, by this process."""
    ready.write_text(str(os.getpid()), encoding="ascii")


def is_silent(connection: Any) -> bool:
    return not (connection.requests or connection.request or connection.total_outbufs_len)


def at_end_of_input(act: Callable[[], object]) -> None:
    """Call *act* in a thread when standard input ends. The application finds an empty one."""
    supervisor = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def watch() -> None:
        while os.read(supervisor, 1024):
            pass
        act()

    threading.Thread(target=watch, daemon=True).start()


def load_application(name: str) -> Application:
    """The WSGI application ``module:variable``, Django's own when there is none; uploaded files served beside it."""
    module, _, variable = name.partition(":")
    if module:
        application: Application = getattr(importlib.import_module(module), variable)
    else:
        application = importlib.import_module("django.core.wsgi").get_wsgi_application()
    return with_uploads(application)


def with_uploads(application: Application) -> Application:
    """*application*, answering GET and HEAD below MEDIA_URL with the file of that name, where there is one."""
    from django.conf import settings

    prefix = urlsplit(settings.MEDIA_URL or "")
    root = str(settings.MEDIA_ROOT or "")
    if not root or prefix.netloc or not prefix.path.strip("/"):
        return application

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", "")).encode("latin-1", "replace").decode("utf-8", "replace")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or not path.startswith(prefix.path):
            return application(environ, start_response)
        return upload(environ, start_response, path[len(prefix.path) :], root) or application(environ, start_response)

    return serve


def upload(environ: dict[str, Any], start_response: Callable[..., Any], path: str, root: str) -> Iterable[bytes] | None:
    """The answer to a request for an uploaded file, or None where there is none of that name."""
    from django.core.exceptions import SuspiciousFileOperation
    from django.core.handlers.wsgi import WSGIRequest
    from django.http import Http404
    from django.views.static import serve

    try:
        response: Any = serve(WSGIRequest(environ), path, document_root=root)
    except (Http404, SuspiciousFileOperation, ValueError):
        return None
    # What people upload must not run as a page of this site. A browser's PDF viewer does not work in a sandbox.
    response["X-Content-Type-Options"] = "nosniff"
    if response.get("Content-Type") != "application/pdf":
        response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    if environ["REQUEST_METHOD"] == "GET":
        answer: Iterable[bytes] = response
        return answer
    response.close()
    return ()


def main() -> None:
    server, name = sys.argv[1:]
    listener = int(os.environ.pop("SIMPLE_DEPLOY_SOCKET"))
    ready = Path(os.environ.pop("SIMPLE_DEPLOY_READY"))
    sys.argv = [server]
    sys.path[0] = str(Path.cwd())  # the project's folder, as with manage.py
    serve = serve_gunicorn if server == "gunicorn" else serve_waitress
    serve(lambda: load_application(name), listener, ready)


if __name__ == "__main__":
    main()
