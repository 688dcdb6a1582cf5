"""What Heroku refuses, and in which words: a row for each, with its source.

The words reach a person through Heroku's program, which puts them behind ``Error:`` and, where the API names one, an
``Error ID`` (heroku/cli v11, @heroku-cli/command).
"""

from __future__ import annotations

from simple_deploy.rehearsal.program import Replies, Reply

CLI = "heroku/cli v11.9.0"
SHEET = "the fact sheet on Heroku of 2026-11-21"


def _of_api(id: str, status: int, *texts: str, source: str = SHEET) -> tuple[Reply, ...]:
    """What the API refuses with an error of its own; by the fact sheet alone, nobody has seen the words."""
    return tuple(Reply(text, source, code=2, id=id, status=status, verified=source != SHEET) for text in texts)


REPLIES = Replies(
    {
        "logged-out": (Reply("not logged in", f"{CLI} src/commands/auth/whoami.ts", code=100, status=401),),
        # Every other command offers to log in, and asks for a key; without a keyboard it breaks off at that.
        "log-in-first": (
            Reply(
                "TypeError: process.stdin.setRawMode is not a function",
                "heroku/cli v11.10.0, run without a login and without a terminal",
            ),
        ),
        "no-app": _of_api("not_found", 404, "Couldn't find that app.", source=f"{CLI}, the program's own tests"),
        "not-yours": _of_api(
            "forbidden", 403, "You do not have access to the app {app}.", "You don't have access to that app."
        ),
        "name-taken": _of_api("invalid_params", 422, "Name {app} is already taken", "Name is already taken"),
        "name-invalid": _of_api(
            "invalid_params",
            422,
            "Name must start with a letter, end with a letter or digit and can only contain lowercase letters, "
            "digits, and dashes",
            "Name is invalid",
        ),
        "unverified-account": _of_api(
            "verification_required",
            402,
            "Please verify your account to create apps. Visit https://heroku.com/verify",
            "To create an app, verify your account by adding payment information: https://heroku.com/verify",
        ),
        "no-eco": _of_api(
            "invalid_params",
            422,
            "Subscribe to Eco dynos to use them.",
            "Eco is not a valid dyno size for this account.",
        ),
        "no-addon": _of_api("not_found", 404, "Couldn't find that add-on.", source=f"{CLI} src/lib/addons"),
        "domain-taken": _of_api("invalid_params", 422, "{domain} is currently in use by another app."),
        "no-domain": _of_api("not_found", 404, "Couldn't find that domain name."),
        "no-formation": (Reply("Type web not found in process formation.\nTypes: for {app}", CLI, code=2),),
    }
)
