"""What the tool can fix by itself, described in full before anything is done. The engine carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.inspection import line_ends, misnamed, portable, predecessor, upgrades
from simple_deploy.inspection.fixes import files, leaving, packages, repository
from simple_deploy.inspection.fixes.commits import changing as changing
from simple_deploy.inspection.fixes.fix import Fix as Fix
from simple_deploy.inspection.rules import commit, configuration
from simple_deploy.inspection.rules.repository import UNTRACK

_FIXES: Mapping[str, Callable[[ProjectFacts, Mapping[str, str]], Fix]] = MappingProxyType(
    {
        "create-repository": repository.create_repository,
        "first-commit": repository.first_commit,
        "git-identity": repository.git_identity,
        "write-requirements": packages.write_requirements,
        portable.FIX: packages.portable_requirements,
        line_ends.FIX: files.linux_line_ends,
        misnamed.FIX: files.spell_names,
        UNTRACK: repository.untrack,
        "no-package": packages.no_package,
        configuration.MAKE_MIGRATIONS: files.make_migrations,
        upgrades.FIX: packages.upgrade_django,
        predecessor.LEAVE: leaving.leave_predecessor,
        predecessor.BLOCKS: leaving.remove_platform_settings,
    }
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
    way = repository.keep_folder if gaps[0].role == "folder" else repository.add_ignored
    return way(name, facts, answers or {}, gaps)
