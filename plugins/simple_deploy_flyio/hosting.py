"""What a site finds on Fly.io: its variables, and the settings made of them. Pure.

Sources: fly.io/docs/machines/runtime-environment (FLY_APP_NAME is set in every machine),
fly.io/docs/networking/request-headers (X-Forwarded-Proto). None of the variables is there while the image is built:
there the Dockerfile makes up what the settings ask for.
"""

from __future__ import annotations

from collections.abc import Mapping

from simple_deploy.api import (
    Hosting,
    Location,
    Settings,
    SiteSettings,
    own_variables,
    site_settings_block,
    uses_uploads,
)
from simple_deploy_flyio import names
from simple_deploy_flyio.dockerfile import made_up

SECRET_KEY = "made-up-to-try-the-settings-and-used-nowhere-else-0123456789"
POSTGRES = "postgres://site@top2.nearest.of.site-db.internal:5432/site"


def hosting(app: str, region: str, env: Mapping[str, str], settings: Settings, *, database: bool) -> Hosting:
    """What the site finds, with made-up values for what is known only once it runs.

    :param env: variables that fly.toml sets.
    :param database: whether the site has one; its address is a secret unless *env* holds it.
    """
    image = {"DJANGO_SETTINGS_MODULE": settings.module, "PYTHONUNBUFFERED": "1"}
    secrets = {"SECRET_KEY": SECRET_KEY, **({"DATABASE_URL": POSTGRES} if database else {})}
    return Hosting(
        address=names.url(app),
        site=tuple({**image, **machine(app, region), **secrets, **env}.items()),
        build=tuple({**image, **made_up(settings, database=database)}.items()),
        own_at_build=False,
    )


def read_by(settings: Settings | None) -> tuple[str, ...]:
    """The variables that the project's settings read and the site may need."""
    given = ("SECRET_KEY", "DATABASE_URL", "MEDIA_ROOT", "SITE_DOMAINS", "DJANGO_SETTINGS_MODULE", "PRIMARY_REGION")
    return own_variables(settings, given=given, prefixes=("FLY_",))


def machine(app: str, region: str, *, machine_id: str = "6e82dd75a13528", version: str = "1") -> dict[str, str]:
    """Every variable that Fly.io itself sets in a machine of *app*."""
    return {
        "FLY_APP_NAME": app,
        "FLY_MACHINE_ID": machine_id,
        "FLY_ALLOC_ID": machine_id,
        "FLY_MACHINE_VERSION": version,
        "FLY_REGION": region,
        "PRIMARY_REGION": region,
        "FLY_PROCESS_GROUP": "app",
        "FLY_PUBLIC_IP": "2001:db8::1",
        "FLY_PRIVATE_IP": "fdaa:0:1::3",
        "FLY_IMAGE_REF": f"registry.fly.io/{app}:deployment-{version}",
        "FLY_VM_MEMORY_MB": "512",
    }


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
