"""Findings about git and the repository."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from simple_deploy.core.facts import GitChange, GitFacts, Host, ProjectFacts
from simple_deploy.core.findings import Finding, Level
from simple_deploy.inspection import line_ends
from simple_deploy.system import git

_WHY = (
    "A deployment starts from a commit, so it contains exactly what you have tested, and you can undo every change it "
    "makes."
)
_SHOWN = 12  # paths listed in one finding
#: The fix that takes out of git what a program makes.
UNTRACK = "untrack"
_LOCAL_NAMES = frozenset({".env", ".DS_Store", ".idea", ".vscode", "__pycache__", ".mypy_cache", ".pytest_cache"})


def findings(facts: ProjectFacts, *, allow_dirty: bool) -> Iterator[Finding]:
    if not facts.host.git:
        yield _missing(facts.host)
    elif facts.git_problem:
        yield _unreadable(facts)
    elif facts.git is None:
        yield _no_repository(facts)
    else:
        yield from _state(facts, facts.git, allow_dirty)


def _missing(host: Host) -> Finding:
    fix = {
        "windows": "Run: winget install --id Git.Git -e  Then open a new terminal and start the server again.",
        "darwin": "Run: xcode-select --install  Then open a new terminal and start the server again.",
    }.get(host.system, "Install it with your system's package manager, for example: sudo apt install git")
    return Finding(
        id="git.missing",
        level=Level.BLOCKER,
        title="Git is not installed, or not on PATH.",
        why=_WHY,
        fix=fix,
        docs="https://git-scm.com/downloads",
    )


def _unreadable(facts: ProjectFacts) -> Finding:
    if git.too_old(facts.host.git):
        oldest = ".".join(map(str, git.OLDEST))
        return Finding(
            id="git.too-old",
            level=Level.BLOCKER,
            title=f"Git {facts.host.git} is too old; version {oldest} or newer is needed.",
            why=_WHY,
            fix="Install a newer version, then open a new terminal.",
            docs="https://git-scm.com/downloads",
        )
    fix = "Run git status in the project's folder and fix what it says."
    if "dubious ownership" in facts.git_problem:
        fix = (
            "The folder belongs to another user of this computer. If you trust it, run: "
            f"git config --global --add safe.directory {shlex.quote(facts.location.root.as_posix())}"
        )
    return Finding(
        id="git.unreadable",
        level=Level.BLOCKER,
        title="Git cannot read the repository.",
        why=_WHY,
        fix=fix,
        details=(facts.git_problem,),
    )


def _no_repository(facts: ProjectFacts) -> Finding:
    title = "The project is not in a git repository yet."
    if facts.outer_repository:
        title = (
            f"The project does not have its own git repository: the one in {facts.outer_repository} contains much "
            "more, or ignores this folder."
        )
    return Finding(
        id="git.no-repository",
        level=Level.BLOCKER,
        title=title,
        why=_WHY,
        fix="The tool can create it for you, with a first commit, and shows you what it does first. By hand: git init, "
        'git add . and git commit -m "First commit" in the project\'s folder, with a .gitignore for what '
        "should stay out.",
        docs="https://git-scm.com/book/en/v2/Git-Basics-Getting-a-Git-Repository",
        fix_name="create-repository",
    )


def _state(facts: ProjectFacts, state: GitFacts, allow_dirty: bool) -> Iterator[Finding]:
    conflicts = [change for change in state.changes if change.conflict]
    if not state.identity:
        yield Finding(
            id="git.no-identity",
            level=Level.BLOCKER,
            title="Git does not know who you are.",
            why="Every commit names its author, and git refuses to make one without a name and an e-mail address.",
            fix='Tell it your name and e-mail address here, or run: git config user.name "Your Name" and '
            "git config user.email you@example.com",
            fix_name="git-identity",
        )
    if state.head is None:
        yield Finding(
            id="git.no-commit",
            level=Level.BLOCKER,
            title="The repository has no commit yet.",
            why=_WHY,
            fix="The tool can make one for you and shows you what it does first. By hand: git add . and "
            'git commit -m "First commit", with a .gitignore for what should stay out.',
            fix_name="first-commit",
        )
    if conflicts:
        yield Finding(
            id="git.conflicts",
            level=Level.BLOCKER,
            title=_counted(len(conflicts), "file has merge conflicts.", "files have merge conflicts."),
            why="Git could not merge two versions of these files automatically, so they do not contain a working "
            "project.",
            fix="Open each file, keep the lines you want, remove the conflict markers, then run git add and git "
            "commit.",
            details=_paths(conflicts),
        )
    elif state.in_progress:
        yield Finding(
            id="git.in-progress",
            level=Level.BLOCKER,
            title=f"A {state.in_progress} is not finished.",
            why="Until it is, the branch does not contain the final result.",
            fix=_way_out(state.in_progress),
        )
    if state.head is not None:
        yield from _work(facts, state, allow_dirty)
    yield from _sensitive(state)
    if state.windows_scripts:
        yield _line_ends(state.windows_scripts)
    if state.head is not None and state.branch is None:
        yield Finding(
            id="git.detached",
            level=Level.WARNING,
            title="No branch is checked out (git calls this a detached HEAD).",
            why="A commit made by the deployment would belong to no branch and could easily be lost.",
            fix="Go back to a branch with git switch NAME, or keep what is here with git switch -c NEW-NAME",
        )
    if state.signs:
        yield Finding(
            id="git.signed",
            level=Level.INFO,
            title="Your commits are signed, and so is the commit of a deployment.",
            why="If the key has a passphrase that nobody enters, git refuses the commit before anything is created.",
        )
    if state.shallow:
        yield Finding(
            id="git.shallow",
            level=Level.WARNING,
            title="This is a shallow clone: the older commits are missing here.",
            why="Platforms that receive a git push refuse it.",
            fix="Run: git fetch --unshallow",
        )
    if state.head is not None and not state.changes and state.branch:
        yield Finding(
            id="git.clean",
            level=Level.OK,
            title=f"Everything is committed, on branch {state.branch} ({state.head[:7]}).",
        )


def _way_out(operation: str) -> str:
    if operation == "bisect":
        return "End it with: git bisect reset"
    return f"Finish it with git {operation} --continue, or give it up with git {operation} --abort"


def _work(facts: ProjectFacts, state: GitFacts, allow_dirty: bool) -> Iterator[Finding]:
    left = [change for change in state.changes if not change.conflict]
    ours = [change for change in left if change.ours]
    local = [change for change in left if change.untracked and _is_local(change, facts)]
    made = [
        change for change in left if _is_installed(change, state) or (not change.untracked and _is_made(change, facts))
    ]
    known = {*ours, *local, *made}
    work = [change for change in left if change not in known]
    if work:
        yield _uncommitted(work, allow_dirty, first=_first(work, ignorable=bool(local)))
    elif ours:
        yield Finding(
            id="git.only-ours",
            level=Level.OK,
            title="The only uncommitted changes are this tool's own.",
            why="They added the tool to the project, or one of its runs made them. A deployment includes them.",
            details=_paths(ours),
        )
    if local:
        yield Finding(
            id="git.not-ignored",
            level=Level.WARNING,
            title="Only for this computer, but not in .gitignore: " + ", ".join(change.path for change in local[:3]),
            why="git add . would commit them, and they would be deployed: passwords, your data, thousands of files.",
            fix="Add these lines to the file .gitignore in the repository's folder: "
            + ", ".join(change.path for change in local[:_SHOWN]),
            details=_paths(local),
        )


def _first(work: Sequence[GitChange], *, ignorable: bool) -> str:
    """What has to be done before ``git add`` does what is wanted."""
    inside = ", ".join(f"{change.path}/" for change in work if change.inside)
    return ("See to .gitignore first. " if ignorable else "") + (
        f"Commit what changed inside the submodule, in its own folder, first: {inside}  " if inside else ""
    )


def _uncommitted(work: Sequence[GitChange], allowed: bool, *, first: str) -> Finding:
    if allowed:
        return Finding(
            id="git.uncommitted",
            level=Level.INFO,
            title=_counted(len(work), "file has", "files have") + " changes that are not committed.",
            why="You chose to continue: changes in files that git tracks are deployed, and other files are left out.",
            details=_paths(work),
        )
    return Finding(
        id="git.uncommitted",
        level=Level.BLOCKER,
        title=_counted(len(work), "file has", "files have") + " changes that are not committed.",
        why=_WHY,
        fix=f'{first}Commit them: git add . and git commit -m "What I changed"  Or set them aside with git stash, or '
        "continue with --allow-dirty.",
        details=_paths(work),
    )


def _is_installed(change: GitChange, state: GitFacts) -> bool:
    """Whether the file lies in a virtual environment that is committed, and changes with each package."""
    return change.path.startswith(tuple(f"{folder}/" for folder in state.environments))


def _is_made(change: GitChange, facts: ProjectFacts) -> bool:
    """Whether the file changes whenever the project runs, without anybody's work: compiled code, the local database."""
    databases = facts.settings.databases if facts.settings else ()
    return PurePosixPath(change.path).parent.name == "__pycache__" or any(
        database.is_sqlite and database.name == change.path for database in databases
    )


