"""How the commands of the demo speak and end."""

from __future__ import annotations

import sys
from collections.abc import Callable

from simple_deploy.core.errors import SimpleDeployError


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def carry_out(work: Callable[[], int]) -> int:
    """Do *work*, and say why it stops.

    :returns: the exit code.
    """
    try:
        return work()
    except SimpleDeployError as error:
        sys.stderr.write(f"Error: {error.message}\n{error.hint}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. The same line goes on from here.\n")
        return 130
