"""The addresses this computer has in local networks."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

import psutil

#: Networks that are no part of the internet: RFC 1918, RFC 3927 (cables without a router), RFC 6598 (large providers).
_LOCAL = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"))
)

#: Interfaces of containers and virtual machines on this computer; nobody else is in their networks.
_INWARD = ("docker", "br-", "veth", "virbr", "vboxnet", "vmnet", "lxc", "cni", "podman", "vEthernet")

#: Reserved for documentation (RFC 5737): where a packet would leave, without sending any.
_ELSEWHERE = ("192.0.2.1", 9)


def local_addresses() -> tuple[str, ...]:
    """IPv4 addresses at which others in the same network reach this computer; the one it uses most comes first."""
    found = [
        each.address
        for name, addresses in sorted(psutil.net_if_addrs().items())
        if not name.startswith(_INWARD)
        for each in addresses
        if each.family == socket.AF_INET and is_local(each.address)
    ]
    return tuple(_first(found, _outward()))


def is_local(address: str) -> bool:
    """Whether *address*, IPv4, belongs to a local network."""
    try:
        known = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return any(known in network for network in _LOCAL)


def _first(addresses: Iterable[str], first: str) -> list[str]:
    return sorted(dict.fromkeys(addresses), key=lambda address: address != first)


def _outward() -> str:
    """The address that this computer goes out with; empty without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)  # of a datagram socket: nothing is sent
            return str(probe.getsockname()[0])
        except OSError:
            return ""
