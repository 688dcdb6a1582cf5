"""What settings make depend on DEBUG."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.inspection.probe_child.debugging import decided, only_with_debug


@pytest.mark.parametrize(
    "source",
    [
        "if DEBUG:\n    APPS += ['toolbar']",
        "if DEBUG is True:\n    APPS += ['toolbar']",
        "if DEBUG == True and not TESTING:\n    APPS += ['toolbar']",
        "if not DEBUG:\n    pass\nelse:\n    APPS += ['toolbar']",
        "if DEBUG is False or TESTING:\n    pass\nelse:\n    APPS += ['toolbar']",
        "APPS += ['toolbar'] if DEBUG else []",
        "APPS = [*([] if not settings.DEBUG else ['toolbar'])]",
        "TOOLBAR = DEBUG and not TESTING\nif TOOLBAR:\n    APPS += ['toolbar']",
        "TOOLBAR = env.bool('TOOLBAR', default=DEBUG)\nif TOOLBAR:\n    APPS += ['toolbar']",
        "if env.bool('DJANGO_DEBUG', False):\n    APPS += ['toolbar']",
    ],
)
def test_what_is_named_only_with_debug(source: str, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(source, encoding="utf-8")
    assert "toolbar" in only_with_debug([tmp_path / "settings.py"])


@pytest.mark.parametrize(
    "source",
    [
        "APPS = ['toolbar']\nif DEBUG:\n    APPS.remove('toolbar')",
        "if not DEBUG:\n    APPS += ['toolbar']",
        "if DEBUG or STAGING:\n    APPS += ['toolbar']",
        "if TESTING:\n    APPS += ['toolbar']",
        "if DEBUG:\n    pass\nelse:\n    APPS += ['toolbar']",
        "if DEBUG is not True:\n    APPS += ['toolbar']",
        "if env.bool('TOOLBAR'):\n    APPS += ['toolbar']",
    ],
)
def test_what_may_be_named_without_debug(source: str, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(source, encoding="utf-8")
    assert "toolbar" not in only_with_debug([tmp_path / "settings.py"])


@pytest.mark.parametrize(
    "source",
    [
        "DEBUG = True\nVITE = {'dev_mode': DEBUG}",
        "DEBUG = True\nVITE: dict = {'dev_mode': not DEBUG}",
        "DEBUG = env.bool('DEBUG', default=True)\nVITE = DEBUG",
        "DEBUG = os.environ.get('DEBUG', 'True') == 'True'\nVITE = DEBUG",
        "DEBUG = os.getenv('DEBUG', '1') in ('1', 'true')\nVITE = DEBUG",
        "DEBUG = True\nif DEBUG:\n    VITE = 'http://localhost:5173'\nelse:\n    VITE = '/static/'",
        "DEBUG = True\nif TESTING:\n    pass\nelif not DEBUG:\n    VITE = '/static/'",
        "DEBUG = True\nDEV = DEBUG and not TESTING\nVITE = {'dev_mode': DEV}",
    ],
)
def test_what_is_decided_while_debug_is_on(source: str, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(source, encoding="utf-8")
    assert "VITE" in decided([tmp_path / "settings.py"])


@pytest.mark.parametrize(
    "source",
    [
        "DEBUG = False\nVITE = DEBUG",
        "DEBUG = env.bool('DEBUG', default=False)\nVITE = DEBUG",
        "DEBUG = env.bool('DEBUG')\nVITE = DEBUG",
        "DEBUG = os.environ.get('DEBUG', 'False') == 'True'\nVITE = DEBUG",
        "DEBUG = os.environ.get('DEBUG') == 'True'\nVITE = DEBUG",
        "DEBUG = 'DYNO' not in os.environ\nVITE = DEBUG",
        "DEBUG = True\nVITE = {'dev_mode': True}",
        "VITE = DEBUG\nDEBUG = True",
        "from .base import *\nVITE = DEBUG",
        "DEBUG = True\nDEBUG = False\nVITE = DEBUG",
    ],
)
def test_what_is_decided_by_other_things(source: str, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(source, encoding="utf-8")
    assert "VITE" not in decided([tmp_path / "settings.py"])
