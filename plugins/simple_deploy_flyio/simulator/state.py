"""What Fly.io keeps: an account, organizations, apps with their secrets, volumes and releases, and clusters. Pure; the
state is a plain dict.

The shapes are those of fly-go (types.go, volume_types.go) as far as the program shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simple_deploy.rehearsal.site import mark, now
from simple_deploy_flyio.memory import megabytes
from simple_deploy_flyio.regions import REGIONS, WITH_MANAGED
from simple_deploy_flyio.simulator.replies import REPLIES

State = dict[str, Any]

ACCOUNT = "you@example.com"
ORGANIZATIONS = {"personal": "You"}
SOMEBODY = "somebody-else"


def app_of(state: State, name: str) -> dict[str, Any]:
    """The app *name* of the account.

    :raises Refused: there is none, or it is somebody else's, which sounds the same.
    """
    found: dict[str, Any] | None = state.get("apps", {}).get(name)
    if found is None or found["organization"] == SOMEBODY:
        raise REPLIES.refuse("no-app", state, app=name)
    return found


def create_app(state: State, name: str, organization: str, *, postgres: bool = False) -> dict[str, Any]:
    """A new app.

    :raises Refused: the name is taken, by whomever, or there is no such organization.
    """
    if organization not in {**ORGANIZATIONS, SOMEBODY: ""}:
        raise REPLIES.refuse("no-organization", state, organization=organization)
    if name in state.setdefault("apps", {}):
        raise REPLIES.refuse("name-taken", state, app=name)
    made: dict[str, Any] = {
        "id": mark(name),
        "name": name,
        "organization": organization,
        "postgres": postgres,
        "deployed": postgres,
        "secrets": {},
        "volumes": [],
        "releases": [],
        "machine": None,
    }
    state["apps"][name] = made
    return made


def shown_app(app: Mapping[str, Any]) -> dict[str, Any]:
    """An app as ``apps list --json`` has it."""
    return {
        "ID": app["name"],
        "InternalNumericID": 0,
        "Name": app["name"],
        "State": "",
        "Status": "deployed" if app["deployed"] else "pending",
        "Deployed": app["deployed"],
        "Hostname": f"{app['name']}.fly.dev",
        "AppURL": "",
        "Organization": {
            "ID": mark(app["organization"]),
            "Name": ORGANIZATIONS.get(app["organization"], ""),
            "Slug": app["organization"],
            "RawSlug": app["organization"],
            "Type": "PERSONAL",
            "PaidPlan": False,
        },
        "PlatformVersion": "machines",
    }


def shown_secrets(app: Mapping[str, Any], words: int) -> list[dict[str, Any]]:
    """Names and digests; the key of the name was another one before September 2025."""
    key = ("name", "Name")[words % 2]
    return [
        {key: name, "digest": mark(value)[:16], "status": "Deployed" if app["deployed"] else "Staged"}
        for name, value in sorted(app["secrets"].items())
    ]


def add_volume(app: dict[str, Any], name: str, region: str, size: int) -> dict[str, Any]:
    volume = {
        "id": f"vol_{mark(app['name'] + name + str(len(app['volumes'])))[:16]}",
        "name": name,
        "state": "created",
        "size_gb": size,
        "region": region,
        "encrypted": True,
        "attached_machine_id": None,
        "created_at": now(),
    }
    app["volumes"].append(volume)
    return volume


def guest(app: Mapping[str, Any]) -> dict[str, Any]:
    """What the machine of *app* has: as its fly.toml says, or as it was scaled since then."""
    wanted: dict[str, Any] = next(iter((app["machine"] or {}).get("config", {}).get("vm", [])), {})
    kind, _, cpus = str(wanted.get("size", "shared-cpu-1x")).partition("-cpu-")
    memory = app.get("memory") or megabytes(str(wanted.get("memory", "256mb")))
    return {"cpu_kind": kind, "cpus": int(cpus.rstrip("x") or 1), "memory_mb": memory}


def add_release(app: dict[str, Any], image: str, status: str) -> dict[str, Any]:
    release = {
        "ID": mark(f"{app['name']}{len(app['releases'])}")[:12],
        "Version": len(app["releases"]) + 1,
        "Stable": status == "complete",
        "InProgress": status == "running",
        "Reason": "",
        "Description": "Release",
        "Status": status,
        "ImageRef": image,
        "User": {"Email": ACCOUNT},
        "CreatedAt": now(),
    }
    app["releases"].append(release)
    return release


def create_cluster(state: State, name: str, organization: str, region: str, plan: str) -> dict[str, Any]:
    """:raises Refused: there is no Managed Postgres in the region."""
    if region not in WITH_MANAGED:
        raise REPLIES.refuse("no-cluster-region", state, region=region)
    known = state.setdefault("clusters", {})
    cluster: dict[str, Any] = {
        "id": mark(f"{name}{len(known)}")[:16],
        "mpgd_cluster_id": "",
        "version": "v2",
        "name": name,
        "region": region,
        "status": "ready",
        "plan": plan,
        "disk": 10,
        "replicas": 1,
        "organization": {"slug": organization},
        "ip_assignments": {"direct": "fdaa:0:1::3"},
        "attached_apps": [],
    }
    known[cluster["id"]] = cluster
    return cluster


def regions() -> list[dict[str, Any]]:
    """As ``platform regions --json`` has them."""
    return [
        {
            "code": code,
            "name": place,
            "gateway_available": True,
            "requires_paid_plan": False,
            "deprecated": False,
            "mpg_available": code in WITH_MANAGED,
        }
        for code, place in REGIONS.items()
    ]
