"""Files that a plan would write and the project has already: each is a choice.

The choice is made while the plan is made: what is asked says what a kept file lacks, what is taken where nobody is
asked is never a file that the site could not start with, and the plan's steps and findings say what became of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from simple_deploy.core.facts import ExistingFile, ProjectFacts
from simple_deploy.core.findings import Finding, Level, slug
from simple_deploy.core.interfaces import Asker
from simple_deploy.core.options import Answers, Choice, Option, Question
from simple_deploy.core.plan import Plan
from simple_deploy.core.steps import Step, WriteFile
from simple_deploy.platforms.base import Platform
from simple_deploy.platforms.existing import Keeping, Lack
from simple_deploy.system.files import read_bytes, sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """Decides about the files of one project.

    :param facts: as the platform sees them.
    :param written: SHA-256 of each file as an earlier run of the tool left it, by path: such a file is the tool's own.
    :param before: what was chosen for the last deployment, ``keep`` or ``beside``, by path.
    """

    platform: Platform
    facts: ProjectFacts
    answers: Answers
    asker: Asker
    written: Mapping[str, frozenset[str]]
    before: Mapping[str, str] = field(default_factory=dict)

    def decided(self, plan: Plan) -> Plan:
        """*plan*, with what becomes of each file that is there already."""
        asked = [step for step in plan.steps if isinstance(step, WriteFile) and self._is_owned(step)]
        if not asked:
            return plan
        usual = self._usual(plan, asked)
        choices = {step.path: self._choose(step, usual[step.path], self._lacks(plan, asked, step)) for step in asked}
        kept = [step for step in asked if choices[step.path] != "replace"]
        findings = (
            _finding(
                step,
                choices[step.path],
                self._lacks(plan, kept if step in kept else asked, step),
                self.platform.card.name,
            )
            for step in asked
        )
        steps = tuple(
            _as_chosen(step, choices[step.path]) if isinstance(step, WriteFile) and step in asked else step
            for step in plan.steps
        )
        return replace(plan, steps=steps, findings=(*plan.findings, *findings))

    def _is_owned(self, step: WriteFile) -> bool:
        """Whether there is a file of the person's own, which differs."""
        data = read_bytes(self.facts.location.root / step.path) if step.if_exists == "ask" else None
        if data is None or sha256(data) in self.written.get(step.path, ()):
            return False
        return data.replace(b"\r\n", b"\n") != step.text.encode("utf-8")

    def _usual(self, plan: Plan, asked: list[WriteFile]) -> dict[str, str]:
        """What is taken where nobody chooses: as many as can be kept together with a site that starts."""
        kept = asked
        while True:
            fit = [step for step in kept if not any(lack.stops for lack in self._lacks(plan, kept, step))]
            if fit == kept:
                return {step.path: self.before.get(step.path, "keep") if step in kept else "replace" for step in asked}
            kept = fit

    def _lacks(self, plan: Plan, kept: list[WriteFile], step: WriteFile) -> tuple[Lack, ...]:
        """What the file of *step* lacks, where those of *kept* are kept."""
        known = {file.path: file for file in self.facts.existing}
        files = {each.path: known.get(each.path, ExistingFile(path=each.path)) for each in (*kept, step)}
        keeping = Keeping(plan=plan, facts=self.facts, answers=self.answers, kept=files)
        readers = (file for file in self.platform.files if file.is_for(step.path))
        return tuple(lack for file in readers for lack in file.lacks(files[step.path], keeping))

    def _choose(self, step: WriteFile, usual: str, lacks: tuple[Lack, ...]) -> str:
        asked = question(step.path, step.why, usual=usual, lacks=lacks)
        return self.asker.ask(asked).text(asked.id, usual)


def chosen(plan: Plan) -> dict[str, str]:
    """What was chosen for files that stay, ``keep`` or ``beside``, by path."""
    files = (step for step in plan.steps if isinstance(step, WriteFile))
    return {step.path: step.if_exists for step in files if step.if_exists in {"keep", "beside"}}


