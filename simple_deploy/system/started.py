"""How this program was started. Settings may have gone to another folder since, with ``os.chdir``."""

from __future__ import annotations

import sys
from pathlib import Path


def program() -> Path:
    """The file that was started, such as a manage.py; what it is called where there is no such file."""
    given = _given()
    return _main(given) or Path.cwd() / given


def folder() -> Path:
    """The folder it was started in. Where it was called by its whole path, only the current folder is known."""
    given = _given()
    main = _main(given)
    if main is None or Path(given).is_absolute():
        return Path.cwd()
    whole = str(main)
    # Some systems take the dots out of what was typed; then the program's own folder is the next best.
    return Path(whole.removesuffix(given)) if whole.endswith(given) else main.parent


def _given() -> str:
    return sys.argv[0] if sys.argv else ""


def _main(given: str) -> Path | None:
    """The file that Python runs, made absolute when it started, unless the command line speaks of another one."""
    main = Path(getattr(sys.modules.get("__main__"), "__file__", None) or "")
    return main if given and main.is_absolute() and main.name == Path(given).name else None
