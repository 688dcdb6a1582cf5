"""Fixes of the project's own files: scripts, names of files, migrations."""

from __future__ import annotations

from collections.abc import Mapping

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.options import Option
from simple_deploy.inspection import line_ends, migrations, misnamed
from simple_deploy.inspection.fixes.commits import about_commit, committed, committing, unfinished
from simple_deploy.inspection.fixes.fix import Fix, bytes_of, difference, with_lines
from simple_deploy.inspection.rules import configuration


def linux_line_ends(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: there is no such file."""
    paths = facts.git.windows_scripts if facts.git else ()
    if not paths:
        raise LookupError(line_ends.FIX)
    read = {path: bytes_of(facts, path) for path in paths}
    after = {path: line_ends.with_those_of_linux(data) for path, data in read.items()}
    attributes, known = with_lines(facts, line_ends.ATTRIBUTES, line_ends.attributes(paths))
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
    return committed(fix, facts, answers, "Keep Linux line endings in scripts")


def spell_names(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: every name is that of its file."""
    found = facts.settings.misnamed if facts.settings else ()
    if not found:
        raise LookupError(misnamed.FIX)
    read = {path: bytes_of(facts, path) for path in dict.fromkeys(each.by for each in found)}
    after = {path: misnamed.spelled(data, (each for each in found if each.by == path)) for path, data in read.items()}
    title = "Name files as they are called"
    steps = tuple(f"In {each.by}, write {each.file} instead of {each.name}." for each in found)
    fix = Fix(name=misnamed.FIX, title=title, steps=steps, files=tuple(after.items()), read=read)
    return committed(fix, facts, answers, title)


def make_migrations(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: there is nothing to write, or Django would ask something."""
    new = facts.settings.new_migrations if facts.settings else ()
    if not new:
        raise LookupError(configuration.MAKE_MIGRATIONS)
    files = tuple((path, text.encode("utf-8")) for path, text in new)
    fields: tuple[Option, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    if not unfinished(facts):  # else the models may be part of it, and are to be committed with their migration
        fields, commands = committing(facts, answers, [path for path, _ in new], "Add the migrations of changed models")
    return Fix(
        name=configuration.MAKE_MIGRATIONS,
        title="Write the migrations of the changed models",
        steps=(
            *(f"Write {path}{_told(migrations.read(path, text))}." for path, text in new),
            *about_commit(fields, "these files"),
            *([] if fields else ["Then commit these files yourself, with your models."]),
            "Then do the rest yourself: run `python manage.py migrate` to update your local database.",
        ),
        files=files,
        commands=commands,
        fields=fields,
        diffs=tuple((path, difference(path, b"", data)) for path, data in files),
    )


def _told(migration: migrations.Migration) -> str:
    """What it does, behind the name of its file."""
    return f", which {', '.join(each.text for each in migration.changes)}" if migration.changes else ""
