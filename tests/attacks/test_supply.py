"""What the page is built from: other people's files, unchanged, and nothing from elsewhere."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from tests.attacks.claims import proves
from tests.support.checkout import CHECKOUT

VENDOR = CHECKOUT / "static" / "simple_deploy" / "vendor"
README = (VENDOR / "README.md").read_text(encoding="utf-8")
LISTED = re.findall(r"^\| `([^`]+)` \| `[^`]+` \| `([0-9a-f]{64})` \|$", README, re.MULTILINE)


@proves(
    "A third-party file is changed, added or exchanged",
    "The list with version, origin, checksum and licence no longer fits, and a test fails",
)
def test_vendored_files_are_those_of_the_list() -> None:
    assert dict(LISTED) == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "README.md"
    }
    assert len(LISTED) >= 2
    for name, _ in LISTED:
        version = re.search(r"-(\d+\.\d+\.\d+)\.", name)
        assert version and version[1] in README.split("|")[0]
    assert "Licence" in README and "Permission to use, copy, modify" in README


@proves("Templates, styles and scripts name another site", "They do not: no page loads anything from the network")
@pytest.mark.parametrize("path", [path for folder in ("templates", "static") for path in (CHECKOUT / folder).rglob("*") if path.is_file() and path.suffix in {".html", ".css", ".js", ".svg"}], ids=lambda path: path.name)  # fmt: skip
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.parent.name == "vendor":
        assert not re.search(r"(?:fetch|import|importScripts|src\s*=)\s*\(?\s*[\"'`](?:https?:)?//", text)
        return
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}[^\s\"'`)<]*", text))
    assert {each for each in addresses if "www.w3.org" not in each} == set()
    if path.suffix == ".html":
        assert not re.search(r"\son\w+=|hx-on|javascript:|\|safe\b|{% autoescape off", text)
        assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>[^<{]", text)
        assert not re.search(r"\sstyle=", text)


@proves(
    "A package that the tool depends on has a known weakness",
    "The hosted checks fail: they look up advisories, which the checks here cannot reach",
)
def test_dependencies_are_audited_where_advisories_can_be_reached() -> None:
    workflow = (CHECKOUT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "pip_audit" in workflow
    assert 'install --quiet ".[redis]"' in workflow
    assert "pip_audit" not in (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8")


@proves(
    "Permissions of the hosted checks, and lists with addresses of packages in the repository",
    "Read-only; no such list",
)
def test_the_repository_gives_away_no_rights() -> None:
    workflow = (CHECKOUT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "permissions:\n  contents: read" in workflow
    assert "pull_request_target" not in workflow
    assert workflow.count("persist-credentials: false") == workflow.count("actions/checkout")
    assert not list(CHECKOUT.glob("*.lock"))
