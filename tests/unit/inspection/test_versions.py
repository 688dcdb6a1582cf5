from __future__ import annotations

from pathlib import Path

import pytest

from simple_deploy.core.facts import Location
from simple_deploy.inspection import versions
from tests.support.repository import write


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({}, None),
        ({".python-version": "3.12\n"}, "3.12"),
        ({".python-version": "cpython-3.12.4"}, "3.12.4"),
        ({".python-version": "myenv\n"}, ">=3.11"),
        ({"runtime.txt": "python-3.13.1\r\n"}, "3.13.1"),
        ({"runtime.txt": b"\xff\xfe\x00", "site/.python-version": "3.14"}, "3.14"),
    ],
)
def test_the_python_the_project_asks_for(tmp_path: Path, files: dict[str, str | bytes], wanted: str | None) -> None:
    write(tmp_path, {"site/manage.py": "", **files})
    declared = ">=3.11" if wanted == ">=3.11" else ""
    assert versions.wanted(Location(root=tmp_path, project_dir="site"), declared) == wanted
