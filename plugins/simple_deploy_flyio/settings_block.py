"""What the site's settings are on Fly.io. Pure.

Sources: fly.io/docs/machines/runtime-environment (FLY_APP_NAME is set in every machine),
fly.io/docs/networking/request-headers (X-Forwarded-Proto).
"""

from __future__ import annotations

from simple_deploy.api import Location, Settings, SiteSettings, site_settings_block, uses_uploads
from simple_deploy_flyio import names


def settings_block(settings: Settings, location: Location, *, volume: bool) -> str:
    """The text of the block.

    :param volume: the site has a volume, which keeps uploaded files too.
    """
    setup = [
        '_app = _env("FLY_APP_NAME")',
        "# Domains of your own: SITE_DOMAINS in fly.toml, with commas between them.",
        '_hosts = [f"{_app}.fly.dev", *_env.list("SITE_DOMAINS", default=[])]',
    ]
    if volume and uses_uploads(settings):
        setup += [
            "# Uploaded files are kept on the volume, beside the database.",
            f'MEDIA_ROOT = _env("MEDIA_ROOT", default="{names.DATA}/media")',
        ]
    site = SiteSettings(
        platform="Fly.io",
        condition='"FLY_APP_NAME" in _os.environ',
        told_by="Fly.io sets FLY_APP_NAME.",
        setup=tuple(setup),
        hosts="_hosts",
        origins='[f"https://{_host}" for _host in _hosts]',
    )
    return site_settings_block(settings, location, site)
