"""Inspecting a project."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.core.findings import Level, blockers
from tests import golden
from tests.field.shop import Shop
from tests.field.traits import trait

pytestmark = [pytest.mark.slow, pytest.mark.slice(5)]


def deployed_as(slug: str, shop: Shop, folder: Path) -> Shop:
    """The shop as the plan for this platform leaves it, with the variables that the platform would set.

    The database is one in memory: these tests have no driver of another one.
    """
    platform, given = golden.PLATFORMS[slug]
    facts = shop.facts()
    made = golden.plan(platform, facts, given)
    golden.render(made, facts, folder)
    env = {
        name: "sqlite://:memory:" if value.startswith(("postgres", "pgsql")) else value
        for name, value in made.hosting.site
    }
    return replace(shop, root=folder, env={**shop.env, **env})


@trait(
    "codingjoe/django-health-check#759",
    "startproject of Django 6.1: MAILERS with the console",
    "it is read; each platform's block keeps it and says that nobody receives mail until EMAIL_URL names a server",
)
@pytest.mark.parametrize("slug", sorted(golden.PLATFORMS))
def test_mailers_of_a_new_project(slug: str, shop: Shop, tmp_path: Path) -> None:
    assert "MAILERS" in shop.read("shop/settings.py"), "these tests run with the newest Django"
    assert "written to the log" in shop.look()["settings.email"].title

    site = deployed_as(slug, shop, tmp_path / "site")
    checked = site.manage("check", "--deploy")
    assert checked.exit_code == 0, checked.output

    posted = replace(site, env={**site.env, "EMAIL_URL": "smtp+tls://ada:secret@mail.example.com:587"})
    which = "from django.core.mail import mailers; sent = mailers.default; print(type(sent).__module__, sent.host)"
    assert "backends.smtp mail.example.com" in posted.manage("shell", "-c", which).output


@trait(
    "LucianU/bud#20, liip/django-template#155",
    "mail goes to a server on this computer or in one of its containers: Mailpit, MailHog, localhost:1025",
    "a warning before a plan, and each site uses the server in EMAIL_URL once that is set",
)
@pytest.mark.parametrize(
    "settings",
    [
        'del MAILERS\nEMAIL_HOST, EMAIL_PORT = "mailpit", 1025\n',
        'MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", '
        '"OPTIONS": {"host": "localhost", "port": 1025}}}\n',
    ],
)
def test_a_mail_server_on_this_computer(shop: Shop, tmp_path: Path, settings: str) -> None:
    shop.append("shop/settings.py", settings)
    shop.commit()

    assert shop.look()["settings.mail-here"].level is Level.WARNING
    site = deployed_as("heroku", shop, tmp_path / "site")
    assert site.manage("check", "--deploy").exit_code == 0
    posted = replace(site, env={**site.env, "EMAIL_URL": "smtp+tls://ada:secret@mail.example.com:587"})
    which = "from django.core.mail import get_connection; sent = get_connection(); print(sent.host, sent.use_tls)"
    assert "mail.example.com True" in posted.manage("shell", "-c", which).output


@trait(
    "heroku/django-heroku#40, MozillaFoundation/donate-wagtail#500",
    "the settings are a class of django-configurations",
    "the command runs; a finding says that plain names have no effect there, and shows a module that works",
)
def test_settings_that_are_a_class(shop: Shop) -> None:
    # The package copies Django's own EMAIL_* settings, which Django refuses beside MAILERS.
    own, _, _ = shop.read("shop/settings.py").partition("MAILERS = ")
    names = "".join(f"    {line}" if line.strip() else line for line in own.splitlines(True))
    shop.write(
        {"shop/settings.py": f"from configurations import Configuration\n\n\nclass Dev(Configuration):\n{names}"}
    )
    manage_py = shop.read("manage.py")
    begin = 'def main():\n    os.environ.setdefault("DJANGO_CONFIGURATION", "Dev")'
    shop.write({"manage.py": manage_py.replace("django.core", "configurations").replace("def main():", begin)})
    shop.commit()

    looked = shop.deploy("--check")
    assert looked.exit_code == 3, looked.output
    assert "The settings are the class Dev" in looked.output
    lines = shop.look()["settings.not-a-module"].details
    assert lines[0] == "# shop/plain_settings.py"

    shop.write(
        {"shop/plain_settings.py": "\n".join(lines), "manage.py": manage_py.replace("settings", "plain_settings")}
    )
    shop.commit()
    found = shop.look()
    assert blockers(tuple(found.values())) == ()
    assert {"settings.debug", "settings.database"} <= {*found}  # the values of the class


@trait(
    "own",
    "the module of the settings has no names of its own: its `__getattr__` hands out those of an object",
    "a finding says that plain names change nothing there, and shows a module that works",
)
def test_settings_that_a_function_hands_out(shop: Shop) -> None:
    shop.write(
        {
            "shop/values.py": shop.read("shop/settings.py"),
            "shop/settings.py": "from shop import values as _values\n\n\n"
            "def __getattr__(name):\n    return getattr(_values, name)\n\n\n"
            "def __dir__():\n    return [name for name in dir(_values) if name.isupper()]\n",
        }
    )
    shop.commit()

    finding = shop.look()["settings.not-a-module"]
    assert finding.level is Level.BLOCKER
    assert finding.title == "The settings are handed out by a function of their module, __getattr__."

    manage_py = shop.read("manage.py").replace("shop.settings", "shop.plain_settings")
    shop.write({"shop/plain_settings.py": "\n".join(finding.details), "manage.py": manage_py})
    shop.commit()
    found = shop.look()
    assert blockers(tuple(found.values())) == ()
    assert {"settings.debug", "settings.database"} <= {*found}  # the values that were handed out


@trait(
    "dynaconf/dynaconf#703, dynaconf/dynaconf#1123",
    "a dynaconf object replaces the settings, and does not see the lines below it",
    "the last block tells it what the blocks have changed, so that DEBUG is off and the site has its own key and hosts",
)
def test_settings_that_dynaconf_takes_over(shop: Shop, tmp_path: Path) -> None:
    shop.append("shop/settings.py", "\nimport dynaconf\n\nsettings = dynaconf.DjangoDynaconf(__name__)\n")
    shop.write({"shop/settings.toml": '[default]\nGREETING = "Hello"\nALLOWED_HOSTS = ["shop.example"]\n'})
    shop.commit()
    assert blockers(tuple(shop.look().values())) == ()

    site = deployed_as("heroku", shop, tmp_path / "site")
    asking = "from django.conf import settings as given; print(given.DEBUG, *given.ALLOWED_HOSTS, given.GREETING)"
    assert "False slow-train-0123456789ab.herokuapp.com Hello" in site.manage("shell", "-c", asking).output
    assert site.manage("check", "--deploy").exit_code == 0


@trait(
    "django-danceschool/django-danceschool#92, glasgowcompbio/ms2ldaviz#77",
    "a form queries the database when it is imported",
    "the file and the line are named, and how to query later",
)
@pytest.mark.parametrize("migrated", [True, False], ids=["with a database", "without one"])
def test_a_query_at_import(shop: Shop, migrated: bool) -> None:
    if migrated:
        shop.manage("migrate", "--verbosity", "0")
    shop.write({"goods/forms.py": FORM})
    shop.change("goods/views.py", "from goods.models", "from goods.forms import Order\nfrom goods.models")
    shop.commit()

    found = shop.look()
    asks = found["settings.asks-database"]
    assert "goods/forms.py, line 6" in asks.title and "function" in asks.fix
    # Without the table Django itself cannot load the project.
    assert ("settings.check-errors" in found) is not migrated


FORM = """\
from django import forms
from goods.models import Item


