"""What the project is deployed to, what is new since then, and whether it answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urljoin

from simple_deploy.core.errors import SimpleDeployError
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.interfaces import Response
from simple_deploy.platforms.base import SiteState
from simple_deploy.runs.model import Run, RunKind, RunState
from simple_deploy.system.git import Git

#: Commits that are listed; of more, only their number is said.
LISTED = 20

_FIELD, _RECORD = "%x1f", "%x1e"
_PATIENCE = 5.0  # seconds a site has to answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """One site of the project.

    :param run: the deployment that made what is there now; None for one that was made from elsewhere.
    :param commit: what that deployment took along, or empty.
    :param state: what was found out about the site since then, with the time in *looked*; None when nobody looked.
    """

    platform: str
    url: str | None
    run: Run | None
    commit: str = ""
    state: SiteState | None = None
    looked: float | None = None


def site_of(platform: str, url: str | None, runs: Iterable[Run], read: Callable[[str], SiteState | None]) -> Deployed:
    """What *runs*, the newest first, say about the site on *platform*.

    :param read: what an operation found out about the site.
    """
    state, looked = None, None
    for run in runs:
        if run.platform != platform or run.state is not RunState.SUCCEEDED:
            continue
        if run.kind is RunKind.OPERATE and state is None:
            state, looked = read(run.id), run.finished
        elif run.kind is RunKind.DEPLOY:
            return Deployed(platform=platform, url=url, run=run, state=state, looked=looked)
    return Deployed(platform=platform, url=url, run=None, state=state, looked=looked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """:param when: seconds since the epoch."""

    id: str
    subject: str
    author: str
    when: float


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is committed and not deployed.

    :param commits: the newest first, at most :data:`LISTED` of *count*. :param paths: files that they change.
    """

    commits: tuple[Commit, ...] = ()
    count: int = 0
    paths: tuple[str, ...] = ()

    def worth_asking(self, facts: ProjectFacts) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Kinds of changes that somebody should look at before they are deployed, each with its files."""
        declared = {*facts.dependencies.files, facts.dependencies.file, facts.dependencies.lock}
        own = PurePosixPath(facts.settings.file) if facts.settings and facts.settings.file else None
        found = (
            ("migrations", [path for path in self.paths if "migrations" in PurePosixPath(path).parts]),
            ("packages", [path for path in self.paths if path in declared]),
            ("settings", [path for path in self.paths if own is not None and _belongs_to(own, path)]),
        )
        return tuple((kind, tuple(paths)) for kind, paths in found if paths)


def _belongs_to(settings: PurePosixPath, path: str) -> bool:
    """Whether *path* is the settings module, or lies beside it in a package of settings."""
    other = PurePosixPath(path)
    package = settings.parent.name == "settings"
    return other == settings or (package and other.suffix == ".py" and other.parent == settings.parent)


def news(git: Git, commit: str) -> News | None:
    """What came after *commit*; None when git cannot tell, as after a rebase that dropped it."""
    if not commit or not git("merge-base", "--is-ancestor", commit, "HEAD", check=False).ok:
        return None
    since = f"{commit}..HEAD"
    count = git.line("rev-list", "--count", since, check=False)
    shape = f"--format=%h{_FIELD}%s{_FIELD}%an{_FIELD}%ct{_RECORD}"
    told = git("log", f"--max-count={LISTED}", shape, since, check=False).output
    paths = git("diff", "--name-only", "-z", commit, "HEAD", check=False).output
    return News(
        commits=tuple(_commit(record) for record in told.split("\x1e") if record.strip()),
        count=int(count) if count.isdecimal() else 0,
        paths=tuple(path for path in paths.split("\0") if path.strip()),
    )


def commit_of(git: Git, name: str) -> Commit | None:
    """*name* as git describes it; None when it is not in the repository."""
    told = git("log", "--max-count=1", f"--format=%h{_FIELD}%s{_FIELD}%an{_FIELD}%ct", name, check=False)
    return _commit(told.output) if name and told.ok and told.output.strip() else None


def _commit(record: str) -> Commit:
    id, subject, author, when = record.strip().split("\x1f")
    return Commit(id=id, subject=subject, author=author, when=float(when))


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a site answered just now.

    :param status: of its start page; None when nobody answered. :param seconds: it took.
    :param opens: the address of a page that is there. :param at: seconds since the epoch.
    """

    status: int | None
    seconds: float
    opens: str
    at: float

    @property
    def answers(self) -> bool:
        return self.status is not None and self.status < 500

    @property
    def has_no_start_page(self) -> bool:
        return self.status == 404


def health(url: str, other: str | None, visit: Callable[..., tuple[Response, str]]) -> Health:
    """Visit the site at *url* as a browser would.

    :param other: path of a page that is known to answer, for a site without a start page.
    """
    begun = time.monotonic()
    status = _status(url, visit)
    seconds = time.monotonic() - begun
    opens = url
    if status == 404 and other and _status(urljoin(url, other), visit) == 200:
        opens = urljoin(url, other)
    return Health(status=status, seconds=seconds, opens=opens, at=time.time())


def _status(url: str, visit: Callable[..., tuple[Response, str]]) -> int | None:
    try:
        return visit(url, timeout=_PATIENCE)[0].status
    except SimpleDeployError:
        return None
