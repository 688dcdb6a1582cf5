"""Read the request from standard input, load the project, report part by part, and end without a farewell."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from simple_deploy.inspection.probe_child import declared, environment, misnamed, network, used
from simple_deploy.inspection.probe_child.channel import Channel
from simple_deploy.inspection.probe_child.patience import Patience
from simple_deploy.inspection.probe_child.trouble import Project, describe, names_in_frames
from simple_deploy.inspection.probe_child.variables import Recorder

#: Gives the names of facts about the loaded project, each with its value.
Ask = Callable[[Project], Iterable[tuple[str, object]]]


def main() -> NoReturn:
    request = {**json.loads(sys.stdin.buffer.read()), "folder": os.getcwd()}  # noqa: PTH109 - links stay as they are
    channel = Channel(request["token"])
    patience, seconds = Patience(channel.descriptor), float(request["timeout"])
    channel.send("environment", environment.describe())
    recorder = Recorder()
    recorder.start()
    opened = used.Opened()
    opened.start()
    network.limit()
    patience.allow(seconds)
    ask = _load(channel, request, recorder, opened)
    opened.stop()
    if ask is not None:
        patience.allow(seconds)
        own = Project(request["root"], os.environ.get("DJANGO_SETTINGS_MODULE", ""), request["folder"])
        for name, value in ask(own):
            channel.send(f"project.{name}", value)
        uses = {str(use["name"]): use for use in (*declared.described(own), *recorder.uses(own))}
        channel.send("project.variable_uses", [uses[name] for name in sorted(uses)])
        channel.send("project.variables", sorted(uses))
        channel.send("project.misnamed", used.attempt(lambda: misnamed.describe(own)))
        channel.send("project.env_files", opened.env_files(own))
        channel.send("used", used.describe(own, opened))
    # Threads, exit handlers and buffers of the project have no say any more.
    os._exit(0)


def _load(channel: Channel, request: Mapping[str, Any], recorder: Recorder, opened: used.Opened) -> Ask | None:
    """Load the project and report its settings; returns how to ask it for the rest, or None where it is refused."""
    secrets: list[str] = []
    settings_loaded = False
    root, settings_module, folder = request["root"], request["settings_module"], request["folder"]
    try:
        from simple_deploy.inspection.probe_child import databases, manage

        shield = databases.Shield(root)
        shield.put_up()
        manage.prepare(request["script"], settings_module)
        from simple_deploy.inspection.probe_child import reading, start

        start.load_settings()
        settings_loaded = True
        project = Project(root, os.environ.get("DJANGO_SETTINGS_MODULE", ""), folder)
        from simple_deploy.inspection.probe_child import configuration

        if request["deployed"]:
            configuration.lend_key()
        readings = reading.Readings(project)
        facts = configuration.describe(project, readings)
        secrets += configuration.secrets(configuration.named_settings())
        not_started = start.load_apps()
    except BaseException as error:  # settings may raise anything, SystemExit too
        project = Project(root, os.environ.get("DJANGO_SETTINGS_MODULE", settings_module), folder)
        channel.send("secrets", [*secrets, *_secrets_known(error, project)])
        told = {**describe(error, project), **_unset(error, project, recorder, opened)}
        channel.send("problem", {**told, "settings_loaded": settings_loaded})
        return None
    channel.send("secrets", secrets)
    channel.send("settings", facts)
    from simple_deploy.inspection.probe_child import project as loaded

    return lambda own: loaded.describe(own, readings, shield, not_started)


def _unset(error: BaseException, project: Project, recorder: Recorder, opened: used.Opened) -> dict[str, str]:
    try:
        from simple_deploy.inspection.probe_child import unset

        return unset.describe(error, project, recorder, opened)
    except Exception:  # why the project is not loaded is told all the same
        return {}


def _secrets_known(error: BaseException, project: Project) -> list[str]:
    try:
        from simple_deploy.inspection.probe_child.configuration import secrets
    except ImportError:  # there is no Django, so there are no settings either
        return []
    return secrets(names_in_frames(error, project))


if __name__ == "__main__":
    main()
