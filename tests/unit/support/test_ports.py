from __future__ import annotations

import socket
import sys

import pytest

from tests.support.ports import KEPT, free_port, listens


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_is_kept_for_the_server_it_was_chosen_for(host: str) -> None:
    port = free_port(host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if sys.platform == "linux":
        with socket.socket(family) as other, pytest.raises(OSError):
            other.bind((host, port))
    assert not listens(port, host)
    with socket.create_server((host, port), family=family):
        assert listens(port, host)


def test_ports_that_are_kept_differ() -> None:
    assert len({free_port() for _ in range(KEPT)}) == KEPT
