"""The settings of a site as they stand in a settings file, for tests that execute them."""

from __future__ import annotations

from simple_deploy.core.facts import Location, Settings
from simple_deploy.platforms.production import SiteSettings, first_block, last_block, platform_block


def site_text(settings: Settings, location: Location, *sites: SiteSettings) -> str:
    """The blocks of these sites between the two that they share."""
    between = (platform_block(settings, site) for site in sites)
    return "\n".join((first_block(settings), *between, last_block(settings, location)))
