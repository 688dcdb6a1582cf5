"""What git knows about the project, asked from the program itself without ever writing its index.

The output format is that of git-status(1), "Porcelain Format Version 2", line by line: quoted paths are plain ASCII
there, so a runner that hands on lines of text loses nothing, and a warning among them is a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import translate
from pathlib import Path
from types import MappingProxyType

from simple_deploy.core.errors import StepError, ToolMissing
from simple_deploy.core.facts import GitChange, GitFacts
from simple_deploy.core.ports import Runner
from simple_deploy.inspection import envfiles, ours

#: Older versions lack what reading the state and preparing the workbench need.
OLDEST = (2, 20)

TIMEOUT = 60.0  # seconds

#: No question on a terminal, no translated message, no write to the index, and none of the variables that a git hook
#: sets and that would lead to another repository.
ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
        "GIT_DIR": "",
        "GIT_WORK_TREE": "",
        "GIT_INDEX_FILE": "",
        "GIT_PREFIX": "",
        "GIT_COMMON_DIR": "",
        "GIT_OBJECT_DIRECTORY": "",
    }
)

#: Names of files that usually hold a secret or personal data, as git pathspecs.
SENSITIVE = tuple(
    f":(glob,icase)**/{pattern}"
    for pattern in (
        ".env",
        ".env.*",
        "*.pem",
        "*.key",
        "*.p12",
        "*.pfx",
        "id_rsa",
        "id_ecdsa",
        "id_ed25519",
        ".netrc",
        ".pypirc",
        ".pgpass",
        "credentials.json",
        "secrets.json",
        "service-account*.json",
        "*.sqlite3",
    )
)
_TEMPLATES = ("example", "sample", "template", "dist", "test", "ci")

_IN_PROGRESS = (
    ("MERGE_HEAD", "merge"),
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_LOG", "bisect"),
)

_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS = MappingProxyType({b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"})

#: Number of fields before the path, by the first character of a line.
_FIELDS = MappingProxyType({"1": 8, "2": 9, "u": 10})


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository that holds a folder.

    :param root: absolute path of its working tree.
    :param git_dir: absolute path of its git folder; a worktree has one of its own.
    """

    root: Path
    git_dir: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that git says about a project.

    :param version: of the program, empty when there is none.
    :param identity: whether it knows a name and an e-mail to commit with.
    :param facts: None when *root* is not the top of a repository, or git cannot read it.
    :param problem: what git said when it could not read the repository.
    :param outer: top of a repository around the project that is not its own.
    :param tracked: everything in the index: its mode by its path.
    """

    version: str = ""
    identity: bool = False
    facts: GitFacts | None = None
    problem: str = ""
    outer: Path | None = None
    tracked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one git command said."""

    returncode: int
    lines: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return self.returncode == 0

    @property
    def complaint(self) -> str:
        """Why it failed, in git's own words."""
        fatal = [line.removeprefix("fatal: ") for line in self.lines if line.startswith("fatal: ")]
        return fatal[0] if fatal else next(iter(self.lines), "")


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one folder.

    :raises ToolMissing: when called and there is no git program.
    """

    folder: Path
    runner: Runner

    def __call__(self, *arguments: str, stdin: str | None = None) -> Answer:
        lines: list[str] = []
        done = self.runner(
            ("git", "-c", "core.quotePath=true", "-c", "core.fsmonitor=false", *arguments),
            cwd=self.folder,
            env=ENVIRONMENT,
            stdin=stdin,
            timeout=TIMEOUT,
            check=False,
            on_line=lines.append,
        )
        return Answer(returncode=done.returncode, lines=tuple(lines))


#: Keeps what an index holds: handed the index, and who asks git for it.
Remember = Callable[[Path, Callable[[], Mapping[str, str]]], Mapping[str, str]]


def ask_again(_: Path, ask: Callable[[], Mapping[str, str]]) -> Mapping[str, str]:
    """Remembers nothing."""
    return ask()


def read(root: Path, runner: Runner, written: ours.Written = dict, remember: Remember = ask_again) -> Reading:
    """The state of the repository whose top is *root*.

    :param written: what runs of the tool left there.
    """
    git = Git(root, runner)
    try:
        version = _version(git)
    except ToolMissing:
        return Reading()
    identity = git("var", "GIT_AUTHOR_IDENT").ok and git("var", "GIT_COMMITTER_IDENT").ok
    reading = Reading(version=version, identity=identity)
    if too_old(version):
        return replace(reading, problem=f"git {version} is too old")
    try:
        repository = find(root, runner)
        if repository is None:
            return reading
        if not same_folder(repository.root, root):
            return replace(reading, outer=repository.root)
        index = repository.git_dir / "index"
        tracked = remember(index, lambda: parse_index(git("ls-files", "--stage").lines))
        return replace(reading, facts=_facts(git, repository, reading, written, tracked), tracked=tracked)
    except StepError as error:
        return replace(reading, problem=error.message)


def find(folder: Path, runner: Runner) -> Repository | None:
    """The repository that holds *folder*, or None when there is none.

    :raises ToolMissing: there is no git program.
    :raises StepError: git will not read the repository; the message is its own.
    """
    answer = Git(folder, runner)("rev-parse", "--absolute-git-dir", "--show-prefix", "--show-toplevel")
    if answer.ok and len(answer.lines) >= 3:
        git_dir, prefix, _ = answer.lines[-3:]
        # The prefix, not the path git spells: that may be written in another way than ours (/c/…, a subst drive).
        root = folder.resolve()
        for _ in [part for part in prefix.split("/") if part]:
            root = root.parent
        return Repository(root=root, git_dir=Path(git_dir))
    if "not a git repository" in answer.complaint:
        return None
    raise StepError(answer.complaint or "git gave no answer")


def is_ignored(path: Path, runner: Runner) -> bool:
    """Whether the repository around *path* ignores it."""
    return Git(path.parent, runner)("check-ignore", "--quiet", "--", path.name).ok


def same_folder(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one == other


def too_old(version: str) -> bool:
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    return bool(numbers) and numbers < OLDEST


def parse_version(line: str) -> str:
    """``2.39.5`` out of ``git version 2.39.5 (Apple Git-154)``."""
    found = re.search(r"\d+(?:\.\d+)+", line)
    return found[0] if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The output of ``git status --porcelain=v2 --branch``."""

    head: str | None = None
    branch: str | None = None
    changes: tuple[GitChange, ...] = ()


