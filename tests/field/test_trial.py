"""Trying a plan as the platform would run it."""

from __future__ import annotations

import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from simple_deploy.core.findings import Level
from simple_deploy.engine import evidence
from simple_deploy.system import process
from tests import golden
from tests.field.shop import Shop
from tests.field.traits import trait
from tests.field.trying import tried

pytestmark = [pytest.mark.slow, pytest.mark.slice(6)]

HTTPS = ("flyio", "heroku", "upsun")


def test_the_shop_itself_answers_everywhere(shop: Shop, tmp_path: Path) -> None:
    found = tried("local", shop, tmp_path / "site")

    assert found.findings == {}, found.output
    visit = found.report.visit
    assert visit is not None
    assert (visit.unknown, visit.health) == ("", "/")
    assert visit.form is not None
    assert (visit.form.path, visit.form.status) == ("/admin/login/", 200)
    assert visit.static is not None
    assert visit.static.status == 200
    assert visit.static.path.startswith("/static/goods/shop.")
    assert visit.static.path != "/static/goods/shop.css", "its name holds no hash"


@pytest.mark.parametrize("slug", HTTPS)
def test_the_shop_itself_answers_behind_a_proxy(slug: str, shop: Shop, tmp_path: Path) -> None:
    found = tried(slug, shop, tmp_path / "site")

    assert found.findings == {}, found.output
    assert found.health == "/"


@trait(
    "own",
    "an app has fields only PostgreSQL has, and the project uses SQLite here",
    "the trial shows that Django asks for django.contrib.postgres on a platform with PostgreSQL, and the plan adds it",
)
def test_fields_that_only_postgresql_has(shop: Shop) -> None:
    shop.append("goods/models.py", POSTGRESQL_ONLY)
    shop.commit()

    done = shop.deploy("--plan", "--platform", "upsun", "--yes", "--no-input")

    assert done.exit_code == 0, done.output
    assert '+    INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.postgres"]' in done.output
    assert "postgres.E005)" not in done.output.partition("+++")[0]
    assert "contrib.postgres" not in shop.deploy("--plan", "--platform", "local", "--yes", "--no-input").output


@trait(
    "own",
    "one of the project's style sheets names a source map that does not exist, or is in an older encoding",
    "static files keep their plain names, because names with a hash are not possible; a remark says why",
)
@pytest.mark.parametrize(
    ("css", "reason"),
    [
        (
            b"h1 { color: teal }\n/*# sourceMappingURL=shop.css.map */\n",
            "names goods/shop.css.map, which does not exist",
        ),
        ("h1::before { content: 'été' }\n".encode("latin-1"), "cannot be read"),
    ],
)
def test_static_files_that_cannot_have_a_hash(css: bytes, reason: str, shop: Shop) -> None:
    (shop.root / "goods" / "static" / "goods" / "shop.css").write_bytes(css)
    shop.commit()

    done = shop.deploy("--automate-all", "--platform", "local", "--yes", "--no-input")
    try:
        assert done.exit_code == 0, done.output
        assert f"Static files keep their plain names: goods/shop.css {reason}." in done.output
        assert "CompressedStaticFilesStorage" in shop.read("shop/settings.py")
    finally:
        shop.deploy("--destroy", "--platform", "local", "--yes", "--no-input")


@trait(
    "own",
    "django-compressor's files have to be made with a separate command (COMPRESS_OFFLINE)",
    "the trial requests the first page, which fails; the plan is made once more with django-compressor off, and "
    "says so",
)
def test_pages_that_name_files_made_by_another_command(shop: Shop, tmp_path: Path) -> None:
    shop.append("requirements.txt", "django-compressor\n")
    shop.append("shop/settings.py", COMPRESSED)
    css = """<link rel="stylesheet" href="{% static 'goods/shop.css' %}">"""
    shop.change(
        "goods/templates/goods/home.html", css, f"{{% load compress %}}{{% compress css %}}{css}{{% endcompress %}}"
    )
    shop.commit()

    found = tried("local", shop, tmp_path / "site").findings["trial.page"]

    assert found.level is Level.WARNING
    assert "django-compressor" in found.title
    assert "COMPRESS_ENABLED = False" in found.fix
    assert any("OfflineGenerationError" in line for line in found.details)

    planned = shop.deploy("--plan", "--platform", "local", "--yes", "--no-input")
    assert planned.exit_code == 0, planned.output
    assert "+    COMPRESS_ENABLED = False" in planned.output, planned.output
    assert "django-compressor is off on the site" in planned.output
    assert found.title not in planned.output


