"""Who may use the dashboard: the owner's own browser on this computer, and nobody else.

One function decides for every address below the prefix. A refusal carries a reason that is printed in the terminal
of the person who started the server; the visitor learns nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from simple_deploy.web import peers
from simple_deploy.web import session as sessions
from simple_deploy.web.access import Access

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SAFE = frozenset({"GET", "HEAD"})

_HOST = re.compile(r"(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_LOCALHOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*localhost")  # RFC 1123, section 2.1
_LONGEST_NAME = 253  # RFC 1035, section 2.3.4, written out


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the owner allows besides this computer.

    :param peers: networks whose computers may connect: ``SIMPLE_DEPLOY_TRUSTED_PEERS``.
    :param hosts: names the page may be reached under, also through a proxy: ``SIMPLE_DEPLOY_TRUSTED_HOSTS``.
    """

    peers: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request, as far as the gate looks at it.

    :param peer: address of the other end of the connection.
    :param path: below the prefix.
    :param headers: by lower-case name.
    :param code: the access code in the query, or None.
    :param holder: finds out whose program holds the other end of the connection.
    :param form_token: reads the form token out of header or body; called last.
    """

    method: str
    scheme: str
    peer: str
    path: str
    headers: Mapping[str, str]
    code: str | None = None
    holder: Callable[[], peers.Holder] = lambda: peers.Holder.UNKNOWN
    form_token: Callable[[], str] = str


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """:param session: the one that the address names, whose cookie the browser has."""

    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The visitor showed the access code; it gets a session of its own and an address without the code.

    :param name: of the cookie, and *cookie* its value.
    """

    session: str
    name: str
    cookie: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The visitor is not let in.

    :param reason: for the terminal only; empty when the owner need not know.
    :param knows_how: whether showing the code would help. :param wrong_code: whether another code was shown.
    """

    reason: str
    knows_how: bool = False
    wrong_code: bool = False


Verdict = Admitted | Exchange | Refused


def judge(visit: Visit, rules: Rules, access: Access) -> Verdict:
    """Let the visitor in, or say why not. The order is part of the contract; each check stands on the ones before."""
    if not _is_near(visit.peer, rules):
        return Refused(
            reason=f"it came from {visit.peer or 'an unknown address'}, not from this computer. "
            "To allow a network of yours set SIMPLE_DEPLOY_TRUSTED_PEERS to it, for example 172.17.0.0/16."
        )
    forwarded = sorted(name for name in visit.headers if _relay_adds(name))
    name = _shown_name(visit.headers, rules)
    if forwarded and name not in rules.hosts:
        return Refused(
            reason=f"it came through a proxy or tunnel (header {forwarded[0]}). "
            f"If that is yours set SIMPLE_DEPLOY_TRUSTED_HOSTS={_told_name(visit.headers) or name or 'its-name'}."
        )
    if name not in rules.hosts and not is_local_name(name):
        return Refused(
            reason=f"it was addressed to the host {name or '(none)'!s:.80}, which is not this computer. "
            "Open it as localhost or 127.0.0.1, or set SIMPLE_DEPLOY_TRUSTED_HOSTS."
        )
    if name not in rules.hosts:  # behind a proxy of the owner's it is always the proxy
        held = visit.holder()
        if held is peers.Holder.GONE:
            return Refused(reason="")  # nobody waits for the answer; whoever it was cannot be asked any more
        if held is peers.Holder.OTHER:
            return Refused(
                reason="it came from a program of another user of this computer. "
                "If your browser runs as another user than the server, start the server as that user. "
                f"If a proxy of yours stands between, set SIMPLE_DEPLOY_TRUSTED_HOSTS={name}."
            )
    port = port_of(visit.headers.get("host", ""), visit.scheme)
    if visit.code is not None and visit.method in SAFE:
        if access.admits(visit.code):
            session = sessions.new()
            return Exchange(session=session, name=cookie_name(port), cookie=access.cookie(session, port))
        return Refused(reason="the access code is not the one of this project.", knows_how=True, wrong_code=True)
    session, _ = sessions.split(visit.path)
    shown = _cookies(visit.headers.get("cookie", ""), cookie_name(port))
    if not session or not any(access.is_cookie(each, session, port) for each in shown):
        return Refused(reason="this browser has not shown the access code yet.", knows_how=True)
    site = visit.headers.get("sec-fetch-site", "")
    if site not in {"", "same-origin"} and not (site == "none" and visit.method in SAFE):
        return Refused(reason=f"another site made the browser ask (Sec-Fetch-Site: {site:.20}).")
    origin = visit.headers.get("origin")
    if origin is None and visit.method not in SAFE:
        return Refused(reason="a form arrived without an Origin header.")
    if origin is not None and not _is_own_origin(origin, visit, rules):
        return Refused(reason=f"the page that asked is {origin:.80}, not the dashboard.")
    if visit.method not in SAFE and not access.is_form_token(session, visit.form_token()):
        return Refused(reason="a form arrived without its token; reload the page and send it again.")
    return Admitted(session=session)


def cookie_name(port: str) -> str:
    """Named with the port, since browsers share cookies between all ports of a host."""
    return f"simple_deploy_{port}"


def _cookies(header: str, name: str) -> list[str]:
    """Every value of cookie *name*: another port of this host can add to ours, but not replace it."""
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return [value for found, _, value in pairs if found == name]


def is_local_name(name: str) -> bool:
    """Whether *name* (without a port) always means the visitor's own computer."""
    if (_LOCALHOST.fullmatch(name) and len(name) <= _LONGEST_NAME) or name == "[::1]":
        return True
    try:
        return ipaddress.IPv4Address(name).is_loopback
    except ValueError:
        return False


