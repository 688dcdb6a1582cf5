"""What the person does next, with this project's names in the commands. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from simple_deploy.api import Advice, Answers, FinishedRun, ProjectFacts, Settings, has_database
from simple_deploy_upsun import config, pages, place, questions

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
            text="Once on each computer. The commands below then know which project is meant.",
            command=f"upsun project:set-remote {run.results['project']}",
            where=WHERE,
            url=f"{pages.CONSOLE}/projects/{run.results['project']}",
        )
    yield from _life(facts, facts.settings)


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
        text="From now on it costs money. What it will cost is shown first.",
        command=f"upsun login\n{create(facts, answers, planned)}",
        where=WHERE,
        url=pages.CLI,
    )
    resources = answers.text(questions.RESOURCES, questions.SIZES[0].value)
    yield Advice(
        title="Deploy",
        text="The build takes some minutes. Afterwards look whether the migrations went well: Upsun does not stop when "
        "they fail.",
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


def _life(facts: ProjectFacts, settings: Settings) -> Iterator[Advice]:
    packages = place.packages(facts)

    def on_site(*arguments: str, terminal: bool = False) -> str:
        # Double quotes mean the same to every shell that may read this.
        command = config.manage(facts, packages, *arguments)
        return f'upsun ssh {"-o RequestTTY=force " if terminal else ""}"{command}"'

    yield Advice(
        title="Deploy again after a change",
        text="Each push to the branch builds the site anew and migrates its database.",
        command='git commit --all -m "What I changed"\nupsun push',
        where=WHERE,
    )
    if has_database(settings):
        yield Advice(
            title="Migrate by hand",
            text="Not needed after a push that went well.",
            command=on_site("migrate"),
            where=WHERE,
        )
    if settings.has_admin:
        yield Advice(
            title="Make an admin user",
            text="It asks for name, e-mail address and password.",
            command=on_site("createsuperuser", terminal=True),
            where=WHERE,
        )
    yield Advice(title="Read the log", command="upsun log app --tail", where=WHERE)
    yield Advice(
        title="Look around on the site",
        text="All but the mounts is read-only there.",
        command=f"upsun ssh\n{on_site('shell', terminal=True)}",
        where=WHERE,
    )
    yield Advice(
        title="Give the site a variable",
        text="Once with each secret your settings read from the environment; the site is deployed again with it.",
        command="upsun variable:create --level project --name env:NAME --sensitive true --visible-build false",
        where=WHERE,
        url=pages.VARIABLES,
    )
    service = f",{config.SERVICE}:0.5" if has_database(settings) else ""
    yield Advice(
        title="Give it more, or less",
        text="CPU, memory follows. It changes what you pay.",
        command=f"upsun resources:get\nupsun resources:set --size {config.APP}:1{service}",
        where=WHERE,
        url=pages.RESOURCES,
    )
    yield Advice(
        title="Use a domain of your own",
        text="Then point its DNS record to the site; the page says how. The settings need no change.",
        command="upsun domain:add www.example.com",
        where=WHERE,
        url=pages.DOMAINS,
    )
    yield Advice(
        title="Take the changes back",
        text="The files are as they were before; the site stays until it is deleted.",
        command="python manage.py deploy --undo",
    )
    yield Advice(
        title="Delete the site",
        text="The project on Upsun with its database and its uploads goes, and cannot be brought back. The costs end.",
        command="upsun project:delete",
        where=WHERE,
        url=pages.CONSOLE,
    )
