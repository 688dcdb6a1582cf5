"""Looking after the site that is deployed: its state, its log, and going back a release."""

from __future__ import annotations

from simple_deploy.api import Context, Operation, SiteState, StepError
from simple_deploy_flyio import account, commands, names

_DEPLOY = "python manage.py deploy --platform flyio --automate-all"


def operate(operation: Operation, ctx: Context, *, release: str = "") -> SiteState:
    """Do it, and say how the site is doing then.

    :param release: to go back to; empty for the one before.
    :raises StepError: the project has no app, or there is no release to go back to.
    """
    found = account.find(ctx)
    if found.standing != "ours":
        raise StepError("This project has no app on Fly.io, or you are not logged in.", hint=f"Deploy it: {_DEPLOY}")
    if operation == "logs":
        ctx.run(commands.logs(found.name), timeout=120)
    elif operation == "rollback":
        _roll_back(ctx, found.name, release)
    return _state(ctx, found)


def _roll_back(ctx: Context, app: str, release: str) -> None:
    made = _releases(ctx, app)
    served = [each for each in made if each.image and each.status.lower() not in {"failed", "interrupted", "running"}]
    if release:
        chosen = next((each for each in served if release in {str(each.version), f"v{each.version}"}), None)
    else:
        current = served[0].image if served else ""
        chosen = next((each for each in served if each.image != current), None)
    if chosen is None:
        known = ", ".join(f"v{each.version}" for each in served)
        raise StepError(
            "There is no such release to go back to.", hint=f"There are: {known}." if known else "This is the first."
        )
    ctx.run(commands.deploy_image(app, chosen.image), cwd=ctx.facts.location.root, timeout=1800)
    ctx.note(f"The site is what v{chosen.version} was. The database stays as it is: migrations are not undone.")


def _state(ctx: Context, found: account.Found) -> SiteState:
    states = commands.machine_states(
        ctx.run(commands.list_machines(found.name), check=False, show=False, timeout=60).output
    )
    newest = next(iter(_releases(ctx, found.name)), None)
    awake = any(state in {"started", "starting"} for state in states)
    asleep = bool(states) and not awake and {*states} <= {"stopped", "suspended", "stopping"}
    headline = "is running" if awake else "is asleep; a visit wakes it" if asleep else "has no machine that serves"
    details = [("Machines", ", ".join(states) or "none")]
    details += [("Release", f"v{newest.version} {newest.status}".strip())] if newest else []
    details += [("Volume", volume) for volume in found.volumes]
    database = found.cluster.name if found.cluster else names.database(found.name) if found.postgres else ""
    details += [("Database", database)] if database else []
    return SiteState(
        running=awake or asleep,
        headline=f"{found.name} {headline}",
        url=names.url(found.name),
        details=tuple(details),
    )


def _releases(ctx: Context, app: str) -> tuple[commands.Release, ...]:
    return commands.releases(ctx.run(commands.list_releases(app), check=False, show=False, timeout=60).output)
