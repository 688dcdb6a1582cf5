"""A domain of one's own at a deployed site: the DNS records it needs, and whether DNS has them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from simple_deploy.core.errors import InvalidAnswer

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """What to enter where the domain is managed.

    :param kind: ``A``, ``AAAA``, ``CNAME`` or ``ALIAS``. :param value: an address, or a name for the last two.
    """

    kind: str
    value: str


#: What DNS has for a domain: ``missing`` is no address, ``elsewhere`` addresses that are not the site's.
Led = Literal["unknown", "missing", "elsewhere", "here"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain that a site answers at.

    :param records: all of them are needed.
    :param certificate: how its certificate is doing, in the platform's own words.
    :param is_secure: whether there is a certificate; None where the platform does not tell.
    :param led: where DNS leads, once it was asked. :param addresses: that DNS has.
    """

    name: str
    records: tuple[DnsRecord, ...] = ()
    certificate: str = ""
    is_secure: bool | None = None
    led: Led = "unknown"
    addresses: tuple[str, ...] = ()


#: Says which addresses DNS has for a name, as a set; an empty one where it has none.
Resolve = Callable[[str], Iterable[str]]


def domain_name(text: str) -> str:
    """The domain in *text*, in the letters that DNS has.

    :raises InvalidAnswer: it is none.
    """
    wanted = text.strip().rstrip(".").lower()
    try:
        name = wanted.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    labels = name.split(".")
    if len(labels) < 2 or len(name) > 253 or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdecimal():
        raise InvalidAnswer(
            f"“{text.strip()}” is no domain.", hint="Name it without https:// and without a path: www.example.com"
        )
    return name


def leading_to(name: str, target: str) -> tuple[DnsRecord, ...]:
    """The record that lets the domain *name* lead to the host *target*.

    A name without a subdomain can have no CNAME record, so providers of DNS offer ALIAS or ANAME for it. Which names
    are such is not certain without a list of all suffixes: those of two parts are.
    """
    return (DnsRecord(kind="ALIAS" if name.count(".") == 1 else "CNAME", value=target),)


def compared(domain: Domain, resolve: Resolve) -> Domain:
    """*domain* with what DNS has for it."""
    wanted: set[str] = set()
    for record in domain.records:
        wanted |= {record.value} if record.kind in ("A", "AAAA") else {*resolve(record.value)}
    found = {*resolve(domain.name)}
    led: Led = "missing" if not found else "here" if found & wanted else "elsewhere" if wanted else "unknown"
    return replace(domain, led=led, addresses=tuple(sorted(found)))


def in_words(domain: Domain) -> str:
    """How far *domain* is, in a sentence."""
    waits = "is being made" if domain.led == "here" else "follows once DNS leads to the site"
    certificate = {True: "It has a certificate.", False: f"The certificate {waits}.", None: ""}[domain.is_secure]
    led = {
        "unknown": "",
        "missing": "DNS has no address for it yet.",
        "elsewhere": f"DNS leads to {', '.join(domain.addresses)}, which is not the site itself.",
        "here": "DNS leads to the site.",
    }[domain.led]
    return " ".join(filter(None, (led, certificate)))
