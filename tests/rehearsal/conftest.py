"""Rehearsals on every platform."""

from __future__ import annotations

from tests.platforms.conftest import shapes

__all__ = ["shapes"]
