"""Variables of the site on Upsun, set and unset, with a program that plays Upsun's."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.api import Secret, StepError
from simple_deploy.testing import MakeProgram, Reply, fake_program
from tests.platforms.upsun.test_deployment import ID, REGION, UPSUN, context, root, title_of

__all__ = ["fake_program", "root"]

VALUE = "sk_live_0123456789"


def replies(root: Path, *names: str) -> dict[str, str | Reply]:
    listed = "".join(f"env:{name}\n" for name in names)
    return {
        "project:list": f"{ID},{title_of(root)},{REGION}\n",
        "project:info default_branch": "main\n",
        "variable:list": listed or Reply(output="No variables found.", exit_code=1),
        "variable:create": "",
        "variable:delete": "",
        "environment:redeploy": "",
    }


@pytest.mark.parametrize(("there", "deleted"), [((), False), (("STRIPE_KEY",), True)])
def test_a_variable_is_set_and_the_site_deployed_again_with_it(
    root: Path, fake_program: MakeProgram, there: tuple[str, ...], deleted: bool
) -> None:
    program = fake_program("upsun", replies(root, *there))
    here = context(root)

    UPSUN.site(here).set_variable("STRIPE_KEY", Secret(VALUE))

    did = [call.split()[0] for call in program.calls if call.startswith(("variable:create", "variable:delete", "env"))]
    assert did == [*(["variable:delete"] if deleted else []), "variable:create", "environment:redeploy"]
    assert not any(VALUE in call for call in program.calls)
    assert VALUE not in repr(here.payloads)


def test_a_value_that_the_program_cannot_be_told_changes_nothing(root: Path, fake_program: MakeProgram) -> None:
    program = fake_program("upsun", replies(root, "STRIPE_KEY"))

    with pytest.raises(StepError, match="values on one line"):
        UPSUN.site(context(root)).set_variable("STRIPE_KEY", Secret("two\nlines"))

    assert not any(call.startswith("variable:delete") for call in program.calls)


def test_what_is_not_there_cannot_be_unset(root: Path, fake_program: MakeProgram) -> None:
    fake_program("upsun", replies(root))

    with pytest.raises(StepError, match="no variable STRIPE_KEY"):
        UPSUN.operate("unset", context(root), arguments={"name": "STRIPE_KEY"})