@trait(
    "own",
    "static files lie in the folder that STATIC_ROOT names, where a web server of the project's own finds them",
    "a page that misses one is explained: Django collects into that folder and looks for nothing there",
)
def test_static_files_where_they_are_collected(shop: Shop) -> None:
    shop.append("shop/settings.py", '\nSTATIC_ROOT = BASE_DIR / "assets"\n')
    shop.write({"assets/css/site.css": "body {}"})
    shop.commit()

    told = evidence.told(
        ["ValueError: Missing staticfiles manifest entry for 'css/site.css'"], shop.facts(), process.run
    )

    assert told is not None and told.id == "static-in-static-root"
    assert 'STATICFILES_DIRS = [BASE_DIR / "assets"]' in told.fix


FOLDERS = """\
from django.conf import settings
from django.contrib import admin
from django.http import HttpResponse
from django.urls import path


def home(request):
    return HttpResponse(f"{settings.STATIC_ROOT / 'manifest.json'} {settings.MEDIA_ROOT / 'reports'}")


urlpatterns = [path("admin/", admin.site.urls), path("", home)]
"""


@trait(
    "own",
    "pages take STATIC_ROOT and MEDIA_ROOT for paths, as the settings of today's startproject make them",
    "they are paths on every platform, and while the plan is tried",
)
def test_folders_that_are_taken_for_paths(shop: Shop, tmp_path: Path) -> None:
    shop.append("shop/settings.py", '\nSTATIC_ROOT = BASE_DIR / "collected"\nMEDIA_ROOT = BASE_DIR / "media"\n')
    shop.write({"shop/urls.py": FOLDERS})
    shop.commit()

    found = tried("flyio", shop, tmp_path / "site", database="sqlite")

    assert found.findings == {}, found.output
    assert found.health == "/"


@trait(
    "own",
    "a package's check opens the database, as Wagtail's does, and the site's SQLite file is on a volume",
    "the trial puts a folder in its place, so the check passes as it does on the platform",
)
def test_a_check_that_opens_the_database(shop: Shop, tmp_path: Path) -> None:
    shop.append("goods/models.py", CHECK_THAT_ASKS)
    shop.commit()

    found = tried("flyio", shop, tmp_path / "site", database="sqlite")

    assert found.findings == {}, found.output
    assert found.health == "/"


@trait(
    "own",
    "a check opens the database, and so does collectstatic; the first deployment to this computer has none yet",
    "migrations are tried on a copy first, and both use that copy",
)
def test_a_check_that_opens_the_database_of_a_first_deployment_here(shop: Shop) -> None:
    shop.append("goods/models.py", CHECK_THAT_ASKS)
    shop.write({"goods/management/__init__.py": "", "goods/management/commands/__init__.py": ""})
    shop.write({"goods/management/commands/collectstatic.py": COLLECTS_WHAT_THE_DATABASE_NAMES})
    shop.commit()

    try:
        done = shop.deploy("--platform", "local", "--automate-all", "--yes", "--no-input")

        assert done.exit_code == 0, done.output
    finally:
        shop.deploy("--destroy", "--platform", "local", "--yes", "--no-input")


CHECK_THAT_ASKS = """
from django.core import checks
from django.db import connection


@checks.register
def database_answers(**_):
    connection.ensure_connection()
    return []
"""


COLLECTS_WHAT_THE_DATABASE_NAMES = """
from django.contrib.staticfiles.management.commands import collectstatic
from django.db import connection


class Command(collectstatic.Command):
    def collect(self):
        connection.ensure_connection()
        return super().collect()
"""


#: The package is not in the environment of these tests, but in the one that the trial makes.
COMPRESSED = """
from importlib.util import find_spec

if find_spec("compressor"):
    INSTALLED_APPS.append("compressor")
COMPRESS_ENABLED = COMPRESS_OFFLINE = True
STATIC_ROOT = BASE_DIR / "collected"
"""

POSTGRESQL_ONLY = """
from django.db import connection

if connection.vendor == "postgresql":
    from django.contrib.postgres.search import SearchVectorField

    class Words(models.Model):
        words = SearchVectorField()
"""


@trait(
    "jumpserver/jumpserver#17337, dotkom/onlineweb4#696",
    "session and CSRF cookies are bound to a domain that the site does not have",
    "this is found when the plan is tried: browsers do not send the cookies, so nobody could log in",
)
@pytest.mark.parametrize("slug", ["local", "flyio"])
def test_cookies_of_another_domain(slug: str, shop: Shop, tmp_path: Path) -> None:
    domain = '".goods.example.com"'
    shop.append("shop/settings.py", f"SESSION_COOKIE_DOMAIN = {domain}\nCSRF_COOKIE_DOMAIN = {domain}\n")
    shop.commit()

    found = tried(slug, shop, tmp_path / "site")

    assert found.report.visit is not None
    assert found.report.visit.form is not None
    assert found.report.visit.form.status == 403
    (finding,) = found.findings.values()
    assert finding.level is Level.WARNING
    assert "Nobody can log in" in finding.title
    assert finding.details == ("SESSION_COOKIE_DOMAIN = .goods.example.com", "CSRF_COOKIE_DOMAIN = .goods.example.com")


