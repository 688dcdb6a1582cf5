from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simple_deploy.core import mail
from simple_deploy.core.facts import (
    UNFINISHED,
    CheckMessage,
    Database,
    Declared,
    Dependencies,
    GitChange,
    GitFacts,
    Host,
    Location,
    Misnamed,
    Process,
    Production,
    ProjectFacts,
    Service,
    Settings,
    SettingsProblem,
    VariableUse,
)
from simple_deploy.core.findings import Finding, Level
from simple_deploy.inspection.rules import findings
from simple_deploy.inspection.rules.project import cloud_storage

HOST = Host(system="linux", python="3.12.4", python_executable="python", base_python="python", git="2.43.0")
GIT = GitFacts(head="abcdef1" + "0" * 33, branch="main")
DECLARED = Declared(name="django", text="Django==5.2.1", file="requirements.txt")
NEEDS = Dependencies(manager="requirements", file="requirements.txt", files=("requirements.txt",), declared=(DECLARED,))
SETTINGS = Settings(
    module="mysite.settings",
    file="mysite/settings.py",
    allowed_hosts=("example.com",),
    wsgi_application="mysite.wsgi.application",
    installed_apps=("django.contrib.staticfiles",),
    databases=(Database(alias="default", engine="django.db.backends.sqlite3", name="db.sqlite3"),),
    static_root="static_root",
    email_backend="anymail.backends.mailgun.EmailBackend",
)
PRODUCTION = Production(
    module="mysite.production", file="mysite/production.py", imports=".settings", exists=True, settings=SETTINGS
)
FACTS = ProjectFacts(
    location=Location(root=Path("/home/ada/blog"), settings_module="mysite.settings"),
    name="blog",
    host=HOST,
    django="5.2.1",
    django_python=">=3.10",
    dependencies=NEEDS,
    git=GIT,
    settings=SETTINGS,
)


def found(facts: ProjectFacts = FACTS, *, allow_dirty: bool = False) -> Mapping[str, Finding]:
    every = findings(facts, allow_dirty=allow_dirty)
    by_id = {finding.id: finding for finding in every}
    assert len(by_id) == len(every), "an id stands for one finding"
    return by_id


def with_git(**changes: Any) -> ProjectFacts:
    return replace(FACTS, git=replace(GIT, **changes))


def with_settings(**changes: Any) -> ProjectFacts:
    return replace(FACTS, settings=replace(SETTINGS, **changes))


def with_needs(**changes: Any) -> ProjectFacts:
    return replace(FACTS, dependencies=replace(NEEDS, **changes))


def change(path: str, status: str = ".M", *, ours: bool = False) -> GitChange:
    return GitChange(path=path, status=status, ours=ours)


def test_a_project_in_order_is_just_told_so() -> None:
    assert {finding.level for finding in found().values()} == {Level.OK}


@pytest.mark.parametrize(
    ("manager", "way"),
    [
        ("requirements", "remove these lines from requirements.txt yourself: celery, kombu"),
        (
            "poetry",
            "move them to the development packages: poetry remove celery kombu && poetry add --group dev celery kombu",
        ),
        ("uv", "move them to the development packages: uv remove celery kombu && uv add --dev celery kombu"),
    ],
)
def test_what_only_the_tool_needs_can_go_as_its_manager_does_it(manager: str, way: str) -> None:
    fix = found(with_needs(manager=manager, tool_only=("celery", "kombu")))["dependencies.tool-only"].fix
    assert fix == f"Choose “Take packages out” before you plan (--remove-unneeded), or {way}"


def test_what_is_missing_is_added_as_its_manager_does_it() -> None:
    assert (
        found(with_needs(manager="pdm", undeclared=("pillow",)))["dependencies.undeclared"].fix == "Run: pdm add pillow"
    )


