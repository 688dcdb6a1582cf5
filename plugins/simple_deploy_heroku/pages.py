"""Pages of Heroku's documentation."""

from __future__ import annotations

from simple_deploy.api import Link

_DEV = "https://devcenter.heroku.com/articles"

CLI = f"{_DEV}/heroku-cli"
TUTORIAL = f"{_DEV}/getting-started-with-python"
SETTINGS = f"{_DEV}/django-app-configuration"
STATIC = f"{_DEV}/django-assets"
PROCFILE = f"{_DEV}/procfile"
RELEASE = f"{_DEV}/release-phase"
PYTHON = f"{_DEV}/python-runtimes"
PACKAGES = f"{_DEV}/python-dependencies-via-pip"
APT = "https://elements.heroku.com/buildpacks/heroku/heroku-buildpack-apt"
BUILDPACKS = f"{_DEV}/using-multiple-buildpacks-for-an-app"
MANIFEST = f"{_DEV}/app-json-schema"
POSTGRES = f"{_DEV}/heroku-postgresql"
BACKUPS = f"{_DEV}/heroku-postgres-backups"
VARIABLES = f"{_DEV}/config-vars"
DOMAINS = f"{_DEV}/custom-domains"
DYNOS = f"{_DEV}/dyno-types"
STORAGE = f"{_DEV}/s3"
LOGS = f"{_DEV}/logging"
DEPLOYING = f"{_DEV}/git"
TOKENS = f"{_DEV}/authentication"
PRICES = "https://www.heroku.com/pricing"
VERIFY = "https://heroku.com/verify"
DASHBOARD = "https://dashboard.heroku.com/apps"

READ_NEXT = (
    Link(title="Deploy a Python app: Heroku's own tutorial", url=TUTORIAL),
    Link(title="Django settings on Heroku", url=SETTINGS),
    Link(title="Release phase: what runs before a new version serves", url=RELEASE),
    Link(title="Heroku Postgres", url=POSTGRES),
    Link(title="Prices", url=PRICES),
)
