"""Calls of the ``upsun`` program, and what it means when they fail."""

from __future__ import annotations

from simple_deploy.api import Completed, Context, StepError, ToolMissing
from simple_deploy_upsun import commands, pages
from simple_deploy_upsun.commands import Argv

#: How the program is installed, by operating system; from the program's own README, August 2026.
INSTALL = {
    "darwin": "Install it with Homebrew: `brew install upsun/tap/upsun-cli`",
    "windows": f"Install it with Scoop, as {pages.CLI} shows.",
    "linux": "Install it: `curl -fsSL https://raw.githubusercontent.com/upsun/cli/main/installer.sh | bash`",
}
_GATES = ("phone", "billing", "payment", "credit card", "verif")


def ask(ctx: Context, argv: Argv, *, show: bool = False, timeout: float = 600.0) -> str:
    """What the program says.

    :raises StepError: it is missing, or failed; saying why, and what to do.
    """
    try:
        done = ctx.run(argv, check=False, show=show, timeout=timeout)
    except ToolMissing as error:
        raise StepError(
            "The program `upsun` is not installed.", hint=INSTALL[ctx.facts.host.system], docs=pages.CLI
        ) from error
    if not done.ok:
        raise problem(argv, done)
    return done.output


def problem(argv: Argv, done: Completed) -> StepError:
    """Why the program failed. Exit codes as in the program's source, version 5.11."""
    said = " ".join(line.strip() for line in done.tail(6) if line.strip())
    what = f"`{' '.join(argv[:2])}` ended with exit code {done.returncode}: {said or 'it said nothing.'}"
    if done.returncode == commands.NOT_LOGGED_IN or "upsun login" in said:
        return StepError(
            "You are not logged in to Upsun.", hint="Log in: `upsun login`. Then try again.", docs=pages.CLI
        )
    if done.returncode == commands.NO_CONNECTION:
        return StepError(
            f"Upsun cannot be reached: {said}", hint="Look whether this computer is online, then try again."
        )
    if done.returncode == commands.NO_PERMISSION:
        return StepError(
            f"Your account may not do this on Upsun: {said}",
            hint="Ask the owner of the organization, or choose another one with --organization.",
            docs=pages.ORGANIZATIONS,
        )
    if done.returncode == commands.NO_PROJECT:
        return StepError(
            f"The project is not there, or not yours to see: {said}",
            hint="See `upsun project:list`; plan again, so that what exists is looked up anew.",
        )
    if argv[1] == "project:create" and any(word in said.lower() for word in _GATES):
        return StepError(
            f"Upsun wants your account completed first: {said}",
            hint=f"Do that at {pages.CONSOLE}, then try again; nothing was created.",
            docs=pages.CONSOLE,
        )
    return StepError(what, hint="Its own words are above and in the log. Fix that, and try again.")
