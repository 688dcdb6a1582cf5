"""Between the ways managers write a requirement (Poetry's tables, Pipfile) and PEP 508.

Poetry's constraints: https://python-poetry.org/docs/dependency-specification/
Pipenv's: https://pipenv.pypa.io/en/latest/pipfile.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import tomlkit
from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from simple_deploy.edits.errors import EditError

_LONGEST = 2_000
"""Characters in one constraint; more than any real one."""

_RELEASE = re.compile(r"v?(\d+(?:\.\d+)*)(.*)", re.DOTALL)
_OPERATOR = re.compile(r"(~=|===|==|!=|>=|<=|>|<|=|\^|~)?\s*([^\s,]+)")
_MARKER_KEYS = frozenset(
    {
        "os_name", "sys_platform", "platform_machine", "platform_python_implementation", "platform_release",
        "platform_system", "platform_version", "python_version", "python_full_version", "implementation_name",
        "implementation_version",
    }
)  # fmt: skip
_REPOSITORIES = ("git", "hg", "svn", "bzr")


def ranges(constraint: str) -> tuple[str, ...]:
    """The PEP 440 ranges a Poetry *constraint* is the union of; a range that allows everything is empty.

    ``^1.2 || 3.*`` gives ``(">=1.2,<2", "==3.*")``.

    :raises ValueError: this is no constraint.
    """
    if len(constraint) > _LONGEST:
        raise ValueError("too long")
    return tuple(_range(part) for part in re.split(r"\s*\|\|?\s*", constraint.strip()))


def as_python(constraint: str) -> str:
    """A range of Python versions in PEP 440, out of Poetry's language or PEP 440; as it stands where it is neither."""
    try:
        found = ranges(constraint)
    except ValueError:
        return constraint
    return found[0] if len(found) == 1 else constraint


def from_poetry(name: str, value: object) -> tuple[str, ...]:
    """The lines of a requirements file that mean what *value* means for *name* in a table of Poetry.

    :raises ValueError: it means nothing.
    """
    if isinstance(value, list):
        return tuple(line for item in value for line in from_poetry(name, item))
    if isinstance(value, str):
        return (_versioned(name, value),)
    if not isinstance(value, Mapping):
        raise ValueError("neither text nor a table")
    marker = _all_of(
        str(value.get("markers") or ""),
        _python_marker(str(value.get("python") or "")),
        f"sys_platform == '{value['platform']}'" if value.get("platform") else "",
    )
    where = _origin(name, value, ref=value.get("rev") or value.get("tag") or value.get("branch"))
    if where:
        return (_with_marker(where, marker),)
    return (_versioned(name, str(value.get("version") or "*"), extras=value.get("extras"), marker=marker),)


def from_pipfile(name: str, value: object) -> str:
    """The line of a requirements file that means what *value* means for *name* in a Pipfile or its lock.

    :raises ValueError: it means nothing.
    """
    if isinstance(value, str):
        return _plain(name, value)
    if not isinstance(value, Mapping):
        raise ValueError("neither text nor a table")
    marker = _all_of(
        str(value.get("markers") or ""),
        *(f"{key} {value[key]}" for key in sorted(_MARKER_KEYS & value.keys())),
    )
    where = _origin(name, value, ref=value.get("ref"))
    if where:
        return _with_marker(where, marker)
    return _plain(name, str(value.get("version") or "*"), extras=value.get("extras"), marker=marker)


def as_table_entry(requirement: str) -> tuple[str, str]:
    """Key and TOML source of the value that Poetry and Pipenv write for a PEP 508 *requirement*.

    :raises EditError: it is none, or one with an address.
    """
    try:
        parsed = Requirement(requirement.strip()[:_LONGEST])
    except InvalidRequirement as error:
        raise EditError(f"{requirement!r} is not a requirement.", hint="Write the name of a package.") from error
    if parsed.url:
        raise EditError(
            f"{requirement!r} names an address, which this file cannot be given automatically.",
            hint="Add it with the manager's own command, then try again.",
        )
    version = _quoted(str(parsed.specifier) or "*")
    parts = [f"version = {version}"]
    if parsed.extras:
        parts.append(f"extras = [{', '.join(_quoted(extra) for extra in sorted(parsed.extras))}]")
    if parsed.marker:
        marker = str(parsed.marker)
        parts.append(f"markers = {_quoted(marker if chr(39) in marker else marker.replace(chr(34), chr(39)))}")
    return parsed.name, version if len(parts) == 1 else f"{{{', '.join(parts)}}}"


