"""What the failures of a trial tell about a project, so that the plan is made once more and suits it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.trials import Report, Visit
from simple_deploy.platforms.production import has_plain_static_files

_REFUSED = re.compile(r"Post-processing '([^']+)' failed!")
_MISSING = re.compile(r"The file '([^']+)' could not be found with")


def learned(facts: ProjectFacts, report: Report) -> ProjectFacts:
    """*facts* with what *report* shows to be otherwise; the same facts where it shows nothing new."""
    settings = facts.settings
    if settings is None:
        return facts
    postgres = settings.postgres_app or any("(postgres.E005)" in line for line in _printed(report))
    unhashable = settings.unhashable_static
    if not unhashable and has_plain_static_files(settings):
        unhashable = _why_no_hash("\n".join(_printed(report)))
    found = replace(
        settings,
        postgres_app=postgres,
        build_values=tuple(dict([*settings.build_values, *report.needed]).items()),
        unhashable_static=unhashable,
        uncompressed=settings.uncompressed or _asks_for_compressed(report.visit),
    )
    return replace(facts, settings=found)


def findings(facts: ProjectFacts) -> tuple[Finding, ...]:
    """What *facts* say only because a trial has shown it, where a person may want to know."""
    if facts.settings is None:
        return ()
    settings = facts.settings
    return (
        *_plain_names(settings.unhashable_static),
        *_uncompressed(settings.uncompressed),
        *_build_values(settings.build_values),
    )


def _plain_names(reason: str) -> Iterator[Finding]:
    if reason:
        yield Finding(
            id="trial.plain-static-names",
            level=Level.INFO,
            title=f"Static files keep their plain names: {reason}.",
            why="Names that change with the content work only if every file is in order. With plain names, browsers "
            "may show an older style sheet for a minute after a deployment.",
            fix="You don't need to do anything. Once the file is in order, the next plan uses names with a hash.",
            docs="https://whitenoise.readthedocs.io/en/stable/django.html#add-compression-and-caching-support",
        )


def _uncompressed(shown: bool) -> Iterator[Finding]:
    if shown:
        yield Finding(
            id="trial.uncompressed",
            level=Level.INFO,
            title="Pages load each style sheet and script separately: django-compressor is off on the site.",
            why="With COMPRESS_OFFLINE, pages use files that `manage.py compress` makes. Platforms do not run that "
            "command, so every page failed. When it is off, django-compressor leaves the files as they are.",
            fix="You don't need to do anything.",
            docs="https://django-compressor.readthedocs.io/en/stable/scenarios.html#offline-compression",
        )


def _build_values(values: tuple[tuple[str, str], ...]) -> Iterator[Finding]:
    if values:
        yield Finding(
            id="trial.build-values",
            level=Level.INFO,
            title="While the platform builds, made-up values stand in for "
            + ", ".join(name for name, _ in values)
            + ".",
            why="The settings require them, and the platform gives your own values only to the running site. With "
            "these values, static files could be collected.",
            fix="If no static file depends on them, there is nothing else to do. Set the real values for the site.",
            details=tuple(f"{name}={value}" for name, value in values),
        )


def _why_no_hash(printed: str) -> str:
    """Why collectstatic cannot give names with a hash; empty where it failed for another reason."""
    refused = _REFUSED.search(printed)
    if refused is None:
        return ""
    if refused[1] == "All":  # https://docs.djangoproject.com/en/stable/ref/contrib/staticfiles/#max-post-process-passes
        return "they name each other in a circle"
    missing = _MISSING.search(printed)
    return f"{refused[1]} names {missing[1]}, which does not exist" if missing else f"{refused[1]} cannot be read"


def _asks_for_compressed(visit: Visit | None) -> bool:
    return visit is not None and any("OfflineGenerationError" in page.problem for page in visit.pages)


def _printed(report: Report) -> list[str]:
    """What the commands that failed for the deployed site had printed."""
    failures = (each for each in report.failures if each.phase != "here")
    return [line for failure in failures for line in failure.tail]
