"""The variables that a site finds on Fly.io. Pure.

Source: fly.io/docs/machines/runtime-environment. None of them is there while the image is built: there the Dockerfile
makes up what the settings ask for.
"""

from __future__ import annotations

from collections.abc import Mapping

from simple_deploy.api import Hosting
from simple_deploy_flyio import names
from simple_deploy_flyio.dockerfile import made_up

SECRET_KEY = "made-up-to-try-the-settings-and-used-nowhere-else-0123456789"
POSTGRES = "postgres://site@top2.nearest.of.site-db.internal:5432/site"


def hosting(app: str, region: str, env: Mapping[str, str], *, module: str, database: bool) -> Hosting:
    """What the site finds, with made-up values for what is known only once it runs.

    :param env: variables that fly.toml sets.
    :param database: whether the site has one; its address is a secret unless *env* holds it.
    """
    image = {"DJANGO_SETTINGS_MODULE": module, "PYTHONUNBUFFERED": "1"}
    secrets = {"SECRET_KEY": SECRET_KEY, **({"DATABASE_URL": POSTGRES} if database else {})}
    return Hosting(
        address=names.url(app),
        site=tuple({**image, **machine(app, region), **secrets, **env}.items()),
        build=tuple({**image, **made_up(database=database)}.items()),
        own_at_build=False,
    )


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
