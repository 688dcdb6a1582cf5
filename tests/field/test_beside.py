"""Next to the web process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.plan import Plan
from simple_deploy.core.steps import EditBlock
from tests import golden
from tests.field.shop import Shop
from tests.field.traits import trait

#: Each platform that runs processes, with the file that names them.
FILES = {"heroku": "Procfile", "flyio": "fly.toml", "upsun": ".upsun/config.yaml"}
ASGI = """\
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
pages = get_asgi_application()


async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "hello"})
    else:
        await pages(scope, receive, send)
"""

pytestmark = [pytest.mark.slow, pytest.mark.slice(2)]


def plans(facts: ProjectFacts, **answers: object) -> dict[str, Plan]:
    """The plan of a first deployment to each platform, by its slug."""
    return {
        slug: golden.plan(golden.PLATFORMS[slug][0], facts, {**golden.PLATFORMS[slug][1], **answers}) for slug in FILES
    }


def written(plan: Plan, path: str) -> str:
    """The text that the plan writes into the file *path*."""
    return next(step.text for step in plan.steps if getattr(step, "path", None) == path)  # type: ignore[union-attr]


def block(plan: Plan) -> str:
    """What it adds to the settings."""
    added = (step for step in plan.steps if isinstance(step, EditBlock) and step.id.startswith("settings"))
    return "\n".join(step.text for step in added)


def told(plan: Plan) -> dict[str, str]:
    return {finding.id: f"{finding.title} {finding.why} {finding.fix}" for finding in plan.findings}


def fake_app(shop: Shop, app: str, command: str, *, source: str = "") -> None:
    """A package of this name with one management command, as the real one has it, beside the project."""
    folder = app.replace(".", "/")
    parts = folder.split("/")
    packages = {f"{'/'.join(parts[:end])}/__init__.py": "" for end in range(1, len(parts) + 1)}
    body = "from django.core.management.base import BaseCommand\n\n\nclass Command(BaseCommand):\n    pass\n"
    shop.write(
        {
            **packages,
            f"{folder}/management/__init__.py": "",
            f"{folder}/management/commands/__init__.py": "",
            f"{folder}/management/commands/{command}.py": source + body,
        }
    )
    shop.change("shop/settings.py", '    "goods",\n', f'    "goods",\n    "{app}",\n')


@trait(
    "Koed00/django-q#539, Koed00/django-q#203",
    "background work with Django Q",
    "each platform says what does not run, what it costs and how to run it; `--background` also runs qcluster",
)
def test_django_q(shop: Shop) -> None:
    fake_app(shop, "django_q", "qcluster")

    facts = shop.facts()

    for slug, asked in plans(facts).items():
        assert "Django Q does not" in told(asked)[f"{slug}.background"]
        assert "--background" in told(asked)[f"{slug}.background"]
    for slug, started in plans(facts, background=True).items():
        assert "python manage.py qcluster" in written(started, FILES[slug])
        assert "in addition to the site" in told(started)[f"{slug}.background"]


@trait(
    "django/channels#139",
    "an ASGI application that answers web sockets",
    "served unchanged, by gunicorn with uvicorn's worker; database connections do not stay open",
)
def test_web_sockets(shop: Shop) -> None:
    shop.write({"shop/asgi.py": ASGI})
    shop.append("shop/settings.py", '\nASGI_APPLICATION = "shop.asgi.application"\n')

    for slug, plan in plans(shop.facts()).items():
        served = written(plan, {**FILES, "flyio": "Dockerfile"}[slug])
        assert "uvicorn_worker.UvicornWorker" in served
        assert "shop.asgi:application" in served
        needed = next(step.requirements for step in plan.steps if step.id == "requirements")  # type: ignore[union-attr]
        assert "websockets" in needed
        assert '"CONN_MAX_AGE": 0' in block(plan)


@trait(
    "redis/redis-py#1213, kroketio/quart-session#13",
    "the cache is a Redis on this computer",
    "the site reads its own from REDIS_URL, and the plan says how to get one; until then the cache is kept in memory",
)
def test_a_cache_on_this_computer(shop: Shop) -> None:
    cache = (
        '{"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://redis:6379/1"}}'
    )
    shop.append("shop/settings.py", f"\nCACHES = {cache}\n")

    for slug, plan in plans(shop.facts()).items():
        assert "REDIS_URL" in told(plan)[f"{slug}.redis"]
        assert "LocMemCache" in block(plan)


@trait(
    "celery/celery#1655, celery/kombu#1582",
    "Celery's app is told its broker where it is made, `Celery(broker=…)`, and no setting names it",
    "it is found all the same: the plan says how to get a Redis, and on the site workers and pages use that one",
)
def test_a_broker_that_no_setting_names(shop: Shop, tmp_path: Path) -> None:
    shop.write({"shop/celery.py": _CELERY, "shop/__init__.py": "from shop.celery import app\n"})
    shop.append("requirements.txt", "celery[redis]\n")
    shop.commit()
    facts = shop.facts()
    made = plans(facts)

    assert "broker_url of Celery" in shop.look()["settings.services-here"].title
    for slug, plan in made.items():
        assert "REDIS_URL" in told(plan)[f"{slug}.redis"]
    golden.render(made["flyio"], facts, tmp_path / "site")
    given = {**dict(made["flyio"].hosting.site), "REDIS_URL": "redis://far"}
    site = replace(shop, root=tmp_path / "site", env={**shop.env, **given})
    asked = "from shop.celery import app\nfrom django.conf import settings\nsettings.DEBUG\n"
    assert site.python("-c", f"{asked}print(app.conf.broker_url, app.conf.result_backend)").output == (
        "redis://far redis://far"
    )


_CELERY = """\
import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
app = Celery("shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")
app.autodiscover_tasks()
"""


@trait(
    "own",
    "a setting of the project's own, such as REDIS_URL, is the address of a Redis on this computer, which views use",
    "a warning before a plan; the block gives that setting the address of the site's Redis",
)
def test_a_redis_of_the_projects_own_setting(shop: Shop) -> None:
    shop.append("shop/settings.py", 'QUEUE = "redis://localhost:6379/3"\nSHOP = "https://localhost:8000/redis://"\n')

    warning = shop.look()["settings.services-here"]
    assert warning.title.startswith("QUEUE names Redis on this computer")
    for slug, plan in plans(shop.facts()).items():
        assert "QUEUE" in told(plan)[f"{slug}.redis"]
        assert "    QUEUE = _redis\n" in block(plan)


@trait(
    "own",
    "a cache keeps its content in a database table, which no migration makes",
    "its table is made after the migrations, on every platform, at each deployment",
)
def test_a_cache_in_the_database(shop: Shop) -> None:
    shop.append(
        "shop/settings.py",
        'CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "kept"}}\n',
    )
    shop.write({"goods/views.py": _COUNTS_IN_THE_CACHE})
    shop.commit()
    for slug, plan in plans(shop.facts()).items():
        text = written(plan, FILES[slug])
        assert 0 <= text.find("migrate --noinput") < text.find("manage.py createcachetable"), text

    done = shop.deploy("--platform", "local", "--automate-all", "--yes", "--no-input")
    shop.deploy("--platform", "local", "--destroy", "--yes", "--no-input")
    assert done.exit_code == 0, done.output


_COUNTS_IN_THE_CACHE = """
from django.core.cache import cache
from django.http import HttpResponse


