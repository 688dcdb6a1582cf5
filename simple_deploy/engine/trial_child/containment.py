"""What the project's own code may do while its pages are asked for: nothing that lasts, and nothing outside.

What this cannot reach, such as programs that the project starts, is the project's own business.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import FileSystemStorage

#: What SQLite says of SQL, or of a value in it, that another database may know.
_NOT_UNDERSTOOD = re.compile(
    r'near ".*": syntax error|unrecognized token: |incomplete input|no such (?:function|collation sequence|module): |'
    r"Error binding parameter"
)


class Closed(ConnectionRefusedError):
    """The project wanted to talk to another program."""


def contain(static: str, media: str) -> str:
    """Mail, caches, tasks, databases and files stay in this process and in the folders of the trial.

    Returns the name of a database engine of the project's own that SQLite stands in for, which may not be enough.
    """
    from django.test import utils

    hosts = settings.ALLOWED_HOSTS
    utils.setup_test_environment()  # mail goes nowhere, whichever way this version of Django has it set
    caches = {
        alias: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": f"trial-{alias}"}
        for alias in settings.CACHES
    }
    utils.override_settings(ALLOWED_HOSTS=hosts, CACHES=caches, MEDIA_ROOT=Path(media)).enable()
    if keeps_static_files():
        static_files_in(static)
    _keep_tasks_here()
    _check_passwords_at_once()
    return _own_databases()


def migrate() -> None:
    """Bring the databases of the trial up to date.

    :raises Exception: the project's migrations need something else than a fresh SQLite database.
    """
    from django.core.management import call_command
    from django.db import connections

    for alias in connections:
        # One of the project's own may know no other databases.
        other = {} if alias == "default" else {"database": alias}
        call_command("migrate", interactive=False, verbosity=0, **other)


def server() -> str:
    """The kind of database that the deployed site has, where that is not SQLite: ``postgresql``; empty where it is."""
    from django.db import connections

    kind = str(connections.settings["default"]["ENGINE"]).rpartition(".")[2]
    return "" if kind in {"sqlite3", "spatialite", "dummy"} else kind


def falls_short(error: BaseException, *, engine: str, server: str) -> str:
    """Why *error*, which a page ended with, says nothing about the deployed site; empty where it may.

    :param engine: see :func:`contain`. :param server: see :func:`server`.
    """
    if engine:
        return f"fails on SQLite, which stands in for {engine} while a plan is tried"
    if server and only_sqlite_refuses(error):
        return f"fails on SQLite only, which stands in for {server} while a plan is tried"
    return ""


def only_sqlite_refuses(error: BaseException) -> bool:
    """Whether *error* comes from what SQLite lacks: Django says so, its own code for SQLite cannot do it, or SQLite
    does not understand the SQL.

    What the database says of what it holds, such as that a table is missing, may be as true of another one.
    """
    from django.db import DatabaseError, NotSupportedError

    if isinstance(error, DatabaseError):
        return isinstance(error, NotSupportedError) or _NOT_UNDERSTOOD.match(str(error)) is not None
    frames = list(traceback.walk_tb(error.__traceback__))
    return bool(frames) and str(frames[-1][0].f_globals.get("__name__")).startswith("django.db.backends.sqlite3.")


def keeps_static_files() -> bool:
    """Whether collected static files go into a folder of this computer."""
    if not apps.is_installed("django.contrib.staticfiles"):
        return False
    return isinstance(staticfiles_storage, FileSystemStorage)


def static_files_in(folder: str) -> None:
    """Have static files collected into, and served from, *folder*."""
    settings.STATIC_ROOT = Path(folder)  # as the blocks of all platforms have it
    vars(_storage()).update(base_location=folder, location=folder)
    reload: Any = getattr(staticfiles_storage, "load_manifest", None)
    if reload is not None:
        with suppress(ValueError):
            vars(_storage()).update(zip(("hashed_files", "manifest_hash"), reload(), strict=True))
    with suppress(ImportError):
        from whitenoise.compress import Compressor  # type: ignore[import-not-found]

        # Only names and contents matter here, and compressing takes longer than all the rest.
        Compressor.should_compress = lambda self, filename: False


def _storage() -> Any:
    assert staticfiles_storage.__class__  # it is made when it is first looked at
    return staticfiles_storage._wrapped  # type: ignore[attr-defined]


def close_network(refused: list[str]) -> None:
    """Let no socket of Python's reach anything from now on; whom the project wanted to reach is added to *refused*."""
    made = socket.socketpair

    def refuse(self: socket.socket, address: Any) -> Any:
        if inside:
            return real_connect(self, address)
        where = str(address[0]) if isinstance(address, tuple) and address else os.fsdecode(address)
        refused.append(where)
        raise Closed(f"{where}: no connection is made while a plan is tried")

    def unknown(host: Any, *_: Any, **__: Any) -> Any:
        refused.append(str(host))
        raise socket.gaierror(socket.EAI_FAIL, f"{host}: no name is looked up while a plan is tried")

    inside: list[bool] = []
    real_connect = socket.socket.connect

    @contextmanager
    def itself() -> Iterator[None]:
        inside.append(True)
        try:
            yield
        finally:
            inside.pop()

    def pair(*arguments: Any, **named: Any) -> Any:
        with itself():  # Windows makes one of two sockets that connect, and every event loop needs one
            return made(*arguments, **named)

    replaced: list[tuple[Any, str, Any]] = [
        (socket.socket, "connect", refuse),
        (socket.socket, "connect_ex", refuse),
        (socket, "socketpair", pair),
        (socket, "getaddrinfo", unknown),
        (socket, "gethostbyname", unknown),
    ]
    for where, name, value in replaced:
        setattr(where, name, value)


def _keep_tasks_here() -> None:
    """Celery does tasks at once, in this process, in the place of sending them."""
    celery = sys.modules.get("celery")
    with suppress(Exception):  # whatever version it is of
        for app in celery._state._get_active_apps() if celery is not None else ():
            app.conf.update(task_always_eager=True, broker_url="memory://", result_backend="cache+memory://")


def _check_passwords_at_once() -> None:
    """Nobody's password is checked here, and Django makes that as much work as somebody's."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    PBKDF2PasswordHasher.iterations = 1


def _own_databases() -> str:
    """Fresh databases in memory in the place of all that the settings name; the engine that these may fall short of."""
    from django.db import connections

    connections.close_all()
    replaced = ""
    for alias in connections:
        engine = str(connections.settings[alias]["ENGINE"])
        if not engine.startswith("django.") and alias == "default":
            replaced = engine
        spatial = "postgis" in engine or "spatialite" in engine or ".gis." in engine
        connections.settings[alias].update(
            ENGINE="django.contrib.gis.db.backends.spatialite" if spatial else "django.db.backends.sqlite3",
            NAME=f"file:trial-{alias}?mode=memory&cache=shared",
            OPTIONS={},
            CONN_MAX_AGE=None,
            CONN_HEALTH_CHECKS=False,
        )
        with suppress(AttributeError):
            del connections[alias]
        connections[alias].ensure_connection()  # the database lives as long as one connection to it
    return replaced
