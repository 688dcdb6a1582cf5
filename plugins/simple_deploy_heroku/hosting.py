"""The variables that a site finds on Heroku. Pure.

Sources: devcenter.heroku.com, "Dynos" and "Buildpack API"; the Python buildpack's own scripts in ``vendor/``. Config
vars are there while the app is built too. Whether DYNO is, nobody says.
"""

from __future__ import annotations

from simple_deploy.api import Hosting, ProjectFacts, has_database
from simple_deploy_heroku import variables

HOST = "made-up-0123456789ab.herokuapp.com"

#: What the Python buildpack sets in every dyno.
ON_DYNOS = {
    "FORWARDED_ALLOW_IPS": "*",
    "GUNICORN_CMD_ARGS": "--access-logfile -",
    "WEB_CONCURRENCY": "2",
    "WEB_CONCURRENCY_SET_BY": "heroku/python",
    "DYNO_RAM": "512",
    "PYTHONUNBUFFERED": "true",
}


def hosting(facts: ProjectFacts) -> Hosting:
    """What the site finds, with made-up values for what is known only once there is an app."""
    config = {
        **variables.open_variables(facts),
        variables.SECRET_KEY: "made-up-to-try-the-settings-and-used-nowhere-else-0123456789",
        variables.HOSTS: HOST,
    }
    if facts.settings is not None and has_database(facts.settings):
        config[variables.DATABASE_URL] = "postgres://user@ec2-0-0-0-0.compute-1.amazonaws.com:5432/made-up"
    build = {**config, "STACK": "heroku-24", "SOURCE_VERSION": "0" * 40, "PYTHONUNBUFFERED": "true"}
    return Hosting(
        address=f"https://{HOST}/",
        site=tuple({**config, **ON_DYNOS, "DYNO": "web.1", "PORT": "5000"}.items()),
        build=tuple(build.items()),
    )
