"""What pupils double-click: one file to see whether their computer is ready and one to begin, for each system."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_WINDOWS = """\
@echo off
setlocal
set "HERE=%~dp0"
rem Windows has a "python" of its own that only leads to its shop, so each is tried; py, the launcher, counts more.
set "FOUND="
for %%P in (python py) do call %%P -c "import sys; sys.exit(sys.version_info < (3, 10))" >nul 2>nul && set "FOUND=%%P"
if not defined FOUND goto missing
call %FOUND% "%HERE%checkout\\run.py" {command} %*
goto end
:missing
echo Python 3.10 or newer is missing. Install the one that your teacher names from python.org, and open this file again.
:end
if not defined NO_PAUSE pause
"""

_OTHERS = """\
#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
for python in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then
        exec "$python" "$here/checkout/run.py" {command} "$@"
    fi
done
echo "Python 3.10 or newer is missing. Install it from python.org, and open this file again." >&2
exit 1
"""

_READ_ME = """\
Deploy a Django project, without a network

1. Is this computer ready?    Windows: check.cmd    macOS: check.command    Linux: sh check.sh
2. Begin:                     Windows: start.cmd    macOS: start.command    Linux: sh start.sh

"Begin" writes a sample project into the folder simple-deploy-demo of your home folder, starts it, and prints an address
of a page. Open that address in a browser. When it is there, the next pupil can have this folder.

Python and git have to be installed; "check" says so where they are not. Nothing else is installed for the whole
computer.
"""


def write(folder: Path) -> None:
    """Write them into *folder*, beside the checkout."""
    for name, command in (("check", "check"), ("start", "demo")):
        _write(folder / f"{name}.cmd", _WINDOWS.replace("{command}", command).replace("\n", "\r\n"))
        for ending in ("sh", "command"):
            _write(folder / f"{name}.{ending}", _OTHERS.replace("{command}", command))
    _write(folder / "READ-ME-FIRST.txt", _READ_ME.replace("\n", "\r\n"))


def _write(file: Path, text: str) -> None:
    file.write_bytes(text.encode("ascii"))
    if file.suffix in {".sh", ".command"}:
        with suppress(OSError):  # the file systems of sticks know no permissions, and take every file for a program
            file.chmod(0o755)
