"""What is said when something fails on a server, or on the way there."""

from __future__ import annotations

import pytest

from simple_deploy.core.interfaces import Completed
from simple_deploy.platforms.server.address import parse
from simple_deploy.platforms.server.connection import failed, unreachable


def said(output: str) -> Completed:
    return Completed(argv=("ssh",), returncode=1, output=output)


@pytest.mark.parametrize(
    ("output", "message", "hint"),
    [
        ("error: Port 80 is held by nginx.\nhint: Stop it.\n", "Port 80 is held by nginx", "Stop it"),
        ("sudo: a password is required\n", "sudo asks for a password", "sudo_password"),
        ("sudo: 1 incorrect password attempt\n", "does not take that password", "the user who logs in"),
        ("ada is not in the sudoers file.\n", "may not use sudo", "usermod"),
        ("Sorry, user ada may not run sudo on vm.\n", "may not use sudo", "usermod"),
        ("Sorry, user ada is not allowed to execute '/usr/bin/sh -s' as root on vm.\n", "and not this", "visudo"),
        ("sh: 1: exec: sudo: not found\n", "may not use sudo", "Log in as root"),
        ("tar: a: Cannot write: No space left on device\n", "disk is full", "df -h"),
        ("E: Could not get lock /var/lib/dpkg/lock-frontend\n", "apt", "wait"),
        ("something\nodd happened\n", "odd happened", "The lines above"),
        ("", "it says nothing", "The lines above"),
    ],
)
def test_a_failure_on_the_server_says_what_to_do(output: str, message: str, hint: str) -> None:
    error = failed("install", said(output))

    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("root@203.0.113.7: Permission denied (publickey).\n", "does not let root in with your keys"),
        ("ssh: Could not resolve hostname nowhere.test: Name or service not known\n", "There is no host"),
        ("ssh: connect to host 203.0.113.7 port 22: Connection refused\n", "Nothing listens for ssh"),
        ("ssh: connect to host 203.0.113.7 port 22: Connection timed out\n", "does not answer"),
        ("ssh: connect to host 203.0.113.7 port 22: No route to host\n", "cannot be reached"),
        ("client_loop: send disconnect: Broken pipe\n", "Broken pipe"),
        ("", "ended without a word"),
    ],
)
def test_no_connection_says_why(output: str, message: str) -> None:
    error = unreachable(parse("root@203.0.113.7"), said(output))

    assert message in error.message
    assert error.hint
