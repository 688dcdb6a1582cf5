"""Values that must not be seen: the type, and their redaction from text."""

from __future__ import annotations

import base64
import json
import pickle
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.core import codec
from simple_deploy.core.secret import DOTS, Redactor, Secret, looks_secret, secrets_in_environment

SENTINEL = "s3nt!nel/va+lue=="


def test_a_secret_shows_dots_everywhere() -> None:
    secret = Secret(SENTINEL)
    assert SENTINEL not in f"{secret} {secret!r} {[secret]} { {'key': secret}!s} {secret:>40}"
    assert secret.reveal() == SENTINEL
    with pytest.raises(codec.CodecError):
        codec.to_data({"key": secret})
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)


@pytest.mark.parametrize(
    "spelling",
    [
        SENTINEL,
        quote(SENTINEL, safe=""),
        base64.b64encode(SENTINEL.encode()).decode(),
        base64.b64encode(b"user:" + SENTINEL.encode()).decode(),
        base64.b64encode(b"xy" + SENTINEL.encode() + b"tail").decode(),
        SENTINEL.encode().hex(),
        json.dumps(SENTINEL),
        repr(SENTINEL),
        f"postgres://me:{SENTINEL}@db/app",
        f"Traceback ... SECRET_KEY = '{SENTINEL}'",
    ],
)
def test_every_spelling_of_a_known_value_is_hidden(spelling: str) -> None:
    shown = Redactor([SENTINEL])(f"before {spelling} after")
    assert DOTS in shown
    assert SENTINEL not in shown
    assert base64.b64encode(SENTINEL.encode()).decode().rstrip("=") not in shown
    assert shown.startswith("before ") and shown.endswith(" after")


@pytest.mark.parametrize(
    "line", ["API_TOKEN=fo1_Zk3pQ9xT7vB2mN8c", "  auth_token: 'a1b2c3d4e5f6a7b8c9d0'", '"secretKey": "Zm9vYmFyMTIzNDU2Nzg5"', "MY_PASSWORD = abcdefgh12345678"]
)  # fmt: skip
def test_what_is_called_a_secret_and_looks_like_one_is_hidden_even_when_unknown(line: str) -> None:
    assert DOTS in Redactor()(line)


@pytest.mark.parametrize(
    "line", ['SECRET_KEY = os.environ["SECRET_KEY_2024"]', "token: enter the one you got by mail", "SECRET_KEY = get_random_secret_key()",
             "API_TOKEN=", "password_validation.MinimumLengthValidator", "TOKEN_FILE=/run/secrets/token1/of/this/app", "token = read_token1_of_account(3)"]
)  # fmt: skip
def test_what_only_speaks_of_secrets_stays_readable(line: str) -> None:
    assert Redactor()(line) == line


def test_the_password_in_any_url_is_hidden_even_when_unknown() -> None:
    assert Redactor()("DATABASE_URL=postgres://ada:hunter2@localhost/db") == (
        f"DATABASE_URL=postgres://ada:{DOTS}@localhost/db"
    )


def test_a_short_value_is_hidden_where_it_is_assigned_but_words_stay() -> None:
    redact = Redactor(["blog"])
    assert redact("PASSWORD=blog and the blog app") == f"PASSWORD={DOTS} and the blog app"
    assert redact("password: 'blog'") == f"password: '{DOTS}'"


def test_a_password_that_is_a_word_does_not_eat_the_word() -> None:
    redact = Redactor(["postgres"])
    assert redact("installing postgresql for postgres") == "installing postgresql for postgres"
    assert redact("PGPASSWORD=postgres") == f"PGPASSWORD={DOTS}"


def test_each_line_of_a_key_is_hidden() -> None:
    key = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA7\nabcdefghijklmnop\n-----END KEY-----"
    redact = Redactor([key])
    assert "MIIEpAIBAAKCAQEA7" not in redact("line MIIEpAIBAAKCAQEA7 of it")


@pytest.mark.parametrize("name", ["SECRET_KEY", "DB_PASSWORD", "FLY_API_TOKEN", "AWS_ACCESS_KEY_ID", "DATABASE_URL"])
def test_names_that_hold_secrets(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize("name", ["PATH", "HOME", "DJANGO_SETTINGS_MODULE", "PWD", "KEYBOARD_LAYOUT"])
def test_names_that_hold_none(name: str) -> None:
    assert not looks_secret(name)


def test_the_environment_gives_values_by_name_and_passwords_in_urls() -> None:
    found = secrets_in_environment({"API_TOKEN": "abc", "BROKER": "redis://:pass%21word@host", "HOME": "/home/ada"})
    assert set(found) >= {"abc", "pass%21word", "pass!word"}
    assert "/home/ada" not in found


@given(
    st.text(min_size=8, max_size=40)
    .map(str.strip)
    .filter(lambda text: len(text) >= 8 and not {"•", "\x1b"} & set(text))
)
def test_a_known_value_never_survives(value: str) -> None:
    if not (value.isalpha() and value.islower()):
        assert value not in Redactor([value])(f"x{value}y {value}")


@given(st.text(max_size=200))
def test_text_without_secrets_stays_as_it_is(text: str) -> None:
    if "://" not in text:
        assert Redactor(["a-very-secret-value-indeed"])(text) == text
