"""Files that are named in another spelling than they have: writing the names as the files are called. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from simple_deploy.core.facts import Misnamed

FIX = "spell-names"


def spelled(data: bytes, found: Iterable[Misnamed]) -> bytes:
    """The bytes of a page or a module with the names in *found*, where they stand in quotation marks, as the files are
    called. A module may write a backslash once or twice."""
    for each in found:
        for name in (each.name, each.name.replace("\\", "\\\\")):
            for mark in ("'", '"'):
                data = data.replace(f"{mark}{name}{mark}".encode(), f"{mark}{each.file}{mark}".encode())
    return data
