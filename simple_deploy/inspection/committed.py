"""What Django uses on this computer, compared with what the commit holds: that, and nothing else, is deployed."""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from simple_deploy.core.facts import Gap, GapRole, Location, Settings
from simple_deploy.inspection.ignoring import Index, Rule, below, is_text, rules
from simple_deploy.inspection.tree import Tree
from simple_deploy.system.git import Git
from simple_deploy.system.git_text import quote, unquote

_SUBMODULE = "160000"  # a mode in the index, as are these
_FILES = frozenset({"100644", "100755"})
_LONGEST_CHAIN = 8  # links that lead to links

#: What editors and systems leave, and what no finder serves.
_LITTER = frozenset({"Thumbs.db", "desktop.ini", "CVS"})
_LITTER_ENDS = ("~", ".pyc", ".swp", ".bak", ".orig")
#: Folders among static files that a program makes, and empties before it does.
_MADE = ("build", "bundles", "dist", "webpack_bundles")
_PAGES = (".html", ".htm", ".djhtml", ".jinja", ".jinja2", ".j2")
#: Read in their own way, or another one on every computer.
_NOT_DEPLOYED = re.compile(
    r"(^|/)(\.git|\.simple_deploy)(/|$)|(^|/)\.env[^/]*$|(^|/)\.envs/|\.env$|\.sqlite3?(-\w+)?$|\.db$|\.log$"
)
_SYSTEM = ("/proc/", "/sys/", "/dev/", "/run/", "/usr/", "/lib/", "C:\\Windows\\")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """:param path: absolute, links as they are."""

    role: GapRole
    path: str
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What the loaded project uses, as absolute paths, links as they are.

    :param folders: where Django looks for templates, static files, translations and migrations.
    :param modules: the project's own that were loaded.
    :param files: others that it read while it was loaded.
    :param needed: folders that have to be there, since the settings write to them and do not make them; with the file
        that is written.
    """

    folders: tuple[Folder, ...] = ()
    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    needed: tuple[Folder, ...] = ()
    unmade: tuple[tuple[tuple[str, ...], str], ...] = ()

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Used:
        """Out of what the child process reported."""
        known = get_args(GapRole)
        return cls(
            folders=tuple(
                Folder(role=role, path=path, of=of) for role, path, of in data.get("folders", ()) if role in known
            ),
            modules=tuple(data.get("modules", ())),
            files=tuple(data.get("files", ())),
            needed=tuple(Folder(role="folder", path=folder, of=file) for folder, file in data.get("needed", ())),
            unmade=tuple((tuple(places), page) for places, page in data.get("unmade", ())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """A path relative to the git root that is used."""

    path: str
    role: GapRole
    of: str = ""

    def gap(self, cause: Any, **more: Any) -> Gap:
        return Gap(path=self.path, role=self.role, of=self.of, cause=cause, **more)


def gaps(
    used: Used, location: Location, settings: Settings | None, files: Tree, tracked: Mapping[str, str], git: Git
) -> tuple[Gap, ...]:
    """What is used and not in the commit as it is here, in the order of the paths.

    :param tracked: mode by path of everything in the index.
    :param git: in the git root.
    """
    commit = _Commit(location.root, tracked, files.paths)
    inside, outside = _sorted_out(used, location, settings, commit)
    met: list[Gap] = [*outside]
    missing: list[_Use] = []
    held: list[_Use] = []
    for use in inside:
        found = commit.find(use)
        if isinstance(found, Gap):
            met.append(found)
        else:
            (held if found else missing).append(use)
    met += _not_committed(git, commit, missing)
    met += _unmade(git, location.root, used)
    if any(path.endswith(".gitattributes") for path in files.paths) or _has_attributes(git.folder):
        met += _filtered(git, held)
    if any(gap.cause == "submodule" for gap in met):
        urls = _addresses(git)
        met = [replace(gap, detail=urls.get(gap.by, "")) if gap.cause == "submodule" else gap for gap in met]
    return tuple(sorted(set(met), key=lambda gap: (gap.path, gap.role)))


def twins(tracked: Iterable[str]) -> tuple[str, ...]:
    """Paths that differ in upper and lower case only, next to each other."""
    seen: dict[str, list[str]] = {}
    for path in tracked:
        seen.setdefault(path.casefold(), []).append(path)
    return tuple(path for paths in seen.values() if len(paths) > 1 for path in sorted(paths))


class _Commit:
    """What the index holds, and how paths lead to it."""

    def __init__(self, root: Path, tracked: Mapping[str, str], paths: Sequence[str]) -> None:
        self.root = root
        self.tracked = tracked
        self.paths = paths
        self._index = Index(tracked)
        self._submodules = [path for path, mode in tracked.items() if mode == _SUBMODULE]
        self._targets: dict[str, str] = {}  # of links
        self._links: dict[str, str | None] = {}  # by path, the first part of it that is a link

    def find(self, use: _Use) -> Gap | bool:
        """Whether the commit holds what is used; or why it does not, where that can be told from the path."""
        path = use.path
        for _ in range(_LONGEST_CHAIN):
            submodule = next((each for each in self._submodules if f"{path}/".startswith(f"{each}/")), None)
            if submodule is not None:
                return use.gap("submodule", by=submodule)
            link = self._link_on(path.rstrip("/"))
            if link is None:
                break
            if link not in self.tracked:
                return False
            target = self._targets[link]
            led = os.path.normpath(os.path.join(os.path.dirname(link), target)).replace(os.sep, "/")  # noqa: PTH118, PTH120
            if os.path.isabs(target) or led == ".." or led.startswith("../"):  # noqa: PTH117
                return use.gap("link", by=link, detail=target)
            path = led + path[len(link) :]
        return self._index.holds(path.rstrip("/"))

    def spellings(self) -> dict[str, str]:
        """The committed paths by what they are to a computer that tells no upper from lower case."""
        return {_folded(path): path for path in self._index}

    def _link_on(self, path: str) -> str | None:
        """The first part of *path* that is a link."""
        if path not in self._links:
            folder = path.rpartition("/")[0]
            above = self._link_on(folder) if folder else None
            self._links[path] = above or (path if self._is_link(path) else None)
        return self._links[path]

    def _is_link(self, path: str) -> bool:
        # Most of what is used is committed as a file, and thousands of files need not be asked one by one.
        target = None if self.tracked.get(path) in _FILES else _target(self.root / path)
        if target is not None:
            self._targets[path] = target
        return target is not None


def _sorted_out(
    used: Used, location: Location, settings: Settings | None, commit: _Commit
) -> tuple[list[_Use], list[Gap]]:
    """What is used inside the repository, path by path; and what lies outside."""
    inside: dict[str, _Use] = {}  # by path: what a file is used for first counts
    outside: list[Gap] = []
    for folder in used.folders:
        path = relative(location.root, folder.path)
        if path is None:
            if Path(folder.path).is_dir() and not _is_system(folder.path):
                outside.append(Gap(path=f"{_shown(folder.path)}/", role=folder.role, of=folder.of, cause="outside"))
        else:
            for use in _files_in(path, folder, location, settings, commit):
                inside.setdefault(use.path, use)
    for module in used.modules:
        path = relative(location.root, module)
        if path is not None:
            inside.setdefault(path, _Use(path=path, role="module"))
    for file in used.files:
        path = relative(location.root, file)
        if not Path(file).is_file() or (path is not None and _NOT_DEPLOYED.search(path)):
            continue
        if path is not None:
            inside.setdefault(path, _Use(path=path, role="file"))
        elif not _is_system(file):
            outside.append(Gap(path=_shown(file), role="file", cause="outside"))
    for needed in used.needed:
        path = relative(location.root, needed.path)
        written = relative(location.root, needed.of) if needed.of else ""
        if path is None:
            if not _is_system(needed.path):
                outside.append(Gap(path=f"{_shown(needed.path)}/", role="folder", cause="outside", of=needed.of))
        elif path:
            inside.setdefault(f"{path}/", _Use(path=f"{path}/", role="folder", of=written or ""))
    return list(inside.values()), outside


def _files_in(
    path: str, folder: Folder, location: Location, settings: Settings | None, commit: _Commit
) -> Iterator[_Use]:
    """What is used of a folder: each file, or the folder as a whole where its files are not looked at."""
    use = _Use(path=f"{path}/", role=folder.role, of=folder.of)
    if not (location.root / path).is_dir():
        return
    if path and isinstance(commit.find(use), Gap):
        yield use
        return
    around = not path or f"{location.project_dir}/".startswith(f"{path}/")
    if around and folder.role != "template":
        return
    listed = list(below(commit.paths, path))
    if not listed and path and _has_files(location.root / path):
        yield use
        return
    roots = (settings.static_root, settings.media_root) if settings else ()
    made = tuple(f"{each}/" for each in roots if each and each != path)
    for file in listed:
        if file.startswith(made) or _is_litter(file):
            continue
        if _counts(file, path, folder.role, around=around):
            yield _Use(path=file, role=use.role, of=use.of)


def _is_litter(file: str) -> bool:
    name = file.rpartition("/")[2]
    return name.startswith(".") or name in _LITTER or name.endswith(_LITTER_ENDS)


def _counts(file: str, folder: str, role: str, *, around: bool) -> bool:
    if role == "migration":
        return file.endswith(".py") and "/" not in file[len(folder) + 1 :]
    if role == "translation":
        return file.endswith(".mo")
    if role == "template":
        return file.endswith(_PAGES) if around else not file.endswith(".py")
    return True


def _not_committed(git: Git, commit: _Commit, missing: Sequence[_Use]) -> Iterator[Gap]:
    """Why what the index does not know is not in it."""
    left: list[_Use] = []
    spellings = commit.spellings() if missing else {}
    for use in missing:
        other = spellings.get(_folded(use.path))
        if other is None or _are_two(commit.root, use.path, other):
            left.append(use)
        elif unicodedata.normalize("NFC", use.path) != unicodedata.normalize("NFC", other):
            yield use.gap("case", by=other)
    ignored = rules(git, [use.path for use in left])
    alone = _patterns_alone(git, commit, ignored) if ignored else frozenset()
    for use in left:
        if use.path in ignored:
            rule = ignored[use.path]
            yield use.gap("ignored", by=rule.place, detail=rule.pattern, alone=rule.is_shared and rule.place in alone)
        elif use.role == "folder":
            yield use.gap("empty")
        else:
            yield use.gap("untracked")


def _unmade(git: Git, root: Path, used: Used) -> Iterator[Gap]:
    """What is neither here nor in the commit, and would be where git ignores it: a program makes it, later."""
    wanted: list[tuple[list[str], str]] = []
    for places, page in used.unmade:
        paths = [path for place in places if (path := relative(root, place)) and not (root / path).exists()]
        wanted.append((paths if page else [f"{path}/" for path in paths], relative(root, page) or "" if page else ""))
    within = [f"{path}/{name}/" for path in _static_folders(root, used) for name in _MADE]
    inner = [path for path in within if not (root / path).exists()]
    ignored = rules(git, [*(path for paths, _ in wanted for path in paths), *inner])
    # `dist/` in a list of what to ignore is often about Python's own packages; `static/dist` is not.
    wanted += [([path], "") for path in inner if path in ignored and "/" in ignored[path].pattern.strip("/")]
    for paths, page in wanted:
        path = next((each for each in paths if each in ignored), None)
        if path is not None:
            rule = ignored[path]
            yield Gap(path=path, role="static", cause="unmade", by=rule.place, detail=rule.pattern, of=page)


def _static_folders(root: Path, used: Used) -> Iterator[str]:
    for folder in used.folders:
        path = relative(root, folder.path) if folder.role == "static" else None
        if path and (root / path).is_dir():
            yield path


def _patterns_alone(git: Git, commit: _Commit, ignored: Mapping[str, Rule]) -> frozenset[str]:
    """Those places whose pattern keeps nothing out but what is used."""
    listed = git.ask("ls-files", "--others", "--ignored", "--exclude-standard", "--directory").lines
    others = []
    for path in map(unquote, listed):
        files = [file for file in below(commit.paths, path.rstrip("/")) if not _is_litter(file)]
        if path not in ignored and not (path.endswith("/") and files and all(file in ignored for file in files)):
            others.append(path)
    elsewhere = {rule.place for rule in rules(git, others).values()}
    return frozenset(rule.place for rule in ignored.values() if rule.place not in elsewhere)


def _addresses(git: Git) -> dict[str, str]:
    """The addresses of submodules by their paths."""
    listed = git.ask("config", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.(path|url)$").lines
    values = dict(line.split(" ", 1) for line in listed if " " in line)
    paths = {path: name.removesuffix(".path") for name, path in values.items() if name.endswith(".path")}
    return {path: values.get(f"{name}.url", "") for path, name in paths.items()}


def _filtered(git: Git, held: Sequence[_Use]) -> Iterator[Gap]:
    """Files in whose place git keeps something else."""
    # Of thousands of files few have a filter: those are listed by git, which is a matter of milliseconds.
    listed = {unquote(line) for line in git.ask("ls-files", "--", ".", ":(exclude,attr:!filter)").lines}
    by_path = {use.path: use for use in held if use.path in listed and is_text(use.path)}
    if not by_path:
        return
    asked = "\n".join(map(quote, by_path)) + "\n"
    for line in git.ask("check-attr", "--stdin", "filter", stdin=asked).lines:
        path, _, name = line.rpartition(": filter: ")
        use = by_path.get(unquote(path))
        if use is None or name in {"", "unspecified", "unset", "set"}:
            continue
        if name == "lfs":
            yield use.gap("lfs", by=name)
        elif "crypt" in name or git.ask("config", "--get", f"filter.{name}.smudge").lines not in ((), ("cat",)):
            yield use.gap("filter", by=name)


def _has_attributes(root: Path) -> bool:
    return (root / ".git" / "info" / "attributes").is_file()


def relative(root: Path, path: str) -> str | None:
    """*path* relative to *root*, with links as they are where they lead out of it; None when it lies elsewhere."""
    start = f"{root}{os.sep}"
    if path.startswith(start) and os.path.normpath(path) == path:  # the usual case, and there are hundreds
        return path[len(start) :].replace(os.sep, "/")
    for candidate in (Path(path), Path(os.path.realpath(os.path.dirname(path)), os.path.basename(path))):  # noqa: PTH119, PTH120
        if candidate.is_relative_to(root):
            found = candidate.relative_to(root).as_posix()
            return "" if found == "." else found
    return None


def _shown(path: str) -> str:
    return Path(path).as_posix()


def _is_system(path: str) -> bool:
    return path.startswith(_SYSTEM) or path == tempfile.gettempdir()


def _target(path: Path) -> str | None:
    try:
        return os.readlink(path)  # noqa: PTH115 - as it is written
    except (OSError, ValueError):
        return None


def _has_files(folder: Path) -> bool:
    try:
        return any(True for _ in folder.iterdir())
    except OSError:
        return False


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _are_two(root: Path, one: str, other: str) -> bool:
    """Whether both are there, each for itself."""
    try:
        return not (root / one).samefile(root / other)
    except OSError:
        return False
