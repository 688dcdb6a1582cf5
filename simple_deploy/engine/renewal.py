"""Blocks of settings that an earlier version of the tool wrote, one for each platform with all that a site needs: they
become a short one for each platform between the two that all platforms share. Done as a fix, so with a diff and undo.

Until then they stay as they are: a plan of their own is what changes them, never a deployment in passing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial, reduce

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.options import Answers
from simple_deploy.core.steps import EditBlock
from simple_deploy.edits import blocks
from simple_deploy.edits.errors import EditError
from simple_deploy.engine import additions
from simple_deploy.engine.render import with_block
from simple_deploy.inspection import fixes
from simple_deploy.managers.load import text_of
from simple_deploy.platforms.base import Platform, Remote
from simple_deploy.platforms.production import FIRST_BLOCK, LAST_BLOCK

FIX = "shorten-settings"

#: A variable that is read, or looked for, in the spellings of all versions. What ends in an underscore is only how the
#: names of some begin.
_READ = re.compile(
    r"""(?:_env(?:\.\w+)?\(|_os\.environ(?:\.\w+)?[(\[])f?["']([A-Z][A-Z0-9_]*[A-Z0-9])["']"""
    r"""|["']([A-Z][A-Z0-9_]*)["'] (?:not )?in _os\.environ"""
)


def findings(facts: ProjectFacts, platforms: Mapping[str, Platform]) -> Iterator[Finding]:
    """What is said about such blocks.

    :param platforms: those that are installed, by slug.
    """
    for path, slugs in _by_file(facts).items():
        known = [slug for slug in slugs if slug in platforms]
        if not known:
            continue
        edited = [slug for slug in known if _is_edited(facts, path, slug)]
        names = ", ".join(platforms[slug].card.named for slug in known)
        yield Finding(
            id="settings.earlier-blocks",
            level=Level.INFO,
            title=f"An earlier version of this tool wrote the settings for {names} into {path}.",
            why="Each of these blocks has all that a site needs, and deploying leaves them as they are. Now there is "
            "one block for all platforms, and a few lines for each.",
            fix=f"Take what you edited in the block of {', '.join(edited)} out of it, to below its last line; until "
            "then that block stays as it is."
            if edited
            else "The tool can shorten them for you. You see every line first, and undo restores them.",
            fix_name=FIX if len(edited) < len(known) else None,
        )


def describe(
    facts: ProjectFacts,
    given: Mapping[str, str],
    platforms: Mapping[str, Platform],
    chosen: Mapping[str, Mapping[str, object]],
) -> fixes.Fix:
    """The fix: what it does to the first file that has such blocks, and to the files that the new ones rely on.

    :param given: answers to the fix's own fields. :param chosen: what was answered for the last deployments, by slug.
    :raises LookupError: there are no such blocks, or all of them were edited.
    :raises EditError: they cannot be put together.
    """
    for path, slugs in _by_file(facts).items():
        wanted = [slug for slug in slugs if slug in platforms and not _is_edited(facts, path, slug)]
        if wanted:
            break
    else:
        raise LookupError(FIX)
    planned = {slug: _planned(facts, path, platforms[slug], chosen.get(slug, {})) for slug in wanted}
    new = {slug: _of_settings(planned[slug], path, slug) for slug in wanted}
    beside: dict[str, list[EditBlock]] = {}
    for slug in wanted:
        for step in planned[slug]:
            if step.path != path and step.block_id == slug and not _is_there(facts, step):
                beside.setdefault(step.path, []).append(step)
    names = ", ".join(platforms[slug].card.named for slug in wanted)
    return fixes.changing(
        facts,
        given,
        name=FIX,
        title="Shorten the settings of deployed sites",
        changes={
            path: lambda text: shortened(text, new),
            **{other: partial(reduce, with_block, steps) for other, steps in beside.items()},
        },
        steps=(
            f"Take the blocks for {names} out of {path}.",
            "Replace them with one block for all platforms and a few lines for each. Nothing else in the file changes.",
            *(f"Write into {other} what these lines rely on." for other in beside),
        ),
        message="Shorten the settings of deployed sites",
    )


def shortened(text: str, new: Mapping[str, Sequence[EditBlock]]) -> str:
    """*text* with the *new* blocks of some platforms in the place of those they had.

    They all go where the first of them stands.

    :raises EditError: there are lines of the person's own between them, which would then count more or less than now;
        or a block reads a variable that the new ones do not, for what is on the platform was not asked for.
    """
    found = blocks.read_blocks(text)
    _refuse_lines_between(text, [found[name] for name in (*new, FIRST_BLOCK, LAST_BLOCK) if name in found], found)
    first = min(new, key=lambda slug: found[slug].first_line)
    for slug in sorted(new, key=lambda slug: found[slug].first_line):
        steps = {step.block_id: step for step in new[slug]}
        _refuse_other_variables(found[slug], steps.values())
        text = blocks.put_block(text, FIRST_BLOCK, steps[FIRST_BLOCK].text, before=first)
        text = blocks.put_block(text, LAST_BLOCK, steps[LAST_BLOCK].text, before=first)
        text = blocks.remove_block(text, slug)
        text = blocks.put_block(text, slug, steps[slug].text, before=LAST_BLOCK)
    return text


def _by_file(facts: ProjectFacts) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path, slug in facts.earlier_blocks:
        found.setdefault(path, []).append(slug)
    return found


def _is_edited(facts: ProjectFacts, path: str, slug: str) -> bool:
    found = blocks.read_blocks(text_of(facts.location.root / path)).get(slug)
    return found is None or found.edited


def _planned(facts: ProjectFacts, path: str, platform: Platform, chosen: Mapping[str, object]) -> tuple[EditBlock, ...]:
    """The blocks that *platform* would put into files today, with the settings in the file at *path*. Nobody is asked
    and nothing is looked up."""
    production = facts.production is not None and facts.production.file == path
    options = {option.name: option for option in additions.options(platform, facts)}
    values = {name: chosen.get(name, option.default) for name, option in options.items()}
    given = {name: options[name].clean(value) for name, value in values.items() if value is not None}
    answers = Answers(values={**given, additions.STYLE: "production" if production else "block"})
    seen = replace(additions.as_deployed(facts, answers), earlier_blocks=())
    steps = platform.plan(seen, Remote(asked=False), answers).steps
    return tuple(step for step in steps if isinstance(step, EditBlock))


def _of_settings(planned: Iterable[EditBlock], path: str, slug: str) -> tuple[EditBlock, ...]:
    """:raises LookupError: the platform puts other ones there."""
    names = (FIRST_BLOCK, slug, LAST_BLOCK)
    found = tuple(step for step in planned if step.path == path and step.block_id in names)
    if len(found) != len(names):
        raise LookupError(FIX)
    return found


def _is_there(facts: ProjectFacts, step: EditBlock) -> bool:
    """Whether the file has the block as it is today."""
    file = facts.location.root / step.path
    text = text_of(file) if file.is_file() else ""
    return with_block(text, step) == text


def _refuse_lines_between(text: str, joined: Sequence[blocks.Block], every: Mapping[str, blocks.Block]) -> None:
    first, last = min(each.first_line for each in joined), max(each.last_line for each in joined)
    ours = {line for each in every.values() for line in range(each.first_line, each.last_line + 1)}
    for number, line in enumerate(text.splitlines(), start=1):
        if first < number < last and number not in ours and line.strip() and not line.lstrip().startswith("#"):
            raise EditError(
                f"Line {number} is your own and stands between two blocks of settings, which are put together.",
                hint="Move it below the last of the blocks, where it counts for all platforms, or above the first.",
                line=number,
            )


def _refuse_other_variables(old: blocks.Block, new: Iterable[EditBlock]) -> None:
    missing = sorted(_read(old.body) - {name for step in new for name in _read(step.text)})
    if missing:
        raise EditError(
            f'The block "{old.id}" reads {", ".join(missing)}, and a new one would not, by what is known here.',
            hint="Delete that block, markers included, and deploy there once more: the plan then writes what the site "
            "needs.",
            line=old.first_line,
        )


def _read(text: str) -> set[str]:
    """Variables that a block reads."""
    return {one or other for one, other in _READ.findall(text)}
