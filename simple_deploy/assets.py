"""Where the folders are that are not Python: inside the package (a wheel) or beside it (a checkout)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from simple_deploy.core.errors import SimpleDeployError

_PACKAGE = Path(__file__).resolve().parent


def folder(name: Literal["templates", "static", "sample_project"]) -> Path:
    """The folder of that name, absolute.

    :raises SimpleDeployError: when the installation lacks it.
    """
    for parent in (_PACKAGE, _PACKAGE.parent):
        if (parent / name).is_dir():
            return parent / name
    raise SimpleDeployError(
        f"This installation of the tool lacks its “{name}” folder, so it is not complete.",
        hint="Install it again: python -m pip install --force-reinstall django-simple-deploy-dashboard",
    )
