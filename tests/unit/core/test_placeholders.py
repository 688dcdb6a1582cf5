"""What stands in for the value of a variable while a site is built."""

from __future__ import annotations

import base64
import shlex

import pytest

from simple_deploy.core.placeholders import like

SECRET = "s3cr3t-of-mine"


@pytest.mark.parametrize(
    ("value", "stands_in"),
    [
        ("", "build"),
        (SECRET, "build"),
        ("two words; and a $sign", "build"),
        ("a key\nover lines", "build"),
        ("8000", "1"),
        ("-3", "1"),
        ("0.25", "1.0"),
        ("True", "True"),
        ("off", "off"),
        ("me@example.com", "build@build.invalid"),
        (f'{{"key": "{SECRET}"}}', "{}"),
        (f'["{SECRET}"]', "[]"),
        (f"postgres://me:{SECRET}@db.example.com:5432/shop", "postgres://build@build.invalid/0"),
        (f"https://{SECRET}@sentry.example.com/17", "https://build@build.invalid/0"),
        ("sqlite:///mine.sqlite3", "sqlite:////tmp/build.sqlite3"),
        ("ab12" * 16, "0" * 64),
    ],
)
def test_it_is_of_the_same_kind_and_tells_nothing(value: str, stands_in: str) -> None:
    found = like(value)

    assert found == stands_in
    assert SECRET not in found
    assert shlex.split(found) == [found], "it needs quotes"


def test_a_key_for_encryption_is_one() -> None:
    key = base64.urlsafe_b64encode(bytes(range(32))).decode("ascii")

    assert like(key) != key
    assert len(base64.urlsafe_b64decode(like(key))) == 32
