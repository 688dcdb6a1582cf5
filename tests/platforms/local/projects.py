"""A small project with pages, uploads and an admin, and its owner who deploys it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simple_deploy_local import sites
from simple_deploy_local.platform import LocalPlatform
from simple_deploy_local.sites import Site

from simple_deploy.conf import Conf
from simple_deploy.core.events import Event, FindingRaised, Output
from simple_deploy.core.facts import Location
from simple_deploy.core.secret import Secret
from simple_deploy.runs.model import Run, RunKind
from simple_deploy.runs.service import Service
from tests.support.ports import free_port
from tests.support.project import make_project
from tests.support.repository import git, write

FILES = {
    "notes/__init__.py": "",
    "notes/migrations/__init__.py": "",
    "notes/admin.py": "from django.contrib import admin\n\nfrom .models import Note\n\nadmin.site.register(Note)\n",
    "notes/models.py": """\
from django.db import models


class Note(models.Model):
    text = models.CharField(max_length=200)
    picture = models.FileField(upload_to="pictures", blank=True)
""",
    "notes/migrations/0001_initial.py": """\
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=200)),
                ("picture", models.FileField(blank=True, upload_to="pictures")),
            ],
        ),
    ]
""",
    "notes/views.py": """\
import os

from django.shortcuts import redirect, render

from .models import Note

RELEASE = "first"


def home(request):
    if request.method == "POST":
        Note.objects.create(text=request.POST["text"], picture=request.FILES.get("picture", ""))
        return redirect("home")
    return render(request, "notes/home.html", {"notes": Note.objects.all(), "release": RELEASE})
""",
    "notes/templates/notes/home.html": """\
{% load static %}<!doctype html>
<link rel="stylesheet" href="{% static 'notes/style.css' %}">
<h1>{{ release }}</h1>
<form method="post" enctype="multipart/form-data">{% csrf_token %}<input name="text"></form>
{% for note in notes %}<p>{{ note.text }} {% if note.picture %}{{ note.picture.url }}{% endif %}</p>{% endfor %}
""",
    "notes/static/notes/style.css": "body { background: url(paper.svg) }\n",
    "notes/static/notes/paper.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>\n',
    "mysite/urls.py": """\
from django.contrib import admin
from django.urls import include, path
from notes.views import home

urlpatterns = [
    path("", home, name="home"),
    path("admin/", admin.site.urls),
    path("accounts/", include("django.contrib.auth.urls")),
]
""",
}
SETTINGS = '\nINSTALLED_APPS += ["notes"]\nMEDIA_URL = "media/"\nMEDIA_ROOT = BASE_DIR / "media"\n'


def make_notes(folder: Path, *, nested: bool = False) -> Path:
    """The project; returns its git root."""
    root = make_project(folder, nested=nested)
    inner = root / "mysite" if nested else root
    write(inner, FILES)
    settings = inner / "mysite" / "settings.py"
    settings.write_text(settings.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    ignored = root / ".gitignore"
    ignored.write_text(ignored.read_text(encoding="utf-8") + "media/\n", encoding="utf-8")
    commit(root, "Notes")
    return root


def commit(root: Path, message: str) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "-m", message)


@dataclass
class Owner:
    """Somebody who deploys the project in *root* to this computer."""

    root: Path
    conf: Conf
    project_dir: str = ""
    port: int = field(default_factory=free_port)

    @property
    def location(self) -> Location:
        return Location(root=self.root, project_dir=self.project_dir, settings_module="mysite.settings")

    @property
    def folder(self) -> Path:
        return self.location.folder

    @property
    def service(self) -> Service:
        return Service(self.location, self.conf)

    @property
    def home(self) -> Path:
        return self.conf.data_dir / LocalPlatform.card.slug

    @property
    def site(self) -> Site:
        site = sites.find(self.home, self.location, self.service.store.mark)
        assert site is not None
        return site

    def manage(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Run a management command of the project, in development."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.folder,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "mysite.settings", **(env or {})},
            check=True,
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
        )
        return done.stdout

    def plan(self, **answers: object) -> Run:
        """Plan, with a port that no other test uses at the same time."""
        answers = {"port": str(self.port), **answers}
        run = self.service.create_plan("local", answers)
        return self.service.execute(run.id, given=answers, nobody=True)

    def deploy(
        self,
        *,
        listener: Callable[[Service, Run, Event], None] = lambda *_: None,
        secrets: Mapping[str, str] | None = None,
        **answers: object,
    ) -> Run:
        """Plan, approve, deploy. Ends with the run that failed, or the deployment."""
        service = self.service
        planned = self.plan(**answers)
        rendered = service.plan_of(planned.id)
        if planned.error is not None or rendered is None:
            return planned
        run = service.create_apply(planned.id, rendered.digest, RunKind.DEPLOY, secrets=secrets)
        return service.execute(
            run.id,
            given={**answers, **(secrets or {})},
            use_defaults=True,
            nobody=True,
            listeners=(lambda event: listener(service, run, event),),
        )

    def deployed(self, *, secrets: Mapping[str, str] | None = None, **answers: object) -> Run:
        """The same, which must succeed."""
        run = self.deploy(secrets=secrets, **answers)
        assert run.state.value == "succeeded", "\n".join([repr(run.error), *self.output(run)])
        return run

    def operate(self, operation: str, **arguments: str) -> Run:
        service = self.service
        return service.execute(service.create_operation("local", operation, arguments).id)  # type: ignore[arg-type]

    def sets(self, name: str, value: str) -> None:
        """Set a variable of the site, which serves with it then."""
        service = self.service
        run = service.execute(service.create_operation("local", "set", {"name": name}, value=Secret(value)).id)
        assert run.state.value == "succeeded", "\n".join([repr(run.error), *self.output(run)])

    def destroy(self) -> Run:
        return self.service.execute(self.service.create_destroy("local").id)

    def output(self, run: Run) -> list[str]:
        """The lines of the run's log."""
        payloads = [event.payload for event in self.service.events(run.id)]
        return [payload.text for payload in payloads if isinstance(payload, Output)]

    def findings(self, run: Run) -> list[str]:
        payloads = [event.payload for event in self.service.events(run.id)]
        return [payload.finding.id for payload in payloads if isinstance(payload, FindingRaised)]

    def release(self, name: str) -> None:
        """Commit a change that can be seen on the page."""
        views = self.folder / "notes" / "views.py"
        text = views.read_text(encoding="utf-8")
        start = text.index('RELEASE = "')
        views.write_text(text[:start] + f'RELEASE = "{name}"' + text[text.index("\n", start) :], encoding="utf-8")
        commit(self.root, name)

    def variables(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.site.variables.read_text(encoding="utf-8"))
        return found
