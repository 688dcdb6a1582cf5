from __future__ import annotations

import pytest

from simple_deploy.inspection import own_changes
from simple_deploy.managers.only_adds import only_adds

TOOL = "django-simple-deploy-dashboard"
UV = '[project]\nname = "site"\ndependencies = [\n    "django>=5.2",\n]\n'
POETRY = '[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "^5.2"\n'
PIPFILE = '[packages]\ndjango = "*"\n\n[dev-packages]\n'
LOCK = '[[package]]\nname = "django"\nversion = "5.2.1"\n'


def lines(text: str) -> list[str]:
    return text.split("\n")


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("pyproject.toml", UV, UV + f'\n[dependency-groups]\ndev = [\n    "{TOOL}>=1.0",\n]\n'),
        ("site/pyproject.toml", UV, UV.replace("\n]", '\n    "Django_Simple-Deploy.Dashboard[redis]",\n]')),
        (
            "pyproject.toml",
            UV,
            UV + f'\n[dependency-groups]\ndev = ["{TOOL}"]\n[tool.uv.sources]\n{TOOL} = {{path = "."}}\n',
        ),
        ("pyproject.toml", POETRY, POETRY + f'\n[tool.poetry.group.dev.dependencies]\n{TOOL} = "^1.0"\n'),
        ("Pipfile", PIPFILE, PIPFILE + f'{TOOL} = "*"\n'),
        (
            "uv.lock",
            LOCK,
            LOCK + f'[[package]]\nname = "{TOOL}"\nversion = "1"\n[[package]]\nname = "celery"\nversion = "5"\n',
        ),
        (
            "Pipfile.lock",
            '{"_meta": {}, "default": {"django": {"version": "==5.2.1"}}}',
            '{"_meta": {}, "default": {"django": {"version": "==5.2.1"}}, "develop": {"TOOL": {"version": "==1"}}}'.replace(
                "TOOL", TOOL
            ),
        ),
    ],
)
def test_adding_the_tool_with_a_manager_is_only_ours(path: str, before: str, after: str) -> None:
    assert own_changes.only_adds_the_tool(path, lines(before), lines(after))


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("pyproject.toml", UV, UV.replace("\n]", f'\n    "{TOOL}",\n    "celery",\n]')),
        ("pyproject.toml", UV, UV.replace("5.2", "6.0").replace("\n]", f'\n    "{TOOL}",\n]')),
        ("pyproject.toml", UV, UV + f'[tool.x]\nname = "{TOOL}"\n'),
        ("pyproject.toml", UV, UV + "[broken"),
        ("Pipfile", PIPFILE, PIPFILE.replace('"*"', '"==5.2"') + f'{TOOL} = "*"\n'),
        ("uv.lock", LOCK, LOCK.replace("5.2.1", "5.2.2") + f'[[package]]\nname = "{TOOL}"\nversion = "1"\n'),
        ("poetry.lock", LOCK, LOCK + '[[package]]\nname = "celery"\nversion = "5"\n'),
        ("pdm.lock", LOCK, f'[[package]]\nname = "{TOOL}"\nversion = "1"\n'),
    ],
)
def test_anything_else_is_the_persons_own_work(path: str, before: str, after: str) -> None:
    assert not own_changes.only_adds_the_tool(path, lines(before), lines(after))


def test_other_files_are_not_judged() -> None:
    assert only_adds("requirements.txt", "", "", TOOL) is None
