"""What the tool can fix by itself, described in full before anything is done. The engine carries it out."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from simple_deploy.core.errors import FilesChanged
from simple_deploy.core.facts import Gap, GitFacts, ProjectFacts
from simple_deploy.core.options import Option
from simple_deploy.core.paths import inside, is_elsewhere
from simple_deploy.edits import diff, gitignore, tables, textfile
from simple_deploy.edits.errors import EditError
from simple_deploy.inspection import line_ends, migrations, misnamed, portable, predecessor, upgrades
from simple_deploy.inspection.rules import commit, configuration, needs, repository

NAME = Option(
    name="name",
    label="Your name",
    help="Written into each commit. Everyone who sees the repository can read it.",
    pattern=r"[^<>\n]*[^<>\s][^<>\n]*",
    pattern_help="Use letters, without < and >.",
)
EMAIL = Option(
    name="email",
    label="Your e-mail address",
    help="Written into each commit, next to your name.",
    pattern=r"[^\s<>@]+@[^\s<>@]+",
    pattern_help="It looks like you@example.com.",
)
MESSAGE = Option(
    name="commit_message",
    label="Commit message",
    help="Change it if the repository has rules for messages.",
    required=False,
    advanced=True,
)

_FIRST = "First commit"

_COMPILED = ("__pycache__/", "*.py[cod]")
_ALWAYS_IGNORED = (
    *_COMPILED,
    ".env",
    ".venv/",
    "*.sqlite3",
    "*.sqlite3-*",
    ".DS_Store",
    ".simple_deploy/",
)
_HEADING = "# Files that belong to only one computer, or that can be made again at any time.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What would be done, in this order: write the files, then run the commands in the git root.

    :param steps: the same in sentences, for the person who decides.
    :param files: path relative to the git root, and the whole new content; None where the file goes.
    :param read: what was read of those that are there, by path; the others are not there. The new content holds for
        no other files than these.
    :param commands: argument lists; where an answer is still missing it stands as ``<…>``.
    :param fields: what has to be asked first.
    :param diffs: what changes inside files that are there, by path, each as a unified diff.
    """

    name: str
    title: str
    steps: tuple[str, ...]
    files: tuple[tuple[str, bytes | None], ...] = ()
    read: Mapping[str, bytes] = field(default_factory=dict)  # a mapping proxy is refused before Python 3.12
    commands: tuple[tuple[str, ...], ...] = ()
    fields: tuple[Option, ...] = ()
    diffs: tuple[tuple[str, str], ...] = ()

    @property
    def diff(self) -> str:
        """All that changes inside files that are there."""
        return "".join(text for _, text in self.diffs)

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """The files that are new, with their content, to be read before it is decided."""
        new = () if self.diffs else self.files
        return tuple(
            (path, data.decode("utf-8", "replace")) for path, data in new if data is not None and path not in self.read
        )


def describe(name: str, facts: ProjectFacts, answers: Mapping[str, str] | None = None) -> Fix:
    """What the fix called *name* would do to the project.

    :param answers: to the fix's fields, as far as they are known.
    :raises LookupError: there is no such fix.
    :raises FilesChanged: a file that it is about has gone since, or cannot be read.
    :raises EditError: such a file cannot be read as text.
    """
    if name in _FIXES:
        return _FIXES[name](facts, answers or {})
    gaps = [gap for gap in facts.gaps if commit.fix_name(gap) == name]
    if not gaps:
        raise LookupError(name)
    way = _keep_folder if gaps[0].role == "folder" else _add_ignored
    return way(name, facts, answers or {}, gaps)


def changing(
    facts: ProjectFacts,
    answers: Mapping[str, str],
    *,
    name: str,
    title: str,
    changes: Mapping[str, Callable[[str], str]],
    steps: tuple[str, ...],
    message: str,
) -> Fix:
    """A fix that changes the text of files.

    :param changes: by path, what makes the new text of the old one, which is empty where there is no file yet; a file
        of which nothing is left goes. :param steps: what that does. :param message: of the commit.
    """
    read: dict[str, bytes] = {}
    files: dict[str, bytes | None] = {}
    for path, change in changes.items():
        there = os.path.lexists(facts.location.root / path)
        before = _read(facts, path) if there else b""
        source = textfile.decode(before)
        text = change(source.text)
        if text != source.text:
            files[path] = source.encode(text) if text.strip() else None
            read |= {path: before} if there else {}
    fix = Fix(name=name, title=title, steps=steps, files=tuple(files.items()), read=read)
    return _committed(fix, facts, answers, message)


