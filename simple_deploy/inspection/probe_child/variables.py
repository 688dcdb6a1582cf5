"""Which environment variables the project's own code reads, also through libraries such as django-environ."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator
from typing import Any

from simple_deploy.inspection.probe_child import uses
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


def is_of_the_site(name: str) -> bool:
    """Whether a variable of that *name* is one that a site may need."""
    return name.upper() not in _NOT_OF_THE_SITE and not name.upper().startswith(_PREFIXES)


class Recorder:
    """Notes each variable that is read, where the reading was the project's wish and not that of a library."""

    def __init__(self) -> None:
        self._reads: dict[str, set[str]] = {}
        self._listing = 0
        self._listed: deque[str] = deque()

    def start(self) -> None:
        """Listen, for the rest of this process."""
        kind: Any = type(os.environ)
        read, listed = kind.__getitem__, kind.__iter__

        def noted(environ: Any, name: Any) -> Any:
            if isinstance(name, str) and environ is os.environ and not self._listing and not self._copies(name):
                self._note(name)
            return read(environ, name)

        def iterated(environ: Any) -> Iterator[Any]:
            # Somebody copies the environment; no single variable is meant.
            names = list(listed(environ))
            self._listing += 1
            try:
                yield from names
            finally:
                self._listing -= 1
            self._listed = deque(names)

        def copied(environ: Any) -> dict[str, str]:
            return _Copy(self, {name: read(environ, name) for name in listed(environ)})

        kind.__getitem__, kind.__iter__, kind.copy = noted, iterated, copied

    def uses(self, project: Project) -> list[dict[str, object]]:
        """The variables that the project's code read, each with what it does there."""
        found = (uses.describe(name, files) for name, files in self.read_by(project))
        return [use for use in found if use is not None]

    def read_by(self, project: Project) -> Iterator[tuple[str, list[str]]]:
        """Each variable that the project's code read, by name, and the files of the project that wanted it."""
        for name, files in sorted(self._reads.items()):
            if own := [file for file in files if project.owns(file)]:
                yield name, own

    def _copies(self, name: str) -> bool:
        """Whether this is the next variable of those that were listed: ``dict(os.environ)`` asks for one by one."""
        if not self._listed or self._listed.popleft() != name:
            self._listed.clear()
            return False
        return True

    def note(self, name: object) -> None:
        """Somebody reads the variable *name* out of a copy of the environment."""
        if isinstance(name, str):
            self._note(name)

    def _note(self, name: str) -> None:
        if not is_of_the_site(name):
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


class _Copy(dict[str, str]):
    """What ``os.environ.copy()`` returns: a dictionary, whose readers mean the variables all the same."""

    def __init__(self, recorder: Recorder, values: dict[str, str]) -> None:
        super().__init__(values)
        self._recorder = recorder

    def __getitem__(self, name: str) -> str:
        self._recorder.note(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._recorder.note(name)
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._recorder.note(name)
        return super().get(name, default)
