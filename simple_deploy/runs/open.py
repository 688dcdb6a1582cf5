"""Opens a project's service without Django: for the worker, a run's process and ``python -m simple_deploy``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from simple_deploy import conf as conf_module
from simple_deploy.conf import Conf
from simple_deploy.core import codec
from simple_deploy.core.errors import NoProject
from simple_deploy.core.facts import Location
from simple_deploy.runs.service import STATE_FOLDER, Service
from simple_deploy.system import files, stored

FILE = "project.json"


def remember(service: Service) -> None:
    """Note in the state folder which project it belongs to."""
    service.store.prepare()
    path = service.store.root / FILE
    data = json.dumps(codec.to_data(service.location), indent=1).encode("utf-8")
    try:
        if (stored.text(path) or "").encode("utf-8") != data:
            files.write_atomic(path, data)
    except OSError as error:
        raise files.unusable(service.store.root, error) from error


def open_service(start: Path, environment: Mapping[str, str] | None = None) -> Service:
    """The service of the project that *start* lies in, as the tool last saw it.

    :raises NoProject: the tool has not been used there.
    """
    conf = conf_module.load(os.environ if environment is None else environment)
    return Service(_remembered(start, conf), conf)


def _remembered(start: Path, conf: Conf) -> Location:
    folders = [conf.state_dir] if conf.state_dir else [each / STATE_FOLDER for each in (start, *start.parents)]
    for folder in folders:
        location = stored.known(Location, folder / FILE)
        if location is None:
            continue
        if not conf.state_dir and location.root != folder.parent:
            # The project was moved or copied since: it is where its state folder is.
            location = replace(location, root=folder.parent)
        return location
    raise NoProject(
        f"simple_deploy has not been used in {start} or a folder above it.",
        hint="Go to your project's folder, or run `python manage.py deploy --check` there first.",
    )
