"""``.upsun/config.yaml``: what Upsun builds, runs and keeps. Pure.

The keys are those of Upsun Flex, which has no sizes in the file. Sources: docs.upsun.com, "Configure apps",
"PostgreSQL", "Define routes".
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping

from simple_deploy.api import (
    Process,
    ProjectFacts,
    Settings,
    application_server,
    building,
    has_database,
    migrating,
    not_an_option,
    quoted,
    running,
    timed,
    uses_static_files,
)
from simple_deploy_upsun import hosting, place
from simple_deploy_upsun.environment import APP, RELATIONSHIP
from simple_deploy_upsun.place import Packages, Uploads

PATH = ".upsun/config.yaml"

#: Fixed, as the app's name is: whoever renames an app or a service loses its data.
SERVICE = "db"

PYTHONS = ("3.13", "3.14")  # those Upsun supports, registry.json of its documentation, 2026-11-21
POSTGRESQL = "17"  # 14 to 18 are offered; a service's version can be raised later, never lowered
WORKERS = 2

#: Keys are texts, values texts or mappings of the same kind; a text of several lines is a script.
Tree = Mapping[str, object]


def config(
    facts: ProjectFacts,
    settings: Settings,
    python: str,
    title: str,
    *,
    background: bool = False,
    empty: Iterable[str] = (),
) -> str:
    """The file, for an app on *python*, such as ``3.13``.

    :param background: run what works in the background too, in containers of its own.
    :param title: what the project is called on Upsun, by which every clone finds it again.
    :param empty: variables that are there with nothing in them; Upsun's program takes no such value.
    """
    app = _app(facts, settings, python, background=background, empty=empty)
    tree: dict[str, object] = {"applications": {APP: app}}
    if has_database(settings):
        tree["services"] = {SERVICE: _service(settings)}
    tree["routes"] = {"https://{default}/": {"type": "upstream", "upstream": f"{APP}:http"}}
    parts = ["\n".join(lines({key: value})) for key, value in tree.items()]
    return "\n".join([f"{_HEAD}{_TITLE}{title}\n", *(f"{part}\n" for part in parts)])


def title_in(text: str) -> str:
    """The title that a file written by :func:`config` names; empty where there is none."""
    return next((line[len(_TITLE) :].strip() for line in text.splitlines() if line.startswith(_TITLE)), "")


_TITLE = "# The project's title on Upsun, by which it is found again: "


_HEAD = """\
# What Upsun builds, runs and keeps for this project: https://docs.upsun.com/create-apps.html
# Renaming an app, a service or a mount loses its data. CPU, memory and disk are not set here, but with
# `upsun resources:set`.
"""


def _app(facts: ProjectFacts, settings: Settings, python: str, *, background: bool, empty: Iterable[str]) -> Tree:
    packages = place.packages(facts)
    kept = place.uploads(facts, settings)
    folder = place.app_folder(facts)
    app: dict[str, object] = {"type": f"python:{python}", "source": {"root": f"/{folder}"}}
    if packages.tools:
        app["dependencies"] = {"python3": dict(packages.tools)}
    if has_database(settings):
        app["relationships"] = {RELATIONSHIP: {"service": SERVICE, "endpoint": "postgresql"}}
    env = {"DJANGO_SETTINGS_MODULE": settings.module, "XDG_RUNTIME_DIR": "/tmp", **packages.env}
    app["variables"] = {"env": {**env, **dict.fromkeys(empty, "")}}
    if kept is not None:
        app["mounts"] = {f"/{kept.folder}": {"source": "storage", "source_path": "media"}}
    app["web"] = {
        "upstream": {"socket_family": "unix"},
        "commands": {"start": start_command(facts, settings, packages)},
        "locations": _locations(kept),
    }
    app["hooks"] = _hooks(facts, settings, packages)
    if background and running(settings):
        app["workers"] = {
            each.name: {"commands": {"start": _command(facts, packages, each)}} for each in running(settings)
        }
    if timed(settings):
        app["crons"] = {
            each.name: {"spec": each.schedule, "commands": {"start": _command(facts, packages, each)}}
            for each in timed(settings)
        }
    return app


def _locations(kept: Uploads | None) -> Tree:
    locations: dict[str, object] = {"/": {"passthru": True}}
    if kept is not None:
        locations[kept.path] = {"root": kept.folder, "allow": True, "scripts": False, "expires": "1h"}
    return locations


def _service(settings: Settings) -> Tree:
    service: dict[str, object] = {"type": f"postgresql:{POSTGRESQL}"}
    database = settings.default_database
    if database is not None and database.is_spatial:
        service["configuration"] = {"extensions": ["postgis"]}
    return service


def start_command(facts: ProjectFacts, settings: Settings, packages: Packages) -> str:
    """What serves the site. Upsun says in SOCKET where to listen."""
    program, *arguments = application_server(settings).argv
    inner = place.project_folder(facts)
    where = ("--chdir", not_an_option(inner)) if inner else ()
    words = (packages.program(program), *where, "--workers", str(WORKERS))
    return f'{shlex.join(words)} --bind "unix:$SOCKET" {shlex.join(arguments)}'


def _command(facts: ProjectFacts, packages: Packages, process: Process) -> str:
    """A process beside the site, as it is run in the app's folder."""
    program, *rest = process.command
    if rest[:1] == ["manage.py"]:
        return manage(facts, packages, *rest[1:])
    inner = place.project_folder(facts)
    up = "../" * len(inner.split("/")) if inner and packages.programs else ""
    command = shlex.join((up + packages.program(program), *rest))
    return f"cd {shlex.quote(not_an_option(inner))} && exec {command}" if inner else command


