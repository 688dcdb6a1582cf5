"""Options and answers: declared once, checked the same way wherever they come from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simple_deploy.core.errors import InvalidAnswer, MissingAnswers
from simple_deploy.core.options import Choice, Option, collect
from simple_deploy.core.secret import Secret

DATABASE = Option(
    name="database",
    label="Database",
    kind="choice",
    default="sqlite",
    choices=(Choice(value="sqlite", label="SQLite"), Choice(value="postgres", label="PostgreSQL")),
)
URL = Option(name="database_url", label="Address", kind="secret", when=("database", "postgres"))
NAME = Option(name="app_name", label="Name", pattern="[a-z][a-z0-9-]{2,29}", pattern_help="Small letters and digits.")
COPY = Option(name="copy_data", label="Take the data along", kind="flag", default=True)


def test_defaults_fill_what_was_not_given() -> None:
    answers = collect((DATABASE, URL, COPY), {})
    assert answers.open == {"database": "sqlite", "copy_data": True}


def test_an_option_that_does_not_apply_is_not_asked_for() -> None:
    with pytest.raises(MissingAnswers) as caught:
        collect((DATABASE, URL), {"database": "postgres"})
    assert caught.value.names == ("database_url",)
    assert "--answer database_url=…" in caught.value.hint


def test_what_can_be_answered_is_named_where_an_answer_is_missing() -> None:
    with pytest.raises(MissingAnswers) as caught:
        collect((replace(DATABASE, default=None),), {})
    assert "--answer database=sqlite|postgres," in caught.value.hint


def test_secrets_stay_secrets_and_out_of_what_is_stored() -> None:
    answers = collect((DATABASE, URL), {"database": "postgres", "database_url": "postgres://u:p@h/d"})
    assert answers.open == {"database": "postgres"}
    assert answers.secret("database_url") == Secret("postgres://u:p@h/d")
    assert "u:p" not in repr(answers)


@pytest.mark.parametrize("given", ["", "Blog", "a", "blog;rm -rf", "-blog", "b" * 40])
def test_a_text_has_to_fit_its_pattern(given: str) -> None:
    with pytest.raises(InvalidAnswer):
        collect((NAME,), {"app_name": given})


@pytest.mark.parametrize(("given", "value"), [("on", True), ("no", False), (True, True), ("False", False), ("Y", True)])
def test_a_flag_reads_the_words_of_forms_flags_and_files(given: object, value: bool) -> None:
    assert collect((COPY,), {"copy_data": given}).flag("copy_data") is value


def test_a_wrong_choice_and_an_unknown_name_say_what_is_known() -> None:
    with pytest.raises(InvalidAnswer, match="sqlite, postgres"):
        collect((DATABASE,), {"database": "oracle"})
    with pytest.raises(InvalidAnswer, match="databse") as caught:
        collect((DATABASE,), {"databse": "sqlite"})
    assert "database" in caught.value.hint