def parse_status(lines: Iterable[str]) -> Status:
    """Read that output; lines of any other form, such as warnings, are passed over."""
    status = Status()
    changes: list[GitChange] = []
    for line in lines:
        if line.startswith("# branch.oid "):
            value = line.removeprefix("# branch.oid ")
            status = replace(status, head=None if value == "(initial)" else value)
        elif line.startswith("# branch.head "):
            value = line.removeprefix("# branch.head ")
            status = replace(status, branch=None if value == "(detached)" else value)
        elif change := _change(line):
            changes.append(change)
    return replace(status, changes=tuple(changes))


def _change(line: str) -> GitChange | None:
    if line.startswith("? "):
        return GitChange(path=unquote(line[2:]), status="??")
    count = _FIELDS.get(line[:1])
    if count is None or line[1:2] != " ":
        return None
    fields = line.split(" ", count)
    if len(fields) <= count or len(fields[1]) != 2:
        return None
    path = fields[count]
    if fields[0] == "2":
        path = path.partition("\t")[0]
    return GitChange(path=unquote(path), status=fields[1])


def unquote(path: str) -> str:
    """A path as git prints it with ``core.quotePath``, in plain; bytes that are no UTF-8 become ``\\ufffd``."""
    if len(path) < 2 or not (path.startswith('"') and path.endswith('"')):
        return path
    raw = _ESCAPE.sub(_unescape, path[1:-1].encode("utf-8"))
    return raw.decode("utf-8", "replace")