class Order(forms.Form):
    item = forms.ChoiceField(choices=[(item.pk, item.name) for item in Item.objects.all()])
"""


@trait(
    "own",
    "an API without django.contrib.auth, sessions and contenttypes",
    "it has no users and no admin, and nothing prevents its deployment",
)
def test_a_project_without_users(shop: Shop) -> None:
    gone = ("contrib.admin", "contrib.auth", "contrib.contenttypes", "contrib.sessions", "contrib.messages")
    kept = [line for line in shop.read("shop/settings.py").splitlines() if not any(name in line for name in gone)]
    shop.write({"shop/settings.py": "\n".join(kept) + "\n", "shop/urls.py": ONE_PAGE})
    shop.commit()
    assert shop.manage("check").exit_code == 0

    assert blockers(tuple(shop.look().values())) == ()
    facts = shop.facts().settings
    assert facts is not None and facts.username_field is None and not facts.has_admin
    assert "settings.unknown" not in shop.look()


ONE_PAGE = """\
from django.urls import path
from goods.views import home

urlpatterns = [path("", home)]
"""


@trait(
    "cookiecutter/cookiecutter-django#2296, zestedesavoir/zds-site#2993",
    "debug_toolbar if DEBUG is on, and only in requirements-dev.txt",
    "the block removes it, because DEBUG is turned off after it was read; nothing has to be declared",
)
def test_an_app_for_debugging(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "packages" / "toolbar").mkdir(parents=True)
    (tmp_path / "packages" / "toolbar" / "__init__.py").touch()
    here = replace(shop, env={**shop.env, "PYTHONPATH": str(tmp_path / "packages")})
    shop.append("shop/settings.py", '\nif DEBUG:\n    INSTALLED_APPS += ["toolbar"]\n')
    shop.commit()

    assert "toolbar" in here.look()["settings.debug-only"].title
    site = deployed_as("local", here, tmp_path / "site")
    there = replace(site, env={name: value for name, value in site.env.items() if name != "PYTHONPATH"})
    checked = there.manage("check")
    assert checked.exit_code == 0, checked.output
    planned = here.deploy("--platform", "heroku", "--plan", "--yes")
    assert planned.exit_code == 0, planned.output


@trait(
    "own",
    "the settings are in ISO 8859-1, and a coding line says so",
    "the block is inserted; every byte of the file stays",
)
def test_settings_in_an_older_encoding(shop: Shop, tmp_path: Path) -> None:
    before = f"# -*- coding: latin-1 -*-\n{shop.read('shop/settings.py')}SHOP_NAME = 'K\u00e4se'\n".encode("latin-1")
    shop.write({"shop/settings.py": before})
    shop.commit()

    assert blockers(tuple(shop.look().values())) == ()
    site = deployed_as("flyio", shop, tmp_path / "site")
    assert site.settings_file.read_bytes().startswith(before)
    asked = site.manage("shell", "-c", "from django.conf import settings; print(ascii(settings.SHOP_NAME))")
    assert "K\\xe4se" in asked.output


@trait(
    "own",
    "the settings are in ISO 8859-1, and a deployment that was only configured is undone",
    "the file is as it was, byte for byte",
)
def test_settings_in_an_older_encoding_are_given_back(shop: Shop) -> None:
    before = f"# -*- coding: latin-1 -*-\n{shop.read('shop/settings.py')}SHOP_NAME = 'K\u00e4se'\n".encode("latin-1")
    shop.write({"shop/settings.py": before})
    shop.commit()

    done = shop.deploy("--platform", "heroku", "--yes", "--no-input")
    assert done.exit_code == 0, done.output
    assert shop.settings_file.read_bytes().startswith(before) and shop.settings_file.read_bytes() != before
    assert shop.deploy("--undo", "--yes", "--no-input").exit_code == 0
    assert shop.settings_file.read_bytes() == before
    assert shop.git("status", "--porcelain") == ""


@trait(
    "briancaffey/django-step-by-step#37",
    "the settings look up a name on another computer, without a time limit",
    "a connection is given up after five seconds, so the project is inspected as it is without one",
)
def test_settings_that_ask_the_network(shop: Shop) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        port = busy.getsockname()[1]
        # Nobody takes these, so the next one waits for as long as it is let.
        with socket.socket() as first, socket.socket() as second:
            for waiting in (first, second):
                waiting.setblocking(False)
                waiting.connect_ex(("127.0.0.1", port))
            shop.append("shop/settings.py", ASKING.format(port))
            shop.commit()
            found = shop.look()
    assert blockers(tuple(found.values())) == ()
    assert "settings.debug" in found


ASKING = """
import socket
try:
    with socket.create_connection(("127.0.0.1", {})):
        ALLOWED_HOSTS = ["never.example.com"]
