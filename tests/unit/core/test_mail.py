"""A mail server as a variable names it: what is read of it is what was meant."""

from __future__ import annotations

import pytest
from environ import Env
from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.core import mail
from simple_deploy.core.errors import InvalidAnswer

TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=["C", "Z"]), min_size=1)


@given(user=TEXT, password=TEXT)
def test_a_user_name_and_a_password_of_any_letters_arrive_as_they_are(user: str, password: str) -> None:
    read = Env.email_url_config(mail.address("mail.example.com", user, password))

    assert (read["EMAIL_HOST_USER"], read["EMAIL_HOST_PASSWORD"]) == (user, password)
    assert (read["EMAIL_BACKEND"], read["EMAIL_HOST"], read["EMAIL_PORT"]) == (mail.SMTP, "mail.example.com", 587)


@pytest.mark.parametrize("name", mail.PROVIDERS)
def test_every_provider_is_spoken_to_in_tls(name: str) -> None:
    provider = mail.PROVIDERS[name]
    read = Env.email_url_config(mail.address(provider.host, "ada", "secret", port=provider.port))

    assert (read.get("EMAIL_USE_TLS", False), read.get("EMAIL_USE_SSL", False)) == (
        provider.port != 465,
        provider.port == 465,
    )


@pytest.mark.parametrize(
    ("host", "port"),
    [("", 587), ("mail example.com", 587), ("ada@mail.example.com", 587), ("mail.example.com/x", 587), ("-m", 587)]
    + [("mail.example.com", port) for port in (0, -1, 65536)],
)
def test_what_is_no_server_is_refused(host: str, port: int) -> None:
    with pytest.raises(InvalidAnswer):
        mail.address(host, "ada", "secret", port=port)
