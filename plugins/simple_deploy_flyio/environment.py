"""What Fly.io itself sets where a site runs. Source: fly.io/docs/machines/runtime-environment."""

from __future__ import annotations


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
