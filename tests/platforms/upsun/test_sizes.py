"""What the app on Upsun runs on, with a program that plays Upsun's."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.api import InvalidAnswer, StepError
from simple_deploy.platforms.sizes import difference
from simple_deploy.testing import MakeProgram, Reply, fake_program
from tests.platforms.upsun.test_deployment import ID, REGION, UPSUN, context, root, title_of

__all__ = ["fake_program", "root"]

SIZES = "1,1,384,shared\n0.1,0.1,64,shared\n0.5,0.5,224,shared\n1-guaranteed,1,4096,guaranteed\n"


def answers(root: Path, *now: str) -> dict[str, str | Reply | list[str | Reply]]:
    return {
        "project:list": f"{ID},{title_of(root)},{REGION}\n",
        "project:info default_branch": "main\n",
        "resources:get": [f"app,{each}\n" for each in now],
        "resources:sizes": SIZES,
        "resources:set": "Setting the resources\n",
        "url": "http://127.0.0.1:9/\n",
    }


def test_what_it_runs_on_is_told_with_what_else_there_is_the_smallest_first(
    root: Path, fake_program: MakeProgram
) -> None:
    fake_program("upsun", answers(root, "0.5,1"))

    sizes = UPSUN.site(context(root)).sizes()

    assert (sizes.current, sizes.count) == ("0.5", 1)
    assert [each.name for each in sizes.choices] == ["0.1", "0.5", "1", "1-guaranteed"]
    # 730 hours of half a CPU at €0.033 and of 224 MB at €0.013 a GB.
    assert sizes.size is not None and (sizes.size.cost, sizes.size.title) == (
        "about €14 a month",
        "0.5 CPU with 224 MB of memory",
    )
    assert sizes.choices[-1].cost == "", "a CPU of its own costs more, and how much was not seen"
    assert "about €28 a month for each of them" in difference(sizes, sizes.choices[2], 2)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [("1", "--size app:1"), ("0.5:3", "--count app:3"), ("1:2", "--size app:1 --count app:2"), ("0.5", "")],
)
def test_only_what_changes_is_set(root: Path, fake_program: MakeProgram, wanted: str, told: str) -> None:
    """Upsun refuses a number where it changes the number itself, even the one that there is."""
    program = fake_program("upsun", answers(root, *["0.5,1"] * 3))

    UPSUN.operate("resize", context(root), arguments={"size": wanted})

    calls = [call for call in program.calls if call.startswith("resources:set")]
    assert calls == ([f"resources:set {told} --yes --project {ID} --environment main"] if told else [])


def test_a_size_that_there_is_not_is_refused_before_anything_is_done(root: Path, fake_program: MakeProgram) -> None:
    program = fake_program("upsun", answers(root, "0.5,1"))

    with pytest.raises(InvalidAnswer, match="no size “8”"):
        UPSUN.operate("resize", context(root), arguments={"size": "8"})
    assert not any(call.startswith("resources:set") for call in program.calls)


def test_why_upsun_refused_is_told(root: Path, fake_program: MakeProgram) -> None:
    limit = "The requested resources will exceed your organization's trial CPU limit, which is: 1."
    fake_program("upsun", {**answers(root, *["0.5,1"] * 3), "resources:set": Reply(output=f"{limit}\n", exit_code=1)})

    with pytest.raises(StepError, match="trial CPU limit"):
        UPSUN.operate("resize", context(root), arguments={"size": "1"})


def test_an_app_without_resources_runs_on_nothing(root: Path, fake_program: MakeProgram) -> None:
    fake_program("upsun", answers(root, ","))

    assert (UPSUN.site(context(root)).sizes().current, UPSUN.site(context(root)).sizes().count) == ("", 0)