PROBLEMS: list[tuple[str, Level, str | None, ProjectFacts]] = [
    ("git.missing", Level.BLOCKER, None, replace(FACTS, git=None, host=replace(HOST, git=""))),
    ("git.too-old", Level.BLOCKER, None, replace(FACTS, git=None, host=replace(HOST, git="1.8.3"), git_problem="old")),
    ("git.unreadable", Level.BLOCKER, None, replace(FACTS, git=None, git_problem="detected dubious ownership")),
    ("git.no-repository", Level.BLOCKER, "create-repository", replace(FACTS, git=None)),
    ("git.no-repository", Level.BLOCKER, "create-repository", replace(FACTS, git=None, outer_repository="/home/ada")),
    ("git.no-commit", Level.BLOCKER, "first-commit", with_git(head=None)),
    ("git.no-identity", Level.BLOCKER, "git-identity", with_git(identity=False)),
    ("git.uncommitted", Level.BLOCKER, None, with_git(changes=(change("blog/views.py"),))),
    ("git.uncommitted", Level.BLOCKER, None, with_git(changes=(change("blog/new.py", "??"),))),
    ("git.conflicts", Level.BLOCKER, None, with_git(changes=(change("blog/views.py", "UU"),), in_progress="merge")),
    ("git.in-progress", Level.BLOCKER, None, with_git(in_progress="rebase")),
    ("git.staged-secret", Level.BLOCKER, None, with_git(sensitive=(".env",), changes=(change(".env", "A."),))),
    ("git.tracked-secret", Level.WARNING, None, with_git(sensitive=(".env",))),
    ("git.tracked-database", Level.WARNING, "untrack", with_git(databases=("db.sqlite3",))),
    ("git.environment", Level.WARNING, "untrack", with_git(environments=("venv",))),
    ("git.compiled", Level.WARNING, "untrack", with_git(compiled=("blog/__pycache__",))),
    ("git.detached", Level.WARNING, None, with_git(branch=None)),
    (
        "settings.sites",
        Level.INFO,
        None,
        with_settings(installed_apps=("django.contrib.staticfiles", "django.contrib.sites")),
    ),
    (
        "project.misnamed",
        Level.WARNING,
        "spell-names",
        with_settings(misnamed=(Misnamed(name="A.html", file="a.html", by="blog/views.py"),)),
    ),
    ("settings.storages", Level.WARNING, None, with_settings(defined=frozenset({"DEFAULT_FILE_STORAGE"}))),
    ("git.line-ends", Level.WARNING, "linux-line-ends", with_git(windows_scripts=("entrypoint.sh",))),
    ("git.not-ignored", Level.WARNING, None, with_git(changes=(change(".env", "??"), change("db.sqlite3", "??")))),
    ("project.no-manage-py", Level.INFO, None, replace(FACTS, location=replace(FACTS.location, script="admin.py"))),
    ("project.no-manage-py", Level.INFO, None, replace(FACTS, location=replace(FACTS.location, script=""))),
    ("project.not-writable", Level.BLOCKER, None, replace(FACTS, unwritable=("/home/ada/blog",))),
    ("python.too-old-for-django", Level.BLOCKER, None, replace(FACTS, python_wanted="3.9")),
    ("python.differs", Level.WARNING, None, replace(FACTS, python_wanted="3.13")),
    ("django.too-old", Level.BLOCKER, None, replace(FACTS, django="4.2.16")),
    ("django.too-old", Level.BLOCKER, None, replace(FACTS, django_declared="4.1.13")),
    ("django.differs", Level.WARNING, None, replace(FACTS, django_declared="4.2")),
    ("dependencies.none", Level.BLOCKER, "write-requirements", with_needs(manager="none", file=None, declared=())),
    ("dependencies.unsupported", Level.BLOCKER, None, with_needs(manager="conda", file="environment.yml", declared=())),
    ("dependencies.no-lock", Level.INFO, None, with_needs(manager="uv", file="pyproject.toml")),
    (
        "dependencies.lock-differs",
        Level.WARNING,
        None,
        with_needs(manager="poetry", file="pyproject.toml", lock="poetry.lock", lock_state="stale"),
    ),
    ("dependencies.unreadable", Level.BLOCKER, None, with_needs(problems=("requirements.txt, line 3: …",))),
    ("dependencies.undeclared", Level.WARNING, None, with_needs(undeclared=("pillow",))),
    (
        "dependencies.in-a-group",
        Level.WARNING,
        None,
        with_needs(
            undeclared=("pillow",),
            grouped=(Declared(name="pillow", text="pillow", file="pyproject.toml", group="dev"),),
        ),
    ),
    ("dependencies.tool-only", Level.WARNING, None, with_needs(tool_only=("celery", "kombu"))),
    ("dependencies.builds-itself", Level.WARNING, "no-package", with_needs(builds_itself=True)),
    (
        "dependencies.libraries",
        Level.WARNING,
        None,
        with_needs(declared=(Declared(name="weasyprint", text="weasyprint", file="requirements.txt"),)),
    ),
    ("dependencies.outside", Level.WARNING, None, with_needs(outside=("r.txt, line 1: blog @ file:///srv/blog",))),
    (
        "dependencies.one-system",
        Level.WARNING,
        "portable-requirements",
        with_needs(declared=(DECLARED, Declared(name="pyobjc-core", text="pyobjc-core==11", file="r.txt", line=2))),
    ),
    ("dependencies.several", Level.INFO, None, with_needs(others=("uv",))),
    ("settings.production", Level.INFO, None, replace(FACTS, production=PRODUCTION)),
    (
        "settings.production-not-loaded",
        Level.WARNING,
        None,
        replace(FACTS, production=replace(PRODUCTION, settings=None, problem=SettingsProblem(kind="E", message="x"))),
    ),
    ("settings.outside", Level.BLOCKER, None, with_settings(file=None)),
    ("settings.debug", Level.INFO, None, with_settings(debug=True)),
    ("settings.secret-key", Level.INFO, None, with_settings(secret_key_in_source=True)),
    ("settings.secrets", Level.WARNING, None, with_settings(secrets_in_source=("EMAIL_HOST_PASSWORD",))),
    ("settings.allowed-hosts", Level.WARNING, None, with_settings(allowed_hosts=("*",))),
    ("settings.allowed-hosts", Level.INFO, None, with_settings(allowed_hosts=())),
    ("settings.mail-here", Level.WARNING, None, with_settings(email_backend=mail.SMTP, mail_here=True)),
    ("settings.no-application", Level.WARNING, None, with_settings(wsgi_application=None)),
    (
        "settings.databases",
        Level.WARNING,
        None,
        with_settings(databases=(Database(alias="default", engine="x"), Database(alias="users", engine="x"))),
    ),
    ("settings.debug-text", Level.WARNING, None, with_settings(debug_text="False")),
    ("settings.script-name", Level.WARNING, None, with_settings(script_name="/shop")),
    ("settings.nowhere", Level.WARNING, None, with_settings(nowhere=("STORAGES: storages.backends.s3.S3Storage",))),
    (
        "settings.application-missing",
        Level.BLOCKER,
        None,
        with_settings(nowhere=("WSGI_APPLICATION: shop.wsgi.application",)),
    ),
    (
        "settings.in-one-process",
        Level.WARNING,
        None,
        with_settings(in_one_process=("SESSION_ENGINE", "CHANNEL_LAYERS")),
    ),
    ("settings.debug-only", Level.INFO, None, with_settings(debug_only=("debug_toolbar",))),
    (
        "settings.debug-decides",
        Level.WARNING,
        None,
        with_settings(debug_decides=("SECURE_SSL_REDIRECT", "DJANGO_VITE")),
    ),
    ("settings.not-a-module", Level.BLOCKER, None, with_settings(made_by="the class Dev")),
    ("settings.command-migrate", Level.DEPLOY_BLOCKER, None, with_settings(untaken=("migrate --noinput",))),
    ("settings.vite-manifest", Level.WARNING, None, with_settings(vite_manifests=(".vite/manifest.json",))),
    ("settings.threads", Level.WARNING, None, with_settings(threads=("goods/apps.py, line 8",))),
    ("settings.asks-database", Level.WARNING, None, with_settings(asks_database=("shop/forms.py, line 4",))),
    (
        "settings.unknown",
        Level.INFO,
        None,
        with_settings(checks=(CheckMessage(id="probe.unknown", level="info", text="DEBUG: ValueError: no"),)),
    ),
    ("settings.model-changes", Level.WARNING, None, with_settings(unapplied_model_changes=("blog",))),
    (
        "settings.model-changes",
        Level.WARNING,
        "make-migrations",
        with_settings(
            unapplied_model_changes=("blog",),
            new_migrations=(("blog/migrations/0001_initial.py", "operations = []\n"),),
        ),
    ),
    ("settings.pending-migrations", Level.WARNING, None, with_settings(pending_migrations=2, has_data=True)),
    ("settings.no-database", Level.INFO, None, with_settings(databases=())),
    ("settings.database", Level.INFO, None, with_settings(has_data=True)),
    ("settings.no-staticfiles", Level.INFO, None, with_settings(installed_apps=())),
    ("settings.static-root", Level.INFO, None, with_settings(static_root=None)),
    ("settings.no-media-root", Level.WARNING, None, with_settings(file_fields=("blog.Post.image",))),
    (
        "settings.upload-defaults",
        Level.WARNING,
        None,
        with_settings(
            file_fields=("blog.Post.image",), file_defaults=("blog.Post.image: none.png",), media_root="media"
        ),
    ),
    ("settings.media", Level.INFO, None, with_settings(file_fields=("blog.Post.image",), media_root="media")),
    (
        "settings.email",
        Level.INFO,
        None,
        with_settings(email_backend="django.core.mail.backends.console.EmailBackend"),
    ),
    ("settings.email", Level.INFO, None, with_settings(email_backend="django.core.mail.backends.smtp.EmailBackend")),
    (
        "settings.cache",
        Level.INFO,
        None,
        with_settings(cache_backend="django.core.cache.backends.redis.RedisCache"),
    ),
    (
        "settings.processes",
        Level.INFO,
        None,
        with_settings(processes=(Process(name="qcluster", title="Django Q", kind="worker"),)),
    ),
    (
        "settings.services-here",
        Level.WARNING,
        None,
        with_settings(services=(Service(setting="CACHES", kind="redis", local=True),)),
    ),
    ("settings.websockets", Level.INFO, None, with_settings(websockets=True)),
    (
        "settings.check-errors",
        Level.BLOCKER,
        None,
        with_settings(checks=(CheckMessage(id="fields.E300", level="error", text="No model."),)),
    ),
    (
        "settings.check-warnings",
        Level.WARNING,
        None,
        with_settings(checks=(CheckMessage(id="models.W042", level="warning", text="No key.", hint="Set one."),)),
    ),
    (
        "settings.unfinished",
        Level.WARNING,
        None,
        with_settings(checks=(CheckMessage(id=UNFINISHED, level="warning", text="It took longer than 30 seconds."),)),
    ),
    (
        "settings.not-importable",
        Level.BLOCKER,
        None,
        replace(FACTS, settings=None, settings_problem=SettingsProblem(kind="NameError", message="x")),
    ),
]


