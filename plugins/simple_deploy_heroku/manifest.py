"""``app.json``: Heroku's own description of an app. Pure.

Its name is how a fresh clone, on any computer, finds the app this project was deployed to. Review apps and Heroku's
deploy button are made from the rest.
"""

from __future__ import annotations

import json
from typing import Any

from simple_deploy.api import ProjectFacts
from simple_deploy_heroku.variables import SECRET_KEY, open_variables

PATH = "app.json"


def manifest(facts: ProjectFacts, name: str, plan: str) -> str:
    """The file for the app *name*.

    :param plan: of its PostgreSQL database; empty when it gets none.
    """
    variables: dict[str, dict[str, str]] = {
        key: {"description": _MEANING[key], "value": value} for key, value in open_variables(facts).items()
    }
    variables[SECRET_KEY] = {"description": "Signs sessions and forms.", "generator": "secret"}
    content: dict[str, Any] = {"name": name, "buildpacks": [{"url": "heroku/python"}], "env": variables}
    if plan:
        content["addons"] = [f"heroku-postgresql:{plan}"]
    return json.dumps(content, indent=2) + "\n"


_MEANING = {
    "ON_HEROKU": "Tells the settings that this is Heroku.",
    "DJANGO_SETTINGS_MODULE": "The settings Django uses.",
    "DISABLE_COLLECTSTATIC": "There are no static files to collect.",
}
