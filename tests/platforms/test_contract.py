"""Every platform keeps to the contract, for real projects of each layout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from simple_deploy_flyio.plugin import FlyPlatform
from simple_deploy_heroku.plugin import HerokuPlatform
from simple_deploy_local.platform import LocalPlatform
from simple_deploy_upsun.plugin import UpsunPlatform
from simple_deploy_vps.digitalocean import DigitalOceanPlatform
from simple_deploy_vps.hetzner import HetznerPlatform
from simple_deploy_vps.plugin import VpsPlatform

from simple_deploy.api import Platform, ProjectFacts, Remote, Resource
from simple_deploy.testing import (
    make_facts,
    platform_contract,
    simple_deploy_templates,
)
from simple_deploy.testkit.projects import Layout, Project
from tests.support.plugins.simple_deploy_toy import Toy

__all__ = ["simple_deploy_templates"]

SITE = Resource(kind="site", name="mysite")
RETURNED = {"folder": "/sites/mysite"}


def deployed(*, postgres: bool) -> Remote:
    return Remote(
        resources=(SITE,),
        values={
            "current": "20261121-120000-abcdef123",
            "postgres": "yes" if postgres else "no",
            "url": "http://127.0.0.1:8100/",
        },
    )


APP = Remote(
    resources=(Resource(kind="database", name="postgresql-flat-1"), Resource(kind="app", name="mysite-1a2b3c")),
    values={"linked": "mysite-1a2b3c", "standing": "ours", "region": "us", "database": "yes"},
)

CASES = {
    "flyio, unmanaged": (FlyPlatform(), {"given": {"database": "unmanaged-postgres"}}),
    "flyio, managed": (FlyPlatform(), {"given": {"database": "managed-postgres"}}),
    "flyio, SQLite": (FlyPlatform(), {"given": {"database": "sqlite"}, "remote": Remote(values={"app": "notes"})}),
    "digitalocean": (DigitalOceanPlatform(), {}),
    "hetzner": (HetznerPlatform(), {}),
    "hetzner, again": (HetznerPlatform(), {"remote": Remote(values={"server": "root@203.0.113.7"})}),
    "heroku": (HerokuPlatform(), {}),
    "heroku, again": (HerokuPlatform(), {"remote": APP}),
    "local, the first time": (LocalPlatform(), {"results": RETURNED}),
    "local, again": (LocalPlatform(), {"results": RETURNED, "remote": deployed(postgres=False)}),
    "local, with PostgreSQL": (LocalPlatform(), {"results": RETURNED, "given": {"database": "postgres"}}),
    "local, back from PostgreSQL": (
        LocalPlatform(),
        {"results": RETURNED, "remote": deployed(postgres=True), "given": {"database": "sqlite"}},
    ),
    "upsun": (UpsunPlatform(), {"results": {"project": "abcdefghij", "branch": "main"}}),
    "vps": (VpsPlatform(), {}),
    "vps, SQLite and a domain": (
        VpsPlatform(),
        {"given": {"server": "root@203.0.113.7", "database": "sqlite", "domain": "blog.example.com"}},
    ),
    "toy": (Toy(), {}),
    "toy, again": (Toy(), {"remote": Remote(resources=(Resource(kind="app", name="mysite"),))}),
}
each_case = pytest.mark.parametrize(("platform", "more"), list(CASES.values()), ids=list(CASES))


@each_case
@pytest.mark.parametrize("layout", ["flat", "nested"])
def test_a_platform_keeps_to_the_contract(
    platform: Platform,
    more: dict[str, Any],
    layout: Layout,
    inspected: Mapping[Layout, ProjectFacts],
) -> None:
    assert platform_contract(platform, inspected[layout], **more).steps


@each_case
def test_it_does_so_for_a_project_nobody_looked_at(platform: Platform, more: dict[str, Any]) -> None:
    assert platform_contract(platform, make_facts(), **more).steps


@pytest.fixture(scope="session")
def inspected(simple_deploy_templates: Mapping[Layout, Project]) -> Mapping[Layout, ProjectFacts]:
    return {layout: project.facts() for layout, project in simple_deploy_templates.items()}
