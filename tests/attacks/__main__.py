"""Writes the page that says what the tests prove."""

from __future__ import annotations

from tests.attacks.claims import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