def home(request):
    cache.set("visits", cache.get("visits", 0) + 1)
    return HttpResponse(cache.get("visits"))
"""


@trait(
    "poise/application_python#52",
    "a second database on this computer",
    "its address comes from a variable that the plan names; its migrations run if the site has it",
)
def test_a_second_database(shop: Shop) -> None:
    shop.append(
        "shop/settings.py",
        '\nDATABASES["reports"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "reports.sqlite3"}\n',
    )

    for slug, plan in plans(shop.facts()).items():
        assert "REPORTS_DATABASE_URL" in told(plan)[f"{slug}.database-reports"]
        assert "REPORTS_DATABASE_URL" in block(plan)
        assert "--database reports" in written(plan, FILES[slug])


@trait(
    "jcass77/django-apscheduler#135, agronholm/apscheduler#655",
    "one of the project's own commands starts APScheduler",
    "the command is recognised by what it imports, and is the process to run",
)
def test_a_scheduler_that_a_command_starts(shop: Shop) -> None:
    fake_app(shop, "nightly", "runapscheduler", source="import apscheduler  # noqa\n")

    assert "python manage.py runapscheduler" in written(plans(shop.facts())["heroku"], "Procfile")


@trait(
    "kraiz/django-crontab#111, kraiz/django-crontab#54",
    "jobs of django-crontab, which needs the computer's own crontab",
    "run on schedule on Upsun; elsewhere a finding says how to run them",
)
def test_jobs_of_crontab(shop: Shop) -> None:
    shop.append(
        "shop/settings.py", '\nCRONJOBS = [("0 4 * * *", "django.core.management.call_command", ["clearsessions"])]\n'
    )

    made = plans(shop.facts())
    config = written(made["upsun"], ".upsun/config.yaml")
    assert "crons:" in config
    assert "manage.py clearsessions" in config
    assert '"0 4 * * *"' in config
    assert "scheduler:standard" in told(made["heroku"])["heroku.cron"]
    assert "fly machine run" in told(made["flyio"])["flyio.cron"]
