"""Backups that a platform makes by itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The backups that are made of a site by themselves.

    :param is_on: whether they are made. :param when: in words, such as ``each night at 2:00``.
    :param keeps: how many are kept, in words.
    :param kept: those that there are, in words, the newest first; empty where the platform does not say it here.
    :param restore: how one is restored, in words, with commands between backticks.
    """

    is_on: bool
    when: str
    keeps: str
    kept: tuple[str, ...] = ()
    restore: str = ""
