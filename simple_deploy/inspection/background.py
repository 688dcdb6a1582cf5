"""What packages need beside the web process: a table, and how a project's own facts choose from it. Pure.

The commands are those of each package's documentation, which the rows name. Seen 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from simple_deploy.core.facts import Process, ProcessKind

_MANAGE = ("python", "manage.py")
_MINUTE, _FIVE_MINUTES = "* * * * *", "*/5 * * * *"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A management command that an installed app brings along.

    :param app: the app's module. :param command: its name and arguments.
    :param setting: a setting that has to name *value* for the command to be needed; empty where the app is enough.
    """

    app: str
    title: str
    command: tuple[str, ...]
    docs: str
    kind: ProcessKind = "worker"
    schedule: str = ""
    setting: str = ""
    value: str = ""


TABLE = (
    Row(
        app="django_q",
        title="Django Q",
        command=("qcluster",),
        docs="https://django-q2.readthedocs.io/en/master/cluster.html",
    ),
    Row(
        app="huey.contrib.djhuey",
        title="Huey",
        command=("run_huey",),
        docs="https://huey.readthedocs.io/en/latest/django.html",
    ),
    Row(
        app="django_dramatiq",
        title="Dramatiq",
        command=("rundramatiq",),
        docs="https://github.com/Bogdanp/django_dramatiq#running-workers",
    ),
    Row(
        app="background_task",
        title="Django Background Tasks",
        command=("process_tasks",),
        docs="https://django-background-tasks.readthedocs.io/en/latest/",
    ),
    Row(
        app="procrastinate.contrib.django",
        title="Procrastinate",
        command=("procrastinate", "worker"),
        docs="https://procrastinate.readthedocs.io/en/stable/howto/django/basic_usage.html",
    ),
    Row(
        app="django_tasks_db",
        title="Django's tasks (database)",
        command=("db_worker",),
        docs="https://github.com/RealOrangeOne/django-tasks-db",
        setting="TASKS",
        value="django_tasks_db.",
    ),
    Row(
        app="django_tasks.backends.database",
        title="Django's tasks (database)",
        command=("db_worker",),
        docs="https://github.com/RealOrangeOne/django-tasks",
        setting="TASKS",
        value="django_tasks.backends.database.",
    ),
    Row(
        app="django_dbq",
        title="django-dbq",
        command=("worker",),
        docs="https://github.com/dabapps/django-db-queue",
    ),
    Row(
        app="django_lightweight_queue",
        title="django-lightweight-queue",
        command=("queue_runner",),
        docs="https://github.com/thread/django-lightweight-queue",
    ),
    Row(
        app="scheduler",
        title="django-tasks-scheduler",
        command=("scheduler_worker",),
        docs="https://django-tasks-scheduler.readthedocs.io/",
    ),
    Row(
        app="django_cron",
        title="django-cron",
        command=("runcrons",),
        docs="https://django-cron.readthedocs.io/en/latest/installation.html",
        kind="cron",
        schedule=_FIVE_MINUTES,
    ),
    Row(
        app="mailer",
        title="django-mailer",
        command=("send_mail",),
        docs="https://github.com/pinax/django-mailer",
        kind="cron",
        schedule=_MINUTE,
        setting="EMAIL_BACKEND",
        value="mailer.",
    ),
    Row(
        app="post_office",
        title="django-post-office",
        command=("send_queued_mail",),
        docs="https://github.com/ui/django-post_office#management-commands",
        kind="cron",
        schedule=_MINUTE,
        setting="EMAIL_BACKEND",
        value="post_office.",
    ),
)

#: Libraries that a project starts in a way of its own: what people call them, by the module they are imported as.
LIBRARIES: Mapping[str, tuple[str, ProcessKind]] = {
    "apscheduler": ("APScheduler", "scheduler"),
    "schedule": ("schedule", "scheduler"),
    "dramatiq": ("Dramatiq", "worker"),
    "rq": ("RQ", "worker"),
    "arq": ("arq", "worker"),
    "taskiq": ("Taskiq", "worker"),
    "huey": ("Huey", "worker"),
    "procrastinate": ("Procrastinate", "worker"),
}
#: Backends of Django's tasks that need no process of their own.
_AT_ONCE = ("ImmediateBackend", "DummyBackend")


