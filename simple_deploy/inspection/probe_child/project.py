"""What the loaded project says about itself: models, addresses, migrations, its own checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.files.storage import FileSystemStorage
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.db import connections, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState

from simple_deploy.inspection.probe_child import beside, migrating, named, threads, trouble, urls, vite
from simple_deploy.inspection.probe_child.databases import Shield
from simple_deploy.inspection.probe_child.reading import Readings, message

#: Django's commands that a deployment runs, with the flags it gives them.
_RUN_WITH = {"check": (), "collectstatic": ("--noinput",), "migrate": ("--noinput",), "createcachetable": ()}

#: Tables that every new project fills by itself.
_FILLED_BY_DJANGO = frozenset(
    {"auth.permission", "contenttypes.contenttype", "sessions.session", "sites.site", "admin.logentry"}
)


def describe(
    project: trouble.Project, readings: Readings, shield: Shield, not_started: Iterable[BaseException]
) -> Iterator[tuple[str, object]]:
    """Facts about the loaded project, each as soon as it is known."""
    fact = readings.fact
    yield "apps", fact("apps", lambda: [config.name for config in apps.get_app_configs()], [])
    # First of all what Django itself asks: what it refuses is a refusal, what others cannot find out is not.
    found = readings.refusal("probe.checks", _messages, [])
    found += [message("probe.unknown", "info", trouble.in_words(error, project)) for error in not_started]
    migrations = readings.refusal("probe.migrations", lambda: _Migrations(project), None)
    if migrations is not None:
        found += migrations.conflicts()
        yield "migrations", migrations.on_disk()
        changed = fact("unapplied_model_changes", migrations.changed, [])
        yield "unapplied_model_changes", changed
        yield "new_migrations", migrations.files(changed)
    yield "processes", fact("processes", lambda: beside.processes(project), [])
    yield "vendors", fact("vendors", lambda: dict(_vendors()), {})
    yield "services", fact("services", lambda: beside.services(project), [])
    yield "websockets", fact("websockets", beside.websockets, False)
    yield "username_field", fact("username_field", _username_field, None)
    yield "required_fields", fact("required_fields", _required_fields, ["email"])
    yield "file_fields", fact("file_fields", lambda: list(_file_fields()), [])
    yield "file_defaults", fact("file_defaults", lambda: list(_file_defaults()), [])
    yield "image_fields", fact("image_fields", _has_image_fields, False)
    yield "first_url", fact("first_url", urls.first, None)
    yield "admin_url", fact("admin_url", urls.admin, None)
    yield "tables", fact("tables", lambda: sorted(_tables()), [])
    yield "nowhere", readings.value("nowhere", named.nowhere, [])
    yield "asks_database", shield.asking(project)
    yield "own_check", fact("own_check", lambda: "check" in dict(_own_commands()), False)
    yield "untaken", fact("untaken", lambda: list(_untaken()), [])
    yield "vite_manifests", fact("vite_manifests", lambda: list(vite.collected_manifests()), [])
    yield "threads", fact("threads", lambda: threads.endless(project), [])
    yield "unknown", readings.unknown
    yield "checks", [*found, *readings.messages]


def _messages() -> list[dict[str, str]]:
    """What ``manage.py check`` says, without what this tool's own checks say."""
    return [
        message(said.id or "", _level(said.level), _text(said), str(said.hint or ""))
        for said in checks.run_checks()
        if not said.is_silenced() and not (said.id or "").startswith("simple_deploy.")
    ]


def _level(level: int) -> str:
    if level >= checks.ERROR:
        return "error"
    return "warning" if level >= checks.WARNING else "info"


def _text(said: checks.CheckMessage) -> str:
    if said.obj is None:
        return str(said.msg)
    label = getattr(getattr(said.obj, "_meta", None), "label", None)
    return f"{label or said.obj}: {said.msg}"


def _own_commands() -> Iterator[tuple[str, str | BaseCommand]]:
    """Django's commands that another app has one of the same name of, each with that app."""
    for name, app in get_commands().items():
        if name in _RUN_WITH and app not in {"django.core", "django.contrib.staticfiles"}:
            yield name, app


