"""A site with a settings module of its own, from the plan to the site that answers and back."""

from __future__ import annotations

import pytest

from tests.platforms.local.conftest import fetch
from tests.platforms.local.projects import Owner, commit
from tests.support.repository import fingerprint, git

pytestmark = pytest.mark.slow

#: Of what `pip freeze` lists, the packages that only this tool needs.
FROZEN = (
    *(
        "amqp",
        "billiard",
        "celery",
        "click",
        "click-didyoumean",
        "click-plugins",
        "click-repl",
    ),
    *("kombu", "platformdirs", "pluggy", "prompt_toolkit", "psutil", "rich", "tomlkit", "truststore", "uv", "vine"),
)


def changed(owner: Owner) -> set[str]:
    return {*git(owner.root, "diff", "--name-only", "HEAD~1").split()}


def test_a_site_with_settings_of_its_own_is_deployed_and_taken_back(owner: Owner) -> None:
    requirements = owner.root / "requirements.txt"
    requirements.write_text("\n".join([requirements.read_text("utf-8"), *FROZEN, ""]), "utf-8")
    commit(owner.root, "pip freeze")
    owner.manage("migrate", "--verbosity=0")
    owner.manage("shell", "--command=from notes.models import Note; Note.objects.create(text='from here')")
    before = fingerprint(owner.root)
    settings = (owner.root / "mysite" / "settings.py").read_bytes()

    done = owner.deployed(settings_style="production", remove_unneeded=True, copy_data=True)

    assert "from here" in fetch(owner.site.port)
    release = owner.site.release(owner.site.current or "")
    assert '"DJANGO_SETTINGS_MODULE": "mysite.production"' in release.variables.read_text("utf-8")
    assert changed(owner) == {"mysite/production.py", "requirements.txt"}
    assert (owner.root / "mysite" / "settings.py").read_bytes() == settings
    assert "from .settings import *" in (owner.root / "mysite" / "production.py").read_text("utf-8")
    listed = requirements.read_text("utf-8").split()
    assert {*FROZEN}.isdisjoint(listed)
    assert "gunicorn;" in listed

    (again,) = (each for each in owner.service.questions("local").before_plan if each.name == "settings_style")
    assert again.default == "production", "it goes on as it was"
    planned = owner.plan()
    rendered = owner.service.plan_of(planned.id)
    assert rendered is not None and rendered.changes == (), planned.error

    service = owner.service
    service.execute(service.create_undo(done.id).id)
    assert fingerprint(owner.root) == before


def test_a_block_moves_to_a_module(owner: Owner) -> None:
    owner.deployed()
    planned = owner.plan(settings_style="production")
    rendered = owner.service.plan_of(planned.id)
    assert rendered is not None and planned.error is None, planned.error
    diffs = {change.path: change.diff for change in rendered.changes}
    assert {*diffs} == {"mysite/settings.py", "mysite/production.py"}
    assert "-# >>> simple_deploy: local" in diffs["mysite/settings.py"]
    assert next(each for each in rendered.changes if each.path == "mysite/settings.py").added == 0
    assert "+# >>> simple_deploy: local" in diffs["mysite/production.py"]