def manage(facts: ProjectFacts, packages: Packages, *arguments: str) -> str:
    """A command of manage.py, as it is run in the app's folder."""
    script = not_an_option(f"{place.project_folder(facts)}/manage.py".lstrip("/"))
    return shlex.join((packages.program("python"), script, *arguments))


def _hooks(facts: ProjectFacts, settings: Settings, packages: Packages) -> Tree:
    build = ["set -eu", *packages.install]
    if (found := building(facts)) is not None:
        folder = place.in_app(facts, found.folder) if found.folder else "."
        get = "" if found.comes_with_node else "npx --yes "
        run = f"{get}{shlex.join(found.install)} && {get}{found.program} run build && rm -rf node_modules"
        build.append(f"(cd {shlex.quote(not_an_option(folder))} && {run})")
    if uses_static_files(settings):
        given = [f"{name}={value}" for name, value in hosting.made_up(settings).items()]
        build.append(" ".join([*given, manage(facts, packages, "collectstatic", "--noinput")]))
    hooks = {"build": script(build)}
    if has_database(settings):
        hooks["deploy"] = script(["set -eu", migrating(settings, manage(facts, packages), then="\n")])
    return hooks


def script(rows: Iterable[str]) -> str:
    """The rows of a script as one text, which the file shows as such."""
    return "".join(f"{row}\n" for row in rows)


def lines(tree: Tree, depth: int = 0) -> Iterator[str]:
    """*tree* as YAML, in the way people write it. Every text is in double quotes."""
    indent = "  " * depth
    for key, value in tree.items():
        head = f"{indent}{_key(key)}:"
        if isinstance(value, Mapping):
            yield head
            yield from lines(value, depth + 1)
        elif isinstance(value, str) and value.endswith("\n") and value.replace("\n", "").isprintable():
            yield f"{head} |"
            yield from (f"{indent}  {row}" for row in value[:-1].split("\n"))
        elif isinstance(value, str):
            yield f"{head} {quoted(value)}"
        else:
            yield f"{head} {json.dumps(value)}"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]+", key) and key.lower() not in _YAML_WORDS else quoted(key)


_YAML_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off"})
