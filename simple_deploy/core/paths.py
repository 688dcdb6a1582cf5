"""Paths of a project as texts, whichever system wrote them. Pure.

What lies in the repository is named relative to its root, with slashes, and is called the same on the deployed site.
Everything else is named as this computer does it, ``/srv/media`` or ``D:\\media``, and means nothing anywhere else. A
:class:`~pathlib.Path` is one of this computer, and a :class:`~pathlib.PurePosixPath` is one of the repository or of the
deployed site; :func:`inside` is the only way from a text of unknown origin to the latter.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")


def is_elsewhere(path: str) -> bool:
    """Whether *path* is absolute on any system: a Windows computer names folders of Linux in settings too."""
    return _ABSOLUTE.match(path) is not None


def inside(path: str) -> PurePosixPath | None:
    """*path* as a path below the root of the repository; None where it leads out of it, or is empty."""
    if not path or is_elsewhere(path):
        return None
    below = PurePosixPath(path)
    return None if ".." in below.parts else below


def is_module(name: str) -> bool:
    """Whether *name* can be that of a module, dots included.

    A dash is allowed too, though no import statement can name it: that is how settings in a folder such as ``my-site``
    are loaded, by their name alone.
    """
    return all(part[:1] != "-" and part.replace("-", "_").isidentifier() for part in name.split("."))
