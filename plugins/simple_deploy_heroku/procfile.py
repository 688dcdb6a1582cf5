"""``Procfile``: what runs on the dynos. Pure."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath

from simple_deploy.api import Location, Settings, application_server, has_database


def procfile(settings: Settings, location: Location) -> str:
    """The file for this project; commands start in the git root, where Heroku runs them."""
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
