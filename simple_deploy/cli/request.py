"""What one call of the command asks for, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from simple_deploy.platforms.base import Operation

#: What ``--logs`` with ``--follow`` is.
FOLLOW: Operation = "follow"

#: Flags that do something with the deployed site.
OPERATIONS: tuple[str, ...] = tuple(each for each in get_args(Operation) if each != FOLLOW)

#: Flags that say what to do, each by itself; the first is what happens without any of them.
ACTIONS = (
    "deploy",
    "automate_all",
    "plan",
    "check",
    "list_platforms",
    "history",
    "summary",
    "export_run",
    "share",
    "execute",
    "retry",
    "undo",
    "destroy",
    "fix",
    *OPERATIONS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call.

    :param action: one of :data:`ACTIONS`, or :data:`FOLLOW`.
    :param subject: what the action is about: a run, a fix, a release, a variable, a command, a file, a domain; empty
        means the usual one.
    :param platform: the platform's slug, or None.
    :param no_input: nobody may be asked.
    :param to: the file that is written, or empty.
    :param share_at: the address at which others may watch, or empty.
    :param rehearse: against the simulated platform, meeting *scenario*; with *prepare* download what that needs.
    """

    action: str = "deploy"
    subject: str = ""
    platform: str | None = None
    yes: bool = False
    no_input: bool = False
    allow_dirty: bool = False
    rehearse: bool = False
    scenario: str = ""
    prepare: bool = False
    to: str = ""
    share_at: str = ""

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Request:
        """The request in the options that argparse gives."""
        action = next((name for name in ACTIONS[1:] if options[name] not in (None, False)), ACTIONS[0])
        if options["follow"] and action in ("logs", ACTIONS[0]):
            action = FOLLOW
        subject = options.get(action)
        return cls(
            action=action,
            subject=subject if isinstance(subject, str) else "",
            platform=options["platform"],
            yes=options["yes"],
            no_input=options["no_input"],
            allow_dirty=options["allow_dirty"],
            rehearse=options["rehearse"],
            scenario=options["scenario"] or "",
            prepare=options["prepare"],
            to=options["to"] or "",
            share_at=options["share_at"] or "",
        )
