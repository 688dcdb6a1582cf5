"""What is said when something fails on a server, or on the way there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from simple_deploy.core.interfaces import Completed
from simple_deploy.platforms.server.address import parse
from simple_deploy.platforms.server.connection import AS_ROOT_WITH_PASSWORD, failed, unreachable
from tests.conftest import needs_program

#: What sudo does with the options that it is given, as far as they are used: sudo(8).
SUDO = """\
#!/bin/sh
while :; do
    case $1 in
    -k | -S) shift ;;
    -n) never=yes; shift ;;
    -p) shift 2 ;;
    *) break ;;
    esac
done
if [ -z "$NOPASSWD" ]; then
    [ -z "${never:-}" ] || { echo "sudo: a password is required" >&2; exit 1; }
    IFS= read -r word
    [ "$word" = right ] || { echo "sudo: 1 incorrect password attempt" >&2; exit 1; }
fi
exec "$@"
"""


#: What ssh adds where it was to come by a jump host.
BEHIND = "kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535\n"


def said(output: str) -> Completed:
    return Completed(argv=("ssh",), returncode=1, output=output)


@pytest.mark.parametrize(
    ("output", "message", "hint"),
    [
        ("error: Port 80 is held by nginx.\nhint: Stop it.\n", "Port 80 is held by nginx", "Stop it"),
        ("sudo: a password is required\n", "sudo asks for a password", "sudo_password"),
        ("sudo: 1 incorrect password attempt\n", "does not accept that password", "the user who logs in"),
        ("ada is not in the sudoers file.\n", "may not use sudo", "usermod"),
        ("Sorry, user ada may not run sudo on vm.\n", "may not use sudo", "usermod"),
        ("Sorry, user ada is not allowed to execute '/usr/bin/sh -s' as root on vm.\n", "but not this", "visudo"),
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
        (
            f"Host key verification failed.\n{BEHIND}",
            "The jump host on the way to 203.0.113.7 lets nothing through: Host",
        ),
        (f"ada@gate: Permission denied (publickey).\n{BEHIND}", "lets nothing through: ada@gate: Permission denied"),
        (f"ssh: connect to host gate port 22: Connection timed out\n{BEHIND}", "through: ssh: connect to host gate"),
        (f"channel 0: open failed: Connection refused\nstdio forwarding failed\n{BEHIND}", "Nothing listens for ssh"),
        ("", "ended without a word"),
    ],
)
def test_no_connection_says_why(output: str, message: str) -> None:
    error = unreachable(parse("root@203.0.113.7"), said(output))

    assert message in error.message
    assert error.hint


@pytest.mark.parametrize("free", ["", "yes"])
@pytest.mark.parametrize("password", ["right", "wrong"])
def test_the_password_for_sudo_is_never_a_line_of_the_script(free: str, password: str, tmp_path: Path) -> None:
    """Also where sudo asks for none after all, as it does where the sudoers file says NOPASSWD."""
    for name, text in (("sudo", SUDO), ("id", "#!/bin/sh\necho 1000\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)

    done = subprocess.run(
        [needs_program("dash", "sh"), "-c", AS_ROOT_WITH_PASSWORD],
        input=f"{password}\necho it runs\nexit 3\n",
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "NOPASSWD": free},
    )

    goes = bool(free) or password == "right"
    assert (done.stdout, done.returncode) == (("it runs\n", 3) if goes else ("", 1))
    assert password not in done.stderr
