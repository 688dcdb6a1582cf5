"""Fixes of the list of packages."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.edits import tables, textfile
from simple_deploy.inspection import portable, upgrades
from simple_deploy.inspection.fixes.commits import about_commit, committed, committing, followed
from simple_deploy.inspection.fixes.fix import Fix, bytes_of


def write_requirements(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    lines = facts.dependencies.suggested
    fields, commands = committing(facts, answers, ["requirements.txt"], "List the packages the project needs")
    unknown = ", ".join(facts.dependencies.unknown_imports)
    return Fix(
        name="write-requirements",
        title="Write requirements.txt from what the project imports",
        steps=(
            "Write requirements.txt with the packages the project imports, in the versions that are installed here.",
            *([f"Left out, because no installed package provides it: {unknown}."] if unknown else []),
            *about_commit(fields, "that file"),
        ),
        files=(("requirements.txt", "".join(f"{line}\n" for line in lines).encode("utf-8")),),
        commands=commands,
        fields=fields,
    )


def portable_requirements(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    found = facts.dependencies
    before = {path: bytes_of(facts, path) for path in portable.files(found)}
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
    return committed(fix, facts, answers, "Limit packages to the system that needs them")


def no_package(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: nothing builds the project as a package."""
    found = facts.dependencies
    if not found.builds_itself or not found.file:
        raise LookupError("no-package")
    before = bytes_of(facts, found.file)
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
    return committed(fix, facts, answers, title)


def upgrade_django(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: no single line decides which Django is installed."""
    pin = upgrades.pin(facts)
    if pin is None:
        raise LookupError(upgrades.FIX)
    before = bytes_of(facts, pin.file)
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
    return followed(committed(fix, facts, answers, title), then)
