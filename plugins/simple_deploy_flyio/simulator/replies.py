"""What Fly.io refuses, and in which words: a row for each, with its source.

All errors go to standard error as ``Error: …`` with exit code 1 (superfly/flyctl internal/cli/cli.go). A row that
nobody has seen has a second variant; the state's key ``variant`` chooses it, and the plugin has to understand both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CTL = "superfly/flyctl@ad0172f"
GO = "superfly/fly-go@22d6e51"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """
    :param texts: the words in each variant; ``{app}`` and the like are filled in.
    :param verified: whether the words stand in the program's own source.
    """

    texts: tuple[str, ...]
    source: str
    verified: bool = True


REPLIES: Mapping[str, Reply] = MappingProxyType(
    {
        "logged-out": Reply(
            texts=(
                "no access token available. Please login with 'flyctl auth login'",
                "No access token available. Please login with 'flyctl auth login'",  # before fly-go 0.4.0
            ),
            source=f"{GO} api.go",
        ),
        "no-app": Reply(texts=('Could not find App "{app}"',), source=f"{CTL}, of the API"),
        "name-taken": Reply(
            texts=(
                "Validation failed: Name has already been taken",
                "failed to create app: name_taken: {app} is in use. Try {app}-2",
            ),
            source=f"{GO} flaps/flaps_error.go; the whole line was never seen",
            verified=False,
        ),
        "no-organization": Reply(
            texts=("Organization not found", 'Could not find Organization "{organization}"'),
            source="fly.io, of the API; never seen",
            verified=False,
        ),
        "has-database": Reply(
            texts=('consumer app "{app}" already contains a secret named DATABASE_URL',),
            source=f"{CTL} internal/command/postgres/attach.go",
        ),
        "has-cluster": Reply(
            texts=("app {app} already has DATABASE_URL set. Use --variable-name to specify a different name",),
            source=f"{CTL} internal/command/mpg/v2/run_attach.go",
        ),
        "user-exists": Reply(
            texts=('database user "{user}" already exists. Please specify a new database user via --database-user',),
            source=f"{CTL} internal/command/postgres/attach.go",
        ),
        "no-cluster-region": Reply(
            texts=("region {region} is not available for Managed Postgres. Available regions: [ams fra iad]",),
            source=f"{CTL} internal/command/mpg/create.go",
        ),
        "not-interactive": Reply(
            texts=("yes flag must be specified when not running interactively",),
            source=f"{CTL} internal/command/apps/destroy.go",
        ),
        "needs-volume": Reply(
            texts=(
                "Process group 'app' needs volumes with name '{volume}' to fulfill mounts defined in fly.toml; "
                "Run `fly volume create {volume} -r {region} -n 1` for the following regions and counts: {region}=1",
            ),
            source="community.fly.io; the words change",
            verified=False,
        ),
        "release-failed": Reply(
            texts=(
                "release command failed - aborting deployment. error release_command machine {machine} exited with "
                "non-zero status of {code}",
            ),
            source=f"{CTL} internal/command/deploy/machines_releasecommand.go",
        ),
        "unhealthy": Reply(
            texts=(
                "failed to update machine {machine}: Unrecoverable error: timeout reached waiting for health checks to "
                "pass for machine {machine}",
            ),
            source=f"{CTL} internal/command/deploy",
        ),
        "build-failed": Reply(
            texts=("failed to fetch an image or build from source: error building: {why}",),
            source=f"{CTL} internal/command/deploy/deploy_build.go",
        ),
        "no-network": Reply(
            texts=("failed to fetch an image or build from source: error connecting to the builder: i/o timeout",),
            source=f"{CTL} internal/build/imgsrc",
        ),
    }
)


@dataclass
class Refused(Exception):
    """Fly.io says no."""

    name: str
    message: str


def refuse(name: str, variant: int = 0, **values: object) -> Refused:
    """The refusal *name*, in these words."""
    texts = REPLIES[name].texts
    return Refused(name, texts[variant % len(texts)].format(**values))
