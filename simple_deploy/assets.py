"""Where the folders are that are not Python: inside the package (a wheel) or beside it (a checkout)."""

from __future__ import annotations

from pathlib import Path

from simple_deploy.core.errors import SimpleDeployError

_PACKAGE = Path(__file__).resolve().parent
#: Where a checkout has a folder, if not under its own name.
_IN_CHECKOUT = {"plugin_template": "docs/plugins/example/simple-deploy-pond"}


def folder(name: str) -> Path:
    """The folder of that name, absolute.

    :raises SimpleDeployError: when the installation lacks it.
    """
    for place in (_PACKAGE / name, _PACKAGE.parent / _IN_CHECKOUT.get(name, name)):
        if place.is_dir():
            return place
    raise SimpleDeployError(
        f"This installation of the tool lacks its “{name}” folder, so it is not complete.",
        hint="Install it again: python -m pip install --force-reinstall django-simple-deploy-dashboard",
    )
