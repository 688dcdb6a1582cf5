"""The admin user of a site: a real project judges the password before anything is made."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from simple_deploy.api import (
    ADMIN,
    AdminUser,
    Answers,
    Completed,
    ProjectFacts,
    Question,
    Secret,
    StepError,
    admin_question,
)
from simple_deploy.core.options import collect
from simple_deploy.platforms.admin import ANOTHER_ADMIN
from simple_deploy.system import process
from simple_deploy.testing import RecordingContext, make_facts

SETTINGS = """\
SECRET_KEY = "only for this test"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
]
"""
MANAGE = (
    "import sys\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n"
)

pytestmark = [pytest.mark.slow, pytest.mark.slice(1)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "settings.py").write_text(SETTINGS, encoding="utf-8")
    (folder / "manage.py").write_text(MANAGE, encoding="utf-8")
    return folder


class Person:
    """Gives one answer after the other, and remembers what was asked."""

    def __init__(self, *passwords: str, **more: str) -> None:
        self.passwords, self.asked, self.more = list(passwords), list[Question](), more

    def ask(self, question: Question) -> Answers:
        self.asked.append(question)
        usual = {"create_admin": "yes", "admin_username": "grace", "admin_password": Secret(self.passwords.pop(0))}
        given = {**usual, **self.more}
        return collect(question.fields, {each.name: given[each.name] for each in question.fields if each.name in given})


def admin(project: Path, home: Path, person: Person, facts: ProjectFacts | None = None) -> AdminUser:
    context = RecordingContext(facts or make_facts(), home=home)
    context.ask = person.ask  # type: ignore[method-assign]

    def python(arguments: Sequence[str], env: Mapping[str, str | Secret], show: bool) -> Completed:
        told = {**env, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": os.pathsep.join([str(project), *sys.path])}
        return process.run((sys.executable, *arguments), cwd=project, env=told)

    return AdminUser(context, python)


@pytest.mark.parametrize("question", [ADMIN, ANOTHER_ADMIN])
def test_a_password_the_project_refuses_is_asked_for_again_with_the_reason(
    project: Path, tmp_path: Path, question: Question
) -> None:
    person = Person("abc", "grace1847", "a quiet goose 47")
    answers = admin(project, tmp_path / "home", person).ask(question)
    assert answers.secret("admin_password").reveal() == "a quiet goose 47"
    reasons = [next(each.help for each in asked.fields if each.name == "admin_password") for asked in person.asked]
    assert reasons[0] == ""
    assert "too short" in reasons[1]
    assert "too similar to the username" in reasons[2]
    assert len({asked.id for asked in person.asked}) == 3
    assert next(each.default for each in person.asked[1].fields if each.name == "admin_username") == "grace"


def test_a_password_that_was_given_ahead_and_is_refused_is_an_error(project: Path, tmp_path: Path) -> None:
    with pytest.raises(StepError, match="too short"):
        admin(project, tmp_path / "home", Person("abc", "abc")).ask(ANOTHER_ADMIN)


def test_the_user_is_made(project: Path, tmp_path: Path) -> None:
    user = admin(project, tmp_path / "home", Person("a quiet goose 47"))
    user.python(("manage.py", "migrate", "--verbosity=0"), {}, False)
    user.make(user.ask(ANOTHER_ADMIN))
    with closing(sqlite3.connect(project / "db.sqlite3")) as database:
        assert database.execute("select username, is_superuser from auth_user").fetchall() == [("grace", 1)]


PEOPLE = """\
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models


class People(BaseUserManager):
    def create_superuser(self, *, password, **fields):
        person = self.model(**fields, is_superuser=True)
        person.set_password(password)
        person.save()
        return person


class Person(AbstractBaseUser, PermissionsMixin):
    phone = models.CharField(max_length=20, unique=True)
    birth_year = models.IntegerField()
    objects = People()
    USERNAME_FIELD, REQUIRED_FIELDS = "phone", ["birth_year"]
"""


def test_users_who_have_no_address_and_have_to_have_something_else(project: Path, tmp_path: Path) -> None:
    (project / "people").mkdir()
    (project / "people" / "__init__.py").touch()
    (project / "people" / "models.py").write_text(PEOPLE, encoding="utf-8")
    with (project / "settings.py").open("a", encoding="utf-8") as settings:
        settings.write('INSTALLED_APPS.append("people")\nAUTH_USER_MODEL = "people.Person"\n')
    person = Person("a quiet goose 47", admin_username="0471 99", admin_birth_year="1906")
    facts = make_facts(settings={"username_field": "phone", "required_fields": ("birth_year",)})
    user = admin(project, tmp_path / "home", person, facts)
    user.python(("manage.py", "migrate", "--run-syncdb", "--verbosity=0"), {}, False)

    user.make(user.ask(ADMIN))

    names = [each.name for each in person.asked[0].fields]
    assert names == ["create_admin", "admin_username", "admin_password", "admin_birth_year"]
    with closing(sqlite3.connect(project / "db.sqlite3")) as database:
        assert database.execute("select phone, birth_year from people_person").fetchall() == [("0471 99", 1906)]


@pytest.mark.parametrize(
    ("username_field", "required", "flags"),
    [
        ("username", ("email",), ["--email=", "--username=grace"]),
        ("email", ("username",), ["--username=grace", "--email=grace"]),
        ("email", (), ["--email=grace"]),
        ("username", (), ["--username=grace"]),
    ],
)
def test_django_is_told_what_its_command_asks_for_and_nothing_else(
    username_field: str, required: tuple[str, ...], flags: list[str], tmp_path: Path
) -> None:
    facts = make_facts(settings={"username_field": username_field, "required_fields": required})
    context = RecordingContext(facts, home=tmp_path)
    ran: list[str] = []

    def python(arguments: Sequence[str], env: Mapping[str, str | Secret], show: bool) -> Completed:
        ran.extend(arguments)
        return Completed(argv=("python", *arguments), returncode=0, output="")

    answers = Person("a quiet goose 47").ask(admin_question(facts.settings, ANOTHER_ADMIN))
    AdminUser(context, python).make(answers)

    assert ran[3:] == flags
