"""Why a run is to stop. What stands here is written beside the run, so that its end can say it."""

from __future__ import annotations

import signal
from enum import Enum

from simple_deploy.core.errors import Cancelled


class Stop(str, Enum):
    """Who or what wants a run to stop."""

    PAGE = "page"
    TERMINAL = "terminal"
    INTERRUPT = "SIGINT"
    BREAK = "SIGBREAK"
    TERMINATE = "SIGTERM"
    HANGUP = "SIGHUP"
    DEAD = "dead"  # nobody: it gave no sign of life, and is not to go on should it only have been asleep


_WORDS = {
    Stop.PAGE: "The run was cancelled on its page.",
    Stop.TERMINAL: "The run was cancelled from a terminal.",
    Stop.INTERRUPT: "The run was cancelled with Ctrl-C.",
    Stop.BREAK: "The run was cancelled with Ctrl-Break.",
    Stop.TERMINATE: "The run was cancelled: its process was told to end (SIGTERM).",
    Stop.HANGUP: "The run was cancelled: its terminal was closed (SIGHUP).",
}


def by_signal(number: int) -> Stop:
    return Stop(signal.Signals(number).name)


def cancelled(raised: BaseException, why: Stop | None) -> Cancelled:
    """What to say of a run that *raised* Cancelled or KeyboardInterrupt.

    :param why: what stands beside the run; None where nothing that is known does.
    """
    if isinstance(raised, Cancelled) and raised.message != Cancelled().message:
        return raised  # a person said no to something, and it says to what
    return Cancelled(_WORDS[why]) if why in _WORDS else Cancelled()
