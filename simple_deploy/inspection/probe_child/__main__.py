"""Read the request from standard input, load the project, report part by part, and end without a farewell."""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from typing import NoReturn

from simple_deploy.inspection.probe_child import environment
from simple_deploy.inspection.probe_child.channel import Channel
from simple_deploy.inspection.probe_child.trouble import Project, describe, names_in_frames
from simple_deploy.inspection.probe_child.variables import Recorder


def main() -> NoReturn:
    request = json.loads(sys.stdin.buffer.read())
    channel = Channel(request["token"])
    seconds = float(request["timeout"])
    channel.send("environment", environment.describe())
    recorder = Recorder()
    recorder.start()
    if _load(channel, request["root"], request["settings_module"], seconds, lend_key=request["deployed"]):
        _limit(seconds, channel)
        from simple_deploy.inspection.probe_child import project

        module = os.environ.get("DJANGO_SETTINGS_MODULE", "")
        own = Project(request["root"], module)
        described = project.describe(own)
        channel.send("project", {**described, "variables": recorder.names(own)})
    # Threads, exit handlers and buffers of the project have no say any more.
    os._exit(0)


def _limit(seconds: float, channel: Channel) -> None:
    """End the process after that time, saying where it hangs, even when the project never comes back to Python."""
    faulthandler.dump_traceback_later(seconds, exit=True, file=channel.descriptor)


def _load(channel: Channel, root: str, settings_module: str, seconds: float, *, lend_key: bool) -> bool:
    secrets: list[str] = []
    try:
        from simple_deploy.inspection.probe_child import manage

        _limit(seconds, channel)
        manage.prepare(settings_module)
        import django
        from django.conf import settings

        from simple_deploy.inspection.probe_child import configuration, databases

        project = Project(root, os.environ.get("DJANGO_SETTINGS_MODULE", ""))
        if lend_key:
            configuration.lend_key()
        facts = configuration.describe(project)
        secrets += configuration.secrets(configuration.named_settings())
        databases.shield()
        # Handlers that write log files are not needed here.
        settings.LOGGING_CONFIG = None
        django.setup()
        channel.send("settings", {"django": django.get_version(), "modules": configuration.modules(), **facts})
    except BaseException as error:  # settings may raise anything, SystemExit too
        project = Project(root, os.environ.get("DJANGO_SETTINGS_MODULE", settings_module))
        channel.send("secrets", [*secrets, *_secrets_known(error, project)])
        channel.send("problem", describe(error, project))
        return False
    channel.send("secrets", secrets)
    return True


def _secrets_known(error: BaseException, project: Project) -> list[str]:
    try:
        from simple_deploy.inspection.probe_child.configuration import secrets
    except ImportError:  # there is no Django, so there are no settings either
        return []
    return secrets(names_in_frames(error, project))


if __name__ == "__main__":
    main()
