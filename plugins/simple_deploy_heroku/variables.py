"""The app's config vars. Pure."""

from __future__ import annotations

from simple_deploy.api import ProjectFacts, Settings, uses_static_files

#: Tells the settings that this is Heroku, while the app is built and while it runs.
MARKER = "ON_HEROKU"
HOSTS = "ALLOWED_HOSTS"
SECRET_KEY = "SECRET_KEY"
DATABASE_URL = "DATABASE_URL"
#: Which project an app belongs to: the first commit of its repository, the same in every clone.
PROJECT = "SIMPLE_DEPLOY_PROJECT"
NO_STATIC = "DISABLE_COLLECTSTATIC"


#: Those that Heroku or the settings block gives; a value of this computer would be the wrong one there.
_GIVEN = frozenset(
    {MARKER, HOSTS, SECRET_KEY, DATABASE_URL, PROJECT, NO_STATIC, "DJANGO_SETTINGS_MODULE", "DYNO", "PORT", "CI"}
    | {"DEBUG", "DJANGO_DEBUG", "DJANGO_SECRET_KEY", "DJANGO_ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "PGSSLMODE"}
)


def read_by(settings: Settings | None) -> tuple[str, ...]:
    """The variables the project's settings read besides, and the site may need."""
    return tuple(name for name in settings.variables if name not in _GIVEN) if settings is not None else ()


def open_variables(facts: ProjectFacts) -> dict[str, str]:
    """Those that are no secret and known before the app exists."""
    settings = facts.settings
    found = {MARKER: "1"}
    if settings is not None:
        found["DJANGO_SETTINGS_MODULE"] = settings.module
        if not uses_static_files(settings):
            # The buildpack collects static files of every Django project, and stops where that fails.
            found[NO_STATIC] = "1"
    return found
