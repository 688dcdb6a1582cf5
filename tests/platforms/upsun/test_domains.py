"""Domains of the project on Upsun, with a program that plays Upsun's."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.api import StepError
from simple_deploy.testing import MakeProgram, Reply, fake_program
from tests.platforms.upsun.test_deployment import ID, REGION, UPSUN, context, root, title_of

__all__ = ["fake_program", "root"]

NONE = Reply(output=f"No domains found for {ID}.\n", exit_code=1)
EDGE = "main-bvxea6i-abc.eu-5.platformsh.site"
ASKED = {
    "project:info default_branch": "main\n",
    "environment:info edge_hostname": f"{EDGE}\n",
    "url": f"https://{EDGE}/\n",
}


def test_a_domain_is_added_once_and_told_with_the_host_to_lead_to(root: Path, fake_program: MakeProgram) -> None:
    there = "www.example.com,false\n"
    program = fake_program(
        "upsun",
        {
            **ASKED,
            "project:list": f"{ID},{title_of(root)},{REGION}\n",
            "domain:list": [NONE, there, there],
            "domain:add": "Adding\n",
        },
    )

    for _ in range(2):
        UPSUN.site(context(root)).add_domain("www.example.com")
    (domain,) = UPSUN.site(context(root)).domains()

    assert [call for call in program.calls if call.startswith("domain:add")] == [
        f"domain:add www.example.com --project {ID} --yes"
    ]
    assert [(each.kind, each.value) for each in domain.records] == [("CNAME", EDGE)]
    assert domain.is_secure is None, "Upsun does not say how far its own certificates are"


def test_a_domain_that_is_not_there_cannot_be_removed(root: Path, fake_program: MakeProgram) -> None:
    fake_program("upsun", {**ASKED, "project:list": f"{ID},{title_of(root)},{REGION}\n", "domain:list": NONE})

    with pytest.raises(StepError, match=r"no domain www\.example\.com"):
        UPSUN.operate("remove_domain", context(root), arguments={"domain": "www.example.com"})