def _quoted(text: str) -> str:
    return tomlkit.item(text).as_string()


def _range(text: str) -> str:
    found = []
    position = 0
    text = text.strip().strip(",")
    while position < len(text):
        match = _OPERATOR.match(text, position)
        if match is None:
            raise ValueError(f"{text!r} is no version constraint")
        found.append(_simple(match[1] or "", match[2]))
        position = match.end()
        while position < len(text) and text[position] in " ,\t":
            position += 1
    joined = ",".join(part for part in found if part)
    try:
        SpecifierSet(joined)
    except InvalidSpecifier as error:
        raise ValueError(str(error)) from error
    return joined


def _simple(operator: str, version: str) -> str:
    if version in ("*", "x", "X"):
        return ""
    if operator in ("^", "~"):
        return _caret_or_tilde(operator, version)
    if operator in ("", "=", "=="):
        return f"=={version}"
    return f"{operator}{version}"


def _caret_or_tilde(operator: str, version: str) -> str:
    match = _RELEASE.match(version)
    if match is None:
        raise ValueError(f"{version!r} is no version")
    release = [int(part) for part in match[1].split(".")]
    if operator == "~":
        place = min(len(release), 2) - 1
    else:
        place = next((index for index, part in enumerate(release) if part), len(release) - 1)
    upper = [*release[:place], release[place] + 1]
    return f">={version},<{'.'.join(map(str, upper))}"


def _versioned(name: str, constraint: str, *, extras: object = None, marker: str = "") -> str:
    found = ranges(constraint)
    # A union cannot be said in PEP 508.
    return _line(name, found[0] if len(found) == 1 else "", extras, marker)


def _plain(name: str, specifier: str, *, extras: object = None, marker: str = "") -> str:
    return _line(name, "" if specifier.strip() in ("*", "") else specifier.strip(), extras, marker)


def _line(name: str, specifier: str, extras: object, marker: str) -> str:
    wanted = f"[{','.join(map(str, extras))}]" if isinstance(extras, list) and extras else ""
    line = _with_marker(f"{name}{wanted}{specifier}", marker)
    try:
        Requirement(line)
    except InvalidRequirement as error:
        raise ValueError(str(error)) from error
    return line


def _with_marker(line: str, marker: str) -> str:
    whole = f"{line} ; {marker}" if marker else line
    if not whole.isprintable():  # a newline would begin another requirement
        raise ValueError(f"{whole!r} has characters no requirement has")
    return whole


def _origin(name: str, value: Mapping[str, Any], ref: object) -> str:
    """The line for something that comes from a repository, an address or a folder; else empty."""
    kind = next((kind for kind in _REPOSITORIES if value.get(kind)), None)
    if kind:
        address = str(value[kind])
        if "://" not in address:  # git@example.org:team/project.git
            host, _, path = address.partition(":")
            address = f"ssh://{host}/{path}"
        folder = f"#subdirectory={value['subdirectory']}" if value.get("subdirectory") else ""
        prefix = "" if address.startswith(f"{kind}+") else f"{kind}+"
        return f"{name} @ {prefix}{address}{'@' if ref else ''}{ref or ''}{folder}"
    address = str(value.get("url") or value.get("file") or value.get("path") or "")
    if "://" in address:
        return f"{name} @ {address}"
    if not address:
        return ""
    path = address if address.startswith((".", "/", "\\", "~")) or address[1:2] == ":" else f"./{address}"
    return f"-e {path}" if value.get("editable") or value.get("develop") else path


def _python_marker(constraint: str) -> str:
    """Poetry's ``python = "^3.10"`` as a marker."""
    alternatives = []
    for found in ranges(constraint) if constraint else ():
        parts = []
        for specifier in sorted(SpecifierSet(found), key=str):
            variable = "python_full_version" if specifier.version.count(".") > 1 else "python_version"
            parts.append(f"{variable} {specifier.operator} '{specifier.version}'")
        alternatives.append(" and ".join(parts))
    if not all(alternatives):
        return ""
    return " or ".join(f"({each})" if len(alternatives) > 1 else each for each in alternatives)


def _all_of(*markers: str) -> str:
    """*markers* joined by ``and``.

    :raises ValueError: one of them is no marker.
    """
    real = []
    for text in markers:
        if text.strip() in ("", "*"):
            continue
        try:
            real.append(str(Marker(text[:_LONGEST])))
        except InvalidMarker as error:
            raise ValueError(str(error)) from error
    if len(real) < 2:
        return "".join(real)
    return " and ".join(f"({text})" if " or " in text else text for text in real)
