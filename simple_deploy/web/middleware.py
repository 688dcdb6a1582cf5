"""The way into the host project: one middleware, first in the chain, that answers our addresses and no others.

Nothing heavy is imported here. What answers is loaded when the first request for it comes.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TextIO

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async

from simple_deploy.web import masking
from simple_deploy.web.host import PREFIX, Server, development_server

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

    from simple_deploy.web.handler import Handler

_BARE = PREFIX.rstrip("/")


class DashboardMiddleware:
    """Answers everything below the prefix through a handler of our own; passes all else on untouched."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)
        self._lock = threading.Lock()
        self._handler: Handler | None = None
        masking.install()
        server = development_server(sys.argv, os.environ)
        # Finding the project asks git, which the server's start need not wait for.
        threading.Thread(target=self.announce, args=(server,), name="simple-deploy-link", daemon=True).start()

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        path = request.path_info
        if path.startswith(PREFIX) or path == _BARE:
            if not self.is_async:
                return self._answer(request)
            # Threads of our own: a page that asks a program must not hold up the host's synchronous views.
            return sync_to_async(self._answer, thread_sensitive=False)(request)
        response: HttpResponseBase | Awaitable[HttpResponseBase] = self.get_response(request)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        with self._lock:
            if self._handler is None:
                self._handler = self.open()
        return self._handler(request)

    def open(self) -> Handler:
        """What answers; made at the first request."""
        from simple_deploy.web.handler import for_this_project

        return for_this_project(tell, self.announce)

    def announce(self, server: Server | None) -> None:
        """Say in the server's terminal where the dashboard is."""
        from simple_deploy.web.project import announcement

        tell(announcement(server, private=not _others_read(sys.stderr)))


def _others_read(stream: TextIO) -> bool:
    """Whether *stream* goes to a file that not only its owner may read."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):  # it is no file at all
        return False
    return stat.S_ISREG(mode) and (os.name == "nt" or bool(mode & 0o077))


def tell(text: str) -> None:
    """Show *text* to the person who started the server."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
