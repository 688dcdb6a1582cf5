"""What settings name only where DEBUG is on."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.inspection.probe_child.debugging import only_with_debug


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
