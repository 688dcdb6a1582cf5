"""Where the documentation is."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
EXAMPLE = DOCS / "plugins" / "example"


def text(*parts: str) -> str:
    """The text of a page below docs/."""
    return DOCS.joinpath(*parts).read_text(encoding="utf-8")