@dataclass(frozen=True, slots=True, kw_only=True)
class Celery:
    """:param target: what ``celery -A`` is given; empty where that cannot be told. :param beat: something is scheduled.

    :param scheduler: the scheduler class of an installed app; empty for Celery's own.
    """

    target: str
    beat: bool = False
    scheduler: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the loaded project says.

    :param commands: management commands, each with the app that brings it.
    :param settings: texts in the settings that rows ask for, by the name of the setting.
    :param queues: of RQ.
    :param jobs: django-crontab's: each with its schedule and the words after ``manage.py``.
    :param imported: the libraries that modules of the project import.
    :param starting: commands of the project's own whose source names one of the libraries, by library.
    """

    commands: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    celery: Celery | None = None
    queues: tuple[str, ...] = ()
    jobs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    imported: tuple[str, ...] = ()
    starting: Mapping[str, str] = field(default_factory=dict)


def processes(asked: Asked) -> tuple[Process, ...]:
    """What has to run beside the web process of the project that *asked* tells of."""
    return tuple(_named([*_celery(asked), *_rows(asked), *_rq(asked), *_jobs(asked), *_others(asked)]))


def _celery(asked: Asked) -> Iterator[Process]:
    if asked.celery is None:
        return
    docs = "https://docs.celeryq.dev/en/stable/userguide/daemonizing.html"
    if not asked.celery.target:
        yield Process(name="worker", title="Celery", kind="worker", docs=docs)
        return
    start = ("celery", "-A", asked.celery.target)
    worker = (*start, "worker", "--loglevel", "INFO")
    yield Process(name="worker", title="Celery", kind="worker", command=worker, docs=docs)
    if asked.celery.beat:
        # The files that beat would write lie in the folder of the code, which a site may not write to.
        where = (
            ("--scheduler", asked.celery.scheduler) if asked.celery.scheduler else ("-s", "/tmp/celerybeat-schedule")
        )
        beat = (*start, "beat", "--loglevel", "INFO", "--pidfile=", *where)
        yield Process(name="beat", title="Celery beat", kind="scheduler", command=beat, docs=docs)


def _rows(asked: Asked) -> Iterator[Process]:
    for row in TABLE:
        app = asked.commands.get(row.command[0], "")
        named = not row.setting or any(text.startswith(row.value) for text in asked.settings.get(row.setting, ()))
        if named and (app == row.app or app.startswith(f"{row.app}.")):
            yield Process(
                name=row.command[-1],
                title=row.title,
                kind=row.kind,
                command=(*_MANAGE, *row.command),
                schedule=row.schedule,
                docs=row.docs,
            )


def _rq(asked: Asked) -> Iterator[Process]:
    if asked.commands.get("rqworker", "") != "django_rq":
        return
    tasks = next((text for text in asked.settings.get("TASKS", ()) if _is_rq(text)), "")
    job = ("--job-class", f"{tasks.rpartition('.')[0]}.Job") if tasks else ()
    queues = asked.queues or ("default",)
    docs = "https://github.com/rq/django-rq#running-workers"
    yield Process(name="rqworker", title="RQ", kind="worker", command=(*_MANAGE, "rqworker", *queues, *job), docs=docs)
    if "rq_scheduler" in asked.imported and "rqscheduler" in asked.commands:
        command = (*_MANAGE, "rqscheduler")
        yield Process(name="rqscheduler", title="RQ Scheduler", kind="scheduler", command=command, docs=docs)


def _is_rq(backend: str) -> bool:
    return ".RQBackend" in backend or "_rq." in backend


def _jobs(asked: Asked) -> Iterator[Process]:
    for schedule, words in asked.jobs:
        yield Process(
            name=words[0] if words[0] != "shell" else "cron",
            title=f"django-crontab ({words[-1].split('; ')[-1]})",
            kind="cron",
            command=(*_MANAGE, *words),
            schedule=schedule,
            docs="https://github.com/kraiz/django-crontab",
        )


def _others(asked: Asked) -> Iterator[Process]:
    """What is known by the library alone: the project's own command where one names it, else nothing to start."""
    known = {each.title for each in (*_rows(asked), *_rq(asked))}
    for library, (title, kind) in LIBRARIES.items():
        if title in known or library not in {*asked.imported, *asked.starting}:
            continue
        own = asked.starting.get(library)
        yield Process(name=own or library, title=title, kind=kind, command=(*_MANAGE, own) if own else ())
    covered = tuple(row.value for row in TABLE if row.setting == "TASKS")
    for backend in asked.settings.get("TASKS", ()):
        if not backend.endswith(_AT_ONCE) and not backend.startswith(covered) and not _is_rq(backend):
            yield Process(name="tasks", title=f"Django's tasks ({backend})", kind="worker")


def _named(found: Iterable[Process]) -> Iterator[Process]:
    """The same, each with a name that platforms take and no other has."""
    taken: set[str] = {"web", "app", "release"}
    for each in found:
        plain = re.sub(r"[^a-z0-9]+", "-", each.name.lower()).strip("-")[:24] or "process"
        name = next(each for each in (plain, *(f"{plain}-{number}" for number in range(2, 99))) if each not in taken)
        taken.add(name)
        yield replace(each, name=name)
