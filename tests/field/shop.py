"""A small shop with one app: the project that every trait is built on."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from simple_deploy.core.findings import Finding
from simple_deploy.core.interfaces import Completed
from simple_deploy.inspection.inspect import Inspector
from simple_deploy.inspection.locate import locate
from simple_deploy.system import process
from simple_deploy.testkit import projects

NAME = "shop"

#: The app with one model, its migration, a template and a style sheet.
FILES: Mapping[str, str] = {
    "requirements.txt": "Django>=5.2\n",
    ".gitignore": "__pycache__/\n*.pyc\n.venv/\n.env\ndb.sqlite3\n",
    "goods/__init__.py": "",
    "goods/migrations/__init__.py": "",
    "goods/models.py": """\
from django.db import models


class Item(models.Model):
    name = models.CharField(max_length=80)
    price = models.IntegerField(default=0)

    def __str__(self):
        return self.name
""",
    "goods/views.py": """\
from django.shortcuts import render

from goods.models import Item


def home(request):
    return render(request, "goods/home.html", {"items": Item.objects.all()})
""",
    "goods/templates/goods/home.html": """\
{% load static %}<!doctype html>
<title>Goods</title>
<link rel="stylesheet" href="{% static 'goods/shop.css' %}">
<h1>Goods</h1>
<ul>{% for item in items %}<li>{{ item }}</li>{% empty %}<li>none yet</li>{% endfor %}</ul>
""",
    "goods/static/goods/shop.css": "h1 { color: teal }\n",
    "shop/urls.py": """\
from django.contrib import admin
from django.urls import path

from goods.views import home

urlpatterns = [path("admin/", admin.site.urls), path("", home)]
""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop(projects.Project):
    """The shop on the disk. ``deploy(…)`` calls the command as a person does; ``look()`` is what the page shows."""

    @property
    def settings_file(self) -> Path:
        return self.folder / NAME / "settings.py"

    def read(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        """Replace *old*, which has to be there once, in the file *name*."""
        text = self.read(name)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        self.write({name: text.replace(old, new)})

    def append(self, name: str, text: str) -> None:
        """Put *text* at the end of the file *name*."""
        self.write({name: self.read(name) + text})

    def python(self, *words: str, **env: str) -> Completed:
        """Run Python with these words in the project's folder, whatever its exit code."""
        return self._run((sys.executable, *words), cwd=self.folder, env=env, check=False, timeout=900.0)

    def look(self) -> dict[str, Finding]:
        """What inspection finds, by the ids of the findings."""
        location = locate(start=self.folder, runner=self._run, environ=self.env)
        return {finding.id: finding for finding in Inspector(self._run).inspect(location).findings}


def make(folder: Path, *, env: Mapping[str, str]) -> Shop:
    """The shop in *folder*, made by Django's own startproject, with one commit."""
    shop = Shop(root=folder, env=env)
    folder.mkdir(parents=True)
    process.run(
        (sys.executable, "-m", "django", "startproject", NAME, str(folder)), env={**env, "DJANGO_SETTINGS_MODULE": ""}
    )
    shop.write(FILES)
    installed = 'INSTALLED_APPS = [\n    "goods",\n    "simple_deploy",'
    shop.change("shop/settings.py", "INSTALLED_APPS = [", installed)
    shop.manage("makemigrations", "goods", "--verbosity", "0")
    shop.git("init", "--quiet", "--initial-branch=main")
    shop.git("config", "user.name", projects.IDENTITY["GIT_AUTHOR_NAME"])
    shop.git("config", "user.email", projects.IDENTITY["GIT_AUTHOR_EMAIL"])
    shop.commit("First")
    assert (folder / "goods" / "migrations" / "0001_initial.py").is_file()
    return shop


def copy(shop: Shop, folder: Path, *, env: Mapping[str, str]) -> Shop:
    """The same shop once more."""
    copied = projects.copy(shop, folder, env=env)
    return replace(shop, root=copied.root, env=env)
