"""What runs beside the web process, and which servers the settings name, asked of the loaded project."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.management import get_commands

from simple_deploy.core.facts import CELERY_BROKER, CELERY_RESULTS, Process
from simple_deploy.inspection import background
from simple_deploy.inspection.probe_child import hosts
from simple_deploy.inspection.probe_child.configuration import application, is_set, named_settings
from simple_deploy.inspection.probe_child.trouble import Project

T = TypeVar("T")

#: Settings that name a server: Django's own, and those of packages that people use most.
_NAMING = (
    "CACHES",
    "CHANNEL_LAYERS",
    "CELERY_BROKER_URL",
    "BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "RQ_QUEUES",
    "HUEY",
    "Q_CLUSTER",
    "DRAMATIQ_BROKER",
    "DRAMATIQ_RESULT_BACKEND",
    "CACHEOPS_REDIS",
    "CONSTANCE_REDIS_CONNECTION",
    "HAYSTACK_CONNECTIONS",
    "ELASTICSEARCH_DSL",
    "WAGTAILSEARCH_BACKENDS",
)
_SCHEMES = {
    "redis": "redis",
    "rediss": "redis",
    "redis+socket": "redis",
    "valkey": "redis",
    "unix": "redis",
    "memcached": "memcached",
    "amqp": "rabbitmq",
    "amqps": "rabbitmq",
    "mongodb": "server",
    "mqtt": "server",
    "pyamqp": "rabbitmq",
    "http": "search",
    "https": "search",
}
#: Schemes of servers that are no sites, so that a setting of any name means one.
_ONLY_SERVERS = frozenset(_SCHEMES) - {"http", "https", "unix"}
_PORTS = {6379: "redis", 11211: "memcached", 5672: "rabbitmq", 9200: "search", 7700: "search"}
_DEEPEST = 5


def processes(project: Project) -> list[dict[str, Any]]:
    """The facts of :class:`simple_deploy.core.facts.Process`, as data."""
    return [_data(each) for each in background.processes(_asked(project))]


def _data(process: Process) -> dict[str, Any]:
    return {name: getattr(process, name) for name in ("name", "title", "kind", "command", "schedule", "docs")}


def _asked(project: Project) -> background.Asked:
    commands = {name: getattr(app, "name", app) for name, app in get_commands().items()}
    return background.Asked(
        commands={name: str(app) for name, app in commands.items()},
        settings={
            "TASKS": _read("TASKS", lambda value: [str(each.get("BACKEND") or "") for each in value.values()], []),
            "EMAIL_BACKEND": _read("EMAIL_BACKEND", lambda value: [str(value)], []),
        },
        celery=_celery(project),
        queues=_read("RQ_QUEUES", lambda value: tuple(map(str, value)), ()),
        jobs=_read("CRONJOBS", lambda value: tuple(_jobs(value)), ()),
        imported=tuple(_imported(project)),
        starting=dict(_starting(project, {name: str(app) for name, app in commands.items()})),
    )


def _read(name: str, ask: Callable[[Any], T], otherwise: T) -> T:
    """What *ask* makes of a setting that may have any shape; *otherwise* where it is not set, or has another one."""
    if not is_set(name):
        return otherwise
    try:
        return ask(getattr(settings, name))
    except Exception:
        return otherwise


def _celery(project: Project) -> background.Celery | None:
    """Celery's app, where a module of the project holds one, or a sign that there is one somewhere."""
    made = _celery_app(project)
    names = [config.name for config in apps.get_app_configs()]
    stored = "django_celery_beat" in names
    scheduler = "django_celery_beat.schedulers:DatabaseScheduler" if stored else ""
    if made is None:
        meant = stored or "django_celery_results" in names or any(map(is_set, _of_celery()))
        target = _unloaded() if meant else ""
        beat = stored or is_set("CELERY_BEAT_SCHEDULE") or is_set("CELERYBEAT_SCHEDULE")
        return background.Celery(target=target, beat=beat, scheduler=scheduler) if meant else None
    name, attribute, app = made
    target = name.removesuffix(".celery") if name.endswith(".celery") else f"{name}:{attribute}"
    planned = False
    with suppress(Exception):
        planned = bool(app.conf.beat_schedule)
    return background.Celery(target=target, beat=stored or planned, scheduler=scheduler)


def _celery_app(project: Project) -> tuple[str, str, Any] | None:
    """The module and the name under which the project holds Celery's app, and the app."""
    app_class = getattr(sys.modules.get("celery"), "Celery", ())
    places = [
        (name, attribute, value)
        for name, module in list(sys.modules.items())
        if project.owns(getattr(module, "__file__", None) or "<none>")
        for attribute, value in list(vars(module).items())
        if isinstance(value, app_class)
    ]
    # Where it is made is nearest to what people type: shop.celery, which `celery -A shop` finds.
    return min(places, key=lambda each: (not each[0].endswith(".celery"), len(each[0]), each[:2]), default=None)


def _of_celery() -> list[str]:
    return [name for name in dir(settings) if name.startswith("CELERY_")]


def _unloaded() -> str:
    """The package around the settings whose module celery makes an app, and which nothing has imported."""
    package = os.environ.get("DJANGO_SETTINGS_MODULE", "").rpartition(".")[0]
    while package:
        with suppress(ImportError, ValueError, OSError, UnicodeDecodeError):
            spec = find_spec(f"{package}.celery")
            if spec is not None and spec.origin and "Celery(" in Path(spec.origin).read_text(encoding="utf-8"):
                return package
        package = package.rpartition(".")[0]
    return ""


