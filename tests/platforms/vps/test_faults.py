"""Failures on a server: each says why and what to do, and the serving site continues."""

from __future__ import annotations

import pytest

from tests.attacks.claims import proves
from tests.platforms.vps.conftest import Owner

pytestmark = [pytest.mark.slow, pytest.mark.slice(0), pytest.mark.timeout(3600)]

MIGRATION = """\
from django.db import migrations


def fail(apps, schema_editor):
    raise RuntimeError("the data are not as expected")


class Migration(migrations.Migration):
    dependencies = [("posts", "{last}")]
    operations = [migrations.RunPython(fail)]
"""


@proves(
    "A migration fails on the server, a release does not start, or starts and does not serve",
    "The previous release keeps serving, and the next good one takes its place",
)
def test_a_release_that_fails_leaves_the_one_before(owner: Owner) -> None:
    owner.deployed("--database", "sqlite")
    folder = owner.project.folder
    last = max(path.stem for path in (folder / "posts" / "migrations").glob("0*.py"))
    migration = folder / "posts" / "migrations" / "9999_fails.py"
    migration.write_text(MIGRATION.format(last=last), encoding="utf-8")
    owner.change("a migration fails")
    refused = owner.deploy().expect(1)
    assert "A migration failed" in refused.output and "the data are not as expected" in refused.output
    assert "a migration fails" not in owner.get("/")[2]
    migration.unlink()

    wsgi = folder / "blog" / "wsgi.py"
    good = wsgi.read_text(encoding="utf-8")
    wsgi.write_text(f'{good}\nif "blog-probe" in __import__("os").environ["HOME"]:\n    1 / 0\n', encoding="utf-8")
    owner.change("it does not start")
    refused = owner.deploy().expect(1)
    assert "The new release did not start" in refused.output and "ZeroDivisionError" in refused.output
    assert "it does not start" not in owner.get("/")[2]

    wsgi.write_text(good.replace("blog-probe", ""), encoding="utf-8")
    wsgi.write_text(f'{good}\nif "blog-home" in __import__("os").environ["HOME"]:\n    1 / 0\n', encoding="utf-8")
    owner.change("it does not serve")
    refused = owner.deploy().expect(1)
    assert "the release before serves again" in refused.output
    assert "it does not serve" not in owner.get("/")[2] and owner.get("/")[0] == 200

    wsgi.write_text(good, encoding="utf-8")
    owner.change("it is well again")
    owner.deployed()
    assert owner.serves("it is well again")
