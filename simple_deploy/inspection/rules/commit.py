"""Findings about what Django uses on this computer and the commit does not hold as it is here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from simple_deploy.core.facts import Gap, GapRole, ProjectFacts
from simple_deploy.core.findings import Finding, Level, slug

SHOWN = 6  # paths listed in one finding

#: What the files are, for one and for several; what is the matter without them. The gravest first.
_ROLES: Mapping[GapRole, tuple[str, str, str]] = MappingProxyType(
    {
        "migration": ("a migration", "migrations", "The deployed site gets no tables for these models."),
        "module": ("a module", "modules", "Where the project needs them, the deployed site does not start."),
        "template": ("a template", "templates", "The pages that use them fail on the deployed site."),
        "static": ("a static file", "static files", "The pages that use them look wrong or fail on the deployed site."),
        "translation": ("a translation", "translations", "The deployed site is not translated."),
        "file": ("a file the settings use", "files the settings use", "The deployed site does not find them."),
        "folder": ("a folder", "folders", "Anything that writes there fails."),
    }
)
_COMMIT = "A deployment takes only what is in the commit."


def findings(facts: ProjectFacts, *, allow_dirty: bool) -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[Gap]] = {}
    for gap in facts.gaps:
        single = gap.path if gap.role == "folder" else ""
        groups.setdefault((gap.cause, single or gap.by), []).append(gap)
    ours = {change.path for change in facts.git.changes if change.ours} if facts.git else set()
    settings = facts.settings.file if facts.settings else None
    for (cause, _), met in groups.items():
        gaps = met
        if cause == "ignored" and settings in {gap.path for gap in met}:
            yield _settings(next(gap for gap in met if gap.path == settings))
            gaps = [gap for gap in met if gap.path != settings]
            if not gaps:
                continue
        if gaps[0].role == "folder":
            yield _folder(gaps[0])
        elif cause == "untracked":
            left = [gap for gap in gaps if gap.path not in ours]
            if left and allow_dirty:  # otherwise uncommitted work is told of, and stops the deployment
                yield _untracked(left)
        else:
            yield _SAY[cause](gaps)
    if facts.twins:
        yield _twins(facts)


def _settings(gap: Gap) -> Finding:
    return Finding(
        id="commit.settings",
        level=Level.WARNING,
        title=f"Git ignores the settings: {gap.path}",
        why=f"{gap.by} ({gap.detail}) keeps them out of your commits. A deployment needs them and adds to them, so its "
        "commit holds the whole file, and every password in it.",
        fix="Let the settings read what is secret from variables, take that line out of "
        f"{gap.by.rpartition(':')[0]}, and commit the file. Or choose settings that are committed: "
        "--settings-module NAME",
    )


def _ignored(gaps: Sequence[Gap]) -> Finding:
    first = gaps[0]
    role = _gravest(gaps)
    paths = _arguments(gaps)
    line = f"{first.by} ({first.detail})"
    why = f"{line} keeps {'it' if len(gaps) == 1 else 'them'} out of the commit. {_ROLES[role][2]}"
    if role == "migration":
        why += " Running makemigrations does not help: the files are there already."
    if role == "module" and all(_is_of_this_computer(gap.path) for gap in gaps):
        return Finding(
            id=f"commit.ignored.{slug(first.by)}",
            level=Level.INFO,
            title=f"Settings of this computer only: {_names(gaps)}. Git ignores {_it(gaps)}.",
            why=f"{line} keeps them out of the commit, so the deployed site does not have them.",
            details=_paths(gaps),
        )
    way = f"Take that line out of {first.by.rpartition(':')[0]}, run" if first.alone else "Run"
    return Finding(
        id=f"commit.ignored.{slug(first.by)}",
        level=Level.BLOCKER if role == "migration" else Level.WARNING,
        title=f"Git ignores {_what(gaps, role)}{'' if role == 'file' else ' that the project uses'}: {_names(gaps)}",
        why=why,
        fix=f"{way}: git add --force -- {paths}  and commit." + _instead(gaps, role),
        fix_name=fix_name(first) if has_button(gaps) else None,
        details=_paths(gaps),
    )


def _instead(gaps: Sequence[Gap], role: GapRole) -> str:
    """What else can be done about files that git ignores."""
    if has_button(gaps):
        return " This can be done for you."
    if role == "file":
        return (
            " Not where it is secret: give the site such a value in a variable. What a program makes, such as "
            "`npm run build`, the platform can make when it builds the site."
        )
    return " Or let the platform make them when it builds the site."


def has_button(gaps: Sequence[Gap]) -> bool:
    """Whether the files may be added at the press of a button: not where they may hold secrets or were built."""
    return all(gap.cause == "ignored" and gap.role in {"migration", "template", "translation"} for gap in gaps)


def fix_name(gap: Gap) -> str:
    """The name of the fix for everything that one pattern keeps out, or for a folder."""
    return f"keep-{slug(gap.path)}" if gap.role == "folder" else f"add-{slug(gap.by)}"


def _folder(gap: Gap) -> Finding:
    name = gap.path.rstrip("/")
    written = f"write to {gap.of}" if gap.of else f"need the folder {name}"
    if gap.cause == "outside":
        return Finding(
            id=f"commit.folder.{slug(gap.path)}",
            level=Level.WARNING,
            title=f"The settings {written}, and the folder {name} lies outside the repository.",
            why="The deployed site does not have it, so Django may refuse to start.",
            fix="Choose a folder inside the project and have the settings create it. A log can go to the console.",
        )
    because = f"Git ignores it: {gap.by} ({gap.detail})." if gap.cause == "ignored" else "Git keeps no empty folders."
    if gap.cause in {"submodule", "link"}:
        because = f"It lies in the {gap.cause} {gap.by}."
    return Finding(
        id=f"commit.folder.{slug(gap.path)}",
        level=Level.WARNING,
        title=f"The settings {written}, and the folder {name} is not in git.",
        why=f"{because} The deployed site therefore does not have it, and Django refuses to start without it.",
        fix=f"Have the settings create the folder, or commit an empty file {name}/.gitkeep. A log can go to the "
        "console.",
        fix_name=fix_name(gap) if gap.cause in {"ignored", "empty"} else None,
    )


def _untracked(gaps: Sequence[Gap]) -> Finding:
    role = _gravest(gaps)
    return Finding(
        id="commit.untracked",
        level=Level.WARNING,
        title=f"Used by the project but not added to git: {_names(gaps)}",
        why="A deployment includes uncommitted changes only in files that git tracks, so these files are left out. "
        f"{_ROLES[role][2]}",
        fix=f"Run: git add -- {_arguments(gaps)}",
        details=_paths(gaps),
    )


def _submodule(gaps: Sequence[Gap]) -> Finding:
    first = gaps[0]
    return Finding(
        id=f"commit.submodule.{slug(first.by)}",
        level=Level.WARNING,
        title=f"{first.by}/ is a git submodule, and the project uses its files.",
        why="The commit only records which commit of the other repository belongs there"
        + (f" ({first.detail})" if first.detail else "")
        + ". Most platforms do not fetch its files, and none can if the other repository is "
        "private.",
        fix=f"Make it part of this repository (git rm --cached {shlex.quote(first.by)}, delete {first.by}/.git, then "
        f"git add {shlex.quote(first.by)}), or install it as a package from its own address.",
        docs="https://git-scm.com/book/en/v2/Git-Tools-Submodules",
        details=_paths(gaps),
    )


def _link(gaps: Sequence[Gap]) -> Finding:
    first = gaps[0]
    return Finding(
        id=f"commit.link.{slug(first.by)}",
        level=Level.WARNING,
        title=f"{first.by} is a link that leads out of the repository, to {first.detail}",
        why="The commit holds the link, not what it points to, and another computer has nothing there. "
        f"{_ROLES[_gravest(gaps)][2]}",
        fix=f"Replace the link with a copy of the files and commit it: {first.by}",
        details=_paths(gaps),
    )


def _outside(gaps: Sequence[Gap]) -> Finding:
    return Finding(
        id="commit.outside",
        level=Level.WARNING,
        title=f"Used by the project but outside its repository: {_names(gaps)}",
        why=f"{_COMMIT} {_ROLES[_gravest(gaps)][2]}",
        fix="Move what the site needs into the repository and commit it, or give secrets to the site as environment "
        "variables.",
        details=_paths(gaps),
    )


def _lfs(gaps: Sequence[Gap]) -> Finding:
    return Finding(
        id="commit.lfs",
        level=Level.WARNING,
        title=f"Stored with Git LFS: {_names(gaps)}",
        why="The commit holds pointers: short texts instead of the files. A platform that does not know Git LFS "
        f"serves the pointer. {_ROLES[_gravest(gaps)][2]}",
        fix="Take the files out of Git LFS (git lfs migrate export --include=PATTERN), or keep them elsewhere.",
        docs="https://git-lfs.com",
        details=_paths(gaps),
    )


def _filter(gaps: Sequence[Gap]) -> Finding:
    name = gaps[0].by
    return Finding(
        id=f"commit.filter.{slug(name)}",
        level=Level.WARNING,
        title=f"Encrypted or changed by the git filter {name}: {_names(gaps)}",
        why="The commit holds them as the filter stores them, which only someone with its key or program can read. The "
        "deployed site gets that text.",
        fix="Give secrets to the site as environment variables, and commit what it needs to read without the filter.",
        details=_paths(gaps),
    )


def _case(gaps: Sequence[Gap]) -> Finding:
    spelled = [f"{gap.by} → {gap.path}" for gap in gaps]
    first = gaps[0]
    return Finding(
        id=f"commit.case.{slug(first.by)}",
        level=Level.WARNING,
        title=f"{first.by} in the commit is {first.path} here: upper and lower case differ.",
        why="This computer treats them as the same file. A server does not, so it finds nothing under the name that "
        "works here.",
        fix=f"Run: git mv --force {shlex.quote(first.by)} {shlex.quote(first.path)}  and commit.",
        details=tuple(spelled[:SHOWN]),
    )


def _unmade(gaps: Sequence[Gap]) -> Finding:
    first = gaps[0]
    it = _it(gaps)
    return Finding(
        id=f"commit.unmade.{slug(first.by)}",
        level=Level.WARNING,
        title=f"Not created on this computer yet and ignored by git: {_names(gaps)}",
        why=f"The project uses {it}, and {first.by} ({first.detail}) keeps {it} out of the commit: a program makes "
        f"{it}. {_ROLES['static'][2]}",
        fix="Create it as the project's README says, with `npm run build` for example, and look at the site here. The "
        "plan says whether the platform creates it too when it builds the site.",
        details=tuple(f"{gap.path}, named in {gap.of}" if gap.of else gap.path for gap in gaps[:SHOWN])
        + _paths(gaps)[SHOWN:],
    )


_SAY = MappingProxyType(
    {
        "ignored": _ignored,
        "submodule": _submodule,
        "link": _link,
        "outside": _outside,
        "lfs": _lfs,
        "filter": _filter,
        "case": _case,
        "unmade": _unmade,
    }
)


def _twins(facts: ProjectFacts) -> Finding:
    return Finding(
        id="commit.twins",
        level=Level.INFO if facts.host.system == "linux" else Level.WARNING,
        title=f"Committed names that differ only in upper and lower case: {', '.join(facts.twins[:SHOWN])}",
        why="macOS and Windows keep only one of them on the disk, so what you test there is not what a server gets.",
        fix="Rename one of them with git mv.",
        details=facts.twins[:SHOWN],
    )


def _is_of_this_computer(path: str) -> bool:
    name = path.rpartition("/")[2].removesuffix(".py")
    return bool(re.fullmatch(r"(settings_?)?(local|dev|development|private|secrets?)(_?settings)?", name))


def _gravest(gaps: Sequence[Gap]) -> GapRole:
    met = {gap.role for gap in gaps}
    return next(role for role in _ROLES if role in met)


def _what(gaps: Sequence[Gap], role: GapRole) -> str:
    one, many, _ = _ROLES[role]
    return one if len(gaps) == 1 else many


def _it(gaps: Sequence[Gap]) -> str:
    return "it" if len(gaps) == 1 else "them"


def _names(gaps: Sequence[Gap]) -> str:
    shown = ", ".join(gap.path for gap in gaps[:2])
    return f"{shown} and {len(gaps) - 2} more" if len(gaps) > 2 else shown


def _arguments(gaps: Sequence[Gap]) -> str:
    return " ".join(shlex.quote(gap.path) for gap in gaps[:SHOWN]) + (" …" if len(gaps) > SHOWN else "")


def _paths(gaps: Sequence[Gap]) -> tuple[str, ...]:
    more = (f"and {len(gaps) - SHOWN} more",) if len(gaps) > SHOWN else ()
    return (*(gap.path for gap in gaps[:SHOWN]), *more)