def _jobs(value: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """django-crontab's jobs: a schedule, the dotted name of a function, and perhaps its arguments."""
    for job in value:
        schedule, function, *more = job
        arguments = [str(each) for each in more[0]] if more and isinstance(more[0], (list, tuple)) else []
        if function == "django.core.management.call_command" and arguments:
            yield str(schedule), tuple(arguments)
        else:
            module, _, name = str(function).rpartition(".")
            call = f"{name}({', '.join(map(repr, arguments))})"
            yield str(schedule), ("shell", "-c", f"from {module} import {name}; {call}")


def _imported(project: Project) -> Iterator[str]:
    wanted = {*background.LIBRARIES, "rq_scheduler"}
    loaded = wanted.intersection(name.partition(".")[0] for name in list(sys.modules))
    if not loaded:
        return
    for module in list(sys.modules.values()):
        if project.owns(getattr(module, "__file__", None) or "<none>"):
            for value in list(vars(module).values()):
                origin = getattr(value, "__name__", "") if type(value) is type(sys) else type(value).__module__
                own = value.__module__ if isinstance(value, type) else ""
                for name in (origin, own):
                    top = str(name).partition(".")[0]
                    if top in loaded:
                        loaded.discard(top)
                        yield top


def _starting(project: Project, commands: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The project's own commands whose source imports one of the libraries."""
    pattern = re.compile(rf"^\s*(?:from|import)\s+({'|'.join(background.LIBRARIES)})\b", re.MULTILINE)
    for command, app in sorted(commands.items()):
        spec = None
        with suppress(ImportError, ValueError):
            spec = find_spec(f"{app}.management.commands.{command}") if app != "django.core" else None
        file = spec.origin if spec is not None else None
        if file and project.owns(file):
            with suppress(OSError, UnicodeDecodeError):
                for library in pattern.findall(Path(file).read_text(encoding="utf-8")):
                    yield library, command


# -- servers --


def services(project: Project) -> list[dict[str, Any]]:
    """The facts of :class:`simple_deploy.core.facts.Service`, as data, each once."""
    found: dict[tuple[str, str, bool, bool], None] = {}
    for name, value in (*_naming(), *_of_celerys_app(project)):
        # A setting that cannot be walked names nothing that could be told.
        with suppress(Exception):
            for kind, host in _addresses(value, 0):
                found[name, kind, hosts.is_local(host), type(value) is str] = None
    return [dict(zip(("setting", "kind", "local", "is_address"), each, strict=True)) for each in found]


def _naming() -> Iterator[tuple[str, object]]:
    """The settings that may name a server: those that are known to, and any other that is the address of one."""
    for name, value in named_settings():
        # What is lazy is not asked: that may take a network.
        if name in _NAMING or (type(value) is str and value.partition("://")[0] in _ONLY_SERVERS):
            with suppress(Exception):
                if is_set(name):
                    yield name, value


def _of_celerys_app(project: Project) -> Iterator[tuple[str, object]]:
    """The servers that Celery's own app is told where it is made, and not by settings."""
    made = _celery_app(project)
    if made is None:
        return
    told = [value for _, value in _naming()]
    for name, key in ((CELERY_BROKER, "broker_url"), (CELERY_RESULTS, "result_backend")):
        with suppress(Exception):  # what configures the app may be a module that fails
            if (value := getattr(made[2].conf, key)) not in told:
                yield name, value


def _addresses(value: object, depth: int) -> Iterator[tuple[str, str]]:
    """Kind and host of each server in *value*."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield from _address(value)
    elif isinstance(value, Mapping):
        plain = {str(key).lower(): item for key, item in value.items()}
        host = plain.get("host")
        if isinstance(host, str) and "://" not in host:
            yield _PORTS.get(_number(plain.get("port")), "redis" if "db" in plain else "server"), host
            return
        for item in value.values():
            yield from _addresses(item, depth + 1)
    elif isinstance(value, (list, tuple)):
        if len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int):
            yield _PORTS.get(value[1], "server"), value[0]
            return
        for item in value:
            yield from _addresses(item, depth + 1)


def _address(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(";"):
        if "://" in part:
            with suppress(ValueError):
                parts = urlsplit(part)
                kind = _SCHEMES.get(parts.scheme)
                if kind is not None:
                    yield kind, parts.hostname or ""
        else:
            host, colon, port = part.rpartition(":")
            if colon and port.isdigit() and re.fullmatch(r"[\w.-]+", host):
                yield _PORTS.get(int(port), "server"), host


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isdigit() else 0


# -- web sockets --


def websockets() -> bool:
    """Whether the source of the ASGI application names web sockets. The module is not imported: it may start things."""
    own = str(settings.ASGI_APPLICATION or "") if is_set("ASGI_APPLICATION") else ""
    named = own or application("asgi", os.environ.get("DJANGO_SETTINGS_MODULE", ""))
    spec = find_spec(named.rpartition(".")[0]) if named else None
    if spec is None or not spec.origin:
        return False
    source = Path(spec.origin).read_text(encoding="utf-8")
    code = re.sub(r"#.*", "", source)
    return bool(
        re.search(r"""\bProtocolTypeRouter\b.*["']websocket["']|\btype\b.{0,12}["']websocket["']""", code, re.S)
    )