@pytest.mark.parametrize(("name", "level", "fix", "facts"), PROBLEMS, ids=[entry[0] for entry in PROBLEMS])
def test_each_problem_is_a_finding(name: str, level: Level, fix: str | None, facts: ProjectFacts) -> None:
    finding = found(facts)[name]
    assert (finding.level, finding.fix_name) == (level, fix)
    assert finding.title
    assert finding.why or level is Level.INFO
    if level in (Level.BLOCKER, Level.WARNING):
        assert finding.fix, "whoever is stopped is told what to do"


@pytest.mark.parametrize("facts", [entry[3] for entry in PROBLEMS], ids=[entry[0] for entry in PROBLEMS])
def test_blockers_come_first(facts: ProjectFacts) -> None:
    order = [Level.BLOCKER, Level.DEPLOY_BLOCKER, Level.WARNING, Level.INFO, Level.OK]
    weights = [order.index(finding.level) for finding in findings(facts)]
    assert weights == sorted(weights)


def test_a_look_that_was_not_finished_is_no_warning_of_django() -> None:
    message = CheckMessage(id=UNFINISHED, level="warning", text="It took longer than 30 seconds.")
    assert "settings.check-warnings" not in found(with_settings(checks=(message,)))


def test_the_variable_that_names_a_server_is_named_where_the_settings_read_one() -> None:
    service = Service(setting="CELERY_BROKER_URL", kind="redis", local=True)
    read = (
        VariableUse(name="BROKER", sets=("CELERY_BROKER_URL",)),
        VariableUse(name="KEY_PREFIX", sets=("CELERY_BROKER_URL",)),
    )
    fix = found(with_settings(services=(service,), variable_uses=read))["settings.services-here"].fix
    assert "from BROKER: give the site that variable" in fix
    assert "for example REDIS_URL" in found(with_settings(services=(service,)))["settings.services-here"].fix


