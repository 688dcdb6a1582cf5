"""What a system lacks that a test needs, and why.

Wine is not Windows: what fails under it and works there is in docs/explanation/systems.md, each with its reason.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

NO_MODES = "Windows keeps rights in lists, not in modes"
#: For tests of who may read a file, and of programs that are known by their mode.
needs_modes = pytest.mark.skipif(sys.platform == "win32", reason=NO_MODES)
#: For tests that make symbolic links.
needs_links = pytest.mark.skipif(sys.platform == "win32", reason="making links needs a right on Windows that few have")


def is_private(path: Path) -> bool:
    """Whether nobody else may read it, as far as its mode says; on Windows the folder that it lies in decides."""
    return sys.platform == "win32" or path.stat().st_mode & 0o077 == 0


def under_wine() -> bool:
    """Whether this Python is one for Windows that runs under Wine (its own way to be asked: ``wine_get_version``)."""
    if sys.platform != "win32":
        return False
    import ctypes

    return hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


def not_under_wine(reason: str) -> pytest.MarkDecorator:
    """:param reason: as the page of systems says it."""
    return pytest.mark.skipif(under_wine(), reason=reason)
