"""What a migration does, read from its source as Django writes it and as people do."""

from __future__ import annotations

import pytest
from django.db import migrations as django_migrations
from django.db import models
from django.db.migrations.writer import MigrationWriter

from simple_deploy.inspection.migrations import Change, is_migration, read

OPERATIONS = (
    (
        django_migrations.CreateModel("Tag", [("id", models.AutoField(primary_key=True))]),
        Change(text="creates Tag"),
    ),
    (django_migrations.DeleteModel("Tag"), Change(text="deletes Tag with its data", loses=True)),
    (django_migrations.RenameModel("Tag", "Label"), Change(text="renames Tag to Label")),
    (django_migrations.AddField("post", "tags", models.TextField()), Change(text="adds post.tags")),
    (django_migrations.RemoveField("post", "body"), Change(text="removes post.body with its data", loses=True)),
    (django_migrations.AlterField("post", "title", models.TextField()), Change(text="changes post.title")),
    (django_migrations.RenameField("post", "body", "text"), Change(text="renames post.body to text")),
    (
        django_migrations.AddIndex("post", models.Index(fields=["title"], name="by_title")),
        Change(text="adds an index to post"),
    ),
    (django_migrations.RemoveIndex("post", "by_title"), Change(text="removes an index of post")),
    (django_migrations.RunSQL("DROP TABLE x"), Change(text="runs SQL")),
    (django_migrations.AlterModelOptions("post", {"ordering": ["title"]}), Change(text="alter model options")),
)


@pytest.mark.parametrize(("operation", "change"), OPERATIONS, ids=lambda each: type(each).__name__)
def test_what_django_writes_is_read(operation: django_migrations.operations.base.Operation, change: Change) -> None:
    written = type("Migration", (django_migrations.Migration,), {"operations": [operation], "dependencies": []})
    source = MigrationWriter(written("0002_more", "blog")).as_string()

    migration = read("site/blog/migrations/0002_more.py", source)

    assert (migration.app, migration.name) == ("blog", "0002_more")
    assert migration.changes == (change,)
    assert migration.loses is change.loses


def test_what_people_write_is_read_as_far_as_its_source_tells() -> None:
    source = """
import somewhere as other
def fill(apps, schema_editor): pass
class Migration(other.Migration):
    operations = [
        other.RunPython(fill, other.RunPython.noop),
        RemoveField(name="body", model_name=MODEL),
        other.DeleteModel(*names),
        made_by_a_function,
    ]
"""
    assert [(each.text, each.loses) for each in read("blog/migrations/0003.py", source).changes] == [
        ("runs the function fill", False),
        ("removes MODEL.body with its data", True),
        ("delete model", True),
    ]


@pytest.mark.parametrize("source", ["class Migration(:", "\0", "operations = None", ""])
def test_what_cannot_be_read_has_no_changes(source: str) -> None:
    assert read("blog/migrations/0001_initial.py", source).changes == ()


def test_only_files_of_migrations_are_some() -> None:
    assert is_migration("site/blog/migrations/0001_initial.py") and is_migration("migrations/0001.py")
    for other in ("blog/migrations/__init__.py", "blog/migrations/notes.txt", "blog/models.py", ""):
        assert not is_migration(other)