def test_a_package_of_a_group_is_not_said_to_be_declared_nowhere() -> None:
    grouped = (Declared(name="debug-toolbar", text="debug-toolbar", file="pyproject.toml", group="dev"),)
    names = found(with_needs(undeclared=("debug-toolbar", "pillow"), grouped=grouped))
    assert names["dependencies.in-a-group"].details == ("debug-toolbar",)
    assert names["dependencies.undeclared"].details == ("pillow",)


@pytest.mark.parametrize(("name", "in_memory"), [(":memory:", True), ("file::memory:", True), ("db.sqlite3", False)])
def test_a_database_in_memory_is_no_file(name: str, in_memory: bool) -> None:
    database = Database(alias="default", engine="django.db.backends.sqlite3", name=name)
    assert ("in memory" in found(with_settings(databases=(database,)))["settings.database"].title) is in_memory


def test_uncommitted_work_that_is_allowed_does_not_stop_anyone() -> None:
    facts = with_git(changes=(change("blog/views.py"),))
    assert found(facts, allow_dirty=True)["git.uncommitted"].level is Level.INFO


def test_adding_the_tool_is_not_uncommitted_work() -> None:
    names = found(with_git(changes=(change("mysite/settings.py", ours=True),)))
    assert "git.uncommitted" not in names
    assert names["git.only-ours"].level is Level.OK


