"""What is skipped under Wine alone is few, and the page of systems says why."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT, text


def test_the_page_lists_what_is_skipped_under_wine() -> None:
    marked = re.compile(r'not_under_wine\(\s*"(.+?)"\s*\)')
    files = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    reasons = {reason for file in files for reason in marked.findall(file)}
    page = " ".join(text("explanation", "systems.md").split())
    assert reasons
    assert [reason for reason in reasons if reason not in page] == []
