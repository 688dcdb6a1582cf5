"""What a program gets of this computer's environment: only what it needs to run here, and what it is given."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from simple_deploy.core.secret import Secret

#: What any program needs on this computer, whatever it does.
NEEDED = frozenset(
    {"PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT"}
    | {"PROGRAMDATA"}
)
#: Where the person's own files are.
HOME = frozenset({"HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"})
#: Where packages come from, and whom this computer trusts: a folder, a company's own index, proxy and certificates.
SOURCES = frozenset(
    {"PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_CACHE_DIR", "PIP_CACHE_DIR"}
    | {"UV_FIND_LINKS", "UV_OFFLINE"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
    | {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
)


def alone(
    env: Mapping[str, str | Secret], *, keeping: Collection[str], of: Iterable[str] = os.environ
) -> dict[str, str | Secret]:
    """*env* as a change of an environment that leaves nothing of it but the variables *keeping*.

    :param keeping: names in capital letters. :param of: the names there are; those of this process by default.
    """
    removed: dict[str, str | Secret] = {name: "" for name in of if name.upper() not in keeping}
    return {**removed, **env}


def home(folder: Path) -> dict[str, str]:
    """The variables that make *folder* the person's own."""
    if sys.platform == "win32":
        return dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"), str(folder))
    return {"HOME": str(folder)}
