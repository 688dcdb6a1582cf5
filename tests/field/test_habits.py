"""Habits of beginners, and of projects that have lived long."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.core.findings import Level, blockers
from simple_deploy.core.steps import WriteFile
from tests import golden
from tests.field.shop import Shop
from tests.field.traits import trait
from tests.field.trying import tried

pytestmark = [pytest.mark.slow, pytest.mark.slice(7)]

# -- requirements --


@trait(
    "Dallinger/Dallinger#5665, ida-arbeitszeit/workers-control#479",
    "requirements.txt names Django without a version, and a constraints file (`-c`) pins it",
    "the constraint counts: the block suits it, and if the installed version differs, the finding names the file "
    "that decides",
)
def test_a_version_that_a_constraints_file_decides(shop: Shop) -> None:
    shop.write(
        {"requirements.txt": "-c constraints.txt\nDjango\n", "constraints.txt": "Django==5.1.15\nsqlparse==0.5.3\n"}
    )
    shop.commit()

    assert shop.facts().site_django == "5.1.15"
    assert shop.look()["django.differs"].title.startswith("constraints.txt asks for Django==5.1.15;")
    assert shop.facts().dependencies.names == {"django"}, "a constraint installs nothing"


@trait(
    "chicagopython/chipy.org#553",
    "only setup.py lists the packages",
    "a blocker that names the file, and a fix that writes requirements.txt from what the project imports",
)
def test_packages_that_setup_py_lists(shop: Shop) -> None:
    (shop.root / "requirements.txt").unlink()
    shop.write({"setup.py": 'from setuptools import setup\n\nsetup(name="shop", install_requires=["Django>=5.2"])\n'})
    shop.commit()

    [blocker] = blockers(tuple(shop.look().values()))
    assert blocker.title.startswith("The packages are in setup.py, which platforms cannot install from")
    assert blocker.fix_name == "write-requirements"
    assert all("setuptools" not in line for line in blocker.details), "setup.py is not deployed"


@trait(
    "heroku-python/conda-buildpack#9, mithro/make-env#10",
    "only a Conda environment (`environment.yml`) lists the packages",
    "a blocker, with a fix that writes requirements.txt from what the project imports; after that nothing is in "
    "the way",
)
def test_packages_of_a_conda_environment(shop: Shop) -> None:
    (shop.root / "requirements.txt").unlink()
    shop.write({"environment.yml": "name: shop\ndependencies:\n  - python=3.12\n  - django\n"})
    shop.commit()

    [blocker] = blockers(tuple(shop.look().values()))
    assert "Conda (environment.yml)" in blocker.title
    done = shop.deploy("--fix", str(blocker.fix_name), "--yes", "--no-input")
    assert done.exit_code == 0, done.output
    assert blockers(tuple(shop.look().values())) == ()
    assert shop.facts().dependencies.manager == "requirements"


@trait(
    "Kozea/WeasyPrint#1772, cookiecutter/cookiecutter-django#3304",
    "packages that call system libraries and programs",
    "a warning names them, and the names of what they need in Debian and Ubuntu",
)
def test_packages_that_need_libraries_of_the_system(shop: Shop) -> None:
    shop.append("requirements.txt", "weasyprint\npython-magic\npdf2image\n")
    shop.commit()

    found = shop.look()["dependencies.libraries"]
    assert found.level is Level.WARNING
    assert found.title.endswith(": pdf2image, python-magic, weasyprint")
    assert all(name in found.fix for name in ("libpango-1.0-0", "libmagic1", "poppler-utils"))


PACKAGED = """\
[project]
name = "goods-online"
version = "0.1.0"
dependencies = ["django"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""


@trait(
    "osprey-oss/cookiecutter-uv#57, astral-sh/uv#11872",
    "`uv init --package`, and then a site that is not a package",
    "a warning before a plan, with the line that tells uv",
)
def test_a_site_that_uv_builds_as_a_package(shop: Shop) -> None:
    (shop.root / "requirements.txt").unlink()
    shop.write({"pyproject.toml": PACKAGED, "uv.lock": "version = 1\n"})
    shop.commit()

    found = shop.look()["dependencies.builds-itself"]
    assert found.level is Level.WARNING and "package = false" in found.fix


@trait(
    "pypa/pip#733, osprey-oss/deptry#1393",
    "PowerShell wrote requirements.txt in UTF-16, and an editor wrote the settings with a BOM and Windows line endings",
    "both are read, and fixing a line keeps their encoding and line endings",
)
def test_files_as_windows_writes_them(shop: Shop) -> None:
    shop.write(
        {
            "requirements.txt": "Django>=5.2\r\npywin32==306\r\n".encode("utf-16"),
            "shop/settings.py": shop.read("shop/settings.py").replace("\n", "\r\n").encode("utf-8-sig"),
        }
    )
    shop.commit()

    found = shop.look()
    assert blockers(tuple(found.values())) == () and "2 packages" in found["dependencies.found"].title
    done = shop.deploy("--fix", str(found["dependencies.one-system"].fix_name), "--yes", "--no-input")
    assert done.exit_code == 0, done.output
    written = (shop.root / "requirements.txt").read_bytes()
    assert written.decode("utf-16") == "Django>=5.2\r\npywin32==306 ; sys_platform == 'win32'\r\n"


# -- settings --


@trait(
    "saleor/saleor#2354, benoitc/gunicorn#2658",
    "sessions, or Channels messages, are kept in the memory of the process",
    "a warning with what to write instead: a deployed site has several processes, so visitors are logged out at random",
)
def test_sessions_in_the_memory_of_one_process(shop: Shop) -> None:
    shop.append(
        "shop/settings.py",
        'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\n'
        'CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}\n',
    )
    shop.commit()
    found = shop.look()["settings.in-one-process"]
    assert found.level is Level.WARNING and "logged out at random" in found.why
    assert "SESSION_ENGINE" in found.title and "CHANNEL_LAYERS" in found.title

    shop.append(
        "shop/settings.py", 'SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"\nCHANNEL_LAYERS = {}\n'
    )
    shop.commit()
    assert "settings.in-one-process" not in shop.look()


@trait(
    "SarthakJariwala/django-vite-inertia#15",
    "django-vite's `dev_mode`, or a setting that allows requests from every origin, has the value of DEBUG",
    "A warning that names these settings: they are made while DEBUG is still on, so the deployed site would look for the "
    "files of the front end on the visitor's computer",
)
def test_settings_that_follow_debug(shop: Shop) -> None:
    shop.append(
        "shop/settings.py",
        'DEBUG = True\nDJANGO_VITE = {"default": {"dev_mode": DEBUG}}\nCORS_ALLOW_ALL_ORIGINS = DEBUG\n'
        "SESSION_COOKIE_SECURE = not DEBUG\n",
    )
    shop.commit()
    found = shop.look()["settings.debug-decides"]
    assert found.details == ("DJANGO_VITE", "CORS_ALLOW_ALL_ORIGINS")  # the block of a plan decides the other one


@trait(
    "Hedera-Lang-Learn/hedera#212, newfs/gobotany-app#643",
    "DEBUG is a variable's text, and the text is “False”",
    "a warning that this counts as true, with a comparison that does not",
)
def test_debug_as_a_text(shop: Shop) -> None:
    shop.change("shop/settings.py", "DEBUG = True", 'import os\nDEBUG = os.environ.get("DEBUG", "False")')
    shop.commit()

    found = shop.look()["settings.debug-text"]
    assert found.level is Level.WARNING and "“False”" in found.title and "== " in found.fix


@trait(
    "mozilla/bedrock#16067, GeoNode/geonode#3001",
    "ALLOWED_HOSTS is split from a variable that is not set, so it holds one empty name",
    "it counts as empty, and the plan adds the site's own name",
)
def test_hosts_that_are_split_from_nothing(shop: Shop) -> None:
    shop.change(
        "shop/settings.py", "ALLOWED_HOSTS = []", 'import os\nALLOWED_HOSTS = os.environ.get("HOSTS", "").split(",")'
    )
    shop.commit()

    assert shop.look()["settings.allowed-hosts"].title == "ALLOWED_HOSTS is empty."


@trait(
    "0x4bs3nt/urlinks#49, openedx/openedx-platform#33228",
    "CSRF_TRUSTED_ORIGINS still has names without a scheme, as Django 3 wanted them",
    "Django's own refusal is shown as the blocker it is",
)
def test_origins_without_a_scheme(shop: Shop) -> None:
    shop.append("shop/settings.py", 'CSRF_TRUSTED_ORIGINS = ["goods.example.com"]\n')
    shop.commit()

    [blocker] = blockers(tuple(shop.look().values()))
    assert "CSRF_TRUSTED_ORIGINS" in blocker.title and "goods.example.com" in blocker.title


@trait(
    "sibtc/django-beginners-guide#23",
    "the settings insist on a variable that nobody set",
    "the line of the settings and the variable are named, without any of Python's own frames",
)
def test_a_variable_that_is_not_set(shop: Shop) -> None:
    shop.append("shop/settings.py", 'import os\n\nREGION = os.environ["SHOP_REGION"]\n')
    shop.commit()

    [blocker] = blockers(tuple(shop.look().values()))
    line = len(shop.read("shop/settings.py").splitlines())
    assert blocker.title.endswith(f"KeyError: 'SHOP_REGION' (shop/settings.py, line {line})")
    assert blocker.fix.startswith("The environment variable SHOP_REGION has no value here")
    assert len(blocker.details) == 3


#: How settings say that a variable is not set. Each reads SHOP_REGION and nothing else.
UNSET = {
    "Django's own refusal of a setting": 'import os\n\nSECRET_KEY = os.getenv("SHOP_REGION")\n',
    "words of their own": (
        'import os\n\nREGION = os.getenv("SHOP_REGION")\nif not REGION:\n'
        '    raise RuntimeError("SHOP_REGION must be set, DEBUG is no excuse.")\n'
    ),
    "a method of nothing": 'import os\n\nALLOWED_HOSTS = os.environ.get("SHOP_REGION").split(",")\n',
    "a number of nothing": 'import os\n\nREGION = int(os.getenv("SHOP_REGION"))\n',
    "django-environ": 'import environ\n\nREGION = environ.Env()("SHOP_REGION")\n',
    "an empty line of the file": (
        'import os\n\nimport environ\n\nenviron.Env.read_env(BASE_DIR / ".env")\n'
        'SECRET_KEY = os.environ["SHOP_REGION"]\n'
    ),
}


@trait(
    "own",
    "the settings report in their own words that a variable has no value, and only a file to be filled in lists it",
    "the variable is named, and that file",
)
@pytest.mark.parametrize("lines", UNSET.values(), ids=UNSET)
def test_a_variable_without_a_value(shop: Shop, lines: str) -> None:
    shop.write({".env.example": "SHOP_REGION=\n", ".env": "SHOP_REGION=\n"})
    shop.append("shop/settings.py", lines)
    shop.append("goods/models.py", "\n\nfrom django.conf import settings\n\nKEY = settings.SECRET_KEY\n")
    shop.commit()

    [blocker] = blockers(tuple(shop.look().values()))
    assert blocker.fix.startswith("The environment variable SHOP_REGION has no value here"), blocker
    assert "(.env.example lists what belongs in it)" in blocker.fix


@trait(
    "sajib1066/django-event-management#1, ccxt/binance-trade-bot#67, jimstorch/DGGen#14",
    "the list of packages is not called requirements.txt, or its name is misspelled",
    "it counts as the project's list; if a platform insists on the name, the plan adds a requirements.txt",
)
def test_a_list_of_packages_with_a_name_of_its_own(shop: Shop) -> None:
    shop.git("mv", "requirements.txt", "requiments.txt")
    shop.commit()

    assert shop.look()["dependencies.found"].title.endswith("declared in requiments.txt.")
    done = shop.deploy("--plan", "--platform", "heroku", "--yes", "--no-input")
    assert done.exit_code == 0, done.output
    assert "+-r requiments.txt" in done.output and "+gunicorn" in done.output


@trait(
    "wagtail/madewithwagtail#129, wger-project/wger#1015, OpenEnergyPlatform/oeplatform#1301",
    "the site's name is in the database (django.contrib.sites), and a new one says example.com",
    "a remark during the check, and the page to change it among the next steps",
)
def test_a_name_of_the_site_in_its_database(shop: Shop) -> None:
    shop.change("shop/settings.py", '"goods",', '"goods",\n    "django.contrib.sites",')
    shop.append("shop/settings.py", "SITE_ID = 1\n")
    shop.commit()

    assert "example.com" in shop.look()["settings.sites"].title


@trait(
    "klis87/django-cloudinary-storage#40, django-tenants/django-tenants#1095, HackSoftware/Django-Styleguide-Example#518",
    "uploads go to a service through DEFAULT_FILE_STORAGE, which Django 5.1 and newer does not read",
    "a warning that Django keeps them on the disk without a message",
)
def test_a_storage_that_django_does_not_read(shop: Shop) -> None:
    shop.append("shop/settings.py", 'DEFAULT_FILE_STORAGE = "goods.elsewhere.Storage"\n')
    shop.commit()
    assert "DEFAULT_FILE_STORAGE" in shop.look()["settings.storages"].title

    shop.append("shop/settings.py", 'STORAGES = {"default": {"BACKEND": DEFAULT_FILE_STORAGE}}\n')
    shop.commit()
    assert "settings.storages" not in shop.look()


@trait(
    "own",
    "a setting has a value that Django refuses, and the variable behind it is set",
    "no variable is blamed",
)
def test_a_variable_with_a_value_is_not_blamed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_REGION", "nowhere")
    shop.append("shop/settings.py", 'import os\n\nREGION = int(os.environ["SHOP_REGION"])\n')
    shop.commit()

    [blocker] = blockers(tuple(shop.look().values()))
    assert "environment variable" not in blocker.fix


@trait(
    "gtech-mulearn/mulearnbackend#2670",
    "an app queries the database in `ready()`, so a new database can never be migrated",
    "a blocker that names the line and the way out, and does not blame the settings; if there is a database, a warning",
)
@pytest.mark.parametrize("migrated", [True, False], ids=["with a database", "without one"])
def test_an_app_that_asks_the_database_as_it_starts(migrated: bool, shop: Shop) -> None:
    if migrated:
        shop.manage("migrate", "--verbosity", "0")
    shop.write({"goods/apps.py": READY})
    shop.commit()

    found = shop.look()
    if migrated:
        assert "goods/apps.py, line 9" in found["settings.asks-database"].title
    else:
        blocker = found["settings.not-importable"]
        assert blocker.title.startswith("Django cannot load the project: OperationalError: no such table: goods_item")
        assert "goods/apps.py, line 9" in blocker.title and blocker.fix.startswith("Ask later")


READY = """\
from django.apps import AppConfig


class GoodsConfig(AppConfig):
    name = "goods"

    def ready(self):
        from goods.models import Item
        self.count = Item.objects.count()
"""


@trait(
    "twoscoops/django-twoscoops-project#41, NewtonBii/netflix_clone#1",
    "WSGI_APPLICATION names a module that was renamed, or contains another project's name",
    "a blocker before a plan with which a server could never start",
)
def test_a_wsgi_module_that_is_not_there(shop: Shop) -> None:
    (shop.root / "shop/wsgi.py").rename(shop.root / "shop/passenger_wsgi.py")
    shop.commit()

    [blocker] = blockers(tuple(shop.look().values()))
    assert blocker.title == "WSGI_APPLICATION names shop.wsgi.application, but there is no module shop.wsgi."


@trait(
    "WikiWatershed/monitor-my-watershed#544",
    "wsgi.py lies beside manage.py, or in the package of the URLs, and no setting names it",
    "it is found there, and the server of each platform starts it",
)
@pytest.mark.parametrize("module", ["wsgi", "goods.wsgi"])
def test_a_wsgi_module_that_no_setting_names(shop: Shop, module: str) -> None:
    wsgi = shop.root / "shop" / "wsgi.py"
    wsgi.rename(shop.root.joinpath(*module.split(".")).with_suffix(".py"))
    (shop.root / "shop" / "asgi.py").unlink()
    shop.write({"goods/urls.py": shop.read("shop/urls.py")})
    shop.append("shop/settings.py", 'del WSGI_APPLICATION\nROOT_URLCONF = "goods.urls"\n')
    shop.commit()
    platform, given = golden.PLATFORMS["heroku"]

    assert "settings.no-application" not in shop.look()
    plan = golden.plan(platform, shop.facts(), given)

    procfile = next(step for step in plan.steps if isinstance(step, WriteFile) and step.path == "Procfile")
    assert f" {module}:application\n" in procfile.text


@trait(
    "jschneier/django-storages#1338",
    "uploads go to S3 and static files through WhiteNoise (STORAGES), and one of the packages is not installed",
    "a warning names the setting and the package, because nothing would fail before the first upload",
)
def test_a_storage_that_is_not_installed(shop: Shop) -> None:
    shop.append(
        "shop/settings.py",
        'STORAGES = {\n    "default": {"BACKEND": "object_storage.backends.s3.S3Storage"},\n'
        '    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},\n}\n',
    )
    shop.commit()

    found = shop.look()["settings.nowhere"]
    assert found.details == ("STORAGES: object_storage.backends.s3.S3Storage",)


@trait(
    "jonaswinkler/paperless-ng#1003, vishalanandl177/DRF-API-Logger#47",
    "FORCE_SCRIPT_NAME is left over from a server that had the site below a path",
    "a warning: every link of the deployed site would lead nowhere",
)
def test_a_path_that_is_left_from_another_server(shop: Shop) -> None:
    shop.append("shop/settings.py", 'FORCE_SCRIPT_NAME = "/shop"\n')
    shop.commit()

    assert shop.look()["settings.script-name"].level is Level.WARNING


@trait(
    "python-gsoc/python-blogs#9, django-helpdesk/django-helpdesk#877",
    "two databases with a router",
    "a warning, and the plan says which variable holds the address of the other one",
)
def test_two_databases(shop: Shop) -> None:
    shop.append(
        "shop/settings.py",
        'DATABASES["users"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "users.sqlite3"}\n',
    )
    shop.commit()

    found = shop.look()["settings.databases"]
    assert found.level is Level.WARNING and "users" in found.title and "variable" in found.fix


@trait(
    "deligence-vinit/django-appointments#1, linkedweb/auth_system#9",
    "users have an e-mail address and no name",
    "the tool identifies the admin user by the field that the model has",
)
def test_users_without_a_name(shop: Shop) -> None:
    shop.write({"people/__init__.py": "", "people/migrations/__init__.py": "", "people/models.py": PERSON})
    shop.change("shop/settings.py", '"goods",', '"goods",\n    "people",')
    shop.append("shop/settings.py", 'AUTH_USER_MODEL = "people.Person"\n')
    shop.manage("makemigrations", "people", "--verbosity", "0")
    shop.commit()

    facts = shop.facts().settings
    assert facts is not None and (facts.user_model, facts.username_field) == ("people.Person", "email")
    assert blockers(tuple(shop.look().values())) == ()


PERSON = """\
from django.contrib.auth.models import AbstractUser
from django.db import models


class Person(AbstractUser):
    username = None
    email = models.EmailField(unique=True)
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []
"""


@trait(
    "soynatan/django-easy-audit#167, jamespacileo/django-smartagent#4",
    "a middleware insists on headers that browsers and a proxy send",
    "behind a platform's proxy the pages answer; if nothing sends the header, the page and the header are named",
)
@pytest.mark.parametrize(("slug", "answers"), [("heroku", True), ("local", False)])
def test_a_middleware_that_insists_on_headers(slug: str, answers: bool, shop: Shop, tmp_path: Path) -> None:
    shop.write({"goods/visits.py": VISITS})
    shop.append("shop/settings.py", 'MIDDLEWARE.append("goods.visits.noted")\n')
    shop.commit()

    found = tried(slug, shop, tmp_path / "site")

    assert (found.findings == {}) is answers, found.output
    if not answers:
        assert "HTTP_X_FORWARDED_FOR" in found.findings["trial.page"].title


VISITS = """\
def noted(get_response):
    def middleware(request):
        request.visit = request.META["HTTP_X_FORWARDED_FOR"], request.META["HTTP_USER_AGENT"]
        return get_response(request)

    return middleware
"""


@trait(
    "MozillaFoundation/donate-wagtail#76",
    "every address begins with a language (`i18n_patterns`), and the first page redirects to one",
    "health checks use a language's page that answers",
)
def test_addresses_that_begin_with_a_language(shop: Shop, tmp_path: Path) -> None:
    shop.append(
        "shop/settings.py",
        'MIDDLEWARE.insert(2, "django.middleware.locale.LocaleMiddleware")\n'
        'LANGUAGES = [("en", "English"), ("de", "Deutsch")]\n',
    )
    shop.change("shop/urls.py", "from django.urls", "from django.conf.urls.i18n import i18n_patterns\nfrom django.urls")
    shop.change("shop/urls.py", "urlpatterns = [", "urlpatterns = i18n_patterns(*[")
    shop.change("shop/urls.py", "home)]", "home)])")
    shop.commit()

    found = tried("flyio", shop, tmp_path / "site")

    assert found.findings == {}, found.output
    assert found.health == "/en/"


@trait(
    "pre-commit/pre-commit#1104, 100-Devs-1-Game/All-the-Incrementals#13",
    "a hook rewrites files and refuses the commit",
    "the deployment ends with the hook's words, and the project is as it was before",
)
def test_a_hook_that_rewrites_files(shop: Shop) -> None:
    hook = shop.root / ".git" / "hooks" / "pre-commit"
    hook.write_text(
        "#!/bin/sh\necho '# formatted' >> shop/settings.py\necho 'shop/settings.py was reformatted'\nexit 1\n"
    )
    hook.chmod(0o755)
    before = shop.fingerprint()

    done = shop.deploy("--automate-all", "--platform", "local", "--yes", "--no-input")

    assert done.exit_code == 1, done.output
    assert "shop/settings.py was reformatted" in done.output
    assert shop.fingerprint() == before


@trait(
    "conbench/conbench#1097, HaroldMills/Vesper#208",
    "an app starts a non-daemon thread in `ready()`, so no command ever ends",
    "a warning names the function, because a deployment would wait for `migrate` forever",
)
def test_a_thread_that_keeps_commands_from_ending(shop: Shop) -> None:
    shop.write({"goods/apps.py": TICKING})
    shop.commit()

    assert shop.look()["settings.threads"].title.endswith(": goods/apps.py, line 14")


TICKING = """\
import threading
import time

from django.apps import AppConfig


class GoodsConfig(AppConfig):
    name = "goods"

    def ready(self):
        threading.Thread(target=self.tick).start()
        threading.Thread(target=self.tick, daemon=True).start()

    def tick(self):
        while True:
            time.sleep(1)
"""


@trait(
    "own",
    "a plain new project",
    "none of these warnings",
)
def test_a_project_with_none_of_these_habits(shop: Shop) -> None:
    found = shop.look()
    assert {finding.level for finding in found.values()} <= {Level.OK, Level.INFO}
    assert shop.facts().settings.nowhere == ()  # type: ignore[union-attr]


# -- what the project makes by itself --


@trait(
    "pauloaapereira/Django-Realtime-Chat#1, Aju100/Django-Backend-mentorship#7",
    "`__pycache__` and `db.sqlite3` are committed, and change whenever the project runs",
    "they do not count as uncommitted work; a warning for each, with a fix that makes git forget them and keeps "
    "the files",
)
@pytest.mark.parametrize("name", ["db.sqlite3", "goods.db"])
def test_what_the_project_makes_by_itself_is_committed(shop: Shop, name: str) -> None:
    shop.write(
        {".gitignore": ".venv/\n", "shop/settings.py": shop.read("shop/settings.py").replace("db.sqlite3", name)}
    )
    (shop.root / "db.sqlite3").unlink(missing_ok=True)
    compiling = {"PYTHONDONTWRITEBYTECODE": ""}
    shop.python("manage.py", "migrate", "--verbosity", "0", **compiling)
    shop.commit("Everything")
    shop.append("shop/urls.py", "# one more line\n")
    shop.git("commit", "--quiet", "-am", "A line")
    shop.python("manage.py", "shell", "-c", "from goods.models import Item; Item(name='a').save()", **compiling)
    shop.python("manage.py", "check", **compiling)
    changed = shop.git("status", "--porcelain").splitlines()
    assert any("urls.cpython" in line for line in changed) and any(name in line for line in changed)

    found = shop.look()

    assert "git.uncommitted" not in found
    assert found["git.compiled"].details[:2] == ("goods/__pycache__", "goods/migrations/__pycache__")
    assert found["git.compiled"].fix_name == found["git.tracked-database"].fix_name == "untrack"
    compiled = [*shop.root.glob("shop/__pycache__/*.pyc")]
    shop.deploy("--fix", "untrack", "--yes")
    assert shop.git("status", "--porcelain") == ""
    assert shop.git("ls-files", "*.pyc", name) == ""
    assert shop.read(".gitignore") == f".venv/\n/{name}\n__pycache__/\n*.py[cod]\n"
    assert [*shop.root.glob("shop/__pycache__/*.pyc")] == compiled != [] and (shop.root / name).is_file()
    assert {"git.compiled", "git.tracked-database"}.isdisjoint(shop.look())


@trait(
    "github/gitignore#1899",
    "the virtual environment is committed, on Linux or on Windows, under whatever name",
    "one warning names it, with a fix that makes git forget the folder and keeps it; its packages are nobody's "
    "uncommitted work, secrets or databases",
)
@pytest.mark.parametrize("packages", ["lib/python3.13/site-packages", "Lib/site-packages"])
def test_a_virtual_environment_that_is_committed(shop: Shop, packages: str) -> None:
    inside = f"my env/{packages}"
    shop.write(
        {"my env/pyvenv.cfg": "version = 3.13.0\n", f"{inside}/certifi/cacert.pem": "-----BEGIN CERTIFICATE-----\n"}
    )
    shop.write(
        {f"{inside}/__pycache__/six.cpython-313.pyc": "compiled", f"{inside}/six.py": "", f"{inside}/a.sqlite3": ""}
    )
    shop.git("add", "--force", "my env")
    shop.git("commit", "--quiet", "-m", "Everything")
    shop.write({f"{inside}/six.py": "# newer\n", f"{inside}/attr/__init__.py": ""})

    found = {id: finding for id, finding in shop.look().items() if id.startswith("git.")}

    assert set(found) == {"git.environment"}
    assert found["git.environment"].details == ("my env",)
    shop.deploy("--fix", "untrack", "--yes")
    assert shop.git("ls-files", "my env") == "" and (shop.root / inside / "six.py").is_file()
    assert shop.read(".gitignore").endswith("/my env/\n")
    assert set(shop.look()).isdisjoint({"git.environment", "git.uncommitted", "git.not-ignored"})
