from __future__ import annotations

import json
import sqlite3
import sys
import time
import venv
from contextlib import closing
from pathlib import Path

import pytest

import simple_deploy
from simple_deploy.core import codec
from simple_deploy.core.facts import Settings
from simple_deploy.inspection.probe import Probe, probe
from simple_deploy.system.process import run
from tests.project.inspection.conftest import Look, Make
from tests.support.repository import fingerprint, write

BLOG: dict[str, str | bytes] = {
    "blog/__init__.py": "",
    "blog/models.py": """\
from django.db import models

class Post(models.Model):
    title = models.CharField(max_length=10)
    attachment = models.FileField(upload_to="posts")
""",
    "blog/migrations/__init__.py": "",
    "blog/migrations/0001_initial.py": """\
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=10)),
            ],
        )
    ]
""",
    "blog/apps.py": """\
from django.apps import AppConfig
from django.core.checks import Warning, register

class BlogConfig(AppConfig):
    name = "blog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        @register
        def check(app_configs, **kwargs):
            return [
                Warning("Think of your-own-secret-key-of-the-site!", hint="Or not.", id="blog.W001"),
                Warning("The tool speaks.", id="simple_deploy.W001"),
            ]
""",
    "config/__init__.py": "",
    "config/urls/__init__.py": "",
    "config/urls/api.py": """\
from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path, re_path

def page(request, **kwargs):
    return HttpResponse("a page")

urlpatterns = [
    path("verwaltung/", admin.site.urls),
    path("posts/<int:number>/", page),
    path("robots.txt", page),
    path("blog/", include([re_path(r"^archive/(?P<year>[0-9]+)/$", page), re_path(r"^latest/$", page)])),
]
""",
    "config/settings/__init__.py": "",
    "config/settings/base.py": """\
from pathlib import Path

print("a print without an end", end="")
SECRET_KEY = "your-own-secret-key-of-the-site!"
SECRET_KEY_FALLBACKS = ["the-key-before-that-one"]
STRIPE_API_KEY = "sk_live_0123456789"
AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}]
PASSWORD_CHECKER_TOKEN = "django.contrib.auth.models.User"
PAGES = {"account_reset_password": "/accounts/password/reset/{key}/", "password_change": "/accounts/password/"}
BASE_DIR = Path(__file__).resolve().parent.parent.parent
DEBUG = True
ALLOWED_HOSTS = ["blog.example.com"]
INSTALLED_APPS = [
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.staticfiles", "blog.apps.BlogConfig",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
ROOT_URLCONF = "config.urls.api"
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "data" / "blog.db",
                "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL;"}},
    "far": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "PASSWORD": "pw-of-the-far-database"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache",
                      "LOCATION": "redis://:pw-of-the-cache@cache.example.com:6379"}}
CELERY_BROKER_URL = "amqp://ada:pw-of-the-broker@broker.example.com//"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static_root"
STATICFILES_DIRS = [BASE_DIR / "assets", ("pics", "/srv/pictures")]
MEDIA_URL = "media/"
MEDIA_ROOT = str(BASE_DIR / "uploads")
EMAIL_HOST_PASSWORD = "pw-of-the-mail-server"
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
USE_TZ = True
LOGGING = {"version": 1, "handlers": {"file": {"class": "logging.FileHandler", "filename": BASE_DIR / "debug.log"}},
           "root": {"handlers": ["file"]}}
""",
    "config/settings/dev.py": "import warnings\nfrom .base import *\nwarnings.warn('old settings')\n",
    "config/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
    "manage.py": """\
import os
import sys
import time

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "apps"))
    print("manage.py was here")
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
""",
}
SECRETS = {
    "your-own-secret-key-of-the-site!",
    "the-key-before-that-one",
    "sk_live_0123456789",
    "pw-of-the-far-database",
    "pw-of-the-cache",
    "pw-of-the-broker",
    "pw-of-the-mail-server",
}


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Probe, dict[str, str], dict[str, str]]:
    """A grown project, probed once; with its files before and after."""
    folder = write(tmp_path_factory.mktemp("blog"), BLOG).resolve()
    before = fingerprint(folder)
    report = probe(Look().at(folder), run)
    return folder, report, before, fingerprint(folder)


@pytest.fixture(scope="module")
def settings(blog: tuple[Path, Probe, object, object]) -> Settings:
    _, report, *_ = blog
    assert report.problem is None
    assert report.settings is not None
    return report.settings


def test_the_settings_are_what_django_says(settings: Settings) -> None:
    assert (settings.module, settings.file) == ("config.settings.dev", "config/settings/dev.py")
    assert settings.debug
    assert settings.allowed_hosts == ("blog.example.com",)
    assert settings.root_urlconf == "config.urls.api"
    assert settings.wsgi_application == "config.wsgi.application"
    assert settings.asgi_application is None
    assert settings.installed_apps[-1] == "blog.apps.BlogConfig"
    assert settings.middleware[0].endswith("SessionMiddleware")
    assert settings.email_backend.endswith("console.EmailBackend")
    assert settings.cache_backend.endswith("redis.RedisCache")
    assert settings.staticfiles_backend == "django.contrib.staticfiles.storage.StaticFilesStorage"
    assert {"SECRET_KEY", "MEDIA_ROOT"} <= settings.defined
    assert "ADMINS" not in settings.defined
    assert settings.has_setting("SECRET_KEY") is True
    assert settings.has_admin


