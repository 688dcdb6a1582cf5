"""The files that Heroku reads besides the settings: ``Procfile``, which says what runs on the dynos, and ``app.json``,
its description of an app, whose name is how a fresh clone finds the app this project was deployed to. Pure."""

from __future__ import annotations

import json
import shlex
from pathlib import PurePosixPath
from typing import Any

from simple_deploy.api import Location, ProjectFacts, Settings, application_server, has_database
from simple_deploy_heroku import hosting

MANIFEST = "app.json"
_MEANING = {
    hosting.MARKER: "Tells the settings that this is Heroku.",
    "DJANGO_SETTINGS_MODULE": "The settings Django uses.",
    hosting.NO_STATIC: "There are no static files to collect.",
}


def manifest(facts: ProjectFacts, name: str, plan: str) -> str:
    """app.json for the app *name*. Review apps and Heroku's deploy button are made from it.

    :param plan: of its PostgreSQL database; empty when it gets none.
    """
    variables: dict[str, dict[str, str]] = {
        key: {"description": _MEANING[key], "value": value} for key, value in hosting.open_variables(facts).items()
    }
    variables[hosting.SECRET_KEY] = {"description": "Signs sessions and forms.", "generator": "secret"}
    content: dict[str, Any] = {"name": name, "buildpacks": [{"url": "heroku/python"}], "env": variables}
    if plan:
        content["addons"] = [f"heroku-postgresql:{plan}"]
    return json.dumps(content, indent=2) + "\n"


def procfile(settings: Settings, location: Location) -> str:
    """Procfile for this project; commands start in the git root, where Heroku runs them."""
    lines = [f"web: {web_command(settings, location)}"]
    if has_database(settings):
        lines.append(f"release: {manage(location, 'migrate', '--noinput')}")
    return "".join(f"{line}\n" for line in lines)


def web_command(settings: Settings, location: Location) -> str:
    """gunicorn takes the port from PORT and the number of workers from WEB_CONCURRENCY, which Heroku sets."""
    program, *arguments = application_server(settings).argv
    folder = ["--chdir", shlex.quote(location.project_dir)] if location.project_dir else []
    threads = [] if "--worker-class" in arguments else ["--threads", "4"]
    return " ".join((program, *folder, *threads, *arguments))


def manage(location: Location, *arguments: str) -> str:
    """A management command; Heroku's PATH does not hold the current folder, so manage.py is named with Python."""
    return " ".join(map(shlex.quote, manage_words(location, *arguments)))


def manage_words(location: Location, *arguments: str) -> tuple[str, ...]:
    """The same, word by word."""
    return ("python", str(PurePosixPath(location.project_dir) / "manage.py"), *arguments)
