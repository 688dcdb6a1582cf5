"""Fixes of what django-simple-deploy and its plugins have left."""

from __future__ import annotations

from collections.abc import Mapping

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.edits import textfile
from simple_deploy.inspection import predecessor
from simple_deploy.inspection.fixes.commits import changing, committed, followed
from simple_deploy.inspection.fixes.fix import Fix, bytes_of
from simple_deploy.inspection.rules import needs


def leave_predecessor(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: there is nothing that can be taken out."""
    read: dict[str, bytes] = {}
    files: dict[str, bytes | None] = {}
    steps: list[str] = []
    for edit in predecessor.leaving(facts):
        before = bytes_of(facts, edit.path)
        source = textfile.decode(before)
        after = source.encode(edit.change(source.text))
        if after != before:
            read[edit.path], files[edit.path] = before, after
            steps.append(edit.step)
    logs = predecessor.logs(facts.location)
    for path in logs:
        read[path], files[path] = bytes_of(facts, path), None
        steps.append(f"Delete {path}.")
    if not steps:
        raise LookupError(predecessor.LEAVE)
    lock = facts.dependencies.lock if predecessor.declared(facts) else None
    locking = needs.LOCKING.get(facts.dependencies.manager, "lock it")
    title = "Do without django-simple-deploy"
    fix = Fix(name=predecessor.LEAVE, title=title, steps=tuple(steps), files=tuple(files.items()), read=read)
    uncommitted = {*logs} - {*(facts.git.predecessor_logs if facts.git else ())}
    done = committed(fix, facts, answers, title, but=uncommitted)
    return followed(done, f"Then do the rest yourself: run `{locking}`, and commit {lock}.") if lock else done


def remove_platform_settings(facts: ProjectFacts, answers: Mapping[str, str]) -> Fix:
    """:raises LookupError: no plugin of django-simple-deploy has written any."""
    path = facts.settings.file if facts.settings else None
    if not path:
        raise LookupError(predecessor.BLOCKS)
    found = predecessor.blocks(textfile.decode(bytes_of(facts, path)).text)
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
    return followed(fix, then)
