"""The environment variables that a project's settings read, and the site gets from this computer. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from simple_deploy.api import Settings

#: Those the settings block decides itself, or Upsun gives; a value of this computer would be the wrong one there.
_NOT_TAKEN = frozenset(
    {"SECRET_KEY", "DJANGO_SECRET_KEY", "DEBUG", "DJANGO_DEBUG", "ALLOWED_HOSTS", "DJANGO_ALLOWED_HOSTS"}
    | {"CSRF_TRUSTED_ORIGINS", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "SOCKET", "PORT", "PATH", "HOME"}
)
_PREFIXES = ("PLATFORM_", "DATABASE_", "SIMPLE_DEPLOY_", "POETRY_", "PIPENV_", "UV_", "PYTHON")


def wanted(settings: Settings) -> tuple[str, ...]:
    """The names of variables that a site may need besides what it has already."""
    return tuple(
        name for name in settings.variables if name not in _NOT_TAKEN and not name.upper().startswith(_PREFIXES)
    )


def to_set(settings: Settings, here: Mapping[str, str], there: frozenset[str]) -> dict[str, str]:
    """The variables to set: those that have a value here and none there."""
    return {name: here[name] for name in wanted(settings) if here.get(name) and name not in there}
