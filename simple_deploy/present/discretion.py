"""What a room full of people should not see: names in paths, e-mail addresses, keys, the way into the dashboard.

Secrets are gone before anything is stored (:mod:`simple_deploy.core.secret`). What is left out here is no secret to the
person who deploys, but nobody else's business.
"""

from __future__ import annotations

import getpass
import os
import re
import socket
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from simple_deploy.core.secret import redact_data
from simple_deploy.runs.reading import Reading
from simple_deploy.system import process
from simple_deploy.system.git import Git

HIDDEN = "…"

#: Folders at the top of a file system. What begins with one of them is a path of a computer and no address of a site.
_TOPS = (
    *("home", "Users", "root", "tmp", "var", "usr", "opt", "etc", "private", "mnt", "media", "srv", "Volumes"),
    *("Library", "Applications", "nix", "snap", "cygdrive"),
)

#: Names of accounts that name nobody, and would be taken out of the middle of sentences.
_NOBODY = frozenset(
    (
        *("root", "user", "users", "admin", "administrator", "guest", "test", "tester", "demo", "runner", "localhost"),
        *("django", "python", "ubuntu", "debian", "vagrant", "student", "pupil", "teacher", "class", "school"),
        *("developer", "the", "and", "web", "app", "site", "blog"),
    )
)
_SHORTEST = 3  # characters of a name; shorter ones are parts of too many words

_EMAIL = re.compile(r"(?<![\w.+-])(?!git@)[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")
_CODE = re.compile(r"(?<=[?&]code=)[^\s&#\"'<>]+")
_SESSION = re.compile(r"(?<=/simple-deploy/)[\w-]{24}(?![\w-])")
_SSH_KEY = re.compile(r"\b((?:ssh|ecdsa|sk)-[\w@.-]{3,60}) [A-Za-z0-9+/=]{20,}(?: \S+)?")
_FINGERPRINT = re.compile(r"\b(SHA256:)[A-Za-z0-9+/=]{20,}|\b(MD5:)(?:[0-9a-f]{2}:){15}[0-9a-f]{2}")
_WINDOWS = re.compile(r"(?<![\w])(?:\\\\\?\\)?[A-Za-z]:[\\/](?:[^\s\\/:*?\"<>|]+[\\/])*|\\\\[\w.$-]+\\(?:[\w.$ -]+\\)*")

#: The folders between one that is hidden, or the home folder, and the last part of a path.
_BELOW = re.compile(r"(?<![\w.~…-])(?<!\w/)([~…])([\\/])(?:[^\s\\/:\"'<>|,;()]+[\\/])+")


@dataclass(frozen=True, kw_only=True)
class Discretion:
    """Takes out of texts what only their owner should see.

    :param folders: names of folders of this computer, and what is shown instead of each.
    :param names: what people and computers are called.
    """

    folders: Mapping[str, str]
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, service: Reading) -> Discretion:
        """For the runs of one project on this computer."""
        root = service.location.root
        folders = {str(Path.home()): "~", str(service.store.root): HIDDEN, str(root): root.name}
        stage = service.stage
        if stage is not None:
            folders.update({str(stage.origin): stage.origin.name, str(stage.folder): HIDDEN})
        others = (sys.prefix, tempfile.gettempdir(), service.conf.data_dir, service.conf.cache_dir)
        folders.update({str(each): HIDDEN for each in others if each})
        return cls(folders=_spelled(folders), names=_names(service))

    def __call__(self, text: str) -> str:
        """*text* without what is nobody else's business."""
        if "/" in text or "\\" in text:
            text = self._without_paths(text)
        if "@" in text:
            text = _EMAIL.sub(f"{HIDDEN}@{HIDDEN}", text)
        if "ssh-" in text or "ecdsa-" in text:
            text = _SSH_KEY.sub(rf"\1 {HIDDEN}", text)
        if "SHA256:" in text or "MD5:" in text:
            text = _FINGERPRINT.sub(lambda found: (found[1] or found[2]) + HIDDEN, text)
        return self._called.sub(HIDDEN, text) if self._called else text

    def data(self, data: Any) -> Any:
        """JSON-ready *data*, every text of it so."""
        return redact_data(data, self)

    def _without_paths(self, text: str) -> str:
        text = _SESSION.sub(HIDDEN, _CODE.sub(HIDDEN, text))
        text = self._known.sub(lambda found: self.folders[found[0]], text)
        text = self._posix.sub(f"{HIDDEN}/", _WINDOWS.sub(HIDDEN + r"\\", text))
        return _BELOW.sub(_last_part, text)

    @cached_property
    def _known(self) -> re.Pattern[str]:
        longest_first = sorted(self.folders, key=len, reverse=True)
        return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w.-])")

    @cached_property
    def _posix(self) -> re.Pattern[str]:
        """The folders of any path that begins at the top of a file system; its last part stays."""
        own = {Path(each).parts[1] for each in self.folders if each.startswith("/") and len(Path(each).parts) > 1}
        tops = "|".join(map(re.escape, sorted({*_TOPS, *own})))
        return re.compile(rf"(?<![\w/.~…-])/(?:{tops})/(?:[^\s/:\"'<>|,;()]+/)*")

    @cached_property
    def _called(self) -> re.Pattern[str] | None:
        names = sorted({name for name in self.names if _is_telling(name)}, key=len, reverse=True)
        return re.compile(rf"(?i)(?<![\w])(?:{'|'.join(map(re.escape, names))})(?![\w])") if names else None


def _last_part(found: re.Match[str]) -> str:
    top, slash = found.groups()
    return f"{top}{slash}" if top == HIDDEN else f"{top}{slash}{HIDDEN}{slash}"


def _is_telling(name: str) -> bool:
    return len(name) >= _SHORTEST and name.lower() not in _NOBODY


def _spelled(folders: Mapping[str, str]) -> dict[str, str]:
    """*folders* with links resolved as well, and with either slash; the top of a file system is none of them."""
    found = {}
    for folder, shown in folders.items():
        for spelling in (folder, os.path.realpath(folder)):
            if len(Path(spelling).parts) > 1:
                found[spelling] = found[spelling.replace("\\", "/")] = shown
    return found


def _names(service: Reading) -> tuple[str, ...]:
    """The account, the person as git knows them, and the computer."""
    author = Git(service.location.root, process.run).setting("user.name")
    known = (*_account(), author, socket.gethostname().partition(".")[0])
    project = {service.location.root.name.lower(), Path(service.location.folder).name.lower()}
    return tuple(name for name in known if name and name.lower() not in project)


def _account() -> Iterable[str]:
    try:
        yield getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name
        return
    if sys.platform != "win32":
        import pwd

        try:
            yield pwd.getpwuid(os.getuid()).pw_gecos.partition(",")[0]
        except KeyError:
            return
