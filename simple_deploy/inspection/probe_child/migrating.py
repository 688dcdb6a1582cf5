"""The files that ``makemigrations`` would write, where it would ask nothing. None is written here."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

_MOST = 200_000  # characters


class _Asked(Exception):
    """Django would ask the person."""


class _Questioner(MigrationQuestioner):
    """Only whether an app is to have migrations is no question: those it is told of are."""

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("ask_") and name != "ask_initial":
            raise _Asked
        return super().__getattribute__(name)


def files(loader: MigrationLoader, labels: Collection[str]) -> list[tuple[str, str]]:
    """Path and text of each file for the apps *labels*; none where Django would ask something, where other apps need
    one too, or where they lie in an unusual place."""
    with suppress(Exception):  # a default that cannot be written down, for example, which is told when somebody tries
        found = [each for label, made in _made(loader, set(labels)).items() for each in _written(label, made)]
        return found if sum(len(text) for _, text in found) <= _MOST else []
    return []


def _made(loader: MigrationLoader, labels: set[str]) -> dict[str, list[Any]]:
    if loader.detect_conflicts():
        return {}
    detector = MigrationAutodetector(
        loader.project_state(), ProjectState.from_apps(apps), _Questioner(specified_apps=labels, dry_run=True)
    )
    found: dict[str, list[Any]] = detector.changes(graph=loader.graph, trim_to_apps=labels, convert_apps=labels)
    return found if labels.issuperset(found) else {}


def _written(label: str, migrations: list[Any]) -> list[tuple[str, str]]:
    """:raises LookupError: they lie in another place than usual, or a person has to finish them."""
    config = apps.get_app_config(label)
    if MigrationLoader.migrations_module(label)[0] != f"{config.name}.migrations":
        raise LookupError(label)
    folder = Path(config.path) / "migrations"
    found = [] if (folder / "__init__.py").exists() else [(str(folder / "__init__.py"), "")]
    for each in migrations:
        writer = MigrationWriter(each, include_header=False)  # a time would make another file of it with each look
        found.append((str(folder / writer.filename), writer.as_string()))
        if writer.needs_manual_porting:
            raise LookupError(label)
    return found
