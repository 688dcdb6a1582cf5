"""Things that exist outside the project because of a deployment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """An app, database, server … on a platform.

    :param kind: ``app``, ``database`` …
    :param name: what the platform calls it; unique together with *kind*.
    :param url: where it is seen or managed, or None.
    :param cost: what it costs in words, with the date that was checked; empty when nothing.
    :param holds: what is lost when it is destroyed, as a sentence.
    """

    kind: str
    name: str
    remote_id: str = ""
    url: str | None = None
    cost: str = ""
    holds: str = ""
