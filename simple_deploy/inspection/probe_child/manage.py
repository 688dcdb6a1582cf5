"""Start as manage.py would: with its import path, its environment variables and whatever else it prepares.

It may have another name.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from django.core import management


class _Reached(BaseException):
    """manage.py has done its part and hands over to Django."""


def prepare(script: str, settings_module: str) -> None:
    """Run the project's manage.py up to the point where Django would take over.

    :param script: its name; empty where there is none.
    :param settings_module: used unless manage.py insists on another one; empty when unknown.
    """
    if settings_module:
        os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
    sys.argv[:] = [script, "check"]
    path = Path.cwd() / script
    if path.is_file():
        with _stopping_there():
            runpy.run_path(str(path), run_name="__main__")


@contextmanager
def _stopping_there() -> Iterator[None]:
    def reached(*_: object, **__: object) -> NoReturn:
        raise _Reached

    function, method = management.execute_from_command_line, management.ManagementUtility.execute
    setattr(management, "execute_from_command_line", reached)  # noqa: B010 - replaced for this moment only
    setattr(management.ManagementUtility, "execute", reached)  # noqa: B010
    try:
        yield
    except _Reached:
        pass
    finally:
        setattr(management, "execute_from_command_line", function)  # noqa: B010
        setattr(management.ManagementUtility, "execute", method)  # noqa: B010