def test_own_work_beside_adding_the_tool_still_counts() -> None:
    facts = with_git(changes=(change("mysite/settings.py", ours=True), change("blog/views.py")))
    assert found(facts)["git.uncommitted"].details == ("blog/views.py",)


def test_an_environment_inside_the_project_is_not_taken_for_work() -> None:
    facts = replace(with_git(changes=(change("myenv/", "??"),)), environments=("myenv",))
    assert "git.uncommitted" not in found(facts)
    assert "myenv/" in found(facts)["git.not-ignored"].fix


def test_long_lists_are_cut() -> None:
    finding = found(with_git(changes=tuple(change(f"blog/{number}.py") for number in range(30))))["git.uncommitted"]
    assert finding.details[-1] == "and 18 more"
    assert finding.title.startswith("30 files")


def test_a_folder_of_another_user_can_be_declared_safe() -> None:
    facts = replace(FACTS, git=None, git_problem="detected dubious ownership in repository at '/home/ada/blog'")
    assert "git config --global --add safe.directory /home/ada/blog" in found(facts)["git.unreadable"].fix


@pytest.mark.parametrize(
    ("system", "command"), [("linux", "apt install git"), ("darwin", "xcode-select"), ("windows", "winget install")]
)
def test_how_to_install_git_depends_on_the_system(system: Any, command: str) -> None:
    facts = replace(FACTS, git=None, host=replace(HOST, git="", system=system))
    assert command in found(facts)["git.missing"].fix


