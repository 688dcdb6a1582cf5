"""What sites of simulated platforms need to be served, also on systems that are less like a platform's."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

from simple_deploy.rehearsal import build, gunicorn, sockets
from simple_deploy.rehearsal.world import World

#: gunicorn runs on systems with ``fork`` only.
STANDS_IN = sys.platform == "win32"
PATIENCE = 60.0  # seconds a site may take to listen


def prepare(world: World) -> Path:
    """A folder that has to come first on PYTHONPATH for waitress to serve where gunicorn is asked to.

    :raises CommandFailed: waitress is not there and cannot be downloaded.
    """
    folder = world.place("server")
    if not (folder / "waitress").is_dir():
        build.uv("pip", "install", "--python", sys.executable, "--target", str(folder), "waitress", cwd=folder)
    package = world.place("server", "gunicorn", "app")
    for each in (package.parent, package):
        (each / "__init__.py").write_text("", encoding="utf-8")
    shutil.copyfile(gunicorn.__file__, package / "wsgiapp.py")
    return folder


def variables(world: World) -> dict[str, str]:
    """What the environment of a site's programs needs besides, on this system."""
    return {"PYTHONPATH": str(prepare(world))} if STANDS_IN else {}


def shell(*names: str) -> str | None:
    """A shell for command lines as platforms run them: the first of *names* that is there, or None.

    On Windows that is the one which git brings: a ``bash`` found on PATH may be that of a Linux beside Windows (WSL),
    where nothing of this computer's Python is.
    """
    if not STANDS_IN:
        return next(filter(None, map(shutil.which, names)), None)
    git = shutil.which("git")
    found = (folder / "bin" / "bash.exe" for folder in (Path(git).resolve().parents if git else ()))
    return next((str(file) for file in found if file.is_file()), None)


def wait_for(world: World, process: str, address: str) -> bool:
    """Wait until the process *process* of the world listens at *address*, or has ended, or has had its time.

    :param address: ``HOST:PORT`` or the path of a socket, as :func:`simple_deploy.rehearsal.sockets.place` gives it.
    :returns: whether it listens.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and world.is_running(process):
        if sockets.listens(address):
            return True
        time.sleep(0.05)
    return False
