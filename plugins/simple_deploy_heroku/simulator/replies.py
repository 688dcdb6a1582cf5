"""What Heroku refuses, and in which words: a row for each, with its source.

The words reach a person through Heroku's program, which puts them behind ``Error:`` and, where the API names one, an
``Error ID`` (heroku/cli v11, @heroku-cli/command). A row that nobody has seen has a second variant; the state's key
``variant`` chooses it, and the plugin has to understand both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CLI = "heroku/cli v11.9.0"
SHEET = "the fact sheet on Heroku of 2026-11-21"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """
    :param id: of the API's error; empty when the program refuses by itself.
    :param texts: the words in each variant; ``{app}`` and the like are filled in.
    :param status: of the API's answer; 0 when the program refuses by itself.
    :param exit_code: of the program.
    :param verified: whether somebody saw it, in the program's own source or on a screen.
    """

    id: str = ""
    texts: tuple[str, ...]
    status: int = 0
    exit_code: int = 2
    source: str
    verified: bool = True


REPLIES: Mapping[str, Reply] = MappingProxyType(
    {
        "logged-out": Reply(
            texts=("not logged in",), status=401, exit_code=100, source=f"{CLI} src/commands/auth/whoami.ts"
        ),
        # Every other command offers to log in, and asks for a key; without a keyboard it breaks off at that.
        "log-in-first": Reply(
            texts=("TypeError: process.stdin.setRawMode is not a function",),
            exit_code=1,
            source="heroku/cli v11.10.0, run without a login and without a terminal",
        ),
        "no-app": Reply(
            id="not_found",
            texts=("Couldn't find that app.",),
            status=404,
            source=f"{CLI}, the program's own tests",
        ),
        "not-yours": Reply(
            id="forbidden",
            texts=("You do not have access to the app {app}.", "You don't have access to that app."),
            status=403,
            source=SHEET,
            verified=False,
        ),
        "name-taken": Reply(
            id="invalid_params",
            texts=("Name {app} is already taken", "Name is already taken"),
            status=422,
            source=SHEET,
            verified=False,
        ),
        "name-invalid": Reply(
            id="invalid_params",
            texts=(
                "Name must start with a letter, end with a letter or digit and can only contain lowercase letters, "
                "digits, and dashes",
                "Name is invalid",
            ),
            status=422,
            source=SHEET,
            verified=False,
        ),
        "unverified-account": Reply(
            id="verification_required",
            texts=(
                "Please verify your account to create apps. Visit https://heroku.com/verify",
                "To create an app, verify your account by adding payment information: https://heroku.com/verify",
            ),
            status=402,
            source=SHEET,
            verified=False,
        ),
        "no-eco": Reply(
            id="invalid_params",
            texts=("Subscribe to Eco dynos to use them.", "Eco is not a valid dyno size for this account."),
            status=422,
            source=SHEET,
            verified=False,
        ),
        "no-addon": Reply(
            id="not_found", texts=("Couldn't find that add-on.",), status=404, source=f"{CLI} src/lib/addons"
        ),
        "no-network": Reply(
            texts=("getaddrinfo ENOTFOUND api.heroku.com",), exit_code=1, source="Node.js, of a name it cannot look up"
        ),
    }
)


class Refused(Exception):
    """Heroku says no.

    :param name: of the row in :data:`REPLIES`.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name, message)
        self.name = name
        self.message = message

    @property
    def reply(self) -> Reply:
        return REPLIES[self.name]


def refuse(name: str, variant: int = 0, **values: str) -> Refused:
    """The refusal *name*, in these words."""
    texts = REPLIES[name].texts
    return Refused(name, texts[variant % len(texts)].format(**values))
