"""The command lines of the program `fly`, and what its answers mean. Pure.

Sources: superfly/flyctl at ad0172f and superfly/fly-go at 22d6e51, both August 2026; the file is named beside each.
What could not be verified is said, and both variants are understood.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FLY = "fly"

#: internal/command/version/version.go
VERSION = (FLY, "version", "--json")
#: internal/command/auth/whoami.go; with --json it never asks, whatever the terminal.
WHOAMI = (FLY, "auth", "whoami", "--json")
#: internal/command/orgs/list.go: an object of short names and names.
ORGS = (FLY, "orgs", "list", "--json")
#: internal/command/platform/regions.go, fly-go types.go:612
REGIONS = (FLY, "platform", "regions", "--json")
#: internal/command/apps/list.go, fly-go types.go:241: capitalised keys.
APPS = (FLY, "apps", "list", "--json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """:param managed_postgres: whether Managed Postgres is there; None when that was not said."""

    code: str
    deprecated: bool = False
    needs_paid_plan: bool = False
    managed_postgres: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """:param organization: its short name, empty when that was not said."""

    name: str
    organization: str = ""
    status: str = ""


def is_flyctl(output: str) -> bool:
    """Whether `fly version --json` was answered by flyctl; another program, of Concourse CI, is called fly too."""
    return isinstance(document(output), dict) or "flyctl" in output.lower() or output.lower().startswith("fly v")


def version(output: str) -> str:
    """The version in the answer to :data:`VERSION`, or an empty text."""
    data = document(output)
    found = _field(data, "version") if isinstance(data, dict) else None
    return found if isinstance(found, str) else ""


def email(output: str) -> str:
    data = document(output)
    found = _field(data, "email") if isinstance(data, dict) else None
    return found if isinstance(found, str) else ""


def is_logged_out(output: str) -> bool:
    """Whether an error says that nobody is logged in.

    Its first letter became small in fly-go 0.4.0 (c133dc7), and a session ends after 30 days with the same words.
    """
    text = output.lower()
    return "no access token available" in text or "not logged in" in text or "flyctl auth login" in text


def organizations(output: str) -> Mapping[str, str] | None:
    """Names by short name; None where the answer was none. A list of objects, as others here are, is understood too."""
    data = document(output)
    if isinstance(data, dict):
        return {str(slug): str(name) for slug, name in data.items()}
    if isinstance(data, list):
        return {str(_field(each, "slug")): str(_field(each, "name") or "") for each in data if _field(each, "slug")}
    return None


def regions(output: str) -> tuple[Region, ...] | None:
    """The regions; None where the answer was none."""
    data = document(output)
    if not isinstance(data, list):
        return None
    return tuple(
        Region(
            code=str(_field(each, "code")),
            deprecated=_field(each, "deprecated") is True,
            needs_paid_plan=_field(each, "requires_paid_plan", "requiresPaidPlan") is True,
            managed_postgres=_truth(_field(each, "mpg_available", "mpgAvailable")),
        )
        for each in data
        if _field(each, "code")
    )


def apps(output: str) -> tuple[App, ...] | None:
    """The apps of the account; None where the answer was none. An account without apps may be answered in words."""
    data = document(output)
    if data is None and output.strip() and "error" not in output.lower():
        return ()
    if not isinstance(data, list):
        return None
    return tuple(app for app in map(_app, data) if app is not None)


def document(output: str) -> Any:
    """The JSON in what a program printed, past lines before and after it; None where there is none.

    Both streams arrive as one: notices on standard error stand around the document.
    """
    decoder = json.JSONDecoder()
    at_line_start = [0, *(place + 1 for place, char in enumerate(output) if char == "\n")]
    for place in at_line_start:
        rest = output[place:].lstrip(" \t\r")
        if rest[:1] in ("{", "["):
            try:
                return decoder.raw_decode(rest)[0]
            except ValueError:
                continue
    return None


def _app(data: object) -> App | None:
    name = _field(data, "Name")
    if not isinstance(name, str) or not name:
        return None
    owner = _field(data, "Organization")
    return App(
        name=name,
        organization=str(_field(owner, "Slug") or ""),
        status=str(_field(data, "Status") or ""),
    )


def _field(data: object, *keys: str) -> Any:
    """The first of *keys* that *data* has, however they are capitalised: that changed between versions."""
    if not isinstance(data, dict):
        return None
    lower = {str(key).lower(): value for key, value in data.items()}
    return next((lower[key.lower()] for key in keys if key.lower() in lower), None)


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