def _untaken() -> Iterator[str]:
    for name, app in _own_commands():
        command = app if isinstance(app, BaseCommand) else load_command_class(app, name)
        known = {flag for action in command.create_parser("manage.py", name)._actions for flag in action.option_strings}
        yield from (f"{name} {flag}" for flag in _RUN_WITH[name] if flag not in known)


def _user_model() -> Any:
    """None in a project without users, such as an API that needs no django.contrib.auth."""
    app, _, model = str(settings.AUTH_USER_MODEL).partition(".")
    return apps.get_model(app, model) if app in apps.app_configs and model.lower() in apps.all_models[app] else None


def _username_field() -> str | None:
    model = _user_model()
    return None if model is None else str(model.USERNAME_FIELD)


def _required_fields() -> list[str]:
    return list(map(str, getattr(_user_model(), "REQUIRED_FIELDS", ())))


def _vendors() -> Iterator[tuple[str, str]]:
    """What Django calls the databases of each engine, where that can be loaded."""
    for alias in connections:
        with suppress(Exception):  # for want of a driver, or of anything else
            if connections[alias].vendor != "unknown":
                yield alias, str(connections[alias].vendor)


def _fields() -> Iterator[tuple[type[models.Model], Any]]:
    for model in apps.get_models():
        for field in model._meta.local_fields:
            yield model, field


def _file_fields() -> Iterator[str]:
    for model, field in _fields():
        if isinstance(field, models.FileField):
            yield f"{model._meta.label}.{field.name}"


def _file_defaults() -> Iterator[str]:
    for model, field in _fields():
        name = field.default
        if not isinstance(field, models.FileField) or not isinstance(name, str) or not name:
            continue
        if isinstance(field.storage, FileSystemStorage) and field.storage.exists(name):
            yield f"{model._meta.label}.{field.name}: {name}"


def _has_image_fields() -> bool:
    return any(isinstance(field, models.ImageField) for _, field in _fields())


def _tables() -> Iterator[str]:
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if options.managed and not options.proxy and options.label_lower not in _FILLED_BY_DJANGO:
            yield str(options.db_table)


class _Migrations:
    """The migrations on the disk; no database is asked.

    :raises Exception: they cannot be loaded.
    """

    def __init__(self, project: trouble.Project) -> None:
        self._own = {config.label for config in apps.get_app_configs() if project.owns(config.path)}
        self._loader = MigrationLoader(None, ignore_no_migrations=True)

    def conflicts(self) -> list[dict[str, str]]:
        return [
            message(
                "probe.migrations",
                "error",
                f"The app {app} has several migrations that nothing follows: {', '.join(sorted(names))}.",
                "Run: python manage.py makemigrations --merge",
            )
            for app, names in self._loader.detect_conflicts().items()
        ]

    def changed(self) -> list[str]:
        """The project's apps whose models differ from their migrations, or that have models and no migrations."""
        detector = MigrationAutodetector(
            self._loader.project_state(),
            ProjectState.from_apps(apps),
            MigrationQuestioner(specified_apps=set(), dry_run=True),  # asks nobody, and decides nothing
        )
        changed = set(detector.changes(graph=self._loader.graph))
        without = {
            config.label
            for config in apps.get_app_configs()
            if config.label in self._loader.unmigrated_apps
            and any(model._meta.managed for model in config.get_models())
        }
        return sorted((changed | without) & self._own)

    def files(self, labels: list[str]) -> list[tuple[str, str]]:
        """Path and text of those that the apps *labels* lack, as far as Django can tell without asking."""
        return migrating.files(self._loader, labels) if labels else []

    def on_disk(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """App, name and the migrations it replaces, of each migration."""
        return [
            (app, name, [(replaced[0], replaced[1]) for replaced in migration.replaces])
            for (app, name), migration in (self._loader.disk_migrations or {}).items()
        ]
