"""Findings about the packages the project declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from simple_deploy.core.facts import Dependencies, ProjectFacts
from simple_deploy.core.findings import Finding, Level

_WHY = "The platform installs what this file lists, and nothing else."

#: How each manager writes what it knows into a requirements file.
_EXPORTS: Mapping[str, str] = MappingProxyType(
    {
        "uv": "uv export --no-hashes --no-dev --output-file requirements.txt",
        "poetry": "poetry export --without-hashes --output requirements.txt",
        "pipenv": "pipenv requirements > requirements.txt",
        "pdm": "pdm export --prod --without-hashes --output requirements.txt",
        "hatch": "hatch dep show requirements > requirements.txt",
        "pip-tools": "pip-compile requirements.in",
        "pep621": "pip freeze > requirements.txt",
        "conda": "pip list --format=freeze > requirements.txt",
    }
)
_TITLES: Mapping[str, str] = MappingProxyType(
    {"pep621": "pyproject.toml", "pipenv": "Pipenv", "poetry": "Poetry", "pdm": "PDM", "hatch": "Hatch"}
)


def findings(facts: ProjectFacts) -> Iterator[Finding]:
    found = facts.dependencies
    if found.problems:
        yield Finding(
            id="dependencies.unreadable",
            level=Level.BLOCKER,
            title=found.problems[0]
            if len(found.problems) == 1
            else f"The list of packages has {len(found.problems)} problems.",
            why="The platform would stop at the same place, and install nothing.",
            fix="Mend each of these lines, then look again.",
            details=found.problems,
        )
    if found.manager == "none":
        yield _none(found)
    elif found.manager != "requirements":
        yield _other_manager(found)
    elif not found.problems:
        yield from _declared(found)


def _none(found: Dependencies) -> Finding:
    unknown = tuple(f"? {module}: imported, but no installed package brings it" for module in found.unknown_imports)
    return Finding(
        id="dependencies.none",
        level=Level.BLOCKER,
        title="Nothing says which packages the project needs: there is no requirements.txt.",
        why="The platform starts with an empty Python and installs what this file lists, Django too.",
        fix="It can be written for you from what the project imports and what is installed here; you see it first. By "
        "hand: pip freeze > requirements.txt, without what the project does not need.",
        mend="write-requirements",
        details=(*found.suggested, *unknown),
    )


def _other_manager(found: Dependencies) -> Finding:
    name = _TITLES.get(found.manager, found.manager)
    return Finding(
        id="dependencies.unsupported",
        level=Level.BLOCKER,
        title=f"The project's packages are managed by {name} ({found.file}), which cannot be deployed from yet.",
        why="So far a deployment reads a requirements.txt only.",
        fix=f"Write one beside {found.file} and commit it: {_EXPORTS.get(found.manager, _EXPORTS['pep621'])}",
    )


def _declared(found: Dependencies) -> Iterator[Finding]:
    if found.others:
        names = ", ".join(_TITLES.get(name, name) for name in found.others)
        yield Finding(
            id="dependencies.several",
            level=Level.INFO,
            title=f"Packages are taken from {found.file}; the project has files of {names} too.",
            why="If the two differ, the deployed site follows " + (found.file or "the first") + ".",
            fix="Keep the file up to date: " + _EXPORTS.get(found.others[0], ""),
        )
    if found.undeclared:
        yield Finding(
            id="dependencies.undeclared",
            level=Level.WARNING,
            title=f"Used by the settings, but not in {found.file}: {', '.join(found.undeclared)}",
            why=_WHY,
            fix=f"Add these names to {found.file}, one on each line.",
            details=found.undeclared,
        )
    if found.tool_only:
        yield Finding(
            id="dependencies.tool-only",
            level=Level.WARNING,
            title=f"{found.file} lists what only this tool needs: {', '.join(found.tool_only[:4])}"
            + (" …" if len(found.tool_only) > 4 else ""),
            why="pip freeze lists everything that is installed. The deployed site does not need them, and installing "
            "them there takes time and space.",
            fix=f"Remove these lines from {found.file}: {', '.join(found.tool_only)}",
            details=found.tool_only,
        )
    yield Finding(
        id="dependencies.found",
        level=Level.OK,
        title=f"{_counted(len(found.names), 'package')} declared in {', '.join(found.files)}.",
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
