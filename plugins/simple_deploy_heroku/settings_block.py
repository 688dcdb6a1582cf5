"""What the settings of the deployed site have of Heroku. Pure."""

from __future__ import annotations

from simple_deploy.api import ProjectFacts, Settings, SiteSettings, has_database, site_settings_block
from simple_deploy_heroku.variables import HOSTS, MARKER

#: DYNO is set while an app runs; whether it is while the app is built, nobody says, so the marker is there too. In
#: Heroku CI, where tests run with the settings of development, CI is set besides.
CONDITION = f'"{MARKER}" in _os.environ or ("DYNO" in _os.environ and "CI" not in _os.environ)'


def settings_block(facts: ProjectFacts, settings: Settings) -> str:
    """The block for the settings file of this project."""
    site = SiteSettings(
        platform="Heroku",
        condition=CONDITION,
        told_by=f"The config var {MARKER} says so.",
        setup=_setup(settings),
        # Every app has a name below herokuapp.com that is known only when it exists. A dot in front means any of them.
        hosts=f'_env.list("{HOSTS}", default=[".herokuapp.com"])',
        # Only exact names: what other people's apps send is not to be trusted.
        origins='[f"https://{host}" for host in ALLOWED_HOSTS if host[0] not in ".*"]',
    )
    return site_settings_block(settings, facts.location, site)


def _setup(settings: Settings) -> tuple[str, ...]:
    hosts = (
        "# ALLOWED_HOSTS is a config var: the names visitors may use, with commas between them. Without it these are",
        "# the names of all apps of Heroku, since an app's own name is known only when it exists.",
    )
    if not has_database(settings):
        return hosts
    return ('_os.environ.setdefault("PGSSLMODE", "require")  # Heroku\'s databases are reached over TLS only.', *hosts)
