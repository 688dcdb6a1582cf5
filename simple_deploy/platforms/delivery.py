"""How a platform gets the project's files, and what of a project does not get there that way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from simple_deploy.core.facts import Gap, ProjectFacts
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.quoting import fits_a_line

_PUBLIC = re.compile(r"https?://(?![^/]*@)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a platform gets the files of a commit.

    :param history: whether it is pushed to and refuses a repository whose older commits are missing.
    :param submodules: whose files it fetches: of none, or of those that anybody can read.
    :param largest: megabytes (of a million bytes) of files and packages together that it takes, compressed; None where
        no limit is known.
    :param lfs: whether files kept with Git LFS arrive as themselves, not as pointers.
    :param builds_project: whether the project's manager installs the project itself there, as a package.
    """

    history: bool = False
    submodules: Literal["never", "public"] = "never"
    lfs: bool = False
    largest: int | None = None
    builds_project: bool = False


def findings(delivery: Delivery, platform: str, facts: ProjectFacts) -> Iterator[Finding]:
    """What of the project does not reach the platform.

    :param platform: its name, for people.
    """
    if unwritable := [path for path in _named(facts) if not fits_a_line(path)]:
        yield Finding(
            id="delivery.name",
            level=Level.BLOCKER,
            title=f"The files of a deployment cannot hold the name {unwritable[0]!r}.",
            why="The name contains a line break or another control character, and those files consist of lines.",
            fix="Rename that file or folder, commit, and plan again.",
            details=tuple(map(repr, unwritable[1:])),
        )
    if facts.git is not None and facts.git.shallow and delivery.history:
        yield Finding(
            id="delivery.shallow",
            level=Level.BLOCKER,
            title=f"{platform} takes no push from a shallow clone: the older commits are missing here.",
            why="The repository was cloned with --depth, as CI systems do, so it holds only the newest commits.",
            fix="Run: git fetch --unshallow",
            docs="https://git-scm.com/docs/git-fetch#Documentation/git-fetch.txt---unshallow",
        )
    if facts.dependencies.builds_itself and delivery.builds_project:
        yield Finding(
            id="delivery.no-package",
            level=Level.BLOCKER,
            title=f"{platform} installs the project as a package, but the project has no package with its name.",
            why=f"[build-system] in {facts.dependencies.file} says that it is one, and its build would fail.",
            fix="Say that it is none: write package = false below [tool.uv], or package-mode = false below "
            "[tool.poetry]. Or remove [build-system].",
            fix_name="no-package",
        )
    yield from _size(delivery, platform, facts)
    submodules = {gap.by: gap for gap in facts.gaps if gap.cause == "submodule"}
    for path, gap in submodules.items():
        modules = any(each.role in {"module", "migration"} for each in facts.gaps if each.by == path)
        yield _submodule(delivery, platform, path, gap, needed=modules)
    lfs = [gap.path for gap in facts.gaps if gap.cause == "lfs"]
    code = any(gap.cause == "lfs" and gap.role in {"module", "migration", "template"} for gap in facts.gaps)
    if lfs and not delivery.lfs:
        yield Finding(
            id="delivery.lfs",
            level=Level.BLOCKER if code else Level.WARNING,
            title=f"{platform} gets Git LFS pointers instead of {', '.join(lfs[:3])}"
            + (f" and {len(lfs) - 3} more" if len(lfs) > 3 else ""),
            why="The commit holds short texts that say where the files are stored, and the site would serve those "
            "texts.",
            fix="Take the files out of Git LFS (git lfs migrate export --include=PATTERN), or keep them in a media "
            "storage.",
        )


def _named(facts: ProjectFacts) -> tuple[str, ...]:
    """The files and folders of the project that a platform may have to be told of, each once."""
    location, declared, settings = facts.location, facts.dependencies, facts.settings
    folders = [settings.media_root, settings.static_root] if settings else []
    built = [f"{facts.front_end.folder}/{facts.front_end.lock}"] if facts.front_end else []
    paths = (location.project_dir, declared.file, declared.lock, *declared.files, *declared.folders, *folders, *built)
    return tuple(dict.fromkeys(filter(None, paths)))


def _size(delivery: Delivery, platform: str, facts: ProjectFacts) -> Iterator[Finding]:
    total = sum(file.size for file in facts.large) // 1_000_000
    if delivery.largest is None or total < delivery.largest:
        return
    shown = tuple(f"{file.path}: {file.size // 1_000_000} MB" for file in facts.large[:5])
    yield Finding(
        id="delivery.size",
        level=Level.WARNING,
        title=f"{platform} takes {delivery.largest} MB, and the large files of the commit have {total} MB.",
        why="The limit applies to the compressed size of the site's files and packages together. Images, videos and "
        "archives hardly get smaller.",
        fix="Keep uploads and data in a media storage, and take them out of the commit: git rm --cached FILE",
        details=(*shown, f"and {len(facts.large) - 5} more") if len(facts.large) > 5 else shown,
    )


def _submodule(delivery: Delivery, platform: str, path: str, gap: Gap, *, needed: bool) -> Finding:
    arrives = delivery.submodules == "public" and bool(_PUBLIC.match(gap.detail))
    way = f"{platform} never fetches submodules."
    if delivery.submodules == "public":
        way = f"{platform} only fetches submodules that anybody can read over https."
    return Finding(
        id=f"delivery.submodule.{path.replace('/', '-')}",
        level=Level.INFO if arrives else Level.BLOCKER if needed else Level.WARNING,
        title=f"{platform} fetches {path}/ from {gap.detail}, if anybody can read it there."
        if arrives
        else f"{platform} does not get the files of the submodule {path}/",
        why=way if arrives else f"{way} The site needs them: it uses {gap.path}.",
        fix=""
        if arrives
        else f"Make {path}/ part of this repository, or install it as a package from its own address.",
    )
