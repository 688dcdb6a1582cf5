"""What Fly.io refuses, and in which words: a row for each, with its source.

All errors go to standard error as ``Error: …`` with exit code 1 (superfly/flyctl internal/cli/cli.go).
"""

from __future__ import annotations

from simple_deploy.rehearsal.program import Replies, Reply

CTL = "superfly/flyctl@ad0172f"
GO = "superfly/fly-go@22d6e51"


def _row(source: str, *texts: str, verified: bool = True) -> tuple[Reply, ...]:
    """:param verified: whether the words stand in the program's own source."""
    return tuple(Reply(text, source, verified=verified) for text in texts)


REPLIES = Replies(
    {
        "logged-out": _row(
            f"{GO} api.go",
            "no access token available. Please login with 'flyctl auth login'",
            "No access token available. Please login with 'flyctl auth login'",  # before fly-go 0.4.0
        ),
        "no-app": _row(f"{CTL}, of the API", 'Could not find App "{app}"'),
        "asleep": _row(f"{CTL}; never seen", "app {app} has no started VMs", verified=False),
        "no-config": _row(CTL, "the config for your app is missing an app name, add an app field to the fly.toml file"),
        "bad-config": _row(CTL, "failed loading app config from {file}: toml: {error}"),
        "no-postgres": _row(CTL, "app {app} is not a postgres app"),
        "no-cluster": _row(CTL, "failed retrieving cluster {cluster}: not found"),
        "name-taken": _row(
            f"{GO} flaps/flaps_error.go; the whole line was never seen",
            "Validation failed: Name has already been taken",
            "failed to create app: name_taken: {app} is in use. Try {app}-2",
            verified=False,
        ),
        "no-organization": _row(
            "fly.io, of the API; never seen",
            "Organization not found",
            'Could not find Organization "{organization}"',
            verified=False,
        ),
        "has-database": _row(
            f"{CTL} internal/command/postgres/attach.go",
            'consumer app "{app}" already contains a secret named DATABASE_URL',
        ),
        "has-cluster": _row(
            f"{CTL} internal/command/mpg/v2/run_attach.go",
            "app {app} already has DATABASE_URL set. Use --variable-name to specify a different name",
        ),
        "user-exists": _row(
            f"{CTL} internal/command/postgres/attach.go",
            'database user "{user}" already exists. Please specify a new database user via --database-user',
        ),
        "no-cluster-region": _row(
            f"{CTL} internal/command/mpg/create.go",
            "region {region} is not available for Managed Postgres. Available regions: [ams fra iad]",
        ),
        "not-interactive": _row(
            f"{CTL} internal/command/apps/destroy.go", "yes flag must be specified when not running interactively"
        ),
        "no-org-slug": _row(CTL, "org slug must be specified when not running interactively"),
        "needs-volume": _row(
            "community.fly.io; the words change",
            "Process group 'app' needs volumes with name '{volume}' to fulfill mounts defined in fly.toml; "
            "Run `fly volume create {volume} -r {region} -n 1` for the following regions and counts: {region}=1",
            verified=False,
        ),
        "release-failed": _row(
            f"{CTL} internal/command/deploy/machines_releasecommand.go",
            "release command failed - aborting deployment. error release_command machine {machine} exited with "
            "non-zero status of {code}",
        ),
        "unhealthy": _row(
            f"{CTL} internal/command/deploy",
            "failed to update machine {machine}: Unrecoverable error: timeout reached waiting for health checks to "
            "pass for machine {machine}",
        ),
        "build-failed": _row(
            f"{CTL} internal/command/deploy/deploy_build.go",
            "failed to fetch an image or build from source: error building: {why}",
        ),
        "no-network": _row(
            f"{CTL} internal/build/imgsrc",
            "failed to fetch an image or build from source: error connecting to the builder: i/o timeout",
        ),
    }
)
