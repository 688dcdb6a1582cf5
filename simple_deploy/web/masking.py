"""Keeps the access code and the addresses of sessions out of what servers log about requests.

Servers log the line of each request, by loggers of many names. What they log is often redirected to a file that others
can read. So whatever is logged in this process is looked at, when it is made and whoever makes it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, MutableMapping
from typing import Any

from simple_deploy.web.host import PREFIX

HIDDEN = "…"

_BARE = PREFIX.rstrip("/")
_ADDRESS = re.compile(rf"{_BARE}[/?][^\s\"'<>]*")
_SESSION = re.compile(rf"(?<=^{PREFIX})[\w-]{{24}}(?![\w-])")
_CODE = re.compile(r"(?<=[?&]code=)[^&#]+")
_QUERY = re.compile(r"(?<=^code=)[^&#]+|(?<=[?&]code=)[^&#]+")


def masked(text: str) -> str:
    """*text* without access codes and sessions in addresses of the dashboard."""
    if _BARE not in text:
        return text
    return _ADDRESS.sub(lambda found: _CODE.sub(HIDDEN, _SESSION.sub(HIDDEN, found[0])), text)


class MaskingFactory:
    """Makes log records as *make* does, but for what they must not hold."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self._make(*args, **kwargs)
        if isinstance(record.msg, str):
            record.msg = masked(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(masked(each) if isinstance(each, str) else each for each in record.args)
        elif isinstance(record.args, MutableMapping):  # a server's own kind of mapping has to stay what it is
            _mask_fields(record.args)
        return record


def _mask_fields(fields: MutableMapping[str, object]) -> None:
    """Mask the parts of a request; what follows the question mark of an address may be one by itself."""
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    if any(_BARE in value for value in texts.values()):
        for name, value in texts.items():
            fields[name] = _QUERY.sub(HIDDEN, masked(value))


def install() -> None:
    """Have every log record of this process looked at."""
    make = logging.getLogRecordFactory()
    if not isinstance(make, MaskingFactory):
        logging.setLogRecordFactory(MaskingFactory(make))
