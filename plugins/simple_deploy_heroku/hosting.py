"""What a site finds on Heroku: its config vars, the other variables of a dyno, and the settings made of them. Pure.

Sources: devcenter.heroku.com, "Dynos", "Dyno Startup Behavior" (PORT is set for web dynos alone) and "Buildpack API";
the Python buildpack's own scripts in ``vendor/``. Config vars are there while the app is built too. Whether DYNO is,
nobody says.
"""

from __future__ import annotations

from collections.abc import Collection

from simple_deploy.api import (
    PROJECT_VARIABLE,
    Answers,
    Hosting,
    ProjectFacts,
    Settings,
    SiteSettings,
    debug_off,
    expected_variables,
    has_database,
    own_variables,
    uses_static_files,
)
from simple_deploy_heroku import checks
from simple_deploy_heroku.environment import ON_DYNOS

#: Tells the settings that this is Heroku, while the app is built and while it runs.
MARKER = "ON_HEROKU"
HOSTS = "ALLOWED_HOSTS"
SECRET_KEY = "SECRET_KEY"
DATABASE_URL = "DATABASE_URL"
NO_STATIC = "DISABLE_COLLECTSTATIC"

#: In Heroku CI, where tests run with the settings of development, CI is set besides.
CONDITION = f'"{MARKER}" in _os.environ or ("DYNO" in _os.environ and "CI" not in _os.environ)'


def read_by(settings: Settings | None) -> tuple[str, ...]:
    """The variables that the project's settings read and the site may need."""
    given = (SECRET_KEY, DATABASE_URL, HOSTS, "DJANGO_SETTINGS_MODULE", "PORT")
    return own_variables(settings, given=(*given, MARKER, NO_STATIC, "DYNO", "CI", "PGSSLMODE"))


def open_variables(facts: ProjectFacts) -> dict[str, str]:
    """The config vars that are no secret and known before the app exists."""
    settings = facts.settings
    found = {MARKER: "1"}
    if settings is not None:
        found["DJANGO_SETTINGS_MODULE"] = settings.module
        if not uses_static_files(settings) or not checks.collects(facts):
            # The buildpack collects static files of any Django project it finds, and stops where that fails.
            found[NO_STATIC] = "1"
    return found


def hosting(facts: ProjectFacts, answers: Answers, *, app: str, host: str, there: Collection[str]) -> Hosting:
    """What the site finds, with made-up values for what is known only once there is an app.

    :param app: its name. :param host: where it is, once Heroku has chosen that; before it is made up like those.
    :param there: the config vars that the app has already.
    """
    names = read_by(facts.settings)
    host = host or f"{app}-0123456789ab.herokuapp.com"
    config = {
        **debug_off(names),
        **open_variables(facts),
        PROJECT_VARIABLE: "made-up-0123456789ab",
        SECRET_KEY: "made-up-to-try-the-settings-and-used-nowhere-else-0123456789",
        HOSTS: host,
    }
    if facts.settings is not None and has_database(facts.settings):
        config[DATABASE_URL] = "postgres://user@ec2-0-0-0-0.compute-1.amazonaws.com:5432/made-up"
    build = {**config, "STACK": "heroku-24", "SOURCE_VERSION": "0" * 40, "PYTHONUNBUFFERED": "true"}
    on_dynos = {**config, **ON_DYNOS}
    return Hosting(
        address=f"https://{host}/",
        site=tuple({**on_dynos, "DYNO": "web.1", "PORT": "5000"}.items()),
        build=tuple(build.items()),
        release=tuple({**on_dynos, "DYNO": "release.1"}.items()),
        own=expected_variables(facts.settings, answers, names, there=there),
    )


#: Heroku's Redis is reached over TLS, with a certificate that Heroku itself has signed.
_REDIS = '_os.environ["REDIS_URL"] + "?ssl_cert_reqs=none" if "REDIS_URL" in _os.environ else ""'


def site_settings(settings: Settings) -> SiteSettings:
    """What the settings of this project need on Heroku."""
    gis = settings.has_app("django.contrib.gis")
    geo = [f'{name} = _os.environ.get("{name}")' for name in ("GDAL_LIBRARY_PATH", "GEOS_LIBRARY_PATH")] if gis else []
    setup = (
        *(["# Where the buildpack for geography puts its libraries.", *geo] if geo else []),
        "# ALLOWED_HOSTS is a config var: the names visitors may use, with commas between them. Without it these are",
        "# the names of all apps of Heroku, since an app's own name is known only when it exists.",
    )
    tls = '_os.environ.setdefault("PGSSLMODE", "require")  # Heroku\'s databases are reached over TLS only.'
    return SiteSettings(
        platform="Heroku",
        condition=CONDITION,
        told_by=f"The config var {MARKER} says so.",
        setup=(tls, *setup) if has_database(settings) else setup,
        # Every app has a name below herokuapp.com that is known only when it exists. A dot in front means any of them.
        hosts=f'_os.environ.get("{HOSTS}", ".herokuapp.com").split(",")',
        # Only exact names: what other people's apps send is not to be trusted.
        redis_url=_REDIS,
        origins='[f"https://{_host}" for _host in ALLOWED_HOSTS if _host[:1] not in ".*"]',
    )
