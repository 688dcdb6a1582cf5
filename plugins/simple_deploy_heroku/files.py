"""The files that Heroku reads besides the settings: ``Procfile``, which says what runs on the dynos, and ``app.json``,
its description of an app, whose name is how a fresh clone finds the app this project was deployed to. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from simple_deploy.api import (
    ExistingFile,
    FrontEnd,
    Keeping,
    Lack,
    Location,
    PlatformFile,
    ProjectFacts,
    Settings,
    application_server,
    building,
    choose_python,
    command_in,
    covers,
    has_database,
    lacks_server,
    migrating,
    not_an_option,
    running,
    system_needs,
)
from simple_deploy_heroku import hosting, names, rules

MANIFEST = "app.json"
APTFILE = "Aptfile"
APT = "heroku-community/apt"
GEO = "https://github.com/heroku/heroku-geo-buildpack.git"
PYTHON = "heroku/python"
NODE = "heroku/nodejs"

#: What Heroku's stack has anyway, to build with or to run (devcenter.heroku.com, "Ubuntu packages on Heroku stacks").
_THERE = frozenset(
    {
        *("gcc", "g++", "libc6-dev", "pkg-config", "git", "libpq5", "libpq-dev", "libmariadb3"),
        *("default-libmysqlclient-dev", "libxml2-dev", "zlib1g-dev", "libldap2", "libldap-dev", "libsasl2-dev"),
    }
)
_MEANING = {
    hosting.MARKER: "Tells the settings that this is Heroku.",
    "DJANGO_SETTINGS_MODULE": "The settings Django uses.",
    hosting.NO_STATIC: "Heroku itself does not collect this project's static files, if there are any.",
}


def manifest(facts: ProjectFacts, name: str, plan: str) -> str:
    """app.json for the app *name*. Review apps and Heroku's deploy button are made from it.

    :param plan: of its PostgreSQL database; empty when it gets none.
    """
    variables: dict[str, dict[str, str]] = {
        key: {"description": _MEANING[key], "value": value} for key, value in hosting.open_variables(facts).items()
    }
    variables[hosting.SECRET_KEY] = {"description": "Signs sessions and forms.", "generator": "secret"}
    builders = buildpacks(facts, facts.settings) if facts.settings else (PYTHON,)
    content: dict[str, Any] = {"name": name, "buildpacks": [{"url": each} for each in builders], "env": variables}
    if plan:
        content["addons"] = [f"heroku-postgresql:{plan}"]
    return json.dumps(content, indent=2) + "\n"


def apt_packages(facts: ProjectFacts, settings: Settings) -> tuple[str, ...]:
    """Packages of the system that the project's need and Heroku's stack lacks."""
    needed = system_needs(facts.dependencies, settings)
    return tuple(sorted({*needed.build, *needed.run} - _THERE - {"gdal-bin", "libgdal-dev"}))


def buildpacks(facts: ProjectFacts, settings: Settings) -> tuple[str, ...]:
    """What builds the app, in this order: each finds what those before it have installed."""
    needed = system_needs(facts.dependencies, settings)
    geo = (GEO,) if "gdal-bin" in needed.run else ()
    apt = (APT,) if apt_packages(facts, settings) else ()
    node = (NODE,) if (found := building(facts)) is not None and builds(found) else ()
    return (*apt, *geo, *node, PYTHON)


def builds(found: FrontEnd) -> bool:
    """Whether Heroku's buildpack for Node does: it looks at the root alone, and does not know bun
    (github.com/heroku/roadmap/issues/216)."""
    return not found.folder and found.program != "bun"


def procfile(settings: Settings, location: Location, others: Sequence[tuple[str, str]] = ()) -> str:
    """Procfile for this project; commands start in the git root, where Heroku runs them.

    :param others: process types with their commands that the project has besides, and that stay.
    """
    lines = [f"web: {web_command(settings, location)}"]
    if has_database(settings):
        lines.append(f"release: {migrating(settings, manage(location))}")
    lines += [f"{name}: {command}" for name, command in others]
    # None of these runs, or costs anything, before it is scaled up.
    own = dict(others)
    lines += [
        f"{each.name}: {command_in(each, location)}"
        for each in running(settings)
        if each.name not in own and not any(covers(command, each) for command in own.values())
    ]
    return "".join(f"{line}\n" for line in lines)


def hook(location: Location) -> str:
    """bin/post_compile, which collects the static files of a project that Heroku would pass over."""
    return (
        "#!/usr/bin/env bash\n"
        "# Heroku collects the static files of one project only, the one nearest to the root of the repository.\n"
        "set -e\n"
        f"{manage(location, 'collectstatic', '--noinput')}\n"
    )


def web_command(settings: Settings, location: Location) -> str:
    """gunicorn takes the port from PORT and the number of workers from WEB_CONCURRENCY, which Heroku sets."""
    program, *arguments = application_server(settings).argv
    folder = ["--chdir", shlex.quote(not_an_option(location.project_dir))] if location.project_dir else []
    threads = [] if "--worker-class" in arguments else ["--threads", "4"]
    return " ".join((program, *folder, *threads, *arguments))


def manage(location: Location, *arguments: str) -> str:
    """A management command; Heroku's PATH does not hold the current folder, so manage.py is named with Python."""
    return " ".join(map(shlex.quote, manage_words(location, *arguments)))


def manage_words(location: Location, *arguments: str) -> tuple[str, ...]:
    """The same, word by word."""
    return ("python", not_an_option(str(PurePosixPath(location.project_dir) / "manage.py")), *arguments)


def other_processes(facts: ProjectFacts) -> tuple[tuple[str, str], ...]:
    """The process types that the project's own Procfile names besides those that this plan is about."""
    named = next((file.processes for file in facts.existing if file.path == rules.PROCFILE), ())
    return tuple((name, command) for name, command in named if name not in {"web", "release"})


# -- what the project's own lack, where they are kept --


def lacks_of_procfile(file: ExistingFile, keeping: Keeping) -> Iterator[Lack]:
    if "web" not in dict(file.processes):
        yield Lack(what="It has no line that begins with web:, so no dyno serves pages.")
        return
    yield from lacks_server(file, keeping, port=None)
    if has_database(keeping.settings) and "migrate" not in file.manages:
        yield Lack(what="Nothing in it migrates the database; each deployment with this tool does.", stops=False)


def lacks_of_manifest(file: ExistingFile, keeping: Keeping) -> Iterator[Lack]:
    ours = keeping.step(MANIFEST)
    if ours is not None and file.app != names.name_in_manifest(ours.text):
        yield Lack(what="It does not name the app, so a fresh clone of the project does not find it.", stops=False)


def lacks_of_python_version(_file: ExistingFile, keeping: Keeping) -> Iterator[Lack]:
    choice = choose_python(keeping.facts, supported=rules.PYTHONS, platform="Heroku")
    if choice.finding is not None:
        yield Lack(what=choice.finding.title)


def lacks_of_hook(file: ExistingFile, _keeping: Keeping) -> Iterator[Lack]:
    if "collectstatic" not in file.manages:
        yield Lack(what="It does not collect the static files of this project, and nothing else does.")


FILES = (
    PlatformFile(path=rules.PROCFILE, lacks=lacks_of_procfile),
    PlatformFile(path=MANIFEST, lacks=lacks_of_manifest),
    PlatformFile(path=rules.PYTHON_FILE, lacks=lacks_of_python_version),
    PlatformFile(path=rules.OLD_PYTHON_FILE),
    PlatformFile(path=rules.HOOK, lacks=lacks_of_hook),
)
