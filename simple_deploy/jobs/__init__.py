"""Background execution. ``celery -A simple_deploy.jobs worker`` finds :func:`app` here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celery import Celery


def __getattr__(name: str) -> Celery:
    """The Celery app of the project in the current folder, made when a worker is started by hand."""
    if name not in {"app", "celery"}:
        raise AttributeError(name)
    import os
    from pathlib import Path

    from celery.signals import worker_ready

    from simple_deploy.jobs.app import worker_app
    from simple_deploy.jobs.spare import UMASK, Spare
    from simple_deploy.jobs.worker import Keeper
    from simple_deploy.runs.service import open_service

    service = open_service(Path.cwd())
    keeper = Keeper(service, idle=None)

    @worker_ready.connect(weak=False)
    def begin(**_: object) -> None:
        keeper.start()

    spare = Spare(service.location.folder, service.conf.as_environment(), umask=os.umask(UMASK))
    return worker_app(service, spare)
