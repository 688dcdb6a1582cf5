"""Installing the tool into a project that has lived with its versions."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import uv

from tests.field.traits import trait
from tests.packaging.conftest import wheel as wheel
from tests.packaging.test_old_django import call, freeze
from tests.support import pythons

UV = uv.find_uv_bin()
VIEWS = """\
from django.urls import path
from rest_framework.decorators import api_view
from rest_framework.response import Response


@api_view()
def goods(request):
    return Response({})


urlpatterns = [path("", goods)]
"""


@trait(
    "own",
    "Django 5.1 and a Django REST framework that does not work with a newer one, both pinned",
    "installing the tool moves neither; its check says which Django it needs, and does not blame the project",
)
@pytest.mark.slow
@pytest.mark.slice(1)
def test_pinned_packages_that_need_each_other(wheel: Path, tmp_path: Path) -> None:
    site, own = tmp_path / "site", str(tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    site.mkdir()
    call([UV, "venv", "--quiet", "--python", pythons.found()["3.12"], str(tmp_path / "venv")], cwd=tmp_path)
    install = [UV, "pip", "install", "--quiet", "--no-config", "--python", own]
    (site / "requirements.txt").write_text("Django==5.1.6\ndjangorestframework==3.15.2\n", encoding="utf-8")
    call([*install, "--requirement", "requirements.txt"], cwd=site)
    before = freeze(own, tmp_path)
    call([*install, str(wheel)], cwd=tmp_path)
    assert before - freeze(own, tmp_path) == set()

    call([own, "-m", "django", "startproject", "mysite", "."], cwd=site)
    settings = site / "mysite" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    added = 'INSTALLED_APPS = [\n    "simple_deploy", "rest_framework",'
    settings.write_text(text.replace("INSTALLED_APPS = [", added), encoding="utf-8")
    (site / "mysite" / "urls.py").write_text(VIEWS, encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "DJANGO_SETTINGS_MODULE"}}

    looked = call([own, "manage.py", "deploy", "--check"], fails=True, cwd=site, env=env)
    assert "Django 5.1.6 is too old for this tool, which needs 5.2 or newer." in looked
    assert "Django refuses" not in looked and "cannot be loaded" not in looked