@trait(
    "compute-tooling/compute-studio#9, GoogleCloudPlatform/python-docs-samples#7632",
    "HTTPS is switched on by hand: SECURE_SSL_REDIRECT, secure cookies and HSTS if DEBUG is off",
    "the site answers over http on this computer, and without a redirect loop behind a platform's proxy; the "
    "login works in both",
)
@pytest.mark.parametrize("slug", ["local", *HTTPS])
def test_https_by_hand(slug: str, shop: Shop, tmp_path: Path) -> None:
    shop.append(
        "shop/settings.py",
        'import os\n\nDEBUG = os.getenv("DEBUG") == "1"\nif not DEBUG:\n    SECURE_SSL_REDIRECT = True\n'
        "    SECURE_HSTS_SECONDS = 31536000\n    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True\n",
    )
    shop.write({".env": "DEBUG=0\n"})
    shop.commit()

    found = tried(slug, shop, tmp_path / "site")

    assert found.findings == {}, found.output
    assert found.health == "/"
    assert found.report.visit is not None
    assert found.report.visit.form is not None
    assert found.report.visit.form.status == 200


_LEADS_ON = """\
from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from goods.views import home

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(url="/catalog/", permanent=True)),
    path("catalog/", home),
]
"""


@trait(
    "mher/flower#600",
    "the first page only redirects to another one",
    "the page that answers 200 is found when the plan is tried, and health checks request that one",
)
def test_a_first_page_that_leads_on(shop: Shop, tmp_path: Path) -> None:
    shop.write({"shop/urls.py": _LEADS_ON})
    shop.commit()

    found = tried("local", shop, tmp_path / "site")

    assert found.findings == {}, found.output
    assert found.health == "/catalog/"


@trait(
    "own",
    "the first page redirects to one that fails, and the project's own error page (500.html) may fail in the same way",
    "the plan warns of the last page and names what it failed on",
)
@pytest.mark.parametrize("own_error_page", [False, True])
def test_a_first_page_that_leads_on_to_one_that_fails(shop: Shop, tmp_path: Path, *, own_error_page: bool) -> None:
    names_no_file = "{% load static %}<img src=\"{% static 'goods/nobody-made-it.png' %}\">"
    shop.write({"shop/urls.py": _LEADS_ON, "goods/templates/goods/home.html": names_no_file})
    if own_error_page:
        shop.write({"goods/templates/500.html": names_no_file})
    shop.commit()

    found = tried("local", shop, tmp_path / "site").findings

    assert set(found) == {"trial.page"}
    warning = found["trial.page"]
    assert warning.level is Level.WARNING
    assert "goods/nobody-made-it.png" in warning.title
    assert "/catalog/" in warning.why


@trait(
    "own",
    "the first page fails on a database without data, for the project's own reason",
    "the deployment fails, and says what the trial had shown: the exception, and that the page has to work "
    "without data",
)
@pytest.mark.slice(1)
def test_a_first_page_that_fails_without_data(shop: Shop) -> None:
    fails = 'from goods.models import Item\n\n\ndef home(request):\n    raise ValueError("no goods yet")\n'
    shop.write({"goods/views.py": fails})
    shop.commit()

    done = shop.deploy("--platform", "local", "--automate-all", "--yes", "--no-input")
    shop.deploy("--platform", "local", "--destroy", "--yes", "--no-input")

    assert done.exit_code == 1, done.output
    _, _, told = done.output.partition("A trial of the plan already showed this: ")
    assert told.startswith("The page / fails: ValueError: no goods yet"), done.output


@trait(
    "own",
    "an app has models and no migrations, so a new database gets no table for them",
    "the first page fails in the trial as it would on the site, and the command that makes the migrations is named",
)
def test_an_app_without_migrations(shop: Shop) -> None:
    shop.git("rm", "--quiet", "-r", "goods/migrations")
    shop.commit()

    done = shop.deploy("--plan", "--platform", "local", "--yes", "--no-input")

    before, _, told = done.output.partition("The database has no table goods_item.")
    assert "Traceback" not in before, "nothing long stands before the sentence that says what is wrong"
    assert "python manage.py makemigrations" in told
    assert "/ answers 500 OperationalError: no such table: goods_item (goods/views.py, line " in told