except OSError:
    pass  # not on that cloud
"""


@trait(
    "jazzband/django-constance#610",
    "an app queries a database on another computer when it starts",
    "the question is left open, and everything else is inspected",
)
def test_an_app_that_asks_a_distant_database_when_it_starts(shop: Shop) -> None:
    shop.write({"goods/apps.py": ASKING_APP})
    shop.append("shop/settings.py", 'DATABASES["default"]["HOST"] = "db.example.com"\n')
    shop.commit()

    found = shop.look()
    assert blockers(tuple(found.values())) == ()
    assert "another computer" in found["settings.unknown"].details[0]
    assert "goods/apps.py, line 9" in found["settings.asks-database"].title
    assert shop.facts().settings.first_url == "/"  # type: ignore[union-attr]


ASKING_APP = """\
from django.apps import AppConfig


class GoodsConfig(AppConfig):
    name = "goods"

    def ready(self):
        from goods.models import Item
        self.first = Item.objects.first()
"""


@trait(
    "joke2k/django-environ#571",
    "settings that are computed on access",
    "they are read if possible; one that fails is named and left open",
)
def test_lazy_settings(shop: Shop) -> None:
    shop.append("shop/settings.py", LAZY)
    shop.commit()

    found = shop.look()
    assert blockers(tuple(found.values())) == ()
    settings = shop.facts().settings
    assert settings is not None
    assert (settings.static_url, settings.unknown) == ("/lazy/", ("secret_key_in_source",))
    assert "SECRET_KEY: FileNotFoundError" in found["settings.unknown"].details[0]


LAZY = """
from django.utils.functional import SimpleLazyObject, lazystr
STATIC_URL = lazystr("/lazy/")
SECRET_KEY = SimpleLazyObject(lambda: open("/nowhere/at/all").read())
VERSION = SimpleLazyObject(lambda: __import__("time").sleep(3600))
"""


@trait(
    "MongoEngine/django-mongoengine#123",
    "a project that does not use Django's databases",
    "nothing prevents its deployment, and the block sets no database",
)
@pytest.mark.parametrize("databases", ["{}", '{"default": {"ENGINE": "django.db.backends.dummy"}}'])
def test_a_project_without_a_database(shop: Shop, tmp_path: Path, databases: str) -> None:
    shop.append("shop/settings.py", f"DATABASES = {databases}\n")
    shop.commit()

    found = shop.look()
    assert blockers(tuple(found.values())) == () and "settings.no-database" in found
    site = deployed_as("upsun", shop, tmp_path / "site")
    assert "db_url_config" not in site.read("shop/settings.py")
    assert site.manage("check").exit_code == 0


@trait(
    "dcramer/django-devserver#100",
    "another app has a command called deploy, and comes first",
    "Django's check says whose command it is and how to reach this one",
)
def test_a_command_that_hides_ours(shop: Shop) -> None:
    shop.write({"goods/management/__init__.py": "", "goods/management/commands/__init__.py": ""})
    shop.write({"goods/management/commands/deploy.py": OTHER_COMMAND})
    shop.commit()

    checked = shop.manage("check").output
    assert "goods" in checked and "simple_deploy.W003" in checked and "python -m simple_deploy deploy" in checked
    assert "rsync" in shop.deploy("--check").output


OTHER_COMMAND = """\
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true")

    def handle(self, *args, **options):
        print("rsync it")
