"""Writes the page of traits: ``python -m tests.field``."""

from __future__ import annotations

from tests.field.traits import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
