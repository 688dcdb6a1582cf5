from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from simple_deploy.inspection import imports
from tests.support.repository import write

FILES = {
    "manage.py": "import os\n",
    "blog/views.py": """\
from __future__ import annotations
import requests.adapters
from django.shortcuts import render
from typing import TYPE_CHECKING
from . import models
from blog.models import Post
import helpers
if TYPE_CHECKING:
    import stripe
else:
    import markdown
try:
    import ujson as json
except ImportError:
    import json
with contextlib.suppress(ModuleNotFoundError):
    import pretty_log

def later():
    import boto3
""",
    "blog/models.py": "",
    "lib/helpers.py": "",
    "blog/tests.py": "import factory\n",
    "blog/tests/test_views.py": "import pytest\n",
    "blog/broken.py": "import (",
}


def test_the_projects_imports_are_found(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    found = imports.scan(tmp_path, FILES)
    tops = {name.partition(".")[0] for name in found.needed}
    assert tops == {"os", "__future__", "requests", "django", "typing", "markdown", "boto3"}
    assert found.optional == {"ujson", "json", "pretty_log"}


def test_a_module_inside_a_package_hides_none_that_is_installed(tmp_path: Path) -> None:
    # Celery's own documentation names the file so.
    files = {
        "manage.py": "",
        "__init__.py": "",
        "shop/__init__.py": "from .celery import app\n",
        "shop/celery.py": "from celery import Celery\nimport redis\nimport goods, markdown\n",
        "shop/goods/__init__.py": "",
        "redis.py": "",
    }
    write(tmp_path, files)
    found = imports.scan(tmp_path, files, brought={"celery", "redis", "markdown"})
    # `shop` may be where the project looks for modules; a file beside manage.py comes before what is installed.
    assert found.needed == {"celery.Celery", "markdown"}


def test_only_what_is_asked_for_is_looked_up(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "import celery\n", "b.py": "# rich text\n", "test_c.py": "from click import command\n"})
    assert imports.mentions(tmp_path, ["a.py", "b.py", "test_c.py", "gone.py"], ["celery", "rich", "click"]) == {
        "celery",
        "click",
    }


@given(st.binary())
def test_no_file_at_all_upsets_the_reader(source: bytes) -> None:
    assert isinstance(list(imports._parsed(source)), list)
