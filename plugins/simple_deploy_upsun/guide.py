"""What the person does next, with this project's names in the commands. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from simple_deploy.api import (
    Advice,
    Answers,
    FinishedRun,
    ProjectFacts,
    Settings,
    SiteCommands,
    has_database,
    on_push_advice,
    standard_advice,
)
from simple_deploy_upsun import config, pages, place, questions
from simple_deploy_upsun.environment import APP

WHERE = "the folder of the repository"


def advice(run: FinishedRun) -> Iterator[Advice]:
    """After a run that configured or deployed the project."""
    facts = run.facts
    if facts is None or facts.settings is None:
        return
    if run.kind == "configure":
        planned = next((each.name for each in run.planned if each.kind == "project"), "")
        yield from _first_deployment(run, facts, planned)
    elif run.results.get("project"):
        yield Advice(
            title="Link this folder to the project",
            text="Do this once on each computer. The commands below then know which project you mean.",
            command=f"upsun project:set-remote {run.results['project']}",
            where=WHERE,
            url=f"{pages.CONSOLE}/projects/{run.results['project']}",
        )
        is_new = any(each.kind == "project" for each in run.planned)  # the workflow names one that was there
        yield from on_push_advice(questions.ON_PUSH, run.answers, app="" if is_new else run.results["project"])
    yield from standard_advice(run, _commands(facts, facts.settings))


def _first_deployment(run: FinishedRun, facts: ProjectFacts, planned: str) -> Iterator[Advice]:
    answers = run.answers
    yield Advice(
        title="Commit the changes",
        text="Upsun gets what is committed, and nothing else.",
        command=run.commit_command("Configure deployment to Upsun"),
        where=WHERE,
    )
    yield Advice(
        title="Log in, and create the project",
        text="It costs money from now on. The command shows the price first.",
        command=f"upsun login\n{create(facts, answers, planned)}",
        where=WHERE,
        url=pages.CLI,
    )
    resources = answers.text(questions.RESOURCES, questions.SIZES[0].value)
    yield Advice(
        title="Deploy",
        text="The build takes a few minutes. Afterwards, check whether the migrations succeeded: Upsun does not stop "
        "when they fail.",
        command=f"upsun push --resources-init {resources}\nupsun log deploy --lines 100\nupsun url --primary",
        where=WHERE,
    )


def create(facts: ProjectFacts, answers: Answers, planned: str = "") -> str:
    """The command that makes the project on Upsun.

    :param planned: the title that its configuration names.
    """
    title = planned or answers.text(questions.TITLE) or questions.default_title(facts)
    region = answers.text(questions.REGION, questions.DEFAULT_REGION)
    organization = answers.text(questions.ORGANIZATION)
    branch = (facts.git.branch if facts.git else None) or "main"
    words = ["upsun", "project:create", *(("--org", organization) if organization else ())]
    words += ["--title", f'"{title}"', "--region", region, "--default-branch", shlex.quote(branch), "--set-remote"]
    return " ".join(words)


def _commands(facts: ProjectFacts, settings: Settings) -> SiteCommands:
    packages = place.packages(facts)

    def on_site(command: str) -> str:
        # Double quotes mean the same to every shell that may read this.
        return f'upsun ssh -o RequestTTY=force "{config.manage(facts, packages, command)}"'

    service = f",{config.SERVICE}:0.5" if has_database(settings) else ""
    return SiteCommands(
        manage=on_site,
        deploy="upsun push",
        logs="upsun log app --tail",
        where=WHERE,
        variables=Advice(
            title="Give the site a variable",
            text="Do this once for each secret that your settings read from the environment. The site is then "
            "deployed again with it.",
            command="upsun variable:create --level project --name env:NAME --sensitive true --visible-build false",
            where=WHERE,
            url=pages.VARIABLES,
        ),
        more=(
            Advice(
                title="Open a shell on the site",
                text="Everything except the mounts is read-only there.",
                command="upsun ssh",
                where=WHERE,
            ),
            Advice(
                title="Change its resources",
                text="This sets the CPU, and the memory follows from it. It changes what you pay.",
                command=f"upsun resources:get\nupsun resources:set --size {APP}:1{service}",
                where=WHERE,
                url=pages.RESOURCES,
            ),
            Advice(
                title="Use a domain of your own",
                text="Then point its DNS record to the site; the page says how. The settings need no change.",
                command="upsun domain:add www.example.com",
                where=WHERE,
                url=pages.DOMAINS,
            ),
        ),
        destroy=Advice(
            title="Remove the site",
            text="This deletes the project on Upsun with its database and uploads for good. The costs end.",
            command="upsun project:delete",
            where=WHERE,
            url=pages.CONSOLE,
        ),
    )
