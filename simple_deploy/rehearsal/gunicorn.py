"""Answers gunicorn's command line where gunicorn itself does not run: on Windows.

``serving`` copies this file to where ``gunicorn.app.wsgiapp`` is looked for, beside waitress, which then serves. So it
stands alone: it is run by the site's own Python, in which nothing of this package is installed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence

_NO_SOCKET = re.compile(r"^unix:(?=[\d.]+:\d+$)")  # sockets.place, where there are no Unix sockets
_TARGET = re.compile(r"[A-Za-z_][\w.]*(:[A-Za-z_][\w.]*(\(\))?)?")


def parse(words: Sequence[str], env: Mapping[str, str]) -> argparse.Namespace:
    """What a command line asks for, with the variables that gunicorn reads. What only tunes it is passed over."""
    parser = argparse.ArgumentParser(prog="gunicorn", add_help=False, allow_abbrev=False)
    parser.add_argument("-b", "--bind", action="append", default=[])
    parser.add_argument("-k", "--worker-class", default="")
    parser.add_argument("--chdir", default="")
    parser.add_argument("--pythonpath", default="")
    given, rest = parser.parse_known_args([*shlex.split(env.get("GUNICORN_CMD_ARGS", "")), *words])
    targets = [word for word in rest if _TARGET.fullmatch(word)]
    if not targets:
        parser.error("no application module specified")
    given.target = targets[-1]
    usual = f"0.0.0.0:{env['PORT']}" if env.get("PORT") else "127.0.0.1:8000"
    given.bind = [_NO_SOCKET.sub("", each) for each in given.bind] or [usual]
    return given


def load(target: str) -> object:
    """The application ``module:name``, or what a function of that name returns."""
    module, _, name = target.partition(":")
    found = getattr(importlib.import_module(module), name.removesuffix("()") or "application")
    return found() if name.endswith("()") else found


def run() -> None:
    given = parse(sys.argv[1:], os.environ)
    if given.chdir:
        os.chdir(given.chdir)  # noqa: TID251 - this is the process of the site
    sys.path[:0] = [os.getcwd(), *filter(None, given.pythonpath.split(","))]  # noqa: PTH109
    application = load(given.target)
    if "uvicorn" in given.worker_class:
        host, _, port = given.bind[0].rpartition(":")
        importlib.import_module("uvicorn").run(application, host=host, port=int(port))
        return
    # The headers of the proxy in front are the application's to judge, as they are under gunicorn.
    serve = importlib.import_module("waitress").serve
    first = given.bind[0]
    where = {"unix_socket": first[5:]} if first.startswith("unix:") else {"listen": " ".join(given.bind)}
    serve(application, **where, ident=None, clear_untrusted_proxy_headers=False)


if __name__ == "__main__":
    run()