@pytest.mark.parametrize(
    ("problem", "title", "fix"),
    [
        (
            SettingsProblem(kind="SyntaxError", message="invalid syntax", file="mysite/settings.py", line=7),
            "SyntaxError: invalid syntax (mysite/settings.py, line 7)",
            "python manage.py check",
        ),
        (
            SettingsProblem(kind="ModuleNotFoundError", message="No module named 'environ'", missing="environ"),
            "No module named 'environ'",
            "python -m pip install django-environ",
        ),
        (
            SettingsProblem(kind="KeyError", message="'DB_PASSWORD'", unset="DB_PASSWORD"),
            "KeyError",
            "The environment variable DB_PASSWORD has no value here.",
        ),
        (
            SettingsProblem(kind="KeyError", message="'DB_PASSWORD'", unset="DB_PASSWORD", template=".env.example"),
            "KeyError",
            "(.env.example lists what belongs in it)",
        ),
        (
            SettingsProblem(kind="ImproperlyConfigured", message="The SECRET_KEY setting must not be empty."),
            "must not be empty",
            "python manage.py check",
        ),
        (
            SettingsProblem(kind="TimedOut", message="loading the settings took longer than 30 seconds"),
            "longer than 30 seconds",
            "wait for",
        ),
    ],
)
def test_settings_that_cannot_be_loaded_say_why_and_what_to_do(problem: SettingsProblem, title: str, fix: str) -> None:
    finding = found(replace(FACTS, settings=None, settings_problem=problem))["settings.not-importable"]
    assert title in finding.title
    assert fix in finding.fix


def test_without_a_settings_module_the_variable_is_named() -> None:
    facts = replace(
        FACTS,
        location=Location(root=FACTS.location.root),
        settings=None,
        settings_problem=SettingsProblem(kind="ImproperlyConfigured", message="settings are not configured"),
    )
    assert "DJANGO_SETTINGS_MODULE" in found(facts)["settings.not-importable"].fix


def test_a_manager_that_cannot_be_deployed_from_is_told_how_to_export() -> None:
    facts = with_needs(manager="conda", file="environment.yml")
    assert "pip list" in found(facts)["dependencies.unsupported"].fix


@pytest.mark.parametrize("manager", ["uv", "poetry", "pipenv", "pdm", "hatch", "pep621"])
def test_a_manager_with_a_lock_that_fits_stands_in_no_way(manager: str) -> None:
    facts = with_needs(manager=manager, file="pyproject.toml", lock="some.lock", lock_state="fresh")
    assert [finding.id for finding in found(facts).values() if finding.id.startswith("dependencies.")] == [
        "dependencies.found"
    ]


def test_nothing_is_said_about_what_is_not_known() -> None:
    unknown = ("allowed_hosts", "databases", "static_root", "wsgi_application", "media_root")
    facts = with_settings(
        allowed_hosts=(),
        databases=(),
        static_root=None,
        wsgi_application=None,
        file_fields=("blog.Post.image",),
        unknown=unknown,
    )
    said = {finding.id for finding in findings(facts)}

    silent = {"allowed-hosts", "no-database", "database", "static-root", "no-application", "no-media-root"}
    assert said.isdisjoint({f"settings.{name}" for name in silent})


def test_whoever_asks_for_a_newer_django_already_is_told_to_install_it() -> None:
    asked = with_needs(declared=(Declared(name="django", text="Django~=5.2.0", file="requirements.txt", line=1),))
    finding = found(replace(asked, django="4.1", django_declared="5.2"))["django.too-old"]
    assert finding.fix == "Install the newer one: python -m pip install -r requirements.txt"
    assert finding.fix_name is None