def name_of(host: str) -> str:
    """The name in a Host header, in lower case and without its port; empty when it is no valid header."""
    match = _HOST.fullmatch(host.strip().lower())
    return match["name"] if match else ""


def port_of(host: str, scheme: str) -> str:
    """The port in a Host header, or the scheme's own."""
    match = _HOST.fullmatch(host.strip().lower())
    return (match and match["port"]) or {"https": "443"}.get(scheme, "80")


def own_origin(visit: Visit) -> str:
    return f"{visit.scheme}://{visit.headers.get('host', '').strip().lower()}"


def page_origin(visit: Visit, rules: Rules) -> str:
    """What the page's own files are allowed from: a plain origin, or ``'self'`` where a proxy stands between."""
    name = _shown_name(visit.headers, rules)
    return own_origin(visit) if is_local_name(name) and name not in rules.hosts else "'self'"


def networks(texts: list[str]) -> tuple[Network, ...]:
    """:raises ValueError: one is no address or network."""
    return tuple(ipaddress.ip_network(text.strip(), strict=False) for text in texts if text.strip())


def _is_near(peer: str, rules: Rules) -> bool:
    try:
        address = peers.plain(peer)
    except ValueError:
        return False
    return address.is_loopback or any(
        address in network for network in rules.peers if network.version == address.version
    )


def _told_name(headers: Mapping[str, str]) -> str:
    """The name that a proxy says was asked for; empty when it says none, or one that is no name."""
    return name_of(headers.get("x-forwarded-host", "").partition(",")[0])


def _shown_name(headers: Mapping[str, str], rules: Rules) -> str:
    """The name in the browser's address bar; a proxy's word for it counts only when the owner trusts that name."""
    told = _told_name(headers)
    return told if told in rules.hosts and told else name_of(headers.get("host", ""))


def _is_own_origin(origin: str, visit: Visit, rules: Rules) -> bool:
    if origin.lower() == own_origin(visit):
        return True
    try:
        parts = urlsplit(origin.lower())
        return parts.scheme in {"http", "https"} and (parts.hostname or "") in rules.hosts
    except ValueError:
        return False


#: By what they tell. One that ends with a dash stands for all that begin so.
_ADDED = (
    # that there is one, and which: RFC 7239, RFC 9110, RFC 8586
    "forwarded", "via", "x-via", "cdn-loop", "cdn-", "x-cdn", "x-cdn-", "x-proxy-", "x-forwarded", "x-forwarded-",
    # who asked
    "client-ip", "true-client-ip", "x-true-client-ip", "x-client-", "x-real-", "x-cluster-client-ip", "x-remote-",
    "remote-addr", "remote-ip", "remote-user", "x-originating-ip", "x-source-ip", "x-end-user-ip", "x-auth-request-",
    "proxy-client-ip", "wl-proxy-", "x-forward-for", "x-proxyuser-ip", "x-served-by",
    # what was asked for
    "x-original-", "x-rewrite-url", "x-scheme", "x-url-scheme", "x-host", "x-protocol", "x-script-name",
    "x-external-", "front-end-https", "x-ssl-", "ssl-client-", "x-client-cert",
    # when, and under what number
    "x-request-id", "x-request-start", "x-queue-start", "x-correlation-id", "x-cloud-trace-context", "x-b3-",
    # whose it is
    "akamai-", "bore-", "cf-", "cloudfront-", "fastly-", "fly-", "ngrok-", "tailscale-", "x-akamai-", "x-amz-",
    "x-amzn-", "x-appengine-", "x-arr-", "x-azure-", "x-bluecoat-", "x-coder-", "x-envoy-", "x-github-", "x-gitpod-",
    "x-goog-", "x-heroku-", "x-iisnode-", "x-istio-", "x-kong-", "x-localtunnel-", "x-ms-", "x-netlify-", "x-nf-",
    "x-nginx-", "x-ngrok-", "x-pinggy-", "x-platform-", "x-railway-", "x-render-", "x-replit-", "x-sucuri-",
    "x-traefik-", "x-tunnel-", "x-varnish", "x-vercel-", "x-zrok-",
)  # fmt: skip


def _relay_adds(header: str) -> bool:
    """Whether a relay adds *header*, a name in lower case."""
    return any(header.startswith(each) if each.endswith("-") else header == each for each in _ADDED)
