"""What runs next to a site on its server."""

from __future__ import annotations

import pytest

from tests.attacks.claims import proves
from tests.platforms.vps.conftest import Owner
from tests.support.waiting import waited

pytestmark = [pytest.mark.slow, pytest.mark.slice(0), pytest.mark.timeout(3600)]

CELERY = """\
from celery import Celery

app = Celery("blog")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {"each second": {"task": "blog.celery.note", "schedule": 1.0, "args": ["beat"]}}


@app.task
def note(text):
    from pathlib import Path

    from django.conf import settings

    Path(settings.MEDIA_ROOT, f"{text}.txt").write_text(text, encoding="utf-8")
"""
SETTINGS = """
CELERY_BROKER_URL = "redis://localhost:6379/0"
CELERY_RESULT_BACKEND = "redis://localhost:6379/0"
DATABASES["reports"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "reports.sqlite3"}
CRONJOBS = [("* * * * *", "django.core.management.call_command", ["clearsessions"])]
"""


@pytest.fixture
def busy(owner: Owner) -> Owner:
    """Its project has Celery with a Redis, something that is scheduled, a job each minute and a second database."""
    folder = owner.project.folder
    (folder / "blog" / "celery.py").write_text(CELERY, encoding="utf-8")
    (folder / "blog" / "__init__.py").write_text("from .celery import app\n", encoding="utf-8")
    for path, text in ((folder / "blog" / "settings.py", SETTINGS), (folder / "requirements.txt", "celery[redis]\n")):
        path.write_text(f"{path.read_text(encoding='utf-8')}{text}", encoding="utf-8")
    owner.project.commit("Work in the background")
    return owner


@proves(
    "A release is deployed to a server whose worker ends at once",
    "The previous release serves again, with its own worker; workers and jobs start, stop and go with the site",
)
def test_what_runs_beside_a_site_runs_on_its_server(busy: Owner) -> None:
    busy.deployed("--database", "postgresql")

    for unit in ("blog.worker.service", "blog.beat.service", "blog.redis.service", "blog.nightly.timer"):
        assert busy.machine.ssh(f"systemctl is-active {unit}").strip() == "active", unit
    waited(lambda: busy.get("/media/beat.txt")[2] == "beat", "a task that beat planned and a worker did")
    migrated = busy.operate("--run", "showmigrations --database reports auth").expect(0).output
    assert "[X] 0001_initial" in migrated
    listed = busy.machine.ssh("runuser -u postgres -- psql -X -t -A -c 'SELECT datname FROM pg_database'").split()
    assert {"blog", "blog.reports"} <= set(listed)
    first = busy.machine.ssh("systemctl show -p MainPID --value blog.worker.service").strip()

    # A release whose worker does not start goes back to the one before, workers and all.
    module = busy.project.folder / "blog" / "celery.py"
    good = module.read_text(encoding="utf-8")
    module.write_text(f"{good}\n\nimport sys\n\nif 'worker' in sys.argv:\n    raise SystemExit(1)\n", encoding="utf-8")
    busy.change("the worker ends at once")
    refused = busy.deploy().expect(1)
    assert "blog.worker.service did not start" in refused.output
    assert "the worker ends at once" not in busy.get("/")[2]
    assert busy.machine.ssh("systemctl is-active blog.worker.service").strip() == "active"
    assert busy.machine.ssh("systemctl show -p MainPID --value blog.worker.service").strip() != first

    busy.operate("--stop").expect(0)
    said = busy.machine.ssh("systemctl is-active blog.worker.service blog.beat.service", check=False)
    assert said.split() == ["inactive", "inactive"]
    busy.operate("--start").expect(0)
    assert "Worker" in busy.operate("--status").expect(0).output
    assert "blog.worker" in busy.machine.ssh("systemctl list-units --no-legend --plain 'blog.*'")
    busy.operate("--destroy", "--yes").expect(0)
    assert busy.machine.ssh("ls /etc/systemd/system | grep blog; true").strip() == ""
    listed = busy.machine.ssh("runuser -u postgres -- psql -X -t -A -c 'SELECT datname FROM pg_database'").split()
    assert not [name for name in listed if name.startswith("blog")]