def test_a_package_that_an_app_imports_and_that_is_not_installed_is_named() -> None:
    text = "ModuleNotFoundError: No module named 'bs4' (blog/tasks.py, line 8)"
    failing = with_settings(checks=(CheckMessage(id="probe.checks", level="error", text=text),))
    assert "python -m pip install beautifulsoup4" in found(failing)["settings.check-errors"].fix
    locked = replace(failing, dependencies=replace(NEEDS, manager="uv"))
    assert found(locked)["settings.check-errors"].fix.endswith("Run: uv add beautifulsoup4")
    listed = (Declared(name="beautifulsoup4", text="beautifulsoup4", file="pyproject.toml"),)
    known = replace(failing, dependencies=replace(NEEDS, manager="uv", declared=listed))
    assert found(known)["settings.check-errors"].fix.endswith("lists beautifulsoup4. Run: uv sync --inexact")


@pytest.mark.parametrize(
    "text",
    [
        "OperationalError: (2002, \"Can't connect to local server through socket '/run/mysqld/mysqld.sock' (2)\")",
        "OperationalError: (2005, \"Unknown server host 'db' (-2)\")",
        'OperationalError: connection to server at "localhost" (::1), port 5432 failed: Connection refused',
    ],
)
def test_a_database_that_does_not_answer_a_check_has_to_be_started(text: str) -> None:
    failing = with_settings(checks=(CheckMessage(id="probe.checks", level="error", text=text),))

    assert "Start it, with `docker compose up`" in found(failing)["settings.check-errors"].fix


@pytest.mark.parametrize("text", ["Django>5", "django>=6.0.4"])
def test_a_lock_is_followed_by_its_manager_and_the_tool_stays_installed(text: str) -> None:
    locked = with_needs(
        manager="uv",
        file="pyproject.toml",
        lock="uv.lock",
        declared=(Declared(name="django", text=text, file="pyproject.toml"),),
    )
    finding = found(replace(locked, django="6.1.3", django_declared="6.0.4"))["django.differs"]
    assert finding.title == "uv.lock asks for Django 6.0.4; here the project runs on Django 6.1.3."
    assert "run: uv sync --inexact" in finding.fix, "without that, uv takes out what no list names"
    assert "run: uv add 'django==6.1.3'" in finding.fix


def test_a_project_that_fails_on_another_django_than_its_own_is_told_to_install_that() -> None:
    failing = with_settings(
        checks=(CheckMessage(id="probe.checks", level="error", text="ImportError: cannot import name"),)
    )
    assert found(failing)["settings.check-errors"].fix.startswith("Fix what is listed here")

    locked = replace(
        failing, dependencies=replace(NEEDS, manager="uv", lock="uv.lock"), django="6.1.3", django_declared="6.0.4"
    )
    finding = found(locked)["settings.check-errors"]
    assert finding.fix == (
        "It asks for Django 6.0.4 but runs on 6.1.3 here. Install the version it asks for, and check again: uv sync --inexact"
    )


@pytest.mark.parametrize(
    ("folder", "service"),
    [
        (r"C:\Users\Zoë\OneDrive\Documents\blog", "OneDrive"),
        (r"C:\Users\Zoë\OneDrive - Town School\blog", "OneDrive"),
        (r"D:\Dropbox\blog", "Dropbox"),
        ("/Users/ada/Dropbox (Personal)/blog", "Dropbox"),
        ("/Users/ada/Library/CloudStorage/OneDrive-Personal/blog", "OneDrive"),
        ("/Users/ada/Library/Mobile Documents/com~apple~CloudDocs/blog", "iCloud"),
        ("/Users/ada/Library/CloudStorage/GoogleDrive-ada@example.com/My Drive/blog", "Google Drive"),
        ("/home/ada/onedrive-client", ""),
        ("/home/ada/blog", ""),
    ],
)
def test_a_folder_of_a_cloud_storage_is_told_of(folder: str, service: str) -> None:
    facts = replace(FACTS, location=Location(root=Path(folder), settings_module="mysite.settings"))

    assert cloud_storage(folder) == service
    known = found(facts).get("project.cloud-storage")
    assert (known.title.split()[0] if known else "") == service.split(" ")[0]
