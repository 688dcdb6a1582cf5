"""A domain of one's own: what is one, which records it needs, and what DNS says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from simple_deploy.core.errors import InvalidAnswer
from simple_deploy.platforms.domains import DnsRecord, Domain, Led, Resolve, compared, domain_name, in_words, leading_to
from simple_deploy.system.dns import resolved


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("www.example.com", "www.example.com"),
        (" WWW.Example.com. ", "www.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("a-b.co.uk", "a-b.co.uk"),
    ],
)
def test_a_domain_is_read_in_the_letters_of_dns(text: str, name: str) -> None:
    assert domain_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example",
        "https://www.example.com",
        "www.example.com/blog",
        "a b.example",
        "-x.example",
        "--flag",
        "*.example.com",
        "www..example",
        "192.0.2.7",
        f"{'a' * 64}.example",
        f"{'abcdefg.' * 40}example",
        f"{'ü' * 80}.example",
    ],
)
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(InvalidAnswer, match="is no domain"):
        domain_name(text)


def test_a_name_without_a_subdomain_gets_a_record_that_it_can_have() -> None:
    assert [each.kind for name in ("www.example.com", "example.com") for each in leading_to(name, "h.example")] == [
        "CNAME",
        "ALIAS",
    ]


def dns(known: Mapping[str, Iterable[str]]) -> Resolve:
    return lambda name: known.get(name, ())


HOST = {"host.example": ("192.0.2.1", "192.0.2.2")}
BY_NAME = (DnsRecord(kind="CNAME", value="host.example"),)
BY_ADDRESS = (DnsRecord(kind="A", value="192.0.2.1"), DnsRecord(kind="AAAA", value="2001:db8::1"))


@pytest.mark.parametrize(
    ("records", "known", "led"),
    [
        (BY_NAME, HOST, "missing"),
        (BY_NAME, {**HOST, "www.example.com": ["192.0.2.2"]}, "here"),
        (BY_NAME, {**HOST, "www.example.com": ["198.51.100.9"]}, "elsewhere"),
        (BY_NAME, {"www.example.com": ["198.51.100.9"]}, "unknown"),
        (BY_ADDRESS, {"www.example.com": ["2001:db8::1"]}, "here"),
        (BY_ADDRESS, {"www.example.com": ["198.51.100.9"]}, "elsewhere"),
        ((), {"www.example.com": ["198.51.100.9"]}, "unknown"),
    ],
)
def test_where_dns_leads_is_compared_with_the_site(
    records: tuple[DnsRecord, ...], known: Mapping[str, Iterable[str]], led: Led
) -> None:
    assert compared(Domain(name="www.example.com", records=records), dns(known)).led == led


def test_how_far_a_domain_is_is_said_in_words() -> None:
    new = Domain(name="www.example.com", records=BY_NAME, is_secure=False)
    assert (
        in_words(compared(new, dns(HOST)))
        == "DNS has no address for it yet. The certificate follows once DNS leads to the site."
    )
    led = compared(new, dns({**HOST, "www.example.com": ["192.0.2.1"]}))
    assert in_words(led) == "DNS leads to the site. The certificate is being made."


def test_a_name_that_nobody_has_has_no_address() -> None:
    assert resolved("nobody-has-this.invalid") == frozenset()
    assert "127.0.0.1" in resolved("localhost") or "::1" in resolved("localhost")
