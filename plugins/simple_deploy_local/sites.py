"""Where a site lives on this computer: its folder, what is written down about it, and the port it has.

::

    <home>/<name>/site.json          which project it belongs to, its port, its releases
                  variables.json     its secrets, made or given once; more variables can be added by hand
                  manage.py          runs a management command of the release that serves
                  data/              SQLite databases        } these outlive
                  media/             uploaded files          } releases
                  server/            the supervisor, its state and the site's log
                  releases/<id>/     code/  venv/  static/  release.json  environment.json
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from simple_deploy.api import Location

HOST = "127.0.0.1"
PORTS = range(8100, 8200)
#: The variable with the address at which other computers open the site, where a front leads from there to here.
ADDRESS = "SIMPLE_DEPLOY_LOCAL_ADDRESS"
KEEP = 5  # releases


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release's folder."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def code(self) -> Path:
        return self.folder / "code"

    @property
    def environment(self) -> Path:
        return self.folder / "venv"

    @property
    def static(self) -> Path:
        return self.folder / "static"

    @property
    def rehearsal(self) -> Path:
        return self.folder / "rehearsal"

    @property
    def candidate(self) -> Path:
        return self.folder / "candidate"

    @property
    def description(self) -> Path:
        """What the supervisor runs."""
        return self.folder / "release.json"

    @property
    def again(self) -> Path:
        """The same under another name, for letting it serve with other variables."""
        return self.folder / "release-again.json"

    @property
    def variables(self) -> Path:
        return self.folder / "environment.json"

    @property
    def made_with(self) -> Path:
        """What those were when it was made, as fingerprints."""
        return self.folder / "made-with.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site and what is written down about it.

    :param project: absolute folder of the project's manage.py. :param mark: of that folder; empty in a site of an older
        version. By these the site is found again.
    :param releases: those that served, oldest first.
    :param current: the one that serves, or served last; None before the first.
    :param postgres: whether its database is PostgreSQL.
    """

    folder: Path
    project: str
    mark: str = ""
    port: int
    releases: tuple[str, ...] = ()
    current: str | None = None
    postgres: bool = False

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def url(self) -> str:
        """Where it answers, to this computer alone."""
        return f"http://{HOST}:{self.port}/"

    @property
    def address(self) -> str:
        """Where people open it."""
        return told() or self.url

    @property
    def record(self) -> Path:
        return self.folder / "site.json"

    @property
    def variables(self) -> Path:
        return self.folder / "variables.json"

    @property
    def manage(self) -> Path:
        return self.folder / "manage.py"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def media(self) -> Path:
        return self.folder / "media"

    @property
    def server(self) -> Path:
        return self.folder / "server"

    @property
    def supervisor(self) -> Path:
        return self.server / "supervisor.py"

    def release(self, release_id: str) -> Release:
        return Release(folder=self.folder / "releases" / release_id)

    def before(self, release_id: str | None) -> str | None:
        """The release that served before *release_id*, or None."""
        if release_id not in self.releases:
            return None
        index = self.releases.index(release_id)
        return self.releases[index - 1] if index else None

    def serving(self, release_id: str) -> Site:
        """This site once *release_id*, a new one, serves. The oldest releases go."""
        others = tuple(each for each in self.releases if each != release_id)
        # After going back, the release that serves may be an old one: it has to stay for going back once more.
        kept = (*(each for each in others if each != self.current), *((self.current,) if self.current else ()))
        return replace(self, releases=(*kept, release_id)[-KEEP:], current=release_id)

    def to_json(self) -> str:
        data = {name: value for name, value in asdict(self).items() if name != "folder"}
        return json.dumps(data, indent=2) + "\n"


def told() -> str:
    """The address at which other computers open the site; empty where nothing leads from there to here."""
    address = os.environ.get(ADDRESS, "").rstrip("/")
    return f"{address}/" if address else ""


def read(folder: Path) -> Site | None:
    """The site in *folder*, or None when there is none that can be read."""
    data = read_mapping(folder / "site.json")
    try:
        return Site(
            folder=folder,
            project=str(data["project"]),
            mark=str(data.get("mark", "")),
            port=int(data["port"]),
            releases=tuple(str(each) for each in data.get("releases", ())),
            current=data.get("current"),
            postgres=bool(data.get("postgres")),
        )
    except (KeyError, ValueError, TypeError):
        return None


def read_mapping(path: Path) -> dict[str, Any]:
    """The JSON object in *path*; empty when there is none that can be read."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def all_in(home: Path) -> tuple[Site, ...]:
    if not home.is_dir():
        return ()
    found = (read(folder) for folder in sorted(home.iterdir()))
    return tuple(site for site in found if site is not None)


def find(home: Path, location: Location, mark: str) -> Site | None:
    """The site of the project in *location*, as that folder is called now; None when it has none.

    The mark decides, and comes along when the folder is moved. Where no site has it, the path does: an older version
    made the site, or the state folder, and with it the mark, was deleted.
    """
    here, root, every = location.folder.resolve(), location.root.resolve(), all_in(home)
    ours = [site for site in every if mark and site.mark == mark and not _is_beside(Path(site.project), here, root)]
    # The projects of one repository share its mark. Where that was moved, each is still called as it was.
    ours.sort(key=lambda site: (Path(site.project) != here, Path(site.project).name != here.name))
    found = next(iter(ours), None) or next((site for site in every if Path(site.project) == here), None)
    return found and replace(found, project=str(here), mark=mark or found.mark)


def _is_beside(folder: Path, here: Path, root: Path) -> bool:
    """Whether *folder* is another project of the repository in *root* than the one that is *here*."""
    return folder.is_relative_to(root) and folder.exists() and not folder.samefile(here)


def new(home: Path, project: Path, mark: str, name: str, *, port: int = 0) -> Site:
    """A site for *project* that does not exist yet, with a free name and, unless given, a free port."""
    taken = {site.port for site in all_in(home)}
    return Site(
        folder=home / free_name(name, {folder.name for folder in home.iterdir()} if home.is_dir() else ()),
        project=str(project.resolve()),
        mark=mark,
        port=port or free_port(taken),
    )


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """A folder name that says what *wanted* says and is not *taken*."""
    base = re.sub(r"[^a-z0-9]+", "-", wanted.lower()).strip("-")[:40] or "site"
    names = {each.lower() for each in taken}
    name, number = base, 1
    while name in names:
        number += 1
        name = f"{base}-{number}"
    return name


def free_port(taken: Iterable[int]) -> int:
    """A port nobody has, the same each time as long as that stays so."""
    unwanted = set(taken)
    for port in PORTS:
        if port not in unwanted and is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether no program listens on *port* of this computer."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) != 0


def database_files(databases: Iterable[str]) -> Mapping[str, str]:
    """File names of SQLite databases in the data folder, by alias."""
    return {alias: "db.sqlite3" if alias == "default" else f"{alias}.sqlite3" for alias in databases}