def _committed(
    fix: Fix,
    facts: ProjectFacts,
    answers: Mapping[str, str],
    message: str,
    *,
    but: Collection[str] = (),
) -> Fix:
    """*fix*, where its files are committed, and nothing else is: not where one of them has unfinished work in it.

    :param but: files that go and that no commit holds.
    """
    files = {path: data or b"" for path, data in fix.files if path not in but}
    unfinished = ", ".join(path for path in files if path in _unfinished(facts))
    fields, commands = _committing(facts, answers, [*files], message) if files and not unfinished else ((), ())
    return replace(
        fix,
        steps=(
            *fix.steps,
            *_about_commit(fields),
            *([f"Then commit {unfinished} yourself: other changes there are not committed yet."] if unfinished else []),
        ),
        commands=commands,
        fields=fields,
        diffs=tuple((path, _diff(path, fix.read.get(path, b""), data)) for path, data in files.items()),
    )


def _create_repository(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    ignored, read = _ignore_file(facts)
    fields, identity = _identity(facts, answers)
    asked, text = _message(answers, _FIRST)
    return Fix(
        name="create-repository",
        title="Create a git repository with a first commit",
        steps=(
            f"Make {facts.location.root} a git repository. Your files stay as they are; git keeps its own files in the "
            "folder .git.",
            *_about_ignored(ignored),
            *_about_identity(fields),
            "Commit everything else as the first commit, on the branch main. Nothing is sent anywhere.",
        ),
        files=ignored,
        read=read,
        commands=(
            ("git", "-c", "init.defaultBranch=main", "init"),
            *identity,
            ("git", "add", "--all"),
            ("git", "commit", "-m", text),
        ),
        fields=(*fields, asked),
    )


def _first_commit(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    ignored, read = _ignore_file(facts)
    fields, identity = _identity(facts, answers)
    asked, text = _message(answers, _FIRST)
    return Fix(
        name="first-commit",
        title="Make the first commit",
        steps=(
            *_about_ignored(ignored),
            *_about_identity(fields),
            "Commit everything that .gitignore does not exclude. Nothing is sent anywhere.",
        ),
        files=ignored,
        read=read,
        commands=(*identity, ("git", "add", "--all"), ("git", "commit", "-m", text)),
        fields=(*fields, asked),
    )


def _git_identity(_: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    return Fix(
        name="git-identity",
        title="Tell git who you are",
        steps=("Set your name and e-mail address for this repository. Other repositories keep what they have.",),
        commands=_identity_commands(answers),
        fields=(NAME, EMAIL),
    )


def _write_requirements(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    lines = facts.dependencies.suggested
    fields, commands = _committing(facts, answers, ["requirements.txt"], "List the packages the project needs")
    unknown = ", ".join(facts.dependencies.unknown_imports)
    return Fix(
        name="write-requirements",
        title="Write requirements.txt from what the project imports",
        steps=(
            "Write requirements.txt with the packages the project imports, in the versions that are installed here.",
            *([f"Left out, because no installed package provides it: {unknown}."] if unknown else []),
            *_about_commit(fields, "that file"),
        ),
        files=(("requirements.txt", "".join(f"{line}\n" for line in lines).encode("utf-8")),),
        commands=commands,
        fields=fields,
    )


def _portable_requirements(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    found = facts.dependencies
    before = {path: _read(facts, path) for path in portable.files(found)}
    gone = ", ".join(entry.text for entry in portable.unusable(found))
    fix = Fix(
        name=portable.FIX,
        title="Leave out packages for only one operating system",
        steps=(
            *([f"Delete the lines {gone}: no package index has these."] if gone else []),
            *(f"Ask for {entry.text} only where {marker}." for entry, marker in portable.unmarked(found).items()),
        ),
        files=tuple((path, portable.changed(content, found)) for path, content in before.items()),
        read=before,
    )
    return _committed(fix, facts, answers, "Limit packages to the system that needs them")


def _line_ends(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: there is no such file."""
    paths = facts.git.windows_scripts if facts.git else ()
    if not paths:
        raise LookupError(line_ends.FIX)
    read = {path: _read(facts, path) for path in paths}
    after = {path: line_ends.with_those_of_linux(data) for path, data in read.items()}
    attributes, known = _with_lines(facts, line_ends.ATTRIBUTES, line_ends.attributes(paths))
    fix = Fix(
        name=line_ends.FIX,
        title="Keep scripts with Linux line endings",
        steps=(
            f"State in {line_ends.ATTRIBUTES} that these files have Linux line endings on every computer.",
            f"Write these files that way here: {', '.join(paths)}. Nothing else in them changes.",
        ),
        files=(*attributes, *after.items()),
        read={**known, **read},
    )
    return _committed(fix, facts, answers, "Keep Linux line endings in scripts")


def _spell_names(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: every name is that of its file."""
    found = facts.settings.misnamed if facts.settings else ()
    if not found:
        raise LookupError(misnamed.FIX)
    read = {path: _read(facts, path) for path in dict.fromkeys(each.by for each in found)}
    after = {path: misnamed.spelled(data, (each for each in found if each.by == path)) for path, data in read.items()}
    title = "Name files as they are called"
    steps = tuple(f"In {each.by}, write {each.file} instead of {each.name}." for each in found)
    fix = Fix(name=misnamed.FIX, title=title, steps=steps, files=tuple(after.items()), read=read)
    return _committed(fix, facts, answers, title)


def _untrack(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: nothing of the kind is committed."""
    git = facts.git
    databases = git.databases if git else ()
    paths = (*databases, *(git.compiled if git else ()))
    if git is None or not paths:
        raise LookupError(repository.UNTRACK)
    patterns = (*(gitignore.literal(f"/{path}") for path in databases), *(_COMPILED if git.compiled else ()))
    files, read = _with_lines(facts, ".gitignore", patterns)
    ignored = [path for path, _ in files]
    fields: tuple[Option, ...] = ()
    commands: tuple[tuple[str, ...], ...] = (("git", "rm", "-r", "--cached", "--quiet", "--", *paths),)
    # Named in a commit, a file that is still there would be in it again. So all is committed that is staged, and that
    # has to be this alone.
    others = any(
        change.staged and not f"{change.path}/".startswith(tuple(f"{each}/" for each in paths))
        for change in git.changes
    )
    if _can_commit(git) and not others and _unfinished(facts).isdisjoint(ignored):
        fields, identity = _identity(facts, answers)
        asked, text = _message(answers, "Leave out what the project makes by itself")
        adding = [_adding(ignored)] if ignored else []
        fields, commands = (*fields, asked), (*identity, *commands, *adding, ("git", "commit", "-m", text))
    return Fix(
        name=repository.UNTRACK,
        title="Take out of git what the project makes by itself",
        steps=(
            f"Stop tracking {', '.join(paths)} in git. The files stay on your disk, and older commits still contain "
            "them.",
            *([f"Add to .gitignore: {', '.join(patterns)}"] if files else []),
            *_about_commit(fields),
        ),
        files=files,
        read=read,
        commands=commands,
        fields=fields,
        diffs=tuple((path, _diff(path, read.get(path, b""), data)) for path, data in files),
    )


def _no_package(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: nothing builds the project as a package."""
    found = facts.dependencies
    if not found.builds_itself or not found.file:
        raise LookupError("no-package")
    before = _read(facts, found.file)
    table, key = (("tool", "poetry"), "package-mode") if found.manager == "poetry" else (("tool", "uv"), "package")
    source = textfile.decode(before)
    after = source.encode(tables.add_keys(tables.remove_keys(source.text, table, [key]), table, {key: "false"}))
    title = "Say that the project is not a package"
    fix = Fix(
        name="no-package",
        title=title,
        steps=(f"Add {key} = false to {found.file}, so that installing never tries to build the project itself.",),
        files=((found.file, after),),
        read={found.file: before},
    )
    return _committed(fix, facts, answers, title)


def _make_migrations(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: there is nothing to write, or Django would ask something."""
    new = facts.settings.new_migrations if facts.settings else ()
    if not new:
        raise LookupError(configuration.MAKE_MIGRATIONS)
    files = tuple((path, text.encode("utf-8")) for path, text in new)
    fields: tuple[Option, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    if not _unfinished(facts):  # else the models may be part of it, and are to be committed with their migration
        fields, commands = _committing(
            facts, answers, [path for path, _ in new], "Add the migrations of changed models"
        )
    return Fix(
        name=configuration.MAKE_MIGRATIONS,
        title="Write the migrations of the changed models",
        steps=(
            *(f"Write {path}{_told(migrations.read(path, text))}." for path, text in new),
            *_about_commit(fields, "these files"),
            *([] if fields else ["Then commit these files yourself, with your models."]),
            "Then do the rest yourself: run `python manage.py migrate` to update your local database.",
        ),
        files=files,
        commands=commands,
        fields=fields,
        diffs=tuple((path, _diff(path, b"", data)) for path, data in files),
    )


def _told(migration: migrations.Migration) -> str:
    """What it does, behind the name of its file."""
    return f", which {', '.join(each.text for each in migration.changes)}" if migration.changes else ""


def _upgrade_django(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: no single line decides which Django is installed."""
    pin = upgrades.pin(facts)
    if pin is None:
        raise LookupError(upgrades.FIX)
    before = _read(facts, pin.file)
    title = f"Ask for Django{upgrades.version(facts)}"
    fix = Fix(
        name=upgrades.FIX,
        title=title,
        steps=(
            f"In {pin.file}, write Django{upgrades.version(facts)} instead of {pin.text}. No other line changes, and "
            "nothing is installed.",
        ),
        files=((pin.file, upgrades.changed(before, facts)),),
        read={pin.file: before},
    )
    then = (
        f"Then do the rest yourself: run `python -m pip install -r {shlex.quote(pin.file)}` and your tests, and read "
        "in the release notes what has changed. If other packages do not work with that Django version, upgrade them "
        "as well."
    )
    return _followed(_committed(fix, facts, answers, title), then)


def _leave_predecessor(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: there is nothing that can be taken out."""
    read: dict[str, bytes] = {}
    files: dict[str, bytes | None] = {}
    steps: list[str] = []
    for edit in predecessor.leaving(facts):
        before = _read(facts, edit.path)
        source = textfile.decode(before)
        after = source.encode(edit.change(source.text))
        if after != before:
            read[edit.path], files[edit.path] = before, after
            steps.append(edit.step)
    logs = predecessor.logs(facts.location)
    for path in logs:
        read[path], files[path] = _read(facts, path), None
        steps.append(f"Delete {path}.")
    if not steps:
        raise LookupError(predecessor.LEAVE)
    lock = facts.dependencies.lock if predecessor.declared(facts) else None
    locking = needs.LOCKING.get(facts.dependencies.manager, "lock it")
    title = "Do without django-simple-deploy"
    fix = Fix(name=predecessor.LEAVE, title=title, steps=tuple(steps), files=tuple(files.items()), read=read)
    uncommitted = {*logs} - {*(facts.git.predecessor_logs if facts.git else ())}
    done = _committed(fix, facts, answers, title, but=uncommitted)
    return _followed(done, f"Then do the rest yourself: run `{locking}`, and commit {lock}.") if lock else done


def _remove_platform_settings(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: no plugin of django-simple-deploy has written any."""
    path = facts.settings.file if facts.settings else None
    if not path:
        raise LookupError(predecessor.BLOCKS)
    found = predecessor.blocks(textfile.decode(_read(facts, path)).text)
    if not found:
        raise LookupError(predecessor.BLOCKS)
    fix = changing(
        facts,
        answers,
        name=predecessor.BLOCKS,
        title=f"Remove the settings for {' and '.join(each.platform for each in found)}",
        changes={path: predecessor.without_blocks},
        steps=tuple(f"Delete lines {each.first} to {each.last} of {path}, for {each.platform}." for each in found),
        message="Remove the settings of a platform",
    )
    then = "A site that runs with them keeps running. If you deployed it again the same way, it would not start."
    return _followed(fix, then)


def _add_ignored(name: str, facts: ProjectFacts, answers: Mapping[str, str], gaps: Sequence[Gap]) -> Fix:
    """Add what a pattern keeps out, and take the pattern away where it keeps nothing else out."""
    first = gaps[0]
    source, _, number = first.by.rpartition(":")
    paths = [gap.path for gap in gaps]
    files = [(path, _read(facts, path)) for path in paths]
    read = dict(files)
    lines = _lines_with(facts, source, int(number), first.detail) if first.alone else None
    without = None
    if lines is not None:
        read[source] = b"".join(lines)
        without = b"".join((*lines[: int(number) - 1], *lines[int(number) :]))
        files.insert(0, (source, without))
    fields, commands = _committing(facts, answers, [path for path, _ in files], "Add files that git ignored")
    return Fix(
        name=name,
        title=f"Add what {first.by} keeps out of git",
        steps=(
            f"Remove line {number} from {source}: {first.detail}"
            if without is not None
            else f"Leave {first.by} ({first.detail}) as it is, since it excludes other things too.",
            f"Add to git: {', '.join(paths)}. The files stay as they are.",
            *_about_commit(fields),
        ),
        files=tuple(files),
        read=read,
        commands=commands or (_adding([path for path, _ in files]),),
        fields=fields,
        diffs=() if without is None else ((source, _diff(source, read[source], without)),),
    )


def _keep_folder(name: str, facts: ProjectFacts, answers: Mapping[str, str], gaps: Sequence[Gap]) -> Fix:
    path = f"{gaps[0].path}.gitkeep"
    fields, commands = _committing(facts, answers, [path], f"Keep the folder {gaps[0].path.rstrip('/')}")
    return Fix(
        name=name,
        title=f"Have git keep the folder {gaps[0].path.rstrip('/')}",
        steps=(
            f"Write an empty file {path}, so that every copy of the project has the folder. Everything else in it "
            "stays out of git.",
            *_about_commit(fields, "that file"),
        ),
        files=((path, b""),),
        commands=commands or (_adding([path]),),
        fields=fields,
    )


def _lines_with(facts: ProjectFacts, source: str, number: int, pattern: str) -> list[bytes] | None:
    """The lines of the file; None where that is not one of the repository's own, or has unfinished work in it."""
    path = facts.location.root / source
    if path.name != ".gitignore" or is_elsewhere(source) or source in _unfinished(facts):
        return None
    lines = _read(facts, source).splitlines(keepends=True)
    if number > len(lines) or lines[number - 1].decode("utf-8", "replace").strip() != pattern.strip():
        return None
    return lines


def _read(facts: ProjectFacts, path: str) -> bytes:
    """The bytes of a file that was there when the project was looked at.

    :raises FilesChanged: it is gone by now, or cannot be read.
    """
    try:
        return (facts.location.root / path).read_bytes()
    except FileNotFoundError as error:
        raise FilesChanged(
            f"{path} existed when the tool looked at the project, but no longer does. Nothing was changed.",
            paths=[path],
            hint="Look at the project again. If the fix still applies, it is offered again.",
        ) from error
    except OSError as error:
        raise FilesChanged(
            f"{path} cannot be read: {error.strerror or error}. Nothing was touched.",
            paths=[path],
            hint="Give yourself permission to read that file, and look at the project again.",
        ) from error


def _diff(path: str, before: bytes, after: bytes) -> str:
    old, new = before.decode("utf-8", "replace"), after.decode("utf-8", "replace")
    return diff.unified(old.replace("\r\n", "\n"), new.replace("\r\n", "\n"), path)


def _committing(
    facts: ProjectFacts, answers: Mapping[str, str], paths: Sequence[str], message: str
) -> tuple[tuple[Option, ...], tuple[tuple[str, ...], ...]]:
    """What to ask and to run so that *paths*, whatever ignores them, are committed and nothing else is."""
    if not _can_commit(facts.git):
        return (), ()
    fields, identity = _identity(facts, answers)
    asked, text = _message(answers, message)
    commit = ("git", "commit", "-m", text, "--", *paths)
    return (*fields, asked), (*identity, _adding(paths), commit)


def _message(answers: Mapping[str, str], usual: str) -> tuple[Option, str]:
    """The field for the message of a commit, and the message."""
    return replace(MESSAGE, default=usual), answers.get(MESSAGE.name) or usual


def _unfinished(facts: ProjectFacts) -> set[str]:
    """Paths with work in them that is not committed."""
    return {change.path for change in facts.git.changes} if facts.git else set()


def _adding(paths: Sequence[str]) -> tuple[str, ...]:
    return "git", "add", "--force", "--", *paths


_FIXES: Mapping[str, Callable[[ProjectFacts, Mapping[str, str]], Fix]] = MappingProxyType(
    {
        "create-repository": _create_repository,
        "first-commit": _first_commit,
        "git-identity": _git_identity,
        "write-requirements": _write_requirements,
        portable.FIX: _portable_requirements,
        line_ends.FIX: _line_ends,
        misnamed.FIX: _spell_names,
        repository.UNTRACK: _untrack,
        "no-package": _no_package,
        configuration.MAKE_MIGRATIONS: _make_migrations,
        upgrades.FIX: _upgrade_django,
        predecessor.LEAVE: _leave_predecessor,
        predecessor.BLOCKS: _remove_platform_settings,
    }
)


def _can_commit(git: GitFacts | None) -> bool:
    """Without a commit the first one takes the file along; during a merge, that has to be finished first."""
    return git is not None and git.head is not None and git.in_progress is None


def _identity(
    facts: ProjectFacts, answers: Mapping[str, str]
) -> tuple[tuple[Option, ...], tuple[tuple[str, ...], ...]]:
    if facts.host.git_identity:
        return (), ()
    return (NAME, EMAIL), _identity_commands(answers)


def _identity_commands(answers: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    return (
        ("git", "config", "user.name", answers.get("name") or "<your name>"),
        ("git", "config", "user.email", answers.get("email") or "<your e-mail address>"),
    )


def _about_identity(fields: tuple[Option, ...]) -> tuple[str, ...]:
    if NAME not in fields:
        return ()
    return ("Set your name and e-mail address for this repository; every commit carries them.",)


def _about_commit(fields: tuple[Option, ...], what: str = "that, and nothing else") -> tuple[str, ...]:
    """:param fields: of :func:`_committing`, which asks for no message where nothing is committed."""
    commits = any(field.name == MESSAGE.name for field in fields)
    return (*_about_identity(fields), *([f"Commit {what}."] if commits else []))


def _followed(fix: Fix, then: str) -> Fix:
    return replace(fix, steps=(*fix.steps, then))


def _about_ignored(files: tuple[tuple[str, bytes], ...]) -> tuple[str, ...]:
    if not files:
        return ()
    return ("Write .gitignore, so that passwords, your local database, uploads and installed packages stay out.",)


def _ignore_file(facts: ProjectFacts) -> tuple[tuple[tuple[str, bytes], ...], Mapping[str, bytes]]:
    """What to write, and what was read for it."""
    return _with_lines(facts, ".gitignore", patterns(facts), heading=_HEADING)


def _with_lines(
    facts: ProjectFacts, path: str, wanted: tuple[str, ...], *, heading: str = ""
) -> tuple[tuple[tuple[str, bytes], ...], Mapping[str, bytes]]:
    """What to write so that a file of patterns, which need not be there yet, has those *wanted*; what was read for it.

    :param heading: what an empty one begins with.
    :raises EditError: the file is no text.
    """
    there = os.path.lexists(facts.location.root / path)
    read = {path: _read(facts, path)} if there else {}
    before = read.get(path, b"")
    try:
        file = textfile.decode(before)
    except EditError as error:
        raise EditError(f"{path} cannot be read. {error.message}", hint=error.hint) from error
    after = file.encode(gitignore.add(file.text or heading, wanted))
    return (((path, after),) if after != before else ()), read


def patterns(facts: ProjectFacts) -> tuple[str, ...]:
    """What a repository of this project leaves out."""
    folders = [*facts.environments]
    if facts.settings:
        folders += [facts.settings.media_root, facts.settings.static_root or ""]
        folders += [
            database.name for database in facts.settings.databases if database.is_sqlite and database.name != ":memory:"
        ]
    own = (folder for folder in folders if folder != "." and inside(folder) is not None)
    files = {database.name for database in facts.settings.databases} if facts.settings else set()
    return (
        *_ALWAYS_IGNORED,
        *(gitignore.literal(f"/{folder}" if folder in files else f"/{folder}/") for folder in own),
    )