"""


@trait(
    "own",
    "the settings copy the whole environment, and read their variables from the copy",
    "the variables that are read are named, and nothing else from the environment",
)
@pytest.mark.parametrize("copy", ["os.environ.copy()", "dict(os.environ)", "{**os.environ}"])
def test_settings_that_copy_the_environment(copy: str, shop: Shop) -> None:
    shop.append("shop/settings.py", f"import os\nenv = {copy}\nSHOP_NAME = env.get('SHOP_NAME', 'goods')\n")
    shop.commit()
    settings = shop.facts().settings
    assert settings is not None
    # Who reads a plain dictionary cannot be told.
    assert settings.variables == (("SHOP_NAME",) if "copy" in copy else ())


@trait(
    "own",
    "an upload field has a file in the uploads folder as its default, and that folder is committed",
    "a warning names the field and the file, because a site's uploads begin empty; a default that does not exist "
    "here causes none",
)
def test_a_default_among_the_uploads(shop: Shop) -> None:
    shop.append("goods/models.py", "    sheet = models.FileField(default='blank.txt')\n")
    shop.append("goods/models.py", "    label = models.FileField(default='not-here.txt')\n")
    shop.append("shop/settings.py", 'MEDIA_URL, MEDIA_ROOT = "media/", BASE_DIR / "media"\n')
    shop.write({"media/blank.txt": "nothing yet\n"})
    shop.manage("makemigrations", "--verbosity", "0")
    shop.commit()

    checked = shop.deploy("--check")

    assert "A field's default is a file among the uploads: goods.Item.sheet: blank.txt" in checked.output
    assert "goods.Item.label" not in checked.output.partition("among the uploads")[2].partition("\n")[0]


@pytest.mark.slow
@trait(
    "own",
    "the settings go to another folder with `os.chdir`",
    "the project, its state and its files are those of the folder the command was started in; the site is deployed",
)
def test_settings_that_go_to_another_folder(shop: Shop, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shop.append("shop/settings.py", f"\nimport os\n\nos.chdir({str(elsewhere)!r})\n")
    shop.commit()

    assert blockers(tuple(shop.look().values())) == ()
    assert shop.facts().settings.import_paths == ()  # type: ignore[union-attr]
    done = shop.deploy("--platform", "local", "--automate-all", "--yes", "--no-input")
    try:
        assert done.exit_code == 0, done.output
        assert shop.deploy("--export-run", "--to", "run.html").exit_code == 0
        assert (shop.root / "run.html").is_file() and (shop.root / ".simple_deploy").is_dir()
    finally:
        shop.deploy("--destroy", "--platform", "local", "--yes", "--no-input")
    assert [*elsewhere.iterdir()] == []


@trait(
    "own",
    "INSTALLED_APPS names classes of the project's own in the place of Django's admin and static files",
    "both count as what they are: static files are collected, and an admin user is offered",
)
def test_apps_under_names_of_the_projects_own(shop: Shop) -> None:
    shop.write({"shop/apps.py": OWN_APPS})
    shop.change("shop/settings.py", "django.contrib.admin", "shop.apps.ShopAdmin")
    shop.change("shop/settings.py", "django.contrib.staticfiles", "shop.apps.ShopFiles")
    shop.commit()

    assert "settings.no-staticfiles" not in shop.look()
    settings = shop.facts().settings
    assert settings is not None and settings.has_admin and not settings.has_sites
    plan = golden.plan(golden.PLATFORMS["local"][0], shop.facts(), {})
    assert any(step.id == "static" for step in plan.steps)


OWN_APPS = """\
from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class ShopAdmin(AdminConfig):
    pass


