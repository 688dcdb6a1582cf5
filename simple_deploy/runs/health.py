"""Whether a deployed site answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.core.interfaces import Response

_PATIENCE = 5.0  # seconds a site has to answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a site answered just now.

    :param status: of its start page; None when nobody answered. :param seconds: it took.
    :param opens: the address of a page that is there. :param at: seconds since the epoch.
    """

    status: int | None
    seconds: float
    opens: str
    at: float

    @property
    def answers(self) -> bool:
        return self.status is not None and self.status < 500

    @property
    def has_no_start_page(self) -> bool:
        return self.status == 404


def health(url: str, other: str | None, visit: Callable[..., tuple[Response, str]]) -> Health:
    """Visit the site at *url* as a browser would.

    :param other: path of a page that is known to answer, for a site without a start page.
    """
    begun = time.monotonic()
    status = _status(url, visit)
    seconds = time.monotonic() - begun
    opens = url
    if status == 404 and other and _status(urljoin(url, other), visit) == 200:
        opens = urljoin(url, other)
    return Health(status=status, seconds=seconds, opens=opens, at=time.time())


def _status(url: str, visit: Callable[..., tuple[Response, str]]) -> int | None:
    try:
        return visit(url, timeout=_PATIENCE)[0].status
    except SimpleDeployError:
        return None
