"""Celery's folder transport, but a file in the queue that is no whole message is thrown away and stops nobody.

A process that dies while it writes a message leaves half of one. That would end the worker that reads it. Nothing is
lost by it: a queued run without a message is picked up all the same. A message that was read is deleted.
"""

from __future__ import annotations

import base64
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem


class Channel(filesystem.Channel):
    """Reads messages of our own kind only."""

    def _get(self, queue: str) -> Any:  # type: ignore[override]
        try:
            message = super()._get(queue)
        except (ValueError, ChannelError) as error:  # no JSON, no UTF-8; or another worker threw it away just now
            raise Empty from error
        finally:
            self._delete_what_was_read()
        if not _is_whole(message):
            raise Empty
        return message

    def _delete_what_was_read(self) -> None:
        # Not kombu's own way of keeping nothing, which is to put each message into the folder for everybody's files.
        for path in Path(self.processed_folder).glob("*.msg"):
            path.unlink(missing_ok=True)


class Transport(filesystem.Transport):
    """The folder transport with that channel."""

    Channel = Channel


def _is_whole(message: object) -> bool:
    """Whether *message* has what the worker reads before it looks whether it may."""
    if not isinstance(message, dict):
        return False
    properties, headers = message.get("properties"), message.get("headers")
    if not isinstance(properties, dict) or not isinstance(headers, dict):
        return False
    delivery = properties.get("delivery_info")
    if not isinstance(delivery, dict) or not isinstance(properties.get("delivery_tag"), str):
        return False
    texts = (
        message.get("body"),
        message.get("content-type"),
        message.get("content-encoding"),
        delivery.get("exchange"),
        delivery.get("routing_key"),
        headers.get("task"),
        headers.get("id"),
    )
    if not all(isinstance(text, str) for text in texts) or properties.get("body_encoding") != "base64":
        return False
    try:
        base64.b64decode(str(message["body"]), validate=True)
    except ValueError:
        return False
    return True
