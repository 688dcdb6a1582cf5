"""Read the request from standard input, do what it asks for, leave the report in a file, and end without a farewell."""

from __future__ import annotations

import functools
import importlib
import json
import os
import runpy
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from . import FOLDER

#: Exit codes where the check passed: collectstatic failed; a server could not load the site's application.
NOT_COLLECTED, NOT_LOADED = 70, 71

_PROGRESS = 0.005  # of a limit, worked within it, is more than who waits for something works


def main() -> NoReturn:
    """Ends with 0 when what the request asks for succeeded, whatever the pages then answer."""
    from . import elsewhere

    request: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    elsewhere.without_repository()
    if request["elsewhere"]:
        elsewhere.another_computer()
    code = 1
    try:
        code = _collect(request) if request["command"][0] == "collectstatic" else _visit(request)
    except BaseException:  # the project's code may raise anything, and its traceback is the answer
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Threads, exit handlers and buffers of the project have no say any more.
        os._exit(code)


def _collect(request: dict[str, Any]) -> int:
    """collectstatic into a folder of the trial's own, as the platform does while it builds."""
    refused: list[str] = []

    def prepared() -> bool:
        from . import containment

        if not containment.keeps_static_files():
            return False  # they go to another computer, where a trial has nothing to put
        containment.static_files_in(request["static"])
        containment.close_network(refused)
        return True

    code = _run(*request["command"], "--verbosity", "0", prepared=prepared)
    if code and refused:
        _report(request, {"unknown": _asked_for(refused)})
        return 0
    return code


def _visit(request: dict[str, Any]) -> int:
    """Django's checks; where those pass, static files if they are not collected yet, the application that a
    server loads, and the pages."""
    _have_volume(request["volume"])
    code = _run(*request["command"]) or _has_no_apps()
    if code or not request["address"]:
        return code
    _end_after(request["seconds"], request)
    from . import containment, pages
    from .visitor import Visitor, in_lines, place

    refused: list[str] = []
    server = containment.server()
    try:
        engine = containment.contain(request["static"], request["media"])
        containment.close_network(refused)
        if request["collect"] and containment.keeps_static_files() and not _collected():
            if not refused:
                return NOT_COLLECTED
            raise containment.Closed
        try:
            containment.migrate()
        except Exception as error:
            # What one database refuses another may take; a file or a module that is missing is missing for both.
            if refused or (engine and not isinstance(error, OSError | ImportError)):
                raise
            if server and containment.only_sqlite_refuses(error):
                _report(request, {"unknown": f"a migration fails on SQLite only, which stands in for {server} here"})
                return 0
            _report(request, {"migration": in_lines(error), "place": place(error)})
            return 0
        if not _loaded(*request["application"]):
            if not refused:
                return NOT_LOADED
            raise containment.Closed
        excuse = functools.partial(containment.falls_short, engine=engine, server=server)
        visit = pages.look(Visitor(request["address"]), request["first"], refused, excuse)
    except BaseException as error:
        what = _asked_for(refused) if refused else f"{type(error).__name__}: {error}".splitlines()[0]
        visit = {"unknown": what}
    _report(request, visit)
    return 0


def _has_no_apps() -> int:
    """1 where the settings name no app: a check of nothing passes, and so does that of a folder without settings."""
    from django.conf import settings

    if settings.INSTALLED_APPS:
        return 0
    module = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    sys.stderr.write(f"ImproperlyConfigured: The settings {module} name no app in INSTALLED_APPS.\n")
    return 1


def _have_volume(folder: str) -> None:
    """SQLite files outside the project lie on a volume of the platform, which is not on this computer: use *folder*.

    A check of the project, or of a package, may open its database.
    """
    from django.db.utils import ConnectionHandler

    configure = ConnectionHandler.configure_settings

    def configured(self: ConnectionHandler, databases: dict[str, Any] | None) -> dict[str, Any]:
        found: dict[str, Any] = configure(self, databases)
        for alias, database in found.items():
            file = Path(str(database["NAME"]))
            outside = file.is_absolute() and not file.is_relative_to(FOLDER) and not file.parent.is_dir()
            if outside and database["ENGINE"].endswith(("sqlite3", "spatialite")):
                database["NAME"] = str(Path(folder) / f"{alias}.sqlite3")
        return found

    setattr(ConnectionHandler, "configure_settings", configured)  # noqa: B010 - for the rest of this short process


def _collected() -> bool:
    """Collect static files, in this process; whether that went well. It prints why not."""
    from django.core.management import CommandError, call_command

    try:
        call_command("collectstatic", interactive=False, verbosity=0)
    except CommandError as error:
        sys.stderr.write(f"CommandError: {error}\n")
    except Exception:
        traceback.print_exc()
    else:
        return True
    return False


def _loaded(module: str, name: str) -> bool:
    """Load the application as a server does; whether that went well. It prints why not.

    :param module: empty where it is not known.
    """
    if not module:
        return True
    try:
        functools.reduce(getattr, name.split("."), importlib.import_module(module))
    except Exception:
        traceback.print_exc()
        return False
    return True


def _asked_for(refused: list[str]) -> str:
    return f"the project tries to connect to {refused[0]}, but a trial makes no outside connections"


def _run(*arguments: str, prepared: Callable[[], bool] | None = None) -> int:
    """manage.py with these arguments, as a person would type it; the exit code.

    :param prepared: called when Django is set up; false when the command is not to be executed then.
    """
    from django.core.management import ManagementUtility

    execute = ManagementUtility.execute

    def when_prepared(self: ManagementUtility) -> None:
        import django

        django.setup()
        if prepared is None or prepared():
            execute(self)

    if prepared is not None:
        setattr(ManagementUtility, "execute", when_prepared)  # noqa: B010 - for the rest of this short process
    sys.argv[:] = ["manage.py", *arguments]
    try:
        runpy.run_path("manage.py", run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
            return 1
        return end.code or 0
    return 0


def _report(request: dict[str, Any], data: dict[str, Any]) -> None:
    Path(request["report"]).write_text(json.dumps(data), encoding="utf-8")


def _end_after(seconds: float, request: dict[str, Any]) -> None:
    """The check has passed, so a page that never comes back is no reason to refuse the plan.

    The seconds are of work, or of waiting without it: on a busy computer pages take longer.
    """

    def end() -> None:
        began = noted = time.process_time()
        worked = seconds
        while noted - began < seconds and worked >= seconds * _PROGRESS:
            time.sleep(seconds)
            worked = time.process_time() - noted
            noted += worked
        _report(request, {"unknown": f"its pages took longer than {seconds:.0f} seconds"})
        os._exit(0)

    threading.Thread(target=end, daemon=True).start()
