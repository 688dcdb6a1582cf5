"""Facts, answers and plans for tests that need no project on the disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from simple_deploy.core.facts import Database, Dependencies, GitFacts, Host, Location, ProjectFacts, Settings
from simple_deploy.core.options import Answers, collect
from simple_deploy.core.plan import Plan
from simple_deploy.platforms.base import Platform, Remote

USUAL = ProjectFacts(
    location=Location(root=Path("project"), settings_module="mysite.settings"),
    name="mysite",
    host=Host(
        system="linux",
        python="3.12.1",
        python_executable="/venv/bin/python",
        base_python="/usr/bin/python3",
        git="2.43",
        services="systemd",
    ),
    django="5.2",
    dependencies=Dependencies(manager="requirements", file="requirements.txt", files=("requirements.txt",)),
    git=GitFacts(head="0" * 40, branch="main"),
    settings=Settings(
        module="mysite.settings",
        file="mysite/settings.py",
        debug=True,
        root_urlconf="mysite.urls",
        wsgi_application="mysite.wsgi.application",
        installed_apps=(
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
        ),
        middleware=("django.middleware.security.SecurityMiddleware",),
        databases=(Database(alias="default", engine="django.db.backends.sqlite3", name="db.sqlite3"),),
        static_url="static/",
        admin_url="/admin/",
        certain=frozenset({"DATABASES", "INSTALLED_APPS", "MIDDLEWARE", "SECRET_KEY", "STATIC_URL"}),
        possible=frozenset(),
    ),
    digest="usual",
)


def make_facts(*, settings: Mapping[str, Any] | None = None, **changes: Any) -> ProjectFacts:
    """Facts about a project as ``startproject`` makes it, without looking at any.

    :param settings: fields of :class:`~simple_deploy.api.Settings` that are to differ.
    :param changes: fields of :class:`~simple_deploy.api.ProjectFacts` that are to differ.
    """
    facts = USUAL
    if settings and facts.settings is not None:
        facts = replace(facts, settings=replace(facts.settings, **settings))
    return replace(facts, **changes)


def make_answers(platform: Platform, facts: ProjectFacts, **given: object) -> Answers:
    """The answers the platform gets when a person gives these and leaves everything else as it is.

    :raises InvalidAnswer: one does not fit, or the platform does not ask for it.
    :raises MissingAnswers: a required option has neither an answer nor a default.
    """
    return collect(platform.options(facts), given)


def make_plan(
    platform: Platform, facts: ProjectFacts | None = None, remote: Remote | None = None, **given: object
) -> Plan:
    """The platform's plan for *facts*, by default a usual project, with these answers."""
    facts = facts or make_facts()
    return platform.plan(facts, remote or Remote(), make_answers(platform, facts, **given))
