"""Giving the project on Upsun an environment variable, whose value stands in no command line."""

from __future__ import annotations

from simple_deploy.api import Context, Secret, StepError
from simple_deploy_upsun import commands
from simple_deploy_upsun.commands import problem


def in_one_line(value: str) -> bool:
    """Whether the program can be told *value*: an answer to it is one line, without spaces around it."""
    return value == value.strip() and "\n" not in value


def give(ctx: Context, project: str, name: str, value: str) -> None:
    """Make a variable that is not there yet.

    :param value: :func:`in_one_line`. :raises StepError: it is refused.
    """
    ctx.note(f"Setting {name}")
    argv = commands.set_variable(project, name)
    # The program repeats what it was given, so nothing of what it says is shown.
    done = ctx.run(argv, stdin=Secret(f"{value}\n"), env=commands.ANSWERING, check=False, show=False, timeout=120)
    if done.ok:
        return
    failed = problem(argv, done)
    if done.returncode in commands.KNOWN_CODES:
        raise failed
    hint = (
        f"Set it yourself with this command, which asks for the value: {commands.by_hand(project, name)}. Then try "
        "again."
    )
    raise StepError(failed.message, hint=hint)