def test_paths_are_relative_to_the_root(settings: Settings) -> None:
    assert settings.default_database is not None
    assert settings.default_database.name == "data/blog.db"
    assert settings.static_root == "static_root"
    assert settings.staticfiles_dirs[0] == "assets"
    assert Path(settings.staticfiles_dirs[1]) == Path("/srv/pictures").absolute()
    assert settings.media_root == "uploads"


def test_models_urls_and_migrations_are_asked(settings: Settings, blog: tuple[Path, Probe, object, object]) -> None:
    assert settings.file_fields == ("blog.Post.attachment",)
    assert settings.unapplied_model_changes == ("blog",)
    assert settings.first_url == "/blog/latest/"
    assert settings.admin_url == "/verwaltung/"
    assert settings.username_field == "username"
    assert [(each.title, each.command) for each in settings.processes] == [("Celery", ())]
    assert "blog_post" in blog[1].tables
    assert ("blog", "0001_initial") in [migration.key for migration in blog[1].migrations or ()]


def test_djangos_checks_are_told_without_the_tools_own(settings: Settings) -> None:
    (message,) = [message for message in settings.checks if message.id.startswith(("blog.", "simple_deploy."))]
    assert (message.id, message.level, message.hint) == ("blog.W001", "warning", "Or not.")


def test_secrets_are_known_and_in_no_fact(settings: Settings, blog: tuple[Path, Probe, object, object]) -> None:
    assert set(blog[1].secrets) == SECRETS
    assert settings.secret_key_in_source, "in a module the settings are made from"
    assert "EMAIL_HOST_PASSWORD" in settings.secrets_in_source
    assert {"SECRET_KEY", "PASSWORD_CHECKER_TOKEN", "PAGES", "DATABASES"}.isdisjoint(settings.secrets_in_source)
    facts = json.dumps(codec.to_data(settings)) + repr(blog[1])
    assert not [secret for secret in SECRETS if secret in facts]


def test_looking_leaves_no_trace(blog: tuple[Path, Probe, dict[str, str], dict[str, str]]) -> None:
    folder, _, before, after = blog
    assert after == before
    assert not list(folder.rglob("__pycache__"))


SAYS_WHY: list[tuple[str, str, str, int | None]] = [
    ("import sys\nsys.exit(4)", "SystemExit", "sys.exit(4)", 2),
    ("DEBUG = True\nDEBUG = = False", "SyntaxError", "invalid syntax", 2),
    ("raise RuntimeError('not today')", "RuntimeError", "not today", 1),
    ("import os\nos._exit(3)", "Ended", "exit code 3", None),
    ("ALLOWED_HOSTS = 'localhost'", "ImproperlyConfigured", "ALLOWED_HOSTS", None),
    ("import nowhere.at_all", "ModuleNotFoundError", "No module named 'nowhere'", 1),
]


@pytest.mark.parametrize(("source", "kind", "words", "line"), SAYS_WHY, ids=[entry[1] for entry in SAYS_WHY])
def test_settings_that_cannot_be_loaded_say_why(
    make: Make, look: Look, source: str, kind: str, words: str, line: int | None
) -> None:
    root = make("flat")
    write(root, {"mysite/settings.py": source})
    report = probe(look.at(root), run)
    assert report.settings is None
    assert report.problem is not None
    assert report.problem.kind == kind
    assert words in report.problem.message
    if line is not None:
        assert (report.problem.file, report.problem.line) == ("mysite/settings.py", line)
    assert report.problem.missing == ("nowhere" if kind == "ModuleNotFoundError" else None)
    assert report.django, "packages are known all the same"


@pytest.mark.slow
def test_settings_that_hang_are_stopped_and_the_place_is_known(make: Make, look: Look) -> None:
    root = make("flat")
    begun = time.monotonic()
    assert probe(look.at(root), run).problem is None
    enough = 1 + 3 * (time.monotonic() - begun)  # for Django to be there on this computer, as busy as it is
    write(root, {"mysite/settings.py": "import time\n\n\ntime.sleep(3600)\n"})
    problem = probe(look.at(root), run, timeout=enough).problem
    assert problem is not None
    assert (problem.kind, problem.file, problem.line) == ("TimedOut", "mysite/settings.py", 4)


SLOWLY = """
import time

until = time.monotonic() + 2 * {enough}
while time.monotonic() < until:
    time.sleep({enough} / 30)
    worked = time.process_time() + {enough} / 90
    while time.process_time() < worked:
        pass
"""


