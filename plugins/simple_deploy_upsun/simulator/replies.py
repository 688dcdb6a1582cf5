"""What the ``upsun`` program says: each reply with its source, and with its variants where nobody is sure.

Sources: [cli] the program's own source, github.com/upsun/cli at dd82c1e (version 5.11, August 2026); [docs]
docs.upsun.com of 2026-08-17. A reply without a source was not verified: a plugin has to take every variant of it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """:param said: on standard error; *answer* goes to standard output. ``{}`` are filled in.

    :param source: where it was read; empty when it was not verified.
    """

    code: int = 0
    answer: str = ""
    said: str = ""
    source: str = ""

    def give(self, **values: str) -> int:
        """Print it; returns the exit code."""
        if self.said:
            sys.stderr.write(self.said.format(**values) + "\n")
            sys.stderr.flush()
        if self.answer:
            sys.stdout.write(self.answer.format(**values) + "\n")
            sys.stdout.flush()
        return self.code


_LOG_IN = "\n\nPlease log in by running:\n    upsun login"

#: Replies by situation, then by variant; the first variant is the usual one.
REPLIES: Mapping[str, Mapping[str, Reply]] = {
    "version": {
        "three numbers": Reply(answer="Upsun CLI 5.11.0", source="[cli]"),
    },
    "email": {
        "address": Reply(answer="{email}", source="[cli] auth:info"),
    },
    "logged-out": {
        "required": Reply(code=3, said=f"Authentication is required.{_LOG_IN}", source="[cli] LoginRequiredException"),
        "refresh": Reply(code=3, said=f"Invalid refresh token.{_LOG_IN}", source="[cli] EventSubscriber"),
        "unauthorized": Reply(code=3, said=f"Unauthorized.{_LOG_IN}", source="[cli] EventSubscriber"),
    },
    "offline": {
        "own code": Reply(code=5, said="Failed to connect to the host.", source="[cli] exit code 5"),
        "git's": Reply(
            code=128,
            said="kex_exchange_identification: Connection closed by remote host\n"
            "fatal: Could not read from remote repository.",
        ),
    },
    "no-permission": {
        "own code": Reply(code=6, said="Permission denied. Check your permissions.", source="[cli] exit code 6"),
    },
    "no-project": {
        "own code": Reply(
            code=9, said="Specified project not found: {project}", source="[cli] ProjectNotFoundException"
        ),
    },
    "create": {
        "id alone": Reply(
            answer="{project}",
            said="Your Upsun project has been requested (subscription ID: 1)\n"
            "The Upsun Bot is activating your project\nThe project is now ready!",
            source="[cli] ProjectCreateCommand",
        ),
        "id after a notice": Reply(
            answer="{project}", said="A new version of the CLI is available.\nThe project is now ready!"
        ),
    },
    "create-refused": {
        "phone": Reply(
            code=1,
            said="Phone number verification is required before creating a project.",
            source="[cli] ProjectCreateCommand",
        ),
        "billing": Reply(
            code=1, said="Billing details are missing for this organization.", source="[cli] ProjectCreateCommand"
        ),
    },
    "url": {
        "with a slash": Reply(answer="https://{host}/", source="[cli] environment:url"),
        "without a slash": Reply(answer="https://{host}"),
        "over http": Reply(answer="http://{host}/"),
    },
    "no-variables": {
        "error": Reply(code=1, said="No variables found.", source="[cli] VariableListCommand"),
        "nothing": Reply(),
    },
    "variable-exists": {
        "error": Reply(code=1, said="The variable already exists: {name}", source="[cli] VariableCreateCommand"),
    },
    "no-value": {
        "error": Reply(code=1, said="--value is required", source="platformsh/console-form, Form.php"),
    },
    "not-a-fast-forward": {
        "unknown": Reply(
            code=1,
            said=" ! [rejected]        HEAD -> {branch} (fetch first)\nerror: failed to push some refs",
            source="git",
        ),
        "known": Reply(
            code=1,
            said=" ! [rejected]        HEAD -> {branch} (non-fast-forward)\nerror: failed to push some refs",
            source="git",
        ),
    },
    "variable-created": {
        "done": Reply(said="Creating variable {name} on the project", source="[cli] VariableCreateCommand"),
    },
    "delete": {
        "done": Reply(said="The project {project} was deleted.", source="[cli] ProjectDeleteCommand"),
    },
    "build-failed": {
        "code 1": Reply(
            code=1, said="  E: Error building project: Step failed with status code 1.\n\nThe push failed."
        ),
        "of git": Reply(
            code=128, said="  E: Error building project: Step failed with status code 1.\nerror: failed to push"
        ),
    },
    "no-ssh": {
        "ssh's": Reply(code=255, said="Permission denied (publickey)."),
    },
    # Not said by the program, but by Upsun: how a site learns where its database is.
    "database": {
        "url": Reply(answer="url", source="[docs] Use variables"),
        "parts": Reply(answer="parts", source="[docs] PostgreSQL"),
        "packed": Reply(answer="packed", source="[docs] Use variables"),
    },
}


def reply(situation: str, chosen: Mapping[str, str]) -> Reply:
    """The reply to give in *situation*.

    :param chosen: the variant of some situations; of the others the first is taken.
    """
    variants = REPLIES[situation]
    return variants[chosen.get(situation, next(iter(variants)))]