def others(platform: Platform, facts: ProjectFacts) -> Iterator[Finding]:
    """What is there for other platforms and builders, or deploys the project by itself."""
    if not platform.files:
        return  # nobody knows what it reads
    name = platform.card.name
    unread = [
        file for file in facts.existing if file.reader and not any(own.is_for(file.path) for own in platform.files)
    ]
    if unread:
        yield Finding(
            id="existing.others",
            level=Level.INFO,
            title=f"{name} does not read {_listed([file.path for file in unread])}",
            why="They say how to build and run the project elsewhere. They stay as they are, and what they do is not "
            "part of this deployment.",
            details=tuple(f"{file.path}: {file.reader}" for file in unread),
        )
    for file in facts.existing:
        if file.deploys_to:
            yield Finding(
                id=f"existing.deploys.{slug(file.path)}",
                level=Level.WARNING,
                title=f"{file.path} also deploys the project, to {', '.join(file.deploys_to)}.",
                why="Pushing this deployment's commit starts that too.",
                fix="Remove or change it if you want to deploy the site from here. This tool has not changed it.",
            )


def question(path: str, why: str, *, usual: str = "keep", lacks: tuple[Lack, ...] = ()) -> Question:
    """What should happen to the file at *path*.

    :param usual: what is taken where nobody chooses. :param lacks: what a kept one lacks.
    """
    name = question_about(path)
    said = " ".join(lack.what for lack in lacks)
    return Question(
        id=name,
        title=f"{path} already exists. What should happen to it?",
        help=f"{why} Of yours: {said}" if said else why,
        fields=(
            Option(
                name=name,
                label=path,
                kind="choice",
                default=usual,
                choices=(
                    Choice(value="keep", label="Keep mine", help=said or "The deployment then relies on your file."),
                    Choice(value="replace", label="Replace it", help="Undo brings yours back."),
                    Choice(
                        value="beside",
                        label=f"Write {beside(path)} beside it",
                        help="The deployment relies on yours until you rename that file.",
                    ),
                ),
            ),
        ),
    )


def beside(path: str) -> str:
    """Where a file is written when the person wants to keep the one at *path*."""
    pure = PurePosixPath(path)
    return str(pure.with_name(f"{pure.name}.simple_deploy"))


def question_about(path: str) -> str:
    """The id of the question what should happen to the file at *path*."""
    return "existing_" + "".join(char if char.isalnum() else "_" for char in path.lower())


def _as_chosen(step: WriteFile, choice: str) -> Step:
    if choice == "keep":
        return replace(step, if_exists="keep", title=f"Kept your {step.path}", undo="", cost=step.cost)
    if choice == "beside":
        return replace(step, if_exists="beside", title=f"Write {beside(step.path)} beside your {step.path}")
    return replace(step, if_exists="replace", title=f"Replace your {step.path}", undo="Your file is restored.")


def _finding(step: WriteFile, choice: str, lacks: tuple[Lack, ...], platform: str) -> Finding:
    other = f"--answer {question_about(step.path)}="
    stops, said = any(lack.stops for lack in lacks), tuple(lack.what for lack in lacks)
    if choice == "replace":
        return Finding(
            id=f"existing.{slug(step.path)}",
            level=Level.WARNING,
            title=f"Your {step.path} is replaced.",
            why=f"The site on {platform} does not work with it in its current state."
            if stops
            else "It was there already.",
            fix=f"Undo restores it. `{other}keep` keeps it, and `{other}beside` writes the new one beside it.",
            details=said,
        )
    if any(lack.stops and lack.sure for lack in lacks):
        return Finding(
            id=f"existing.{slug(step.path)}",
            level=Level.DEPLOY_BLOCKER,
            title=f"Your {step.path} is kept, but the site does not work with it in its current state.",
            why=f"{platform} does what your file says. Nothing is created there until the file meets the site's needs.",
            fix=f"Add what is missing to it, or have it replaced: `{other}replace`. Undo then restores it.",
            details=said,
        )
    if said:
        return Finding(
            id=f"existing.{slug(step.path)}",
            level=Level.WARNING,
            title=f"Your {step.path} is kept, but it may lack something.",
            why=f"{platform} does what your file says.",
            fix=f"Add what is missing to it, or have it replaced: `{other}replace`. Undo then restores it.",
            details=said,
        )
    return Finding(
        id=f"existing.{slug(step.path)}",
        level=Level.INFO,
        title=f"Your {step.path} is kept.",
        why=f"{platform} does what your file says. As far as this tool can tell, the file does everything that this "
        "deployment needs.",
        fix=f"`{other}replace` uses the one that this tool writes for the project.",
    )


def _listed(paths: list[str]) -> str:
    shown = ", ".join(paths[:3])
    return f"{shown} and {len(paths) - 3} more." if len(paths) > 3 else f"{shown}."
