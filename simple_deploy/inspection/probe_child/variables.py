"""Which environment variables the project's own code reads, also through libraries such as django-environ."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

from simple_deploy.inspection.probe_child.trouble import Project

#: What belongs to the computer or to the tools rather than to the site.
_NOT_OF_THE_SITE = frozenset(
    {
        *("APPDATA", "COMSPEC", "HOME", "HOMEDRIVE", "HOMEPATH", "HOSTNAME", "LANG", "LANGUAGE", "LOCALAPPDATA"),
        *("LOGNAME", "PATH", "PATHEXT", "PROGRAMDATA", "PWD", "SHELL", "SYSTEMROOT", "TEMP", "TERM", "TMP", "TMPDIR"),
        *("TZ", "USER", "USERNAME", "USERPROFILE", "VIRTUAL_ENV", "DJANGO_SETTINGS_MODULE", "RUN_MAIN", "CI"),
    }
)
_PREFIXES = ("LC_", "PYTHON", "DJANGO_AUTORELOAD", "DJANGO_RUNSERVER", "SIMPLE_DEPLOY_", "XDG_", "WERKZEUG_")
#: Functions that put what a file holds into the environment where it is not set yet, which is no reading.
_FILLING = frozenset({"setdefault", "set_as_environment_variables"})


class Recorder:
    """Notes each variable that is read, where the reading was the project's wish and not that of a library."""

    def __init__(self) -> None:
        self._reads: dict[str, set[str]] = {}
        self._listing = 0

    def start(self) -> None:
        """Listen, for the rest of this process."""
        kind: Any = type(os.environ)
        read, listed = kind.__getitem__, kind.__iter__

        def noted(environ: Any, name: Any) -> Any:
            if isinstance(name, str) and environ is os.environ and not self._listing:
                self._note(name)
            return read(environ, name)

        def iterated(environ: Any) -> Iterator[Any]:
            # Somebody copies the environment; no single variable is meant.
            self._listing += 1
            try:
                yield from listed(environ)
            finally:
                self._listing -= 1

        kind.__getitem__, kind.__iter__ = noted, iterated

    def names(self, project: Project) -> list[str]:
        """The variables that the project's code read."""
        return sorted(name for name, files in self._reads.items() if any(project.owns(file) for file in files))

    def _note(self, name: str) -> None:
        if name.upper() in _NOT_OF_THE_SITE or name.upper().startswith(_PREFIXES):
            return
        files = set()
        frame: Any = sys._getframe(2)
        # Above an import stands what a library reads for itself.
        while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
            if frame.f_code.co_name in _FILLING:
                return
            if not frame.f_code.co_filename.startswith("<"):
                files.add(frame.f_code.co_filename)
            frame = frame.f_back
        self._reads.setdefault(name, set()).update(files)
