"""Deploying whatever is pushed to GitHub: a workflow that runs there, and the one secret that it needs. Pure.

Sources: docs.github.com, "Workflow syntax for GitHub Actions", "Using secrets in GitHub Actions" and "Control the
concurrency of workflows and jobs"; github.com/actions/checkout.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.options import Answers, Option
from simple_deploy.core.steps import WriteFile

#: The name of the option.
ON_PUSH = "deploy_on_push"
SECRETS = "https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/use-secrets"
_SYNTAX = "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax"
_MINUTES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPush:
    """How GitHub deploys to a platform. ``{app}`` stands for the app's name in each text.

    :param slug: of the platform. :param name: its name, for people.
    :param run: the command line for bash that deploys the commit that is checked out, with the whole history.
    :param secret: the variable that holds the platform's token, under whose name GitHub keeps it too.
    :param token: the command that makes such a token and prints it; empty where no command does.
    :param console: how a person makes the token where no command does, as a sentence.
    :param uses: the action that installs the platform's program, where the command line needs it.
    :param docs: the platform's own page about it.
    """

    slug: str
    name: str
    run: str
    secret: str
    docs: str
    token: str = ""
    console: str = ""
    uses: str = ""

    @property
    def path(self) -> str:
        return f".github/workflows/deploy-{self.slug}.yml"

    def option(self, facts: ProjectFacts) -> Option:
        return Option(
            name=ON_PUSH,
            label="Deploy each push to GitHub",
            kind="flag",
            help=f"Adds a workflow, `{self.path}`. GitHub then deploys each push to the branch {_branch(facts)}, once "
            f"you have given it the secret `{self.secret}`. To stop this, delete the file.",
            default=False,
            advanced=True,
        )

    def steps(self, facts: ProjectFacts, answers: Answers, *, app: str) -> tuple[WriteFile, ...]:
        """The step that writes the workflow, where it was asked for.

        :param app: empty where the platform names the app itself and has not yet: there is no step then.
        """
        if not app or not answers.flag(ON_PUSH):
            return ()
        return (
            WriteFile(
                id="on-push",
                title=f"Let GitHub deploy each push to {_branch(facts)}",
                why=f"GitHub runs it whenever commits arrive on {_branch(facts)}. It deploys what was pushed as it is "
                "and, unlike this tool, tries nothing beforehand. To run your tests first, add them as another "
                "job that this one `needs`.",
                undo="The file is removed.",
                docs=_SYNTAX,
                path=self.path,
                text=self._workflow(_branch(facts), app),
            ),
        )

    def findings(self, answers: Answers, *, app: str, exported: str = "") -> tuple[Finding, ...]:
        """What is left to do for whoever asked for it.

        :param exported: the requirements file that a plan writes and nothing else; empty where there is none.
        """
        if not answers.flag(ON_PUSH):
            return ()
        if not app:
            return (self._later(),)
        return (
            Finding(
                id=f"{self.slug}.on-push",
                level=Level.INFO,
                title=f"GitHub needs the secret {self.secret} to deploy.",
                why=f"It is a {self.name} token that may deploy. Without it, only the workflow fails."
                + (
                    f" Only this tool writes {exported}: when packages have changed, plan before you push."
                    if exported
                    else ""
                ),
                fix=f"{self.console or f'`{self.token_of(app)}` prints one.'} In the repository on GitHub, choose "
                f"Settings, then Secrets and variables, then Actions, and store it as {self.secret}.",
                docs=SECRETS,
            ),
        )

    def _later(self) -> Finding:
        return Finding(
            id=f"{self.slug}.on-push-later",
            level=Level.INFO,
            title="GitHub cannot deploy yet.",
            why=f"The workflow names the project on {self.name}, which the first deployment makes.",
            fix="Deploy first. Then choose “Plan it” on the site's page, or plan again.",
            docs=self.docs,
        )

    def token_of(self, app: str) -> str:
        """The command that makes the token for *app*."""
        return _for(self.token, app)

    def _workflow(self, branch: str, app: str) -> str:
        install = f"      - uses: {self.uses}\n" if self.uses else ""
        return f"""\
# GitHub deploys each push to {branch} to {self.name}. It needs the secret {self.secret}:
# Settings, Secrets and variables, Actions. {self.docs}
name: {json.dumps(f"Deploy to {self.name}")}

on:
  push:
    branches: [{json.dumps(_as_pattern(branch))}]

# It reads the code, and changes nothing on GitHub.
permissions:
  contents: read

# One deployment after another.
concurrency: {json.dumps(f"deploy-{self.slug}")}

jobs:
  deploy:
    runs-on: ubuntu-latest
    timeout-minutes: {_MINUTES}
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
          persist-credentials: false
{install}      - run: |
          {_for(self.run, app)}
        env:
          {self.secret}: ${{{{ secrets.{self.secret} }}}}
"""


def _as_pattern(branch: str) -> str:
    """What matches this branch alone: GitHub takes names of branches for patterns. Git allows none of ``*?[``."""
    return branch.replace("+", r"\+").replace("!", r"\!")


def _for(text: str, app: str) -> str:
    return text.replace("{app}", app)


def _branch(facts: ProjectFacts) -> str:
    return (facts.git.branch if facts.git else None) or "main"
