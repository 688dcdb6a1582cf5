"""Answers given ahead: by file, by flag, by standard input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.cli.answers import given_ahead
from simple_deploy.core.errors import WrongUsage
from simple_deploy.core.secret import Secret


def nobody(name: str) -> str:
    raise AssertionError(f"{name} was read")


def test_a_flag_wins_over_the_file_and_a_later_flag_over_an_earlier_one(tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    file.write_bytes(b'\xef\xbb\xbf{"app-name": "file", "size": "big", "copy": true, "port": 8001}')
    flags = [("size", "small"), ("region", "north"), ("region", "south")]
    assert given_ahead(str(file), flags, nobody) == {
        "app_name": "file",
        "size": "small",
        "copy": True,
        "port": 8001,
        "region": "south",
    }


def test_secrets_are_read_in_the_order_of_their_flags() -> None:
    lines = iter(["first", "second"])
    answers = given_ahead(None, [("token", "-"), ("size", "big"), ("pin", "-")], lambda name: next(lines))
    assert answers == {"token": Secret("first"), "size": "big", "pin": Secret("second")}


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b'{"a": [1]}', b'{"a": null}', b"\xff\xfe{", b'"text"'])
def test_a_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "answers.json"
    file.write_bytes(content)
    with pytest.raises(WrongUsage, match=r"answers\.json") as caught:
        given_ahead(str(file), (), nobody)
    assert '{"name": "value"' in caught.value.hint and caught.value.exit_code == 2


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(WrongUsage, match="cannot be read"):
            given_ahead(str(path), (), nobody)


@given(st.dictionaries(st.from_regex(r"[a-z]\w*", fullmatch=True), st.text() | st.booleans()))
def test_every_object_of_texts_and_flags_is_read_back(tmp_path_factory: pytest.TempPathFactory, answers: dict) -> None:  # type: ignore[type-arg]
    file = tmp_path_factory.mktemp("answers") / "answers.json"
    file.write_text(json.dumps(answers), encoding="utf-8")
    assert given_ahead(str(file), (), nobody) == answers
