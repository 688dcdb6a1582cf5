"""The page on rehearsing knows every scenario."""

from __future__ import annotations

import re

from simple_deploy.api import SCENARIOS
from tests.docs.pages import text


def test_every_scenario_is_described() -> None:
    described = re.findall(r"^\| `([a-z-]+)` \| (.+)\. \|$", text("how-to", "rehearse.md"), re.MULTILINE)

    assert {name: words[0].lower() + words[1:] for name, words in described} == dict(SCENARIOS)
