"""Servers to deploy to: Debian with systemd as process 1 and sshd, as a newly rented one is.

Each is a container of systemd-nspawn with an IPv4 and an IPv6 address of its own, in a network namespace that reaches
the package archives through this computer. Its files lie above an image that debootstrap makes once and that stays for
later test runs; what a machine changes is kept over its own reboot, and gone when it is.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import needs_program
from tests.support.waiting import waited

PACKAGES = "systemd,systemd-sysv,dbus,openssh-server,sudo,iproute2,ca-certificates,python3-minimal"
PROGRAMS = ("systemd-nspawn", "debootstrap", "ssh", "ssh-keygen", "ip", "iptables", "mount")
_INSTALL = "export DEBIAN_FRONTEND=noninteractive; apt-get -q update && apt-get -qy install --no-install-recommends"
_AUTHORITY = """\
set -e
cat >/etc/lab-ca.caddyfile <<'END'
{
    admin off
    http_port 9080
    https_port 9443
    storage file_system /var/lib/lab-ca
    skip_install_trust
}
ca.test:9443 {
    tls internal
    acme_server
}
END
systemd-run -q --unit=lab-ca --setenv=HOME=/root caddy run --config /etc/lab-ca.caddyfile --adapter caddyfile
"""
NETWORKS = range(10, 250)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A running server. Its root user is reached with *key*.

    :param number: of its network. :param folder: holds its files below ``root``.
    """

    number: int
    folder: Path
    key: Path
    containers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"10.213.{self.number}.2"

    @property
    def address6(self) -> str:
        return f"fd13:213:{self.number}::2"

    @property
    def name(self) -> str:
        return f"sd-{self.number}"

    @property
    def root(self) -> Path:
        return self.folder / "root"

    def ssh(self, script: str, *, check: bool = True, timeout: float = 600) -> str:
        """What a shell script prints that root runs there.

        :raises subprocess.CalledProcessError: it fails, and *check* is true.
        """
        done = subprocess.run(
            [*self.command, f"root@{self.address}", "sh", "-s"],
            input=script,
            check=False,
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
        )
        if check and done.returncode:
            raise AssertionError(f"{script}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    @property
    def command(self) -> Sequence[str]:
        """ssh as it is used by tests that look at the machine; it asks nothing and remembers nothing."""
        unknown = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")
        return ("ssh", "-q", "-o", "BatchMode=yes", *unknown, "-o", "ConnectTimeout=5", "-i", str(self.key))

    @property
    def domain(self) -> str:
        """A name that leads to the machine while it is :meth:`known_as` that."""
        return f"blog-{self.number}.test"

    @contextmanager
    def known_as(self, *addresses: str) -> Iterator[str]:
        """Its domain, which leads to *addresses*, or to those of the machine: here, and on the machine itself."""
        own = addresses or (self.address, self.address6)
        lines = "".join(f"{each} {self.domain}\n" for each in own)
        self.ssh(f"cat >>/etc/hosts <<'END'\n{self.address} {self.domain}\n127.0.0.1 ca.test\nEND\n")
        hosts = Path("/etc/hosts")
        with _locked("hosts"):
            hosts.write_text(hosts.read_text(encoding="utf-8") + lines, encoding="utf-8")
        try:
            yield self.domain
        finally:
            with _locked("hosts"):
                hosts.write_text(hosts.read_text(encoding="utf-8").replace(lines, ""), encoding="utf-8")

    def authority(self) -> tuple[str, str]:
        """Start a certificate authority there that speaks ACME, by Caddy; the address of its directory, and its root
        certificate, which the machine trusts from now on."""
        self.ssh(_AUTHORITY)
        root = "/var/lib/lab-ca/pki/authorities/local/root.crt"
        waited(lambda: self.ssh(f"test -f {root} && echo yes; true").strip(), "the authority's certificate")
        trust = (
            f"cp {root} /usr/local/share/ca-certificates/lab.crt && update-ca-certificates >/dev/null 2>&1; cat {root}"
        )
        return "https://ca.test:9443/acme/local/directory", self.ssh(trust)

    def boot(self) -> None:
        """Start it; returns when all its services are up."""
        self.root.mkdir(exist_ok=True)
        network = f"--network-namespace-path=/run/netns/{self.name}"
        own = ("--register=no", "--keep-unit", f"--machine={self.name}", network, "--resolv-conf=copy-host")
        # As on a machine of its own, its root may set up the network's filters.
        filters = "--capability=CAP_NET_ADMIN,CAP_NET_RAW"
        with (self.folder / "console.log").open("ab") as console:
            started = subprocess.Popen(
                ["systemd-nspawn", "--quiet", f"--directory={self.root}", "--boot", *own, filters],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
                env={**os.environ, "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"},
            )
        self.containers.append(started)

        def is_up() -> bool:
            assert started.poll() is None, (self.folder / "console.log").read_text(errors="replace")[-2000:]
            said = self.ssh("systemctl is-system-running --wait", check=False, timeout=60)
            return said.strip() in {"running", "degraded"}

        waited(is_up, f"the start of {self.name}")

    @property
    def archives(self) -> Path:
        """Where its apt keeps the packages that it has fetched."""
        return self.folder / "changes" / "var" / "cache" / "apt" / "archives"

    def halt(self) -> None:
        """Take its power away."""
        for container in self.containers:
            container.kill()
            container.wait()
        self.containers.clear()
        argv = ["ip", "netns", "pids", self.name]
        for each in subprocess.run(argv, check=False, capture_output=True, encoding="utf-8").stdout.split():
            with suppress(ProcessLookupError):
                os.kill(int(each), signal.SIGKILL)

    def reboot(self) -> None:
        """As by the provider's button: what runs is cut off."""
        self.halt()
        self.boot()


@contextmanager
def machine(suite: str = "trixie", *, packages: Sequence[str] = ()) -> Iterator[Machine]:
    """A Debian, booted, until the end of the block.

    :param suite: Debian's name of the version. :param packages: what somebody has installed there already; it is
        installed once, and stays for later test runs. Without them the machine is bare.
    """
    for program in PROGRAMS:
        needs_program(program)
    with _machine(_image(suite), *([_installed(suite, packages)] if packages else [])) as made:
        yield made


@contextmanager
def agent(sock: Path, key: Path) -> Iterator[dict[str, str]]:
    """An ssh agent that holds *key* and listens at *sock*: the variables of whoever uses it."""
    started = subprocess.Popen(["ssh-agent", "-D", "-a", str(sock)], stdout=subprocess.DEVNULL)
    variables = {"SSH_AUTH_SOCK": str(sock)}
    try:
        waited(sock.exists, "the agent")
        subprocess.run(["ssh-add", "-q", str(key)], check=True, env={**os.environ, **variables})
        yield variables
    finally:
        started.terminate()
        started.wait()


@contextmanager
def _machine(*layers: Path) -> Iterator[Machine]:
    """:param layers: the lowest first."""
    folder = Path(tempfile.mkdtemp(prefix="machine-"))
    number = _network()
    made = Machine(number=number, folder=folder, key=_key())
    try:
        for name in ("changes", "work", "root"):
            (folder / name).mkdir()
        below = ":".join(map(str, reversed(layers)))
        options = f"lowerdir={below},upperdir={folder / 'changes'},workdir={folder / 'work'}"
        _link_packages(_cache() / "archives", made.archives)
        _run("mount", "-t", "overlay", "overlay", "-o", options, str(made.root))
        made.boot()
        yield made
    finally:
        made.halt()
        _link_packages(made.archives, _cache() / "archives")
        subprocess.run(["umount", "--lazy", str(made.root)], check=False, capture_output=True)
        _drop_network(number)
        shutil.rmtree(folder, ignore_errors=True)


def _link_packages(source: Path, target: Path) -> None:
    """The packages in *source* are in *target* too, so that each is fetched once and not once for each machine."""
    target.mkdir(parents=True, exist_ok=True)
    for package in source.glob("*.deb"):
        with suppress(FileExistsError, FileNotFoundError):
            os.link(package, target / package.name)


def _cache() -> Path:
    folder = Path(os.environ.get("SIMPLE_DEPLOY_TESTS_CACHE") or Path(tempfile.gettempdir()) / "simple-deploy-tests")
    place = folder / "machines"
    (place / "archives").mkdir(parents=True, exist_ok=True)
    return place


def _key() -> Path:
    key = _cache() / "key"
    with _locked("key"):
        if not key.exists():
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    return key


def _image(suite: str) -> Path:
    """The folder of a bare Debian; made where it is not there yet, which takes a minute or two."""
    image, key = _cache() / suite, _key()
    with _locked(suite):
        if not image.exists():
            new = image.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            _run("debootstrap", f"--include={PACKAGES}", suite, str(new))
            _trusting_what_this_computer_trusts(new)
            (new / "root" / ".ssh").mkdir(mode=0o700, exist_ok=True)
            shutil.copy(key.with_suffix(".pub"), new / "root" / ".ssh" / "authorized_keys")
            new.rename(image)
    return image


def _installed(suite: str, packages: Sequence[str]) -> Path:
    """The layer above the bare image that holds *packages*."""
    name = f"{suite}-{hashlib.sha256(' '.join(sorted(packages)).encode()).hexdigest()[:12]}"
    layer, image = _cache() / name, _image(suite)
    with _locked(name):
        if not layer.exists():
            with _machine(image) as made:
                made.ssh(f"{_INSTALL} {' '.join(packages)} >/dev/null 2>&1 && sync", timeout=900)
                made.halt()
                _link_packages(made.archives, _cache() / "archives")
                shutil.rmtree(made.archives)
                _run("cp", "-a", str(made.folder / "changes"), str(layer.with_suffix(".new")))
            layer.with_suffix(".new").rename(layer)
    return layer


def _trusting_what_this_computer_trusts(image: Path) -> None:
    """The package archives may be reached through a proxy here, with a certificate of its own."""
    for source in (Path("/etc/ssl/certs/ca-certificates.crt"), *Path("/usr/local/share/ca-certificates").glob("*.crt")):
        if source.exists():
            shutil.copy(source, image / source.relative_to("/"))
    for source in Path("/etc/apt/apt.conf.d").glob("*"):
        text = source.read_text(encoding="utf-8", errors="replace").lower()
        if "proxy" in text or "check-valid-until" in text:
            shutil.copy(source, image / source.relative_to("/"))


def _network() -> int:
    """The number of a new network with this computer at its end ``.1`` and the machine at ``.2``."""
    _run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    for number in NETWORKS:
        name = f"sd-{number}"
        if subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True).returncode == 0:
            break
    else:
        raise AssertionError("There is no network left.")
    here, there = f"10.213.{number}.1", f"10.213.{number}.2"
    here6, there6 = f"fd13:213:{number}::1", f"fd13:213:{number}::2"
    inside = ("ip", "-n", name)
    _run("ip", "link", "add", name, "type", "veth", "peer", "name", "host0", "netns", name)
    _run("ip", "address", "add", f"{here}/24", "dev", name)
    _run("ip", "-6", "address", "add", f"{here6}/64", "dev", name, "nodad")
    _run("ip", "link", "set", name, "up")
    _run(*inside, "link", "set", "lo", "up")
    _run(*inside, "address", "add", f"{there}/24", "dev", "host0")
    _run(*inside, "-6", "address", "add", f"{there6}/64", "dev", "host0", "nodad")
    _run(*inside, "link", "set", "host0", "up")
    _run(*inside, "route", "add", "default", "via", here)
    _run(*inside, "-6", "route", "add", "default", "via", here6)
    _run("iptables", "-t", "nat", "-A", "POSTROUTING", *_translation(number))
    return number


def _drop_network(number: int) -> None:
    subprocess.run(["iptables", "-t", "nat", "-D", "POSTROUTING", *_translation(number)], check=False)
    subprocess.run(["ip", "netns", "delete", f"sd-{number}"], check=False)
    subprocess.run(["ip", "link", "delete", f"sd-{number}"], check=False, capture_output=True)


def _translation(number: int) -> Sequence[str]:
    return ("-s", f"10.213.{number}.0/24", "!", "-o", f"sd-{number}", "-j", "MASQUERADE")


def _run(*argv: str) -> None:
    done = subprocess.run(argv, check=False, capture_output=True, encoding="utf-8", errors="replace")
    assert done.returncode == 0, f"{' '.join(argv)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


@contextmanager
def _locked(name: str) -> Iterator[None]:
    with (_cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
