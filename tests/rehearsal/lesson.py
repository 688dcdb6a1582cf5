"""The lesson of docs/how-to/rehearse-in-class.md, for `python -m tests.rehearsal.lesson PROJECT PLATFORM PART`, where
PART is ``whole`` or ``deployment``.

A program of its own, so that it can be run where there is no network; it ends with an error where the page is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from simple_deploy.testkit.projects import Project
from tests.rehearsal.owner import Owner, succeeded, visit
from tests.support.visitor import Visitor

#: What somebody who is not logged in is told to type.
LOGINS: Mapping[str, str] = {"heroku": "heroku login", "flyio": "fly auth login", "upsun": "upsun login"}


def give(owner: Owner) -> None:
    """:raises AssertionError: something was otherwise than the page says."""
    before = owner.fingerprint()

    refused = owner.deploy("--scenario", "logged-out")
    assert refused.exit_code != 0
    assert LOGINS[owner.platform] in str(refused.result["error"]), refused

    url = deploy(owner)
    status, missing = Visitor(url).get("/there-is-no-such-page/")
    assert status == 404 and "DEBUG" not in missing
    assert owner.fingerprint() == before

    broken = owner.deploy("--scenario", "migration-fails")
    assert broken.exit_code == 1, broken
    assert broken.result["error"]["hint"], broken
    assert Visitor(url).get()[0] == 200, "the release that served goes on serving"

    made = owner.made
    succeeded(owner.deploy())
    assert owner.made == made
    visit(url, newcomer="grace")

    succeeded(owner.rehearse("--destroy", "--yes", "--no-input"))
    assert not any(owner.made.values()), owner.made
    assert owner.running() == []
    assert owner.fingerprint() == before


def deploy(owner: Owner) -> str:
    """Deploy, and visit the site; returns its address. :raises AssertionError: something was otherwise."""
    url = str(succeeded(owner.deploy()).result["url"])
    visit(url, newcomer="ada")
    return url


if __name__ == "__main__":
    folder, platform, part = sys.argv[1:]
    taught = Owner(project=Project(root=Path(folder)), platform=platform)
    try:
        give(taught) if part == "whole" else deploy(taught)
    finally:
        taught.world.remove()
