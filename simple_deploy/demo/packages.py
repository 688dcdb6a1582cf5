"""Packages from a folder instead of a network: those that fit this computer, kept beside the demo."""

from __future__ import annotations

import shutil
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.tags import Tag, sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.system.files import replace

#: In the environment of a demo. Python reads it whenever it starts there, in a terminal as well as in a worker:
#: https://docs.python.org/3/library/site.html
SETTINGS = "simple_deploy_packages.pth"


def bring(wheels: Path, into: Path) -> int:
    """Copy those of *wheels* that fit the Python this runs in, and let uv take packages from there and nowhere else.

    Whoever sets ``UV_OFFLINE`` to ``false`` gets others from the network too.

    :param wheels: a folder, for example on a USB stick that is passed on afterwards.
    :param into: the folder to keep them in.
    :returns: how many there are.
    :raises SimpleDeployError: they cannot be copied.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
        chosen = list(fitting(sorted(wheels.glob("*.whl")), frozenset(sys_tags())))
        for wheel in chosen:
            _copy(wheel, into / wheel.name)
        (Path(sysconfig.get_path("purelib")) / SETTINGS).write_text(_settings(into), encoding="utf-8")
    except OSError as error:
        raise SimpleDeployError(
            f"The packages in {wheels} could not be copied to {into}: {error.strerror or error}.",
            hint="Make room on the disk, check that the folder with the packages is still there, and start again.",
        ) from error
    return len(chosen)


def fitting(wheels: Iterable[Path], tags: frozenset[Tag]) -> Iterator[Path]:
    """Those of *wheels* that a Python with these *tags* can install."""
    for wheel in wheels:
        try:
            _, _, _, its_tags = parse_wheel_filename(wheel.name)
        except InvalidWheelFilename:
            continue
        if tags & its_tags:
            yield wheel


def _copy(wheel: Path, target: Path) -> None:
    if target.is_file() and target.stat().st_size == wheel.stat().st_size:
        return
    fresh = target.with_name(target.name + ".new")
    shutil.copyfile(wheel, fresh)
    replace(fresh, target)


def _settings(folder: Path) -> str:
    """One line, since that is how Python wants it."""
    values = {"UV_FIND_LINKS": folder.absolute().as_uri(), "UV_OFFLINE": "1"}
    return f"import os; [os.environ.setdefault(name, value) for name, value in {values!a}.items()]\n"
