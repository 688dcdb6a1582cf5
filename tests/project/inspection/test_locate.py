from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from simple_deploy.core.errors import NoProject, ToolMissing
from simple_deploy.core.facts import Corrections, Location
from simple_deploy.core.interfaces import Completed
from simple_deploy.inspection.locate import locate, settings_in_manage_py
from simple_deploy.system.process import run
from tests.project.inspection.conftest import Make
from tests.support.repository import git, repository, write

MANAGE = 'import os, django\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n'


def find(start: Path, **options: Any) -> Location:
    return locate(start=start, runner=run, environ=options.pop("environ", {}), **options)


def test_a_flat_project_lies_at_the_top_of_its_repository(make: Make) -> None:
    root = repository(make("flat"), {})
    assert find(root) == Location(root=root.resolve(), settings_module="mysite.settings")
    assert find(root).layout == "flat"


def test_a_nested_project_lies_below_it(make: Make) -> None:
    root = repository(make("nested"), {})
    location = find(root / "mysite")
    assert location == Location(root=root.resolve(), project_dir="mysite", settings_module="mysite.settings")
    assert location.layout == "nested"
    assert find(root) == location, "found from above"
    assert find(root / "mysite" / "mysite") == location, "found from below"


def test_the_file_the_command_was_started_with_counts_first(make: Make, tmp_path: Path) -> None:
    root = repository(make("nested"), {"other/manage.py": MANAGE})
    assert find(tmp_path, manage_py=root / "other" / "manage.py").project_dir == "other"
    assert find(root / "other", manage_py=Path("manage.py")).project_dir == "other"
    assert find(root / "mysite", manage_py=Path(sys.executable)).project_dir == "mysite"


def test_a_worktree_is_a_repository_of_its_own(make: Make, tmp_path: Path) -> None:
    root = repository(make("nested"), {})
    git(root, "worktree", "add", "--quiet", "-b", "second", str(tmp_path / "second tree"))
    location = find(tmp_path / "second tree" / "mysite")
    assert (location.root, location.project_dir) == ((tmp_path / "second tree").resolve(), "mysite")


@pytest.mark.skipif(sys.platform == "win32", reason="making symbolic links needs a privilege on Windows")
def test_a_link_to_the_project_leads_to_where_it_is(make: Make, tmp_path: Path) -> None:
    root = repository(make("nested"), {})
    (tmp_path / "link").symlink_to(root / "mysite")
    assert find(tmp_path / "link").root == root.resolve()


def test_without_a_repository_the_folder_of_manage_py_is_the_root(make: Make) -> None:
    root = make("nested")
    assert find(root) == Location(root=(root / "mysite").resolve(), settings_module="mysite.settings")


def test_a_dependency_file_above_shows_where_the_repository_would_be(make: Make) -> None:
    root = write(make("nested"), {"requirements.txt": "django\n"})
    assert (find(root).root, find(root).project_dir) == (root.resolve(), "mysite")
    write(root, {"second/manage.py": MANAGE})
    assert find(root / "mysite").root == (root / "mysite").resolve(), "with two projects it belongs to neither"


def test_a_repository_in_the_home_folder_is_not_the_projects(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    home = repository(make("nested"), {})
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    assert find(home / "mysite").root == (home / "mysite").resolve()


def test_a_repository_that_ignores_the_project_is_not_the_projects(make: Make) -> None:
    root = repository(make("nested"), {".gitignore": "/mysite/\n"})
    assert find(root / "mysite").root == (root / "mysite").resolve()


def test_git_may_be_missing(make: Make) -> None:
    def missing(argv: Sequence[str], **_: object) -> Completed:
        raise ToolMissing("no git")

    root = repository(make("nested"), {})
    assert locate(start=root / "mysite", runner=missing, environ={}).root == root.resolve()


def test_variables_of_a_git_hook_do_not_lead_astray(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(make("flat"), {})
    other = tmp_path / "other"
    other.mkdir()
    repository(other, {})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert find(root).root == root.resolve()


RUNS = f"from django.core.management import execute_from_command_line\n{MANAGE}execute_from_command_line(sys.argv)\n"


@pytest.mark.parametrize("script", ["admin.py", "run_django.py", "site"])
def test_a_script_that_does_what_manage_py_does_counts_as_one(tmp_path: Path, script: str) -> None:
    write(
        tmp_path, {f"web/{script}": RUNS, "web/tests.py": RUNS, "tests/runtests.py": RUNS, "other.py": "import django"}
    )
    for start in (tmp_path, tmp_path / "web"):
        location = find(start)
        assert (location.folder, location.script) == ((tmp_path / "web").resolve(), script)
        assert location.settings_module == "mysite.settings"
    assert find(tmp_path, given=Corrections(project_dir="web")).script == script


def test_of_several_scripts_the_one_that_was_started_counts(tmp_path: Path) -> None:
    live = RUNS.replace("mysite.settings", "mysite.live")
    write(tmp_path, {"site/run.py": RUNS, "site/run_live.py": live, "editor/helper.py": live})
    assert find(tmp_path / "site").script == "run.py"
    location = find(tmp_path / "site", manage_py=Path("run_live.py"))
    assert (location.script, location.settings_module) == ("run_live.py", "mysite.live")
    assert find(tmp_path / "site", manage_py=tmp_path / "editor" / "helper.py").script == "run.py", "an editor's own"
    write(tmp_path, {"site/manage.py": RUNS})
    assert find(tmp_path / "site", manage_py=Path("run_live.py")).script == "manage.py", "which platforms run"


def test_a_manage_py_that_hands_over_has_the_settings_of_the_other_script(tmp_path: Path) -> None:
    write(tmp_path, {"manage.py": "# Django\nimport runpy\nrunpy.run_path('admin.py')\n", "admin.py": RUNS})
    assert (find(tmp_path).script, find(tmp_path).settings_module) == ("manage.py", "mysite.settings")


@pytest.mark.parametrize("settings", ["mysite/settings.py", "mysite/settings/__init__.py"])
def test_without_a_script_the_settings_say_where_the_project_is(tmp_path: Path, settings: str) -> None:
    write(tmp_path, {f"src/{settings}": "DEBUG = True\n", "src/mysite/__main__.py": RUNS})
    for start in (tmp_path, tmp_path / "src", tmp_path / "src" / "mysite"):
        location = find(start, environ={"DJANGO_SETTINGS_MODULE": "mysite.settings"})
        assert (location.folder, location.script) == ((tmp_path / "src").resolve(), "")
        assert location.manage == ("-m", "django")
    with pytest.raises(NoProject, match=r"none of them contains a manage\.py"):
        find(tmp_path)


def test_where_nothing_is_the_way_to_a_project_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"manage.py": "print('of something else')", ".venv/pyvenv.cfg": "", ".venv/manage.py": MANAGE})
    with pytest.raises(NoProject) as caught:
        find(tmp_path)
    assert "startproject" in caught.value.hint


