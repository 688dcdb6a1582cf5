"""Our Celery app: its own queue, invisible to a Celery app of the host project.

Run by hand, for example with Redis: ``celery -A simple_deploy.jobs worker``, in the folder of the project.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from celery import Celery

from simple_deploy.conf import Conf
from simple_deploy.jobs.spare import Spare
from simple_deploy.jobs.tasks import TASK, execute_in_child
from simple_deploy.runs.service import Service
from simple_deploy.system.files import PRIVATE_FILE, private_folder

POLL = 0.1  # seconds between looks into the queue folder


def queue_name(state: Path) -> str:
    """One queue for each project, so that projects can share a Redis."""
    return "simple_deploy." + hashlib.sha256(str(state).encode("utf-8")).hexdigest()[:12]


def make_app(state: Path, conf: Conf) -> Celery:
    """A Celery app for the project whose state is kept in *state*; messages hold run ids only."""
    # fixups=[]: the default ones import the host's settings; set_as_current=False: the host's own app stays current.
    app = Celery("simple_deploy", set_as_current=False, fixups=[])
    app.conf.update(
        task_default_queue=queue_name(state),
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_concurrency=1,
        worker_pool="solo",
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=3,
        **(_redis(conf.redis_url) if conf.redis_url else _folder(state)),
    )
    return app


def worker_app(service: Service, spare: Spare) -> Celery:
    """The app with its one task, for a process that is a worker and nothing else; *spare* executes its runs."""
    app = make_app(service.store.root, service.conf)

    @app.task(name=TASK, shared=False, ignore_result=True)
    def execute(run_id: str) -> None:
        execute_in_child(service, run_id, spare)

    return app


def ring(service: Service, run_id: str) -> bool:
    """Send the message that a run waits. It is only a doorbell: a run without one is fetched or started directly.

    :returns: whether there is a broker that took it.
    """
    app = make_app(service.store.root, service.conf)
    try:
        app.send_task(TASK, (run_id,), retry=False)
    except Exception:  # whatever a broker that is not there raises
        return False
    finally:
        app.close()
    tighten(service.store.root)
    return True


def tighten(state: Path) -> None:
    """Make the queue's files private when a process with other default permissions wrote them."""
    for path in (state / "queue").rglob("*"):
        with contextlib.suppress(OSError):
            if path.is_file():
                path.chmod(PRIVATE_FILE)


def _redis(url: str) -> dict[str, object]:
    return {"broker_url": url, "broker_transport_options": {"visibility_timeout": 24 * 3600}}


def _folder(state: Path) -> dict[str, object]:
    queue = private_folder(state / "queue")
    for name in ("messages", "done", "control"):
        private_folder(queue / name)
    return {
        # A URL would name one of Celery's own transports.
        "broker_url": "localhost",
        "broker_transport": "simple_deploy.jobs.folder:Transport",
        "broker_transport_options": {
            "data_folder_in": str(queue / "messages"),
            "data_folder_out": str(queue / "messages"),
            "processed_folder": str(queue / "done"),
            "control_folder": str(queue / "control"),
            "store_processed": True,
            "polling_interval": POLL,
        },
    }
