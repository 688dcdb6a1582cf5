"""The environment variables that a project's settings read, and its site may need. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from simple_deploy.core.facts import Settings

#: Those that the settings block or every platform gives; a value of this computer would be the wrong one there.
GIVEN = frozenset(
    {"SECRET_KEY", "DJANGO_SECRET_KEY", "DEBUG", "DJANGO_DEBUG", "ALLOWED_HOSTS", "DJANGO_ALLOWED_HOSTS"}
    | {"CSRF_TRUSTED_ORIGINS", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PORT", "SIMPLE_DEPLOY_PROJECT"}
)


def own_variables(
    settings: Settings | None, *, given: Collection[str] = (), prefixes: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The variables that the settings read and nobody else gives.

    :param given: names that the platform gives, besides :data:`GIVEN`. :param prefixes: beginnings of such names.
    """
    names = settings.variables if settings is not None else ()
    return tuple(
        name
        for name in names
        if name not in GIVEN and name not in given and not (prefixes and name.upper().startswith(prefixes))
    )


def missing_variables(names: Collection[str], here: Mapping[str, str], there: Collection[str]) -> dict[str, str]:
    """Those of *names* that have a value on this computer and none on the site: what somebody set there stays."""
    return {name: here[name] for name in names if here.get(name) and name not in there}