@trait(
    "own",
    "the settings contain a block for Upsun that reads more of its variables than the app's name",
    "it is tried with every variable that Upsun sets, and with those of a build while static files are collected",
)
def test_a_block_for_upsun_of_ones_own(shop: Shop, tmp_path: Path) -> None:
    shop.append(
        "shop/settings.py",
        "import base64\nimport json\nimport os\n\n"
        'if os.environ.get("PLATFORM_APPLICATION_NAME"):\n'
        '    STATIC_ROOT = os.path.join(os.environ["PLATFORM_APP_DIR"], "static")\n'
        '    SECRET_KEY = os.environ["PLATFORM_PROJECT_ENTROPY"]\n'
        '    TREE = os.environ["PLATFORM_TREE_ID"]\n'
        '    if os.environ.get("PLATFORM_ENVIRONMENT"):\n'
        '        given = json.loads(base64.b64decode(os.environ["PLATFORM_RELATIONSHIPS"]))["database"][0]\n'
        '        assert given["scheme"] == "pgsql" and os.environ["PLATFORM_BRANCH"]\n'
        "    else:\n"
        '        assert "PLATFORM_ROUTES" not in os.environ and os.environ["PLATFORM_CACHE_DIR"]\n',
    )
    shop.commit()

    found = tried("upsun", shop, tmp_path / "site")

    assert found.findings == {}, found.output
    assert found.health == "/"


@trait(
    "mher/flower#600, hmalphettes/kibana-proxy#6",
    "every page requires a login, so the first one leads to the form",
    "the form itself is the page for health checks",
)
def test_a_site_behind_a_login(shop: Shop, tmp_path: Path) -> None:
    shop.append(
        "shop/settings.py",
        'MIDDLEWARE.append("django.contrib.auth.middleware.LoginRequiredMiddleware")\nLOGIN_URL = "/admin/login/"\n',
    )
    shop.commit()

    found = tried("flyio", shop, tmp_path / "site")

    assert found.findings == {}, found.output
    assert found.health == "/admin/login/"


@trait(
    "wsvincent/lithium#39, evansd/whitenoise#256",
    "a template names a static file that does not exist",
    "this is found when the plan is tried: with hashed names the page fails",
)
def test_a_static_file_that_is_missing(shop: Shop, tmp_path: Path) -> None:
    shop.append("goods/templates/goods/home.html", '<link rel="icon" href="{% static \'images/favicon.ico\' %}">\n')
    shop.commit()

    found = tried("heroku", shop, tmp_path / "site")

    (finding,) = found.findings.values()
    assert finding.level is Level.WARNING
    assert "images/favicon.ico" in finding.title
    assert found.health is None, "the page that visitors see first fails, so no other one vouches for the site"


@trait(
    "tubearchivist/tubearchivist#192",
    "SECURE_REFERRER_POLICY is no-referrer, with which browsers hide where a form comes from",
    "this is found when the plan is tried: Django refuses every form",
)
def test_forms_that_hide_where_they_come_from(shop: Shop, tmp_path: Path) -> None:
    shop.append("shop/settings.py", 'SECURE_REFERRER_POLICY = "no-referrer"\n')
    shop.commit()

    found = tried("flyio", shop, tmp_path / "site")

    (finding,) = found.findings.values()
    assert finding.level is Level.WARNING
    assert finding.title == "Nobody can log in: Django refuses the login form at /admin/login/."
    assert "null" in finding.why


