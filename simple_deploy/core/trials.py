"""What trying a plan showed, as data: each failure says under which conditions which command printed what. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: Under which conditions something was tried: as on this computer, while the platform builds, as the deployed site.
Phase = Literal["here", "build", "site"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One command that failed on the workbench, in an environment that holds the planned packages.

    :param command: as a person would type it.
    :param tail: the last lines it printed, without secrets.
    """

    phase: Phase
    command: tuple[str, ...]
    tail: tuple[str, ...]