def test_a_site_in_a_single_file_is_recognised_and_told_what_is_supported(tmp_path: Path) -> None:
    write(tmp_path, {"counter.py": "from django.db import models\nfrom nanodjango import Django\n\napp = Django()\n"})
    with pytest.raises(NoProject, match=r"counter\.py is a Django site in a single file") as caught:
        find(tmp_path)
    assert "nanodjango convert counter.py mysite --name=mysite" in caught.value.hint


def test_a_site_that_configures_django_itself_is_told_what_is_supported(tmp_path: Path) -> None:
    site = "from django.conf import settings\nsettings.configure(DEBUG=True, ROOT_URLCONF=__name__)\n"
    write(tmp_path, {"site.py": f"{site}execute_from_command_line(sys.argv)\n"})
    with pytest.raises(NoProject, match=r"site\.py is a Django site in a single file: it hands its settings") as caught:
        find(tmp_path)
    assert "startproject" in caught.value.hint


def test_of_several_projects_none_is_chosen(tmp_path: Path) -> None:
    write(tmp_path, {"one/manage.py": MANAGE, "two/manage.py": MANAGE, "node_modules/x/manage.py": MANAGE})
    with pytest.raises(NoProject, match="one, two"):
        find(tmp_path)


@pytest.mark.parametrize(
    ("files", "environ", "given", "module"),
    [
        ({"manage.py": MANAGE}, {}, None, "mysite.settings"),
        ({"manage.py": MANAGE}, {"DJANGO_SETTINGS_MODULE": "mysite.other"}, None, "mysite.other"),
        ({"manage.py": MANAGE}, {"DJANGO_SETTINGS_MODULE": "mysite.other"}, "mysite.third", "mysite.third"),
        (
            {"manage.py": "import django", ".env": "A=1\nexport DJANGO_SETTINGS_MODULE='config.prod'\n"},
            {},
            None,
            "config.prod",
        ),
        (
            {
                "manage.py": f"from dotenv import load_dotenv\nload_dotenv()\n{MANAGE}",
                ".env": "DJANGO_SETTINGS_MODULE=mysite.live\n",
            },
            {},
            None,
            "mysite.live",
        ),
        (
            {"manage.py": f"# load_dotenv() once stood here\n{MANAGE}", ".env": "DJANGO_SETTINGS_MODULE=mysite.live\n"},
            {},
            None,
            "mysite.settings",
        ),
        ({"manage.py": "import django"}, {}, None, None),
        ({"manage.py": "# django\nimport ("}, {}, None, None),
    ],
)
def test_where_the_settings_module_is_named(
    tmp_path: Path, files: dict[str, str | bytes], environ: dict[str, str], given: str | None, module: str | None
) -> None:
    write(tmp_path, files)
    assert find(tmp_path, environ=environ, settings_module=given).settings_module == module


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ('os.environ.setdefault("DJANGO_SETTINGS_MODULE", "a.settings")', "a.settings"),
        ('os.environ["DJANGO_SETTINGS_MODULE"] = "a.settings"', "a.settings"),
        ('os.environ.setdefault("DJANGO_SETTINGS_MODULE", os.getenv("SETTINGS", "a.settings"))', "a.settings"),
        ('os.environ.setdefault("DJANGO_SETTINGS_MODULE", config("X", default="a.settings"))', "a.settings"),
        (
            'if "test" in sys.argv:\n    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "a.test")\n'
            'else:\n    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "a.dev")',
            "a.dev",
        ),
        ('os.environ.setdefault("DJANGO_SETTINGS_MODULE", module)', None),
        ('# os.environ.setdefault("DJANGO_SETTINGS_MODULE", "a.settings")', None),
    ],
)
def test_the_settings_module_in_manage_py(source: str, module: str | None) -> None:
    assert settings_in_manage_py(source) == module
