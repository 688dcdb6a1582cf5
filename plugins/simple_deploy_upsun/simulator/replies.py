"""What the ``upsun`` program says: each reply with its source, and with its variants where nobody is sure.

Sources: [cli] the program's own source, github.com/upsun/cli at dd82c1e (version 5.11, August 2026); [docs]
docs.upsun.com of 2026-08-17. A reply without a source was not verified: a plugin has to take every variant of it.
"""

from __future__ import annotations

from simple_deploy.rehearsal.program import Replies, Reply

_LOG_IN = "\n\nPlease log in by running:\n    upsun login"
_REJECTED = " ! [rejected]        HEAD -> {branch} (%s)\nerror: failed to push some refs"
_BUILD = "  E: Error building project: Step failed with status code 1.\n"

#: The first variant is the usual one.
REPLIES = Replies(
    {
        "version": (Reply(answer="Upsun CLI 5.11.0", source="[cli]", code=0),),
        "email": (Reply(answer="{email}", source="[cli] auth:info", code=0),),
        "logged-out": (
            Reply(f"Authentication is required.{_LOG_IN}", "[cli] LoginRequiredException", code=3),
            Reply(f"Invalid refresh token.{_LOG_IN}", "[cli] EventSubscriber", code=3),
            Reply(f"Unauthorized.{_LOG_IN}", "[cli] EventSubscriber", code=3),
        ),
        "offline": (
            Reply("Failed to connect to the host.", "[cli] exit code 5", code=5),
            Reply(
                "kex_exchange_identification: Connection closed by remote host\n"
                "fatal: Could not read from remote repository.",
                code=128,
            ),
        ),
        "no-permission": (Reply("Permission denied. Check your permissions.", "[cli] exit code 6", code=6),),
        "no-project": (Reply("Specified project not found: {project}", "[cli] ProjectNotFoundException", code=9),),
        "create": (
            Reply(
                "Your Upsun project has been requested (subscription ID: 1)\n"
                "The Upsun Bot is activating your project\nThe project is now ready!",
                "[cli] ProjectCreateCommand",
                answer="{project}",
                code=0,
            ),
            Reply("A new version of the CLI is available.\nThe project is now ready!", answer="{project}", code=0),
        ),
        "create-refused": (
            Reply("Phone number verification is required before creating a project.", "[cli] ProjectCreateCommand"),
            Reply("Billing details are missing for this organization.", "[cli] ProjectCreateCommand"),
        ),
        "url": (
            Reply(answer="https://{host}/", source="[cli] environment:url", code=0),
            Reply(answer="https://{host}", code=0),
            Reply(answer="http://{host}/", code=0),
        ),
        "no-variables": (Reply("No variables found.", "[cli] VariableListCommand"), Reply(code=0)),
        "no-domains": (Reply("No domains found for {project}.", "[cli] DomainListCommand"),),
        "no-activities": (Reply("No activities found", "[cli] ActivityListCommand"),),
        "variable-exists": (Reply("The variable already exists: {name}", "[cli] VariableCreateCommand"),),
        "no-size": (Reply("Size {size} not found in container profile HIGH_CPU", "[cli] ResourcesSetCommand", code=1),),
        "no-value": (Reply("--value is required", "platformsh/console-form, Form.php"),),
        "not-a-fast-forward": (
            Reply(_REJECTED % "fetch first", "git"),
            Reply(_REJECTED % "non-fast-forward", "git"),
        ),
        "variable-created": (Reply("Creating variable {name} on the project", "[cli] VariableCreateCommand", code=0),),
        "delete": (Reply("The project {project} was deleted.", "[cli] ProjectDeleteCommand", code=0),),
        "build-failed": (
            Reply(f"{_BUILD}\nThe push failed."),
            Reply(f"{_BUILD}error: failed to push", code=128),
        ),
        "no-ssh": (Reply("Permission denied (publickey).", code=255),),
        # Not said by the program, but by Upsun: how a site learns where its database is.
        "database": (
            Reply(answer="url", source="[docs] Variables overview"),
            Reply(answer="parts", source="[docs] PostgreSQL"),
        ),
    }
)