class ShopFiles(StaticFilesConfig):
    ignore_patterns = ["*.map"]
"""


@trait(
    "heroku/django-heroku#41, cookiecutter/cookiecutter-django#1513",
    "DATABASES says more than where the database is: ATOMIC_REQUESTS, and options of SQLite such as its journal",
    "the site keeps what holds for any database, and the options where its database is SQLite too; those of a "
    "database server stay here, since they name files of this computer",
)
def test_what_the_settings_say_of_their_database(shop: Shop, tmp_path: Path) -> None:
    shop.append("shop/settings.py", TUNED)
    shop.commit()
    facts = shop.facts()
    options = {"init_command": "PRAGMA journal_mode=WAL;"}
    databases = {"flyio": "sqlite", "heroku": "essential-0", "local": "postgres", "upsun": ""}

    for slug, database in databases.items():
        platform, given = golden.PLATFORMS[slug]
        made = golden.plan(platform, facts, {**given, "database": database} if database else given)
        golden.render(made, facts, tmp_path / slug)
        env = {**dict(made.hosting.site), "SIMPLE_DEPLOY_DATA": str(tmp_path)}
        env.setdefault("DATABASE_URL", "postgres://ada@127.0.0.1/shop")
        site = replace(shop, root=tmp_path / slug, env={**shop.env, **env})
        done = site.python("-c", "import json\nfrom shop.settings import DATABASES\nprint(json.dumps(DATABASES))")

        assert done.ok, f"{slug}: {done.output}"
        found = json.loads(done.output)["default"]
        assert found["ATOMIC_REQUESTS"] is True, slug
        assert found.get("OPTIONS", {}) == (options if slug == "flyio" else {}), slug


TUNED = """
DATABASES["default"] |= {
    "ATOMIC_REQUESTS": True,
    "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL;"},
}
"""