@pytest.mark.slow
def test_settings_that_get_on_slowly_as_on_a_busy_computer_are_waited_for(make: Make, look: Look) -> None:
    root = make("flat")
    begun = time.monotonic()
    assert probe(look.at(root), run).problem is None
    enough = 1 + 3 * (time.monotonic() - begun)
    settings = root / "mysite" / "settings.py"
    settings.write_text(settings.read_text(encoding="utf-8") + SLOWLY.format(enough=enough), encoding="utf-8")

    assert probe(look.at(root), run, timeout=enough).problem is None


def test_noise_input_and_children_of_the_settings_do_no_harm(make: Make, look: Look) -> None:
    root = make("flat")
    noisy = """
import builtins, os, sys, threading
sys.stdout.write("x" * 100_000)
for number in range(7_000):
    print("line", number)
try:
    input("Password: ")
except EOFError:
    pass
breakpoint()
threading.Thread(target=threading.Event().wait).start()
if hasattr(os, "fork") and os.fork() == 0:
    print("the child goes on, too")
sys.stdout.close()
os.close(2)
"""
    settings = root / "mysite" / "settings.py"
    settings.write_text(settings.read_text(encoding="utf-8") + noisy, encoding="utf-8")
    report = probe(look.at(root), run)
    assert report.problem is None
    assert report.settings is not None
    assert report.settings.module == "mysite.settings"


def test_what_had_been_read_before_a_failure_is_hidden(make: Make, look: Look) -> None:
    root = make("flat")
    write(root, {"mysite/settings.py": 'DB_PASSWORD = "hunter2hunter2"\nraise ValueError(f"no: {DB_PASSWORD}")\n'})
    report = probe(look.at(root), run)
    assert report.secrets == ("hunter2hunter2",)
    assert "hunter2hunter2" not in repr(report)
    write(root, {"mysite/settings.py": 'API_TOKEN = "hunter3hunter3\n'})
    assert "hunter3hunter3" not in repr(probe(look.at(root), run))


def test_a_missing_app_names_the_package(make: Make, look: Look) -> None:
    root = make("flat")
    settings = root / "mysite" / "settings.py"
    text = settings.read_text(encoding="utf-8") + '\nINSTALLED_APPS += ["rest_framework"]\n'
    settings.write_text(text, encoding="utf-8")
    problem = probe(look.at(root), run).problem
    assert problem is not None
    assert problem.missing == "rest_framework"


def test_a_missing_module_of_the_project_is_no_package(make: Make, look: Look) -> None:
    root = make("flat")
    problem = probe(look.at(root, DJANGO_SETTINGS_MODULE="mysite.seting"), run).problem
    assert problem is not None
    assert "mysite.seting" in problem.message
    assert problem.missing is None


def test_views_that_cannot_be_imported_are_an_error_of_the_check(make: Make, look: Look) -> None:
    root = make("flat")
    write(root, {"mysite/urls.py": "from django.urls import path\nfrom . import views\nurlpatterns = []\n"})
    settings = probe(look.at(root), run).settings
    assert settings is not None
    (message,) = settings.checks
    assert message.level == "error"
    assert "cannot import name 'views'" in message.text
    assert "(mysite/urls.py, line 2)" in message.text


def test_the_local_database_is_read_and_a_distant_one_not_touched(make: Make, look: Look) -> None:
    root = make("flat")
    settings = root / "mysite" / "settings.py"
    more = '\nDATABASES["far"] = {"ENGINE": "mysite.far", "HOST": "db.example.com", "NAME": "x"}\n'
    settings.write_text(settings.read_text(encoding="utf-8") + more, encoding="utf-8")
    write(
        root,
        {
            "mysite/far/__init__.py": "",
            "mysite/far/base.py": "from django.db.backends.sqlite3.base import DatabaseWrapper\n",
            "mysite/urls.py": """\
from django.db import connections
with connections["default"].cursor() as cursor:
    cursor.execute("SELECT title FROM post")
    title = cursor.fetchone()[0]
assert title == "Hello"
try:
    connections["default"].cursor().execute("DELETE FROM post")
except Exception as error:
    assert "readonly" in str(error)
connections["far"].cursor()
urlpatterns = []
""",
        },
    )
    with closing(sqlite3.connect(root / "db.sqlite3")) as connection:
        connection.execute("CREATE TABLE post (title text)")
        connection.execute("INSERT INTO post VALUES ('Hello')")
        connection.commit()
    before = fingerprint(root)
    found = probe(look.at(root), run).settings
    assert found is not None
    assert [message.level for message in found.checks] == ["info"], "not an error of the project"
    assert "another computer" in found.checks[0].text
    assert fingerprint(root) == before


def test_an_environment_without_django_says_so(make: Make, look: Look, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False)
    (packages,) = (tmp_path / "env").rglob("site-packages")
    (packages / "tool.pth").write_text(str(Path(simple_deploy.__file__).parent.parent), encoding="utf-8")
    python = tmp_path / "env" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    report = probe(look.at(make("flat")), run, python=str(python))
    assert report.problem is not None
    assert (report.problem.missing, report.django) == ("django", "")