@trait(
    "nickjj/docker-django-example#68, ietf-tools/bibxml-service#89",
    "the settings insist on variables that do not exist while an image is built",
    "this is found when the plan is tried: made-up values of the same kind stand in for them in the Dockerfile, "
    "and nowhere else",
)
def test_variables_that_a_build_does_not_have(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.append(
        "shop/settings.py",
        'import os\n\nEMAIL_TOKEN = os.environ["EMAIL_TOKEN"]\nROWS = int(os.environ["ROWS"])\n'
        'COLOUR = os.environ.get("COLOUR")\nif not (QUEUE := os.environ.get("QUEUE_ADDRESS", "")).startswith("redis:"):\n'
        '    raise RuntimeError("No queue without QUEUE_ADDRESS.")\n',
    )
    own = {
        "EMAIL_TOKEN": "a-token-of-mine",
        "ROWS": "25",
        "COLOUR": "teal",
        "QUEUE_ADDRESS": "redis://:mine@q.example.com/4",
    }
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    shop.commit()

    chosen = {f"variable_{name}": "here" for name in ("email_token", "rows", "queue_address")}
    on_heroku = tried("heroku", shop, tmp_path / "heroku", **chosen)
    flyio = ("--rehearse", "--platform", "flyio", "--database", "sqlite", "--plan", "--yes", "--no-input")
    refused = shop.deploy(*flyio)
    flags = " ".join(f"--variable-{name} here" for name in ("email-token", "rows", "queue-address"))
    planned = shop.deploy(*flyio, *flags.split())

    assert refused.exit_code == 3, refused.output
    assert "the site does not get it unless you say so: --variable-queue-address here" in refused.output
    assert on_heroku.findings == {}, on_heroku.output
    assert planned.exit_code == 0, planned.output
    stand_in = "EMAIL_TOKEN=build ROWS=1 QUEUE_ADDRESS=redis://build@build.invalid/0 FLY_APP_NAME=build "
    assert f"RUN {stand_in}" in planned.output
    assert "made-up values stand in for EMAIL_TOKEN, ROWS, QUEUE_ADDRESS" in planned.output
    assert "a-token-of-mine" not in planned.output and "q.example.com" not in planned.output


_ASKS_OUTSIDE = """\
from urllib.request import urlopen


def located(get_response):
    def middleware(request):
        request.country = urlopen("https://geo.example.com/lookup").read()
        return get_response(request)

    return middleware
"""


@trait(
    "own",
    "a migration loads data from a file that only one computer had, or was never run on a new database",
    "the plan warns about it before anything is created; if only the stand-in for a database refuses it, the "
    "result is open",
)
@pytest.mark.parametrize("platform", ["local", "heroku"])
def test_a_migration_that_fails_on_a_new_database(shop: Shop, tmp_path: Path, platform: str) -> None:
    shop.write({"goods/migrations/0002_prices.py": _LOADS_PRICES})
    shop.commit()

    found = tried(platform, shop, tmp_path / "site").findings["trial.migration"]

    assert found.level is Level.WARNING
    assert "prices.csv" in found.title
    assert "(goods/migrations/0002_prices.py, line " in found.details[-1]


@trait(
    "own",
    "a migration adds a column that only PostgreSQL has, such as a list, which Django's code for SQLite cannot write",
    "the migration is not blamed: the plan says that the pages could not be tried, and what stands in",
)
def test_a_migration_that_only_sqlite_refuses(shop: Shop, tmp_path: Path) -> None:
    shop.write({"goods/migrations/0002_sizes.py": _ADDS_SIZES})
    shop.commit()

    found = tried("heroku", shop, tmp_path / "site")

    (finding,) = (finding for finding in found.findings.values() if finding.id.startswith("trial."))
    assert (finding.id, finding.level) == ("trial.unknown", Level.INFO), found.output
    assert "SQLite" in finding.why and "postgresql" in finding.why


@trait(
    "own",
    "the first page uses something only PostgreSQL has, such as a function or DISTINCT ON",
    "if the site has PostgreSQL the page is not blamed, and the plan says that it could not be tried; if the "
    "site has SQLite the page is reported as failing",
)
@pytest.mark.parametrize("asked", ['annotate(size=Func("name", function="initcap"))', 'distinct("name")'])
def test_a_page_that_only_sqlite_refuses(shop: Shop, tmp_path: Path, asked: str) -> None:
    head = "from django.db.models import Func\nfrom django.http import HttpResponse\n\nfrom goods.models import Item\n"
    page = f"def home(request):\n    return HttpResponse(len(Item.objects.{asked}))\n"
    shop.write({"goods/views.py": f"{head}\n\n{page}"})
    shop.commit()

    with_postgresql = tried("heroku", shop, tmp_path / "site").findings
    with_sqlite = tried("local", shop, tmp_path / "here").findings

    (finding,) = (finding for finding in with_postgresql.values() if finding.id.startswith("trial."))
    assert (finding.id, finding.level) == ("trial.unknown", Level.INFO)
    assert "the page / fails on SQLite only, which stands in for postgresql" in finding.why
    assert with_sqlite["trial.page"].level is Level.WARNING


@trait(
    "pysnippet/django-forbid#29",
    "a middleware asks an outside service about every visitor",
    "nothing outside is contacted; the plan says that the pages could not be tried, which stops nothing",
)
def test_a_middleware_that_asks_outside(shop: Shop, tmp_path: Path) -> None:
    shop.write({"goods/geo.py": _ASKS_OUTSIDE})
    shop.append("shop/settings.py", 'MIDDLEWARE.append("goods.geo.located")\n')
    shop.commit()

    found = tried("heroku", shop, tmp_path / "site")

    (finding,) = found.findings.values()
    assert (finding.id, finding.level) == ("trial.unknown", Level.INFO)
    assert "geo.example.com" in finding.why


@trait(
    "jumpserver/jumpserver#17337",
    "session and CSRF cookies are bound to a domain that the deployed site does not have",
    "the tool sends the deployed site its login form, and says that nobody can log in",
)
def test_a_deployed_site_that_nobody_can_log_in_to(shop: Shop) -> None:
    shop.append("shop/settings.py", 'CSRF_COOKIE_DOMAIN = ".goods.example.com"\n')
    shop.commit()

    done = shop.deploy("--platform", "local", "--automate-all", "--yes", "--no-input")
    shop.deploy("--platform", "local", "--destroy", "--yes", "--no-input")

    assert done.exit_code == 0, done.output
    assert "Nobody can log in at 127.0.0.1" in done.output, "the trial did not find it"
    assert "Nobody can log in: the form at http://127.0.0.1" in done.output, "the visit did not find it"


@trait(
    "mher/flower#600",
    "the first page only redirects to another one, and the platform accepts nothing but 200 as healthy",
    "Fly.io's health check gets the page that answered when the plan was tried",
)
def test_the_health_check_of_a_first_page_that_leads_on(shop: Shop) -> None:
    shop.write({"shop/urls.py": _LEADS_ON})
    shop.commit()

    planned = shop.deploy("--rehearse", "--platform", "flyio", "--database", "sqlite", "--plan", "--yes", "--no-input")

    assert planned.exit_code == 0, planned.output
    assert 'path = "/catalog/"' in planned.output


@trait(
    "hirokiky/django-basicauth#10, aboutcode-org/scancode.io#922",
    "every page asks for credentials: a site in preparation behind HTTP Basic, or an API that answers 401 to strangers",
    "Fly.io's health check, which accepts nothing but 200, looks at the port alone",
)
def test_a_site_that_answers_no_stranger(shop: Shop) -> None:
    shop.write({"shop/closed.py": CLOSED})
    shop.append("shop/settings.py", 'MIDDLEWARE = ["shop.closed.Closed", *MIDDLEWARE]\n')
    shop.commit()

    planned = shop.deploy("--rehearse", "--platform", "flyio", "--database", "sqlite", "--plan", "--yes", "--no-input")

    assert planned.exit_code == 0, planned.output
    assert "[checks.port]" in planned.output and "http_service.checks" not in planned.output


CLOSED = """\
from django.http import HttpResponse


class Closed:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "HTTP_AUTHORIZATION" in request.META:
            return self.get_response(request)
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Basic"})
"""


@trait(
    "alesandroLang/docker-django#9",
    "the project has neither wsgi.py nor asgi.py",
    "the plan is refused before anything is made, and says what to write; on this computer the site runs without one",
)
def test_a_project_without_an_application(shop: Shop, tmp_path: Path) -> None:
    for name in ("wsgi.py", "asgi.py"):
        (shop.root / "shop" / name).unlink()
    shop.append("shop/settings.py", "del WSGI_APPLICATION\n")
    shop.commit()

    (finding,) = tried("heroku", shop, tmp_path / "site").findings.values()

    assert finding.level is Level.BLOCKER
    assert finding.title == "The project has no module shop.wsgi, which a web server would start it with."
    assert not tried("local", shop, tmp_path / "here").findings


@trait(
    "own",
    "PREPEND_WWW, or a middleware that insists on one name, redirects each page to a host that the site does not have",
    "the plan warns, and names the host: nobody would see a page, and the visit that ends a deployment would fail",
)
def test_a_site_that_insists_on_another_host(shop: Shop, tmp_path: Path) -> None:
    shop.append("shop/settings.py", "PREPEND_WWW = True\n")
    shop.commit()

    (finding,) = tried("heroku", shop, tmp_path / "site").findings.values()

    assert (finding.id, finding.level) == ("trial.elsewhere", Level.WARNING)
    assert " to www." in finding.title and "PREPEND_WWW" in finding.fix


@trait(
    "jpadilla/django-dotenv#53, joke2k/django-environ#284",
    "values in .env contain #, $, %, quotes, umlauts and line breaks",
    "they arrive at the planned site exact to the byte",
)
def test_values_that_shells_would_change(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token, key = "x#y$z%25 \"quoted\" 'twice' Grüße", "-----BEGIN KEY-----\nMIIB\n-----END KEY-----"
    shop.append(
        "shop/settings.py",
        'import os\n\nAPI_TOKEN = os.environ.get("API_TOKEN", "")\nPEM = os.environ.get("PEM", "")\n'
        f"assert API_TOKEN in ({token!r}, ''), ascii(API_TOKEN)\nassert PEM in ({key!r}, ''), ascii(PEM)\n"
        'assert bool(API_TOKEN) == bool(PEM)\nif os.environ.get("DYNO"):\n    assert PEM and API_TOKEN\n',
    )
    shop.commit()

    monkeypatch.setenv("API_TOKEN", token)
    monkeypatch.setenv("PEM", key)
    chosen = {f"variable_{name}": "here" for name in ("api_token", "pem")}
    found = tried("heroku", shop, tmp_path / "site", **chosen)

    assert found.findings == {}, found.output


_READS = """\
import os

from django.http import HttpResponse


def home(request):
    return HttpResponse(f"Python {os.environ['PYTHON_VERSION']} at {os.environ.get('COLOUR', 'no colour')}")
"""


@trait(
    "stevenleeg/geemusic#125",
    "a page needs a variable that the person's shell has, and one platform's image also sets it",
    "the plan is tried with only that platform's variables: the page works on Fly.io and fails on Heroku",
)
@pytest.mark.parametrize(("slug", "works"), [("flyio", True), ("heroku", False)])
def test_a_variable_of_the_shell(slug: str, works: bool, shop: Shop, tmp_path: Path) -> None:
    shop.write({"goods/views.py": _READS})
    shop.commit()

    found = tried(slug, replace(shop, env={**shop.env, "PYTHON_VERSION": "3.13.1"}), tmp_path / "site")

    if works:
        assert found.findings == {}, found.output
        return
    (finding,) = found.findings.values()
    assert finding.id == "trial.page"
    assert "PYTHON_VERSION" in finding.title


@trait(
    "healthchecks/healthchecks#75, wger-project/docker#47",
    "settings contain the site's own address (SITE_ROOT), which is http://localhost:8000 unless somebody sets "
    "it, and one of the project's checks compares it with ALLOWED_HOSTS",
    "each platform's block replaces it by the site's address, also in values made from it; one that a variable "
    "sets stays. The plan is tried at the address that the site will have",
)
@pytest.mark.parametrize("slug", sorted(golden.PLATFORMS))
def test_settings_that_hold_the_address_of_the_site(slug: str, shop: Shop, tmp_path: Path) -> None:
    shop.append("shop/settings.py", SITE_ROOT)
    shop.append("goods/models.py", OWN_CHECK)
    shop.commit()
    found = tried(slug, shop, tmp_path / "site")
    assert not found.report.failures, found.output
    said = "from django.conf import settings; print(settings.SITE_ROOT, settings.PING, settings.SITE_DOMAIN)"
    argv = (sys.executable, "manage.py", "shell", "--no-imports", "-c", said)
    env = {**shop.env, **without_server(dict(found.plan.hosting.site))}
    address = found.plan.hosting.address.rstrip("/")
    printed = process.run(argv, cwd=tmp_path / "site", env=env).output
    assert f"{address} {address}/ping/ {address.partition('://')[2]}" in printed
    told = process.run(argv, cwd=tmp_path / "site", env={**env, "SITE_ROOT": "https://shop.example.com"}).output
    assert "https://shop.example.com https://shop.example.com/ping/" in told


def without_server(variables: dict[str, str]) -> dict[str, str]:
    """*variables* with a database in memory: these tests have no driver of another one."""
    return {
        name: "sqlite://:memory:" if value.startswith(("postgres", "pgsql")) else value
        for name, value in variables.items()
    }


SITE_ROOT = """
import os
SITE_ROOT = os.environ.get("SITE_ROOT", "http://localhost:8000")
PING = SITE_ROOT + "/ping/"
SITE_DOMAIN = "localhost:8000"
"""
OWN_CHECK = """

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, register
from django.http.request import validate_host


@register()
def site_root(**_):
    if validate_host(urlsplit(settings.SITE_ROOT).hostname, [*settings.ALLOWED_HOSTS, *["localhost"] * settings.DEBUG]):
        return []
    return [Error("The host in SITE_ROOT is none of ALLOWED_HOSTS.", id="goods.E001")]
"""


@trait(
    "encode/hostedapi#20, painless-software/painless-continuous-delivery#9",
    "the settings get the version from git, through a program or the files in .git",
    "the plan is tried without a repository, which is how every platform gets the project; the cause is named, "
    "and a way out",
)
@pytest.mark.parametrize("version", ['run(["git", "rev-parse", "HEAD"])', '(BASE_DIR / ".git" / "HEAD").read_text()'])
def test_settings_that_ask_git_for_the_version(version: str, shop: Shop) -> None:
    shop.append("shop/settings.py", f"from subprocess import check_output as run\n\nRELEASE = {version}\n")
    shop.commit()

    planned = shop.deploy("--plan", "--platform", "local", "--yes", "--no-input")

    assert planned.exit_code == 3, planned.output
    assert "asks git for its version" in planned.output
    assert "with the settings of this computer" not in planned.output


@trait(
    "own",
    "the computer's name decides whether the development or production settings are used",
    "a plan for another computer is tried under a different name, so that the needs of production are known",
)
def test_settings_that_go_by_the_name_of_the_computer(shop: Shop, tmp_path: Path) -> None:
    shop.append("shop/settings.py", f"{GOES_BY_NAME}    from .production import *\n")
    shop.write({"shop/production.py": 'import os\n\nWAREHOUSE = os.environ["WAREHOUSE_KEY"]\n'})
    shop.commit()

    assert not tried("local", shop, tmp_path / "here").report.failures
    found = tried("heroku", shop, tmp_path / "there").findings
    assert any("WAREHOUSE_KEY" in finding.title for finding in found.values()), found


GOES_BY_NAME = f"""
import platform, socket

SITE_IP = socket.gethostbyname(socket.gethostname())
if not {socket.gethostname()!r} == socket.gethostname() == platform.node():
"""


@trait(
    "bernardopires/django-tenant-schemas#591, django-commons/django-prometheus#427",
    "the database has an engine from the project or a package, as for tenants and monitoring",
    "the site's database keeps the engine if the platform's is of its kind. A page that fails on SQLite, which "
    "stands in for it when the plan is tried, counts as unknown",
)
def test_a_database_engine_of_ones_own(shop: Shop, tmp_path: Path) -> None:
    shop.write({"shop/tenants/__init__.py": "", "shop/tenants/base.py": TENANTS})
    shop.append("shop/settings.py", 'DATABASES["default"]["ENGINE"] = "shop.tenants"\n')
    shop.write(
        {"goods/views.py": shop.read("goods/views.py").replace("    return", "    connection.tenant()\n    return")}
    )
    shop.append("goods/views.py", "from django.db import connection\n")
    shop.commit()

    found = tried("heroku", shop, tmp_path / "site")

    assert not found.report.failures, found.output
    assert found.report.visit is not None and "shop.tenants" in found.report.visit.unknown
    planned = (tmp_path / "site" / "shop" / "settings.py").read_text(encoding="utf-8")
    assert 'DATABASES["default"]["ENGINE"] = "shop.tenants"\n' in planned.partition("db_url_config")[2]


TENANTS = """\
from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    vendor = "postgresql"  # which the tests have no driver of

    def tenant(self):
        return "public"
"""


@trait(
    "own",
    "the settings read a file in the person's home folder",
    "the trial has an empty home folder, as a platform does, and names the file",
)
def test_settings_that_read_the_home_folder(shop: Shop, tmp_path: Path) -> None:
    home = tmp_path / "robin"
    home.mkdir()
    (home / "shop.ini").write_text("colour = teal", encoding="utf-8")
    shop.append(
        "shop/settings.py",
        'import os\n\nCOLOURS = os.path.expanduser("~/shop.ini")\nif "DYNO" in os.environ:\n'
        "    COLOUR = open(COLOURS).read()\n",
    )
    shop.commit()
    shop = replace(shop, env={**shop.env, "HOME": str(home), "USERPROFILE": str(home)})

    found = tried("heroku", shop, tmp_path / "site")

    assert any("shop.ini" in finding.title + finding.why for finding in found.findings.values()), found.output


@trait(
    "own",
    "the settings insist on PORT, which a platform sets only for the web process",
    "the plan is also tried as the command that migrates, which has no PORT there, and says so",
)
def test_a_variable_that_only_the_web_process_has(shop: Shop, tmp_path: Path) -> None:
    shop.append("shop/settings.py", 'import os\n\nif "DYNO" in os.environ:\n    PORT = int(os.environ["PORT"])\n')
    shop.commit()

    found = tried("heroku", shop, tmp_path / "site")

    (finding,) = found.findings.values()
    assert finding.level is Level.BLOCKER
    assert "PORT" in finding.title
    assert "as the command that prepares a release" in finding.why
    assert found.health == "/"


_ADDS_SIZES = """
from django.db import migrations, models


class Sizes(models.Field):
    def db_type(self, connection):
        return "integer[]"


class Migration(migrations.Migration):
    dependencies = [("goods", "0001_initial")]
    operations = [
        migrations.CreateModel("Shoe", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("shoe", "sizes", Sizes(default=list)),
    ]
"""
_LOADS_PRICES = """
from pathlib import Path

from django.db import migrations


def load(apps, schema_editor):
    (Path(__file__).parents[1] / "prices.csv").read_text()


class Migration(migrations.Migration):
    dependencies = [("goods", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
"""


@trait(
    "own",
    "DATABASES and SECRET_KEY stand in a local_settings.py that git ignores, so that the site has neither",
    "the block gives it both, on this computer too, where it builds on the databases of the settings",
)
@pytest.mark.slow
def test_databases_of_settings_that_are_not_committed(shop: Shop, tmp_path: Path) -> None:
    settings = shop.read("shop/settings.py")
    begin, end = settings.index("DATABASES = {"), settings.index("# Password validation")
    shop.write({"shop/local_settings.py": f"from pathlib import Path\n{BASE}\n{settings[begin:end]}"})
    imported = "try:\n    from shop.local_settings import *\nexcept ImportError:\n    pass\n\n"
    shop.write({"shop/settings.py": settings[:begin] + imported + settings[end:]})
    shop.append(".gitignore", "local_settings.py\n")
    shop.commit()

    found = tried("local", shop, tmp_path / "site")

    assert found.findings == {}, found.output
    assert found.health == "/"


BASE = "BASE_DIR = Path(__file__).resolve().parent.parent"
