"""Requests to a host project with and without the middleware, in turns. Prints JSON: seconds for each request.

Run in the folder of a project. ``without`` stands there twice: how much the two differ is how fine this can tell.
"""

import asyncio
import io
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler

from bench.measure import interleaved
from simple_deploy.web.host import MIDDLEWARE

ROUNDS = {"wsgi": 400, "asgi": 100}
BLOCK = 20  # requests in a row


def main() -> None:
    sys.path.insert(0, str(Path.cwd()))
    os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
    django.setup()
    chain = list(settings.MIDDLEWARE)
    chains = {"without": chain, "again": chain, "with": [MIDDLEWARE, *chain]}
    found = {}
    for kind, make in (("wsgi", wsgi), ("asgi", asgi)):
        blocks = {}
        for name, middleware in chains.items():
            settings.MIDDLEWARE = middleware
            blocks[name] = make()
        settings.MIDDLEWARE = chain
        found[kind] = interleaved(blocks, ROUNDS[kind])
    print(json.dumps(found))


def wsgi() -> Callable[[], float]:
    handler = WSGIHandler()

    def block() -> float:
        start = time.perf_counter()
        for _ in range(BLOCK):
            response = handler(environ(), lambda status, headers: None)
            b"".join(response)
            response.close()
        return (time.perf_counter() - start) / BLOCK

    return block


def environ() -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
    }


def asgi() -> Callable[[], float]:
    handler = ASGIHandler()
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8000")],
        "server": ("127.0.0.1", 8000),
    }

    async def requests() -> float:
        start = time.perf_counter()
        for _ in range(BLOCK):
            await handler(dict(scope), Client().receive, send)
        return (time.perf_counter() - start) / BLOCK

    return lambda: asyncio.run(requests())


class Client:
    """Sends one empty body, and stays."""

    def __init__(self) -> None:
        self._sent = False

    async def receive(self) -> dict[str, Any]:
        if self._sent:
            await asyncio.Event().wait()
        self._sent = True
        return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: Mapping[str, Any]) -> None:
    pass


if __name__ == "__main__":
    main()
