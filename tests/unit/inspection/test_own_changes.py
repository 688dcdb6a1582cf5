from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.inspection import own_changes

SETTINGS = ["INSTALLED_APPS = [", '    "django.contrib.admin",', '    "blog"', "]", ""]
DECLARED = ["django==5.2", "# tools", "requests"]


@pytest.mark.parametrize(
    "after",
    [
        ["INSTALLED_APPS = [", '    "django.contrib.admin",', '    "blog",', '    "simple_deploy",', "]", ""],
        ["INSTALLED_APPS = [", '    "simple_deploy",  # dashboard', '    "django.contrib.admin",', '    "blog"', "]"],
        ["INSTALLED_APPS = [", '    "django.contrib.admin",', '    "blog", "simple_deploy"', "]"],
        ["INSTALLED_APPS = [", '    "django.contrib.admin",', '    "blog"', "]", 'INSTALLED_APPS += ["simple_deploy"]'],
        [*SETTINGS, 'INSTALLED_APPS.append("simple_deploy.apps.SimpleDeployConfig")'],
    ],
)
def test_adding_the_app_is_only_ours(after: list[str]) -> None:
    assert own_changes.only_adds_the_tool("mysite/settings.py", SETTINGS, after)


@pytest.mark.parametrize(
    "after",
    [
        ["INSTALLED_APPS = [", '    "django.contrib.admin",', '    "simple_deploy",', "]"],
        [*SETTINGS, 'INSTALLED_APPS += ["simple_deploy"]', "DEBUG = False"],
        [*SETTINGS, "import simple_deploy"],
    ],
)
def test_anything_else_is_the_persons_own_work(after: list[str]) -> None:
    assert not own_changes.only_adds_the_tool("mysite/settings.py", SETTINGS, after)


@pytest.mark.parametrize(
    "line",
    [
        "django-simple-deploy-dashboard",
        "Django_Simple.Deploy-Dashboard[redis]==0.1",
        'django-simple-deploy-dashboard>=0.1; python_version > "3.9"',
    ],
)
def test_declaring_the_tool_is_only_ours(line: str) -> None:
    assert own_changes.only_adds_the_tool("requirements.txt", DECLARED, [*DECLARED, line])


@pytest.mark.parametrize("line", ["django-simple-deploy-dashboard-extras", "celery", "simple-deploy"])
def test_declaring_something_else_is_not(line: str) -> None:
    assert not own_changes.only_adds_the_tool("requirements.txt", DECLARED, [*DECLARED, line])


def test_a_file_that_does_not_name_the_tool_is_not_even_compared(tmp_path: Path) -> None:
    (tmp_path / "views.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "settings.py").write_bytes(b'APPS = ["simple_deploy"]\r\n')
    assert own_changes.mentioning(tmp_path / "views.py") is None
    assert own_changes.mentioning(tmp_path / "gone.py") is None
    assert own_changes.mentioning(tmp_path / "settings.py") == ['APPS = ["simple_deploy"]', ""]
