from __future__ import annotations

from pathlib import Path

from simple_deploy.core.facts import Corrections, Location, Settings
from simple_deploy.core.findings import Finding, Level
from simple_deploy.inspection import candidates, corrections, tree
from simple_deploy.inspection.rules import choices
from simple_deploy.testkit.facts import make_facts
from tests.support.repository import write

MANAGE = 'import os, django\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n'
BASE = "INSTALLED_APPS = []\n"


def modules(root: Path, files: dict[str, str | bytes], settings: Settings | None, project_dir: str = "") -> list[str]:
    write(root, files)
    location = Location(root=root, project_dir=project_dir)
    return [*candidates.settings_modules(location, settings, tree.walk(root).python)]


def test_settings_in_a_package_are_found(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "config/settings/__init__.py": "",
        "config/settings/base.py": BASE,
        "config/settings/local.py": "from .base import *  # noqa\n",
        "config/settings/helpers.py": "def env(): ...\n",
        "config/urls.py": "from django.urls import path\n",
    }
    settings = Settings(module="config.settings.local", file="config/settings/local.py")
    assert modules(tmp_path, files, settings) == ["config.settings.base", "config.settings.local"]


def test_settings_beside_settings_are_found_by_what_they_take_over(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "mysite/settings.py": BASE,
        "mysite/live.py": "from mysite.settings import *\n",
        "mysite/settings_test.py": "from .settings import *\n",
        "mysite/urls.py": "DEBUG = 1\n",
        "other/settings.py": "# nothing of Django\n",
        "mysite/settings.example.py": BASE,  # to be copied: no import statement reaches it
    }
    settings = Settings(module="mysite.settings", file="mysite/settings.py")
    assert modules(tmp_path, files, settings) == ["mysite.live", "mysite.settings", "mysite.settings_test"]


def test_a_module_beside_the_settings_that_takes_everything_of_something_else_is_no_settings(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "mysite/settings.py": BASE,
        "mysite/admin_site.py": "from django.contrib.admin import *\nfrom accounts.admin import *\n",
        "mysite/tests.py": "from mysite.utils import *\n",
        "mysite/staging.py": "from .live import *\n",
        "mysite/live.py": "from .settings import *\n",
    }
    settings = Settings(module="mysite.settings", file="mysite/settings.py")
    assert modules(tmp_path, files, settings) == ["mysite.live", "mysite.settings", "mysite.staging"]


def test_a_folder_with_a_dash_is_named_as_django_names_it(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "my-site/settings/base.py": BASE,
        "my-site/settings/production.py": "from .base import *\n",
        "-x/settings/base.py": BASE,
        "a b/settings.py": BASE,
    }
    settings = Settings(module="my-site.settings.base", file="my-site/settings/base.py")
    assert modules(tmp_path, files, settings) == ["my-site.settings.base", "my-site.settings.production"]


def test_names_start_where_imports_start(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"src/mysite/settings.py": BASE, "src/mysite/settings_live.py": BASE}
    settings = Settings(module="mysite.settings", file="src/mysite/settings.py")
    assert modules(tmp_path, files, settings) == ["mysite.settings", "mysite.settings_live"]
    assert modules(tmp_path, {}, None, "src") == ["mysite.settings", "mysite.settings_live"]


def test_projects_are_told_from_other_programs_of_that_name(tmp_path: Path) -> None:
    write(tmp_path, {"manage.py": MANAGE, "shop/manage.py": MANAGE, "tools/manage.py": "print('no')\n"})
    assert candidates.projects(tmp_path, tree.walk(tmp_path).python) == (".", "shop")


def said(location: Location, **facts: object) -> dict[str, Finding]:
    return {finding.id: finding for finding in choices.findings(make_facts(location=location, **facts))}


HERE = Path("project")


def test_a_chosen_project_is_said_and_a_started_other_one_is_a_warning() -> None:
    chosen = Corrections(project_dir="shop")
    location = Location(root=HERE, project_dir="shop", corrections=chosen, guess=Corrections(project_dir="shop"))
    assert said(location)["project.chosen"].level is Level.INFO
    location = Location(root=HERE, project_dir="shop", corrections=chosen, guess=Corrections(project_dir="."))
    finding = said(location)["project.chosen"]
    assert finding.level is Level.WARNING
    assert "This was started in the git root." in finding.title
    assert "--project-dir auto" in finding.fix


def test_a_chosen_project_that_is_gone_is_a_warning() -> None:
    location = Location(root=HERE, project_dir="api", corrections=Corrections(project_dir="shop"))
    assert "the project in api" in said(location)["project.choice-gone"].why


def test_other_projects_are_named_with_the_flag() -> None:
    location = Location(root=HERE, settings_module="mysite.settings")
    assert "--project-dir shop" in said(location, projects=(".", "shop"))["project.others"].fix


def test_settings_that_manage_py_insists_on_are_said() -> None:
    location = Location(root=HERE, corrections=Corrections(settings_module="mysite.live"))
    finding = said(location)["settings.choice-not-used"]
    assert finding.fix.endswith('os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")')


def test_a_manager_without_files_is_said() -> None:
    location = Location(root=HERE, corrections=Corrections(manager="uv"))
    finding = said(location)["dependencies.choice-gone"]
    assert "--manager requirements" in finding.fix
    assert said(Location(root=HERE, corrections=Corrections(manager="requirements"))) == {}


def test_what_may_be_put_right_is_asked_only_where_there_is_something_else() -> None:
    facts = make_facts()
    assert corrections.options(facts) == ()
    facts = make_facts(
        location=Location(root=HERE, settings_module="a.b", corrections=Corrections(settings_module="a.b")),
        projects=(".", "shop"),
        settings_modules=("a.b", "a.c"),
    )
    project, module = corrections.options(facts)
    assert [choice.value for choice in project.choices] == ["auto", ".", "shop"]
    assert ([choice.value for choice in module.choices], module.default) == (["auto", "a.b", "a.c"], "a.b")