def _is_local(change: GitChange, facts: ProjectFacts) -> bool:
    path = change.path.rstrip("/")
    name = PurePosixPath(path).name
    settings = facts.settings
    local = {*facts.environments}
    if settings:
        local |= {settings.media_root, *(database.name for database in settings.databases if database.is_sqlite)}
    return (
        name in _LOCAL_NAMES
        or path in local
        or name.startswith(".env.")
        or path.endswith((".sqlite3", ".sqlite3-wal", ".sqlite3-shm", ".sqlite3-journal", ".pyc", ".log"))
    )


def _sensitive(state: GitFacts) -> Iterator[Finding]:
    added = {change.path for change in state.changes if change.status[0] == "A"}
    databases = state.databases
    secrets = tuple(path for path in state.sensitive if path not in databases)
    staged = tuple(path for path in secrets if path in added or state.head is None)
    tracked = tuple(path for path in secrets if path not in staged)
    if staged:
        yield Finding(
            id="git.staged-secret",
            level=Level.BLOCKER,
            title=f"Probably secret and about to be committed: {', '.join(staged[:_SHOWN])}",
            why="Once committed, it stays in the history, where everyone with a copy of the repository can read it.",
            fix=f"Run: git rm --cached {_arguments(staged)}  Then add the name to .gitignore.",
            details=staged[:_SHOWN],
        )
    if tracked:
        yield Finding(
            id="git.tracked-secret",
            level=Level.WARNING,
            title=f"Probably secret and committed: {', '.join(tracked[:_SHOWN])}",
            why="Everyone with a copy of the repository can read it, even after you delete it, because the history "
            "keeps it.",
            fix=f"Run: git rm --cached {_arguments(tracked)}  Add the name to .gitignore, commit, and replace the "
            "passwords and keys in it with new ones.",
            details=tracked[:_SHOWN],
        )
    if state.credentials:
        yield Finding(
            id="git.committed-password",
            level=Level.WARNING,
            title=f"An address with a password is committed in {', '.join(state.credentials[:_SHOWN])}",
            why="Everyone with a copy of the repository can read it, even after you delete it, because the history "
            "keeps it.",
            fix="Replace the password with a new one and keep that out of the file: pip, uv and Docker Compose read "
            "${VARIABLE} in an address from the environment.",
            details=state.credentials[:_SHOWN],
        )
    if databases:
        yield Finding(
            id="git.tracked-database",
            level=Level.WARNING,
            title=f"A database is committed: {', '.join(databases[:_SHOWN])}",
            why="It contains this computer's data and password hashes, and changes with every visit.",
            fix="Stop tracking it in git; the file stays where it is. The tool can do this for you and shows you what "
            f"it does first. By hand: git rm --cached {_arguments(databases)}  Then add the name to .gitignore and "
            "commit.",
            fix_name=UNTRACK,
            details=databases[:_SHOWN],
        )
    if state.environments:
        several = len(state.environments) > 1
        yield Finding(
            id="git.environment",
            level=Level.WARNING,
            title=f"The virtual environment{'s' if several else ''} {', '.join(state.environments[:_SHOWN])} "
            f"{'are' if several else 'is'} committed.",
            why="It holds thousands of files that work with the system and the Python of one computer only, and each "
            "deployment sends them. A platform installs the packages itself, and some refuse such a folder.",
            fix="Stop tracking it in git; the folder stays where it is. The tool can do this for you and shows you "
            f"what it does first. By hand: git rm -r --cached {_arguments(state.environments)}  Then add the name to "
            ".gitignore and commit.",
            fix_name=UNTRACK,
            details=state.environments[:_SHOWN],
        )
    if state.compiled:
        yield Finding(
            id="git.compiled",
            level=Level.WARNING,
            title="Compiled Python files are committed, in "
            + _counted(len(state.compiled), "folder", "folders")
            + " named __pycache__.",
            why="Python rewrites them on every computer and after every change, so git sees changes that nobody made. "
            "A deployed site makes its own.",
            fix="Stop tracking them in git; the files stay where they are. The tool can do this for you and shows you "
            f"what it does first. By hand: git rm -r --cached {_arguments(state.compiled)}  Then add __pycache__/ "
            "to .gitignore and commit.",
            fix_name=UNTRACK,
            details=state.compiled[:_SHOWN],
        )


def _line_ends(paths: Sequence[str]) -> Finding:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return Finding(
        id="git.line-ends",
        level=Level.WARNING,
        title=f"Linux runs these files, but they have Windows line endings: {', '.join(paths[:3])}{more}",
        why="Linux treats the invisible character at the end of a line as part of the command, and says that a "
        "program or a file is missing although it exists.",
        fix="Have git keep these files with Linux line endings on every computer. The tool can do this for you and "
        "shows you what it does first. By hand: a line such as *.sh text eol=lf in the file "
        f"{line_ends.ATTRIBUTES}, the files saved with LF line endings in your editor, and a commit of both.",
        docs="https://git-scm.com/docs/gitattributes#_eol",
        fix_name=line_ends.FIX,
        details=tuple(paths[:_SHOWN]),
    )


def _arguments(paths: Sequence[str]) -> str:
    return " ".join(shlex.quote(path) for path in paths[:_SHOWN])


def _paths(changes: Sequence[GitChange]) -> tuple[str, ...]:
    shown = tuple(change.path for change in changes[:_SHOWN])
    return (*shown, f"and {len(changes) - _SHOWN} more") if len(changes) > _SHOWN else shown


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
