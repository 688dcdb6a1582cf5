"""The connection to a server: the system's own ssh, with the person's own configuration, agent and keys."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from simple_deploy.core.errors import Blocked, MissingAnswers, StepError
from simple_deploy.core.interfaces import Completed, Context
from simple_deploy.core.options import Option, Question
from simple_deploy.core.secret import Secret
from simple_deploy.platforms.server.address import Address
from simple_deploy.platforms.server.scripts import script

PATIENCE = 60.0  # seconds for what only looks
LONG = 1800.0  # seconds for what installs
_UNREACHED = 255  # ssh's own exit code; any other is the script's
_CHANGED = "REMOTE HOST IDENTIFICATION HAS CHANGED"
_UNKNOWN = ("Host key verification failed", "No matching host key", "host key is known for")
#: What ssh says last where a jump host was to lead it on, and before it where that host did its part.
_BEHIND, _LED_ON = "UNKNOWN port 65535", "stdio forwarding failed"
_AFTERWARDS = ("kex_exchange_identification:", "Connection closed by UNKNOWN", "banner exchange:")
#: What scp says where the other side has no room, in the two ways it can copy.
_FULL = ("write remote", "No space left on device")
_FINGERPRINT = re.compile(r"\b(SHA256:[A-Za-z0-9+/]+)")
_RESULT = re.compile(r"^=([a-z_]+)=(.*)$", re.MULTILINE)
_LONGEST = 40  # characters of a folder, so that a socket's name fits: ssh adds 60, and the system takes 104
TRUST = "trust_host_key"
SUDO_PASSWORD = "sudo_password"
SUDO_QUESTION = Question(
    id="sudo",
    title="sudo asks for your password on the server.",
    help="It is used only during this run and never stored.",
    fields=(Option(name=SUDO_PASSWORD, label="Password for sudo", kind="secret"),),
    once=True,
)
_WANTS_PASSWORD = "sudo: a password is required"
#: The user of an ssh configuration is not known here; who is root already needs no sudo.
AS_ROOT = 'if [ "$(id -u)" = 0 ]; then exec sh -s; else exec sudo -n sh -s; fi'
#: The first line on standard input is the password. Where sudo asks for none, that line must not become one of the
#: script's. -k: what sudo remembers does not count, so both times it is asked the same.
AS_ROOT_WITH_PASSWORD = (
    "exec sh -c 'IFS= read -r given; "
    '[ "$(id -u)" != 0 ] || exec sh -s; '
    "if sudo -k -n sh -s </dev/null 2>/dev/null; then exec sudo -k -n sh -s; fi; "
    '{ printf "%s\\n" "$given"; exec cat; } | sudo -k -S -p "" sh -s\''
)
_NO_SUDO = ("is not in the sudoers file", "sudo: not found", "may not run sudo")
_NOT_THIS = "is not allowed to execute"


class Unreachable(StepError):
    """The server cannot be talked to."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A server, reached as *address* says.

    :param password: what sudo asks for, where it does.
    """

    ctx: Context
    address: Address
    password: Secret = field(default_factory=lambda: Secret(""))

    @property
    def known_hosts(self) -> Path:
        """The keys of servers that the person has said yes to here."""
        return self.ctx.home / "known_hosts"

    def run(
        self,
        name: str,
        values: Mapping[str, str] | None = None,
        *,
        show: bool = True,
        timeout: float = LONG,
    ) -> Mapping[str, str]:
        """Run a script there as root, with *values*; returns what it gives back.

        :raises Unreachable: there is no connection. :raises StepError: the script failed, and says why.
        """
        done = self._script(name, values or {}, show=show, timeout=timeout)
        return dict(_RESULT.findall(done.output))

    def lines(self, name: str, values: Mapping[str, str]) -> str:
        """What a script that only looks prints.

        :raises StepError: it failed.
        """
        return self._script(name, values, show=False, timeout=PATIENCE).output

    def _script(self, name: str, values: Mapping[str, str], *, show: bool, timeout: float) -> Completed:
        done = self._as_root(script(name, values), show=show, timeout=timeout)
        if done.returncode == _UNREACHED:
            raise unreachable(self.address, done)
        if not done.ok:
            raise failed(name, done)
        return done

    def send(self, file: Path, name: str) -> str:
        """Copy a file to a new folder there, by the name *name*; returns its path.

        :raises StepError: there is no room for it.
        """
        folder = self.run("receive", {}, show=False).get("folder", "")
        if not folder.startswith("/"):
            raise StepError("The server gave no folder to send files to.", hint="Is its disk full? Try again.")
        done = self._copy(str(file), f"{self._place}:{folder}/{name}")
        if any(text in done.output for text in _FULL):
            self.run("forget", {"folder": folder}, show=False)
            raise StepError(
                "The server has no space for the files that are sent to it.",
                hint="Free some space for /var/tmp on the server: `df -h` shows which disk is full. Then try again.",
            )
        if not done.ok:
            raise unreachable(self.address, done)
        return f"{folder}/{name}"

    def fetch(self, source: str, file: Path) -> None:
        """Copy the file *source* there to *file*, which is there already, and stays as private as it is."""
        done = self._copy(f"{self._place}:{source}", str(file))
        if not done.ok:
            raise unreachable(self.address, done)

    def trust(self) -> None:
        """See that the server is the one that was meant: a key nobody has seen yet is shown to the person.

        :raises Blocked: the key is another one than before, or the person said no.
        :raises Unreachable: nobody answers there.
        """
        done = self._ssh("true", stdin="", timeout=PATIENCE)
        if done.returncode != _UNREACHED:
            return
        if _stopped_on_the_way(done):
            raise unreachable(self.address, done)
        if _CHANGED in done.output:
            raise Blocked(
                f"The host key of {self.address.host} has changed.",
                hint=f"If you have reinstalled the server, forget its old key with `{self._forget_command()}` and try "
                "again. If you have not, somebody may be intercepting the connection: ask your provider before "
                "you continue.",
            )
        if not any(text in done.output for text in _UNKNOWN):
            raise unreachable(self.address, done)
        self._ask_about_the_key()

    @property
    def host(self) -> str:
        """Where ssh goes to: its configuration may say another place than the one that was typed."""
        return self._configured().get("hostname") or self.address.host

    # -- parts --

    def _configured(self) -> Mapping[str, str]:
        """What ssh makes of the address, by the names of its configuration."""
        argv = ("ssh", "-G", *self._port(), "--", self.address.target)
        done = self.ctx.run(argv, check=False, show=False, timeout=PATIENCE)
        return {name: value for name, _, value in (line.partition(" ") for line in done.output.splitlines())}

    @property
    def _place(self) -> str:
        host = self.address.url_host
        return f"{self.address.user}@{host}" if self.address.user else host

    def _copy(self, source: str, target: str) -> Completed:
        port = ("-P", self.address.port) if self.address.port else ()
        argv = ("scp", "-q", *self._options(), *port, "--", source, target)
        return self.ctx.run(argv, check=False, show=False, timeout=LONG)

    def _ask_about_the_key(self) -> None:
        seen = self.ctx.home / "seen_host_key"
        self.ctx.remove(seen)
        self.ctx.write(seen, "")
        # A login that is bound to fail: all that is wanted is the key, by whatever way ssh gets there.
        first = ("-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={_quoted(seen)}")
        nobody = ("-o", "PreferredAuthentications=none", "-o", "HashKnownHosts=no", "-o", "ControlPath=none")
        argv = ("ssh", *first, *nobody, *self._base(), *self._port(), "--", self.address.target, "true")
        done = self.ctx.run(argv, check=False, show=False, timeout=PATIENCE)
        lines = seen.read_text(encoding="utf-8").strip()
        if not lines:
            raise unreachable(self.address, done)
        shown = self.ctx.run(("ssh-keygen", "-l", "-f", str(seen)), check=False, show=False, timeout=PATIENCE)
        found = _FINGERPRINT.search(shown.output)
        fingerprint = found[1] if found else shown.output.strip()
        self.ctx.remove(seen)
        if not self.ctx.ask(question(self.address, fingerprint)).flag(TRUST):
            raise Blocked(
                f"The host key of {self.address.host} was not accepted, so nothing was sent to it.",
                hint="Compare it with the one your provider's console shows, and try again.",
            )
        before = self.known_hosts.read_text(encoding="utf-8") if self.known_hosts.exists() else ""
        self.ctx.write(self.known_hosts, f"{before}{lines}\n")

    def _as_root(self, text: str, *, show: bool, timeout: float) -> Completed:
        if self.address.user == "root":
            return self._ssh("exec sh -s", stdin=text, show=show, timeout=timeout)
        if self.password:
            self.ctx.hide(self.password.reveal())
            given = f"{self.password.reveal()}\n{text}"
            return self._ssh(AS_ROOT_WITH_PASSWORD, stdin=given, show=show, timeout=timeout)
        done = self._ssh(AS_ROOT, stdin=text, show=show, timeout=timeout)
        if done.ok or _WANTS_PASSWORD not in done.output:
            return done
        try:
            password = self.ctx.ask(SUDO_QUESTION).secret(SUDO_PASSWORD)
        except MissingAnswers:
            return done
        return replace(self, password=password)._as_root(text, show=show, timeout=timeout) if password else done

    def _ssh(self, command: str, *, stdin: str, timeout: float, show: bool = False) -> Completed:
        argv = ("ssh", "-T", *self._options(), *self._port(), "--", self.address.target, command)
        return self.ctx.run(argv, stdin=stdin, check=False, show=show, timeout=timeout)

    def _port(self) -> tuple[str, ...]:
        return ("-p", self.address.port) if self.address.port else ()

    def _base(self) -> tuple[str, ...]:
        return ("-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15")

    def _options(self) -> tuple[str, ...]:
        own = Path.home() / ".ssh"
        known = f"UserKnownHostsFile={_quoted(own / 'known_hosts')} {_quoted(self.known_hosts)}"
        options = (*self._base(), "-o", "StrictHostKeyChecking=yes", "-o", known)
        # Windows' ssh cannot share a connection. Elsewhere the socket lies where only this user can write.
        if sys.platform == "win32" or not own.is_dir() or len(str(own)) > _LONGEST:
            return options
        path = f"ControlPath={str(own).replace('%', '%%')}/sd-%C"
        return (*options, "-o", "ControlMaster=auto", "-o", path, "-o", "ControlPersist=60")

    def _forget_command(self) -> str:
        found = self._configured()
        host, port = found.get("hostkeyalias") or self.host, self.address.port or found.get("port", "")
        known = f"[{host}]:{port}" if port and port != "22" else host
        ours = f'ssh-keygen -R "{known}" -f "{self.known_hosts}"'
        return ours if self.known_hosts.exists() else f'ssh-keygen -R "{known}"'


def unreachable(address: Address, done: Completed) -> Unreachable:
    """The error that says why ssh could not get there."""
    said = done.output
    if _stopped_on_the_way(done):
        lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith(_AFTERWARDS)]
        return Unreachable(
            f"The jump host on the way to {address.host} lets nothing through: {(lines or [_BEHIND])[-1]}",
            hint=f"Try `ssh {address.typed}` in a terminal, and answer what it asks: what works there works here.",
        )
    for text, message, hint in _TROUBLE:
        if text in said:
            return Unreachable(message.format(host=address.host, user=address.user or "this user"), hint=hint)
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "ssh ended without a word")
    return Unreachable(
        f"The connection to {address.host} failed: {last.strip()}",
        hint=f"Try `ssh {address.typed}` in a terminal: what works there works here.",
    )


def _stopped_on_the_way(done: Completed) -> bool:
    """Whether what failed is the jump host, and not the server behind it."""
    return _BEHIND in done.output and _LED_ON not in done.output


_TROUBLE = (
    (
        "Permission denied",
        "{host} does not let {user} in with your keys.",
        "Put your public key into ~/.ssh/authorized_keys there (most providers do it when the server is made), or "
        "load a key with a passphrase into an agent: `ssh-add`. Passwords are not used.",
    ),
    (
        "Could not resolve hostname",
        "There is no host {host}.",
        "Check the spelling. The server's IP address, which your provider's console shows, works too.",
    ),
    (
        "Connection refused",
        "Nothing listens for ssh on {host}.",
        "Check that the server is running and that the port is right.",
    ),
    (
        "timed out",
        "{host} does not answer.",
        "Check that it is running and that the provider's firewall lets port 22 through from here.",
    ),
    (
        "No route to host",
        "{host} cannot be reached from here.",
        "Check that you are online and that the server is running.",
    ),
)


def failed(name: str, done: Completed) -> StepError:
    """The error that says why the script *name* failed there."""
    said = dict(re.findall(r"^(error|hint): (.*)$", done.output, re.MULTILINE))
    if "error" in said:
        return StepError(said["error"], hint=said.get("hint", ""))
    if _WANTS_PASSWORD in done.output:
        return StepError(
            "sudo asks for a password on the server.",
            hint="Give it with --answer sudo_password=-, which reads it from standard input, or log in as root. sudo "
            "also says this to a user who may not use it at all.",
        )
    if "incorrect password attempt" in done.output:
        return StepError("sudo does not accept that password.", hint="Enter the password of the user who logs in.")
    if any(text in done.output for text in _NO_SUDO):
        return StepError(
            "The user who logs in may not use sudo, and is not root.",
            hint="Log in as root, or add the user to the group sudo: `usermod -aG sudo USER`.",
        )
    if _NOT_THIS in done.output:
        return StepError(
            "sudo lets the user who logs in do some things on the server, but not this.",
            hint="The tool needs one command, `sh -s`, which reads the steps to run. Allow it in sudoers, with "
            "`visudo`: USER ALL=(root) /usr/bin/sh -s. This gives the user the same rights as root.",
        )
    if "No space left on device" in done.output:
        return StepError(
            "The server's disk is full.",
            hint="Free some space there (`df -h` shows which disk is full), then try again.",
        )
    if "Could not get lock" in done.output or "Unable to acquire the dpkg" in done.output:
        return StepError(
            "Another program on the server is using apt.",
            hint="New servers update themselves: wait some minutes, then try again.",
        )
    last = next((line for line in reversed(done.output.splitlines()) if line.strip()), "it says nothing")
    return StepError(f"“{name}” failed on the server: {last.strip()}", hint="The lines above say more. Then try again.")


def question(address: Address, fingerprint: str) -> Question:
    return Question(
        id="host_key",
        title=f"{address.host} has the host key {fingerprint}. Is it your server?",
        help="You are asked once for each server. Your provider's console shows the key when the server first starts. "
        "On the server, `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` prints it.",
        fields=(Option(name=TRUST, label="Yes, it is my server", kind="flag"),),
    )


def _quoted(path: Path) -> str:
    """A path in a configuration value of ssh, where spaces separate and % means something."""
    return '"' + path.as_posix().replace("%", "%%") + '"'
