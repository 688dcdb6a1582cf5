"""Images built by buildah without a container engine, on a base that is put together from Debian's packages.

The official Python image cannot be fetched here, so a stand-in carries its name: Debian's own Python on the same
Debian. A Dockerfile that names it is then built as it is. The stand-in is made once and kept outside the repository.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import uv

from tests.conftest import needs_program
from tests.support.ports import free_port, wait_until_it_listens

PYTHON, DEBIAN = "3.13", "trixie"
#: The Dockerfile says ``python:3.13-slim-trixie``, which means this.
BASE = f"docker.io/library/python:{PYTHON}-slim-{DEBIAN}"

_PLUGIN = Path("opt/index-of-this-computer")
_CERTIFICATES = Path("etc/ssl/certs/ca-certificates.crt")
#: The official image has the headers that compilers of extensions need, in /usr/local; Debian has a package of them.
_PACKAGES = "python3,python3-venv,libpython3-dev,ca-certificates"
_CACHE = Path(tempfile.gettempdir()) / "images-for-tests"


class BuildFailed(AssertionError):
    """A build ended with an error; the message is the end of its output."""


@dataclass(frozen=True)
class Image:
    """An image in buildah's storage."""

    name: str
    images: Images

    @property
    def config(self) -> Mapping[str, object]:
        """Its configuration, as OCI names things: ``Cmd``, ``Env``, ``User``, ``WorkingDir`` …"""
        found = json.loads(self.images.buildah("inspect", "--type", "image", self.name))["OCIv1"]["config"]
        assert isinstance(found, dict)
        return found

    def run(self, argv: Sequence[str], env: Mapping[str, str], *, volumes: Mapping[Path, str] | None = None) -> str:
        """Run a command in a container of its own, as the image's user, in its folder; returns what it printed.

        :raises AssertionError: it failed; with its output.
        """
        with self.container(volumes) as container:
            done = subprocess.run(
                container.command(argv, env), check=False, capture_output=True, encoding="utf-8", errors="replace"
            )
        assert done.returncode == 0, f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    @contextlib.contextmanager
    def serving(
        self, env: Mapping[str, str], *, port: int, log: Path, volumes: Mapping[Path, str] | None = None
    ) -> Iterator[int]:
        """Start what the image starts, until the end of the block; the value is the port it can be reached at.

        :param port: where it listens in its machine. Containers here share this computer's network, so another one is
            put in its place, as a platform's proxy does.
        """
        command = self.config["Cmd"]
        assert isinstance(command, list)
        outside = free_port()
        argv = [str(word).replace(f":{port}", f":{outside}") for word in command]
        with self.container(volumes) as container, log.open("wb") as output:
            server = subprocess.Popen(
                container.command(argv, env), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
            try:
                wait_until_it_listens(server, outside, log=log)
                yield outside
            finally:
                server.terminate()
                server.wait()

    @contextlib.contextmanager
    def container(self, volumes: Mapping[Path, str] | None = None) -> Iterator[Container]:
        """:param volumes: folders of this computer, and where they are in the container."""
        name = self.images.buildah("from", "--pull-never", self.name).strip()
        try:
            yield Container(name, self.images, {} if volumes is None else volumes)
        finally:
            self.images.buildah("rm", name)

    def read(self, path: str) -> bytes | None:
        """A file of the image; None where it is not there."""
        with self.mounted() as root:
            file = root / path.lstrip("/")
            return file.read_bytes() if file.is_file() else None

    @contextlib.contextmanager
    def mounted(self) -> Iterator[Path]:
        """The image's files, as a folder."""
        with self.container() as container:
            yield Path(self.images.buildah("mount", container.name).strip())


@dataclass(frozen=True)
class Container:
    name: str
    images: Images
    volumes: Mapping[Path, str]

    def command(self, argv: Sequence[str], env: Mapping[str, str]) -> list[str]:
        """The command line that runs *argv* in it."""
        variables = [f"--env={name}={value}" for name, value in env.items()]
        volumes = [f"--volume={outside}:{inside}" for outside, inside in self.volumes.items()]
        return [*self.images.command, "run", "--isolation=chroot", *variables, *volumes, self.name, "--", *argv]


@dataclass(frozen=True)
class Images:
    """buildah, with a storage of its own in *folder*."""

    folder: Path

    @property
    def storage(self) -> Path:
        """Where the images are."""
        return self.folder / "storage"

    @property
    def command(self) -> list[str]:
        storage = [f"--root={self.storage}", f"--runroot={self.folder / 'run'}"]
        return [needs_program("buildah"), *storage, "--storage-driver=overlay"]

    def buildah(self, *arguments: str) -> str:
        """What a command of buildah's printed. :raises BuildFailed:"""
        done = subprocess.run([*self.command, *arguments], check=False, capture_output=True, encoding="utf-8")
        if done.returncode != 0:
            raise BuildFailed(f"buildah {' '.join(arguments)}:\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}")
        return done.stdout

    def build(self, context: Path, name: str) -> Image:
        """Build the Dockerfile in *context*. Layers that were built before are used again.

        :raises BuildFailed: with the end of what it printed.
        """
        self.buildah(
            *("build", "--isolation=chroot", "--layers", "--pull-never", f"--tag={name}"),
            # Neither variables nor files of this computer: as on a builder of the platform.
            *(f"--file={context / 'Dockerfile'}", str(context)),
        )
        return Image(name, self)

    def discard(self) -> None:
        """Remove every image but the base."""
        listed = json.loads(self.buildah("images", "--all", "--json") or "[]")
        base = next((each["id"] for each in listed if BASE in (each.get("names") or ())), None)
        others = [each["id"] for each in listed if each["id"] != base]
        if others:
            subprocess.run([*self.command, "rmi", "--force", *others], check=False, capture_output=True)


@contextlib.contextmanager
def prepared(*, index: str) -> Iterator[Images]:
    """Images with the base in it, which is made when there is none yet; that takes two minutes.

    What earlier sessions built is removed, unless one still works with it; their base is kept.

    :param index: the address of the package index that this computer uses.
    """
    needs_program("buildah")
    needs_program("debootstrap")
    _CACHE.mkdir(mode=0o700, exist_ok=True)
    assert _CACHE.stat().st_uid == os.getuid(), f"{_CACHE} belongs to somebody else"
    images = Images(_CACHE)
    with (_CACHE / "base").open("w") as base, (_CACHE / "used").open("w") as used:
        fcntl.flock(base, fcntl.LOCK_EX)
        if BASE not in images.buildah("images", "--format={{.Name}}:{{.Tag}}").split():
            _make_base(images, index)
        elif _only_user(used):
            images.discard()
        fcntl.flock(used, fcntl.LOCK_SH)
        fcntl.flock(base, fcntl.LOCK_UN)
        yield images


def _only_user(used: IO[str]) -> bool:
    try:
        fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _make_base(images: Images, index: str) -> None:
    with tempfile.TemporaryDirectory(prefix="base-image-") as folder:
        root = Path(folder) / "root"
        _debootstrap(root)
        # As in the official image, `python` and `pip` are below /usr/local, with nothing installed but pip.
        subprocess.run(["chroot", str(root), "python3", "-m", "venv", "/usr/local"], check=True)
        # Where this computer's network has certificates of its own, the image's tools have to know them.
        shutil.copyfile(f"/{_CERTIFICATES}", root / _CERTIFICATES)
        _uv("pip", "install", "--quiet", "--no-deps", "--target", str(root / _PLUGIN), "poetry-plugin-pypi-mirror")
        shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
        container = images.buildah("from", "scratch").strip()
        images.buildah("add", "--quiet", container, str(root), "/")
        env = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            **dict.fromkeys(("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), f"/{_CERTIFICATES}"),
            # Poetry wants more of an index than pip and uv do; with this the plain pages of one are enough for it.
            "PYTHONPATH": f"/{_PLUGIN}",
            "POETRY_PYPI_MIRROR_URL": index,
        }
        variables = (f"--env={name}={value}" for name, value in env.items())
        images.buildah("config", *variables, "--cmd=python3", container)
        images.buildah("commit", "--quiet", container, BASE)
        images.buildah("rm", container)


def _uv(*argv: str) -> None:
    subprocess.run([uv.find_uv_bin(), *argv, "--python", sys.executable], check=True)


def _debootstrap(root: Path) -> None:
    mirrors = [*_mirrors()]
    for mirror in mirrors:
        done = subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", DEBIAN, str(root), mirror],
            check=False,
            capture_output=True,
            encoding="utf-8",
        )
        if done.returncode == 0:
            return
        shutil.rmtree(root, ignore_errors=True)
    raise BuildFailed(f"debootstrap made no {DEBIAN} from {len(mirrors)} mirrors:\n{done.stdout[-3000:]}")


def _mirrors() -> Iterator[str]:
    """Where this computer takes Debian's packages from; for a Debian it is not, the same mirror holds the others too."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(ORIGIN)|$(LABEL)"],
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout
    for line in dict.fromkeys(listed.splitlines()):
        address, _, rest = line.partition("|")
        if rest == "Debian|Debian":
            yield address.rstrip("/")
