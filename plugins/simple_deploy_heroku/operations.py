"""Looking after the site that is deployed: its state, its log, starting, stopping, and going back a release."""

from __future__ import annotations

from simple_deploy.api import Context, Operation, SiteState, StepError
from simple_deploy_heroku import account, commands

LINES = 200
_DEPLOY = "python manage.py deploy --platform heroku --automate-all"


def operate(operation: Operation, ctx: Context, *, release: str = "") -> SiteState:
    """Do it, and say how the site is doing then.

    :param release: to go back to; empty for the one before.
    :raises StepError: the project has no app.
    """
    app = _app(ctx)
    if operation == "logs":
        ctx.run(commands.logs(app, LINES), timeout=120)
    elif operation == "rollback":
        ctx.run(commands.rollback(app, release), timeout=900)
        ctx.note("Code and config vars are those of then. The database stays as it is: migrations are not undone.")
    elif operation in ("start", "stop"):
        ctx.run(commands.scale(app, 1 if operation == "start" else 0), timeout=120)
    return _state(ctx, app)


def _app(ctx: Context) -> str:
    found = account.find(ctx)
    app = next((each.name for each in found.resources if each.kind == "app"), "")
    if not app:
        raise StepError("This project has no app on Heroku, or you are not logged in.", hint=f"Deploy it: {_DEPLOY}")
    return app


def _state(ctx: Context, app: str) -> SiteState:
    info = commands.parse_object(ctx.run(commands.app_info(app), show=False, timeout=60).output)
    web = account.web_dynos(info)
    version, status = commands.parse_release(ctx.run(commands.releases(app), show=False, timeout=60).output)
    states = sorted({str(dyno.get("state") or "") for dyno in web})
    serves = any(state in {"up", "starting", "idle"} for state in states)
    host = account.host_of(info.get("app") or {})
    details = [("Dynos", f"{len(web)} {account.size_of(info)}".strip() + (f", {', '.join(states)}" if states else ""))]
    details += [("Release", f"v{version} {status}".strip())] if version else []
    details += [("Database", each.name) for each in account.databases(info)]
    return SiteState(
        running=serves,
        headline=f"{app} is running" if serves else f"{app} has no dyno that serves",
        url=f"https://{host}/" if host else None,
        details=tuple(details),
    )