def quote(path: str) -> str:
    """A path as git reads it from a line of its input."""
    if not any(character in path for character in '"\\\n\t'):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _unescape(match: re.Match[bytes]) -> bytes:
    code: bytes = match[1]
    if len(code) == 3:
        return bytes([int(code, 8) & 0xFF])
    return _LETTERS.get(code, code)


def _version(git: Git) -> str:
    return parse_version(" ".join(git("--version").lines))


def _facts(
    git: Git, repository: Repository, reading: Reading, written: ours.Written, tracked: Mapping[str, str]
) -> GitFacts:
    answer = git("status", "--porcelain=v2", "--branch", "--untracked-files=normal")
    if not answer.ok:
        raise StepError(answer.complaint)
    status = parse_status(answer.lines)
    return GitFacts(
        head=status.head,
        branch=status.branch,
        changes=_marked(git, status, written),
        identity=reading.identity,
        in_progress=next((name for file, name in _IN_PROGRESS if (repository.git_dir / file).exists()), None),
        remotes=tuple(git("remote").lines),
        sensitive=tuple(path for path in secret_files(tracked) if not envfiles.holds_no_secret(git.folder / path)),
        version=reading.version,
        signs=git("config", "--type=bool", "--get", "commit.gpgSign").lines == ("true",),
        shallow=(common_dir(repository.git_dir) / "shallow").exists(),
    )


def common_dir(git_dir: Path) -> Path:
    """The git folder that all worktrees of a repository share."""
    try:
        return git_dir / (git_dir / "commondir").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError):
        return git_dir


def parse_index(lines: Iterable[str]) -> dict[str, str]:
    """Mode by path, out of what ``git ls-files --stage`` prints."""
    found = {}
    for line in lines:
        head, tab, path = line.partition("\t")
        if tab and head[6:7] == " ":
            found[unquote(path)] = head[:6]
    return found


def secret_files(paths: Iterable[str]) -> tuple[str, ...]:
    """Those of *paths* whose names say that they hold a secret or personal data."""
    patterns = (pattern.rpartition("/")[2] for pattern in SENSITIVE)
    fits = re.compile("|".join(f"(?:{translate(pattern)})" for pattern in patterns)).match
    return sensitive(path for path in paths if fits(path.lower().rpartition("/")[2]))


def sensitive(paths: Iterable[str]) -> tuple[str, ...]:
    """Those of *paths* that are no templates to be filled in, such as ``.env.example``."""
    return tuple(path for path in paths if not path.lower().rsplit("/", 1)[-1].endswith(_TEMPLATES))


def _marked(git: Git, status: Status, written: ours.Written) -> tuple[GitChange, ...]:
    """The changes, those marked that are the tool's."""
    if status.head is None or not status.changes:
        return status.changes
    known = written()
    changes = (one for change in status.changes for one in _single(git, change, known))
    return tuple(replace(change, ours=True) if _is_ours(git, change, known) else change for change in changes)


def _single(git: Git, change: GitChange, written: Mapping[str, frozenset[str | None]]) -> tuple[GitChange, ...]:
    """The files of a new folder, one by one, where a run of the tool wrote some of them."""
    if not change.path.endswith("/") or not any(path.startswith(change.path) for path in written):
        return (change,)
    listed = git("ls-files", "--others", "--exclude-standard", "--", change.path)
    return tuple(GitChange(path=unquote(line), status=change.status) for line in listed.lines) or (change,)


def _is_ours(git: Git, change: GitChange, written: Mapping[str, frozenset[str | None]]) -> bool:
    if change.conflict or "R" in change.status or "C" in change.status:
        return False
    if ours.left_by_a_run(git.folder, change.path, written):
        return True
    if change.untracked or set(change.status) - set(".M"):
        return False
    now = ours.mentioning(git.folder / change.path)
    if now is None:
        return False
    before = git("show", f"HEAD:{change.path}")
    return before.ok and ours.only_adds_the_tool(change.path, before.lines, now)
