"""What the loaded project says about itself: models, addresses, migrations, its own checks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState

from simple_deploy.inspection.probe_child import trouble, urls
from simple_deploy.inspection.probe_child.databases import NotAsked

T = TypeVar("T")

#: Tables that every new project fills by itself.
_FILLED_BY_DJANGO = frozenset(
    {"auth.permission", "contenttypes.contenttype", "sessions.session", "sites.site", "admin.logentry"}
)


def describe(project: trouble.Project) -> dict[str, object]:
    """Facts about the loaded project. What fails is one more message, and leaves the other facts alone."""
    found = _Findings(project)
    migrations = found.attempt("migrations", lambda: _Migrations(project))
    if migrations is not None:
        found.messages += migrations.conflicts()
    return {
        "uses_celery": found.attempt("celery", lambda: _uses_celery(project)) or False,
        "username_field": found.attempt("models", _username_field) or "username",
        "file_fields": found.attempt("models", lambda: list(_file_fields())) or [],
        "image_fields": found.attempt("models", _has_image_fields) or False,
        "first_url": found.attempt("urls", urls.first),
        "admin_url": found.attempt("urls", urls.admin),
        "unapplied_model_changes": (found.attempt("migrations", migrations.changed) or []) if migrations else [],
        "migrations": migrations.on_disk() if migrations else None,
        "tables": found.attempt("models", lambda: sorted(_tables())) or [],
        "checks": [*(found.attempt("checks", _messages) or []), *found.messages],
    }


class _Findings:
    def __init__(self, project: trouble.Project) -> None:
        self._project = project
        self.messages: list[dict[str, str]] = []

    def attempt(self, what: str, ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except BaseException as error:  # whatever the project's code does, the other facts are wanted
            text = trouble.in_words(error, self._project)
            # One broken import is met by every question; it is told once.
            if all(message["text"] != text for message in self.messages):
                self.messages.append(_message(f"probe.{what}", "info" if _not_asked(error) else "error", text))
            return None


def _not_asked(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, NotAsked):
        error = error.__cause__ or error.__context__
    return error is not None


def _message(identifier: str, level: str, text: str, hint: str = "") -> dict[str, str]:
    return {"id": identifier, "level": level, "text": text, "hint": hint}


def _messages() -> list[dict[str, str]]:
    """What ``manage.py check`` says, without what this tool's own checks say."""
    return [
        _message(message.id or "", _level(message.level), _text(message), str(message.hint or ""))
        for message in checks.run_checks()
        if not message.is_silenced() and not (message.id or "").startswith("simple_deploy.")
    ]


def _level(level: int) -> str:
    if level >= checks.ERROR:
        return "error"
    return "warning" if level >= checks.WARNING else "info"


def _text(message: checks.CheckMessage) -> str:
    if message.obj is None:
        return str(message.msg)
    label = getattr(getattr(message.obj, "_meta", None), "label", None)
    return f"{label or message.obj}: {message.msg}"


def _username_field() -> str:
    return str(get_user_model().USERNAME_FIELD)


def _fields() -> Iterator[tuple[type[models.Model], Any]]:
    for model in apps.get_models():
        for field in model._meta.local_fields:
            yield model, field


def _file_fields() -> Iterator[str]:
    for model, field in _fields():
        if isinstance(field, models.FileField):
            yield f"{model._meta.label}.{field.name}"


def _has_image_fields() -> bool:
    return any(isinstance(field, models.ImageField) for _, field in _fields())


def _tables() -> Iterator[str]:
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if options.managed and not options.proxy and options.label_lower not in _FILLED_BY_DJANGO:
            yield str(options.db_table)


def _uses_celery(project: trouble.Project) -> bool:
    if any(app.partition(".")[0] in {"celery", "django_celery_beat", "django_celery_results"} for app in _apps()):
        return True
    if any(name.startswith("CELERY_") and settings.is_overridden(name) for name in dir(settings)):
        return True
    celery = sys.modules.get("celery")
    app_class = getattr(celery, "Celery", None)
    return app_class is not None and any(
        isinstance(value, app_class)
        for module in list(sys.modules.values())
        if project.owns(getattr(module, "__file__", None) or "<none>")
        for value in list(vars(module).values())
    )


def _apps() -> list[str]:
    return [config.name for config in apps.get_app_configs()]


class _Migrations:
    """The migrations on the disk; no database is asked.

    :raises Exception: they cannot be loaded.
    """

    def __init__(self, project: trouble.Project) -> None:
        self._own = {config.label for config in apps.get_app_configs() if project.owns(config.path)}
        self._loader = MigrationLoader(None, ignore_no_migrations=True)

    def conflicts(self) -> list[dict[str, str]]:
        return [
            _message(
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

    def on_disk(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """App, name and the migrations it replaces, of each migration."""
        return [
            (app, name, [(replaced[0], replaced[1]) for replaced in migration.replaces])
            for (app, name), migration in (self._loader.disk_migrations or {}).items()
        ]
