"""An admin user for the site, with a password that the project's own validators accept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from simple_deploy.core.errors import StepError
from simple_deploy.core.facts import Settings
from simple_deploy.core.interfaces import Completed, Context
from simple_deploy.core.options import Answers, Option, Question
from simple_deploy.core.secret import Secret

#: Runs the interpreter of the release that serves, or is about to: arguments, variables, whether its lines are shown.
Python = Callable[[Sequence[str], Mapping[str, "str | Secret"], bool], Completed]

#: For a site that has none yet.
ADMIN = Question(
    id="admin_user",
    title="Create an admin user for the site?",
    help="There is none yet. You can also create one later, on the site’s page.",
    fields=(
        Option(name="create_admin", label="Create an admin user", kind="flag", default=False),
        Option(name="admin_username", label="User name", default="admin", when=("create_admin", "yes")),
        Option(name="admin_email", label="E-mail address", default="", required=False, when=("create_admin", "yes")),
        Option(name="admin_password", label="Password", kind="secret", when=("create_admin", "yes")),
    ),
)

#: The same for somebody who has said already that there is to be one.
ANOTHER_ADMIN = replace(
    ADMIN,
    title="Who will the admin user be?",
    help="",
    fields=tuple(replace(each, when=None) for each in ADMIN.fields if each.name != "create_admin"),
)

#: Begins a program for ``python -c`` that asks the project; settings may go to another folder.
LOADED = """\
import os, sys
sys.path[0] = os.getcwd()
import django; django.setup()
"""

_OBJECTIONS = f"""{LOADED}\
import json
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
try:
    user = get_user_model()(**json.loads(os.environ["SIMPLE_DEPLOY_USER"]))
except TypeError:  # a user model that takes other fields
    user = None
try:
    validate_password(os.environ["DJANGO_SUPERUSER_PASSWORD"], user)
    print("[]")
except ValidationError as error:
    print(json.dumps([str(message) for message in error.messages]))
"""


@dataclass(frozen=True, slots=True)
class AdminUser:
    """:param python: runs the release's interpreter."""

    ctx: Context
    python: Python

    def ask(self, question: Question) -> Answers:
        """The answers to *question*, asked again until there is no objection to the password.

        :raises StepError: the password was given ahead, and is not accepted.
        """
        question = admin_question(self.ctx.facts.settings, question)
        answers = self.ctx.ask(question)
        number = 1
        while answers.secret("admin_password") and (objections := self.objections(answers)):
            number += 1
            again = self.ctx.ask(_again(question, answers, objections, number))
            if again.secret("admin_password") == answers.secret("admin_password"):
                raise StepError("The password is not accepted. " + " ".join(objections), hint="Choose another one.")
            answers = again
        return answers

    def objections(self, answers: Answers) -> tuple[str, ...]:
        """What the project's validators have against the password."""
        told = {self._field: answers.text("admin_username"), "email": answers.text("admin_email")}
        env = {**_password(answers), "SIMPLE_DEPLOY_USER": json.dumps(told)}
        try:
            return tuple(map(str, json.loads(self.python(("-c", _OBJECTIONS), env, False).output.splitlines()[-1])))
        except (StepError, IndexError, ValueError):
            return ()  # then making the user says what is wrong

    def make(self, answers: Answers) -> None:
        """:raises StepError: Django refuses."""
        name, mail = answers.text("admin_username"), answers.text("admin_email")
        # Django's command has no flags for other fields than these.
        told = {each: answers.text(f"admin_{each}") for each in _required(self.ctx.facts.settings)}
        told[self._field] = (mail or name) if self._field == "email" else name
        who = [f"--{field}={value}" for field, value in told.items()]
        self.python(("manage.py", "createsuperuser", "--noinput", *who), _password(answers), True)

    @property
    def _field(self) -> str:
        settings = self.ctx.facts.settings
        return (settings.username_field if settings else None) or "username"


def admin_question(settings: Settings | None, question: Question = ADMIN) -> Question:
    """*question*, with what the project's users have to have besides, and without an address if they have none."""
    required = _required(settings)
    known = {each.name for each in question.fields}
    has_email = "email" in required or (settings is not None and settings.username_field == "email")
    condition = next((each.when for each in question.fields if each.name == "admin_username"), None)
    more = (
        Option(name=f"admin_{each}", label=each.replace("_", " ").capitalize(), when=condition)
        for each in required
        if f"admin_{each}" not in known
    )
    fields = (*(each for each in question.fields if has_email or each.name != "admin_email"), *more)
    return replace(question, fields=fields)


def _required(settings: Settings | None) -> tuple[str, ...]:
    return settings.required_fields if settings is not None else ("email",)


def run_management(ctx: Context, python: Python, words: Sequence[str]) -> None:
    """Run a management command on the site; ``createsuperuser`` asks as every question is asked.

    :param words: the command and its arguments. :raises StepError: it fails.
    """
    if tuple(words[:1]) == ("createsuperuser",) and {"--noinput", "--no-input"}.isdisjoint(words):
        user = AdminUser(ctx, python)
        user.make(user.ask(ANOTHER_ADMIN))
    else:
        python(("manage.py", *words), {}, True)


def _password(answers: Answers) -> dict[str, str | Secret]:
    return {"DJANGO_SUPERUSER_PASSWORD": answers.secret("admin_password")}


def _again(question: Question, answers: Answers, objections: Sequence[str], number: int) -> Question:
    """*question* once more, with what was answered and what is wrong beside the password."""
    given = answers.open
    return replace(
        question,
        id=f"{question.id}_{number}",
        title="Choose another password",
        fields=tuple(
            replace(
                each,
                default=given.get(each.name, each.default),
                help=" ".join(objections) if each.name == "admin_password" else each.help,
            )
            for each in question.fields
        ),
    )
