"""What may be stored or shown of what others say."""

from __future__ import annotations

from typing import Literal

import pytest

from simple_deploy.core import ansi
from simple_deploy.core.errors import StepError
from simple_deploy.core.events import Output
from simple_deploy.core.secret import DOTS, Redactor
from simple_deploy.platforms.base import SiteState
from simple_deploy.runs.cleaning import Cleaner

SECRET = "S3ntinel/key+one=="


@pytest.fixture
def cleaner() -> Cleaner:
    return Cleaner(Redactor([SECRET]))


@pytest.mark.parametrize("stream", ["out", "note"])
def test_a_value_is_hidden_whatever_lines_and_colours_it_is_broken_by(
    stream: Literal["out", "note"], cleaner: Cleaner
) -> None:
    said = (SECRET[:9], SECRET[9:], "\x1b[31m".join(SECRET), "af\u200bter")
    cleaned = [ansi.plain(cleaner.output(Output(text=text, stream=stream)).text) for text in said]
    assert cleaned == [DOTS, DOTS, DOTS, "after"]


def test_what_a_platform_returns_is_cleaned_too(cleaner: Cleaner) -> None:
    state = SiteState(running=True, headline=f"\u202e{SECRET}", details=(("Log", f"\x1b]0;x\x07{SECRET}"),))
    assert cleaner.data(state) == SiteState(running=True, headline=DOTS, details=(("Log", DOTS),))


def test_an_error_stays_what_it_says(cleaner: Cleaner) -> None:
    error = cleaner.error(StepError(f"Not with {SECRET}.", hint=f"Give {SECRET} again.", docs="https://example.com/"))
    assert (error.message, error.hint, error.docs) == (
        f"Not with {DOTS}.",
        f"Give {DOTS} again.",
        "https://example.com/",
    )
