"""What the app is called, and where the project's files say so. Pure.

Names are shared by all of Heroku's users; an app's address is its name with twelve hexadecimal digits that Heroku
chooses (https://NAME-0123456789ab.herokuapp.com/), so it is known only when the app exists.
"""

from __future__ import annotations

import json
import re

OPTION = "deployed_project_name"
PATTERN = r"[a-z][a-z0-9-]{1,28}[a-z0-9]"
PATTERN_HELP = "It is 3 to 30 small letters, digits and dashes, beginning with a letter."

_REMOTE = re.compile(r"^(?P<remote>\S+)\s+\S*git\.heroku\.com[/:](?P<app>[a-z][a-z0-9-]*?)(?:\.git)?\s", re.MULTILINE)


def name_in_manifest(text: str) -> str:
    """The name that an app.json gives the app, or an empty text."""
    try:
        name = json.loads(text).get("name", "")
    except (ValueError, AttributeError):
        return ""
    return name if isinstance(name, str) and re.fullmatch(PATTERN, name) else ""


def apps_of_remotes(listed: str) -> tuple[str, ...]:
    """The apps that a repository's remotes lead to, the one of the remote ``heroku`` first.

    :param listed: what ``git remote --verbose`` prints.
    """
    found = {match["remote"]: match["app"] for match in _REMOTE.finditer(listed)}
    ordered = sorted(found.items(), key=lambda each: each[0] != "heroku")
    return tuple(dict.fromkeys(app for _, app in ordered))


def buildpack(name: str) -> str:
    """How people call a buildpack: the end of its address."""
    return name.rpartition("/")[2].removesuffix(".git").removeprefix("heroku-").removesuffix("-buildpack")
