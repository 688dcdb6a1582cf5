"""What a deployment would do, as pure data, and the exact bytes it would leave behind."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from simple_deploy.core import codec
from simple_deploy.core.errors import PluginError
from simple_deploy.core.findings import Finding
from simple_deploy.core.options import Question
from simple_deploy.core.resources import Resource
from simple_deploy.core.steps import (
    FILE_STEPS,
    WHOLE_FILE_STEPS,
    AddRequirements,
    Call,
    EditBlock,
    ExportRequirements,
    FileStep,
    Step,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosting:
    """What a site finds on its platform, which the plan is tried with. Values are made up, in the right shape.

    :param address: where visitors reach the site, ``https://…/``; empty where its pages cannot be asked for ahead.
    :param site: every variable of the running site that the platform or the plan's steps set.
    :param build: those there are while the platform builds, where it runs ``collectstatic`` then; None where it does
        that with the variables of the running site.
    :param release: those there are for the command that runs before a release serves, such as ``migrate``; None where
        they are those of the running site.
    :param own: the person's own variables that the site gets, by name, of those that the settings read; None: all that
        have a value on this computer.
    :param own_at_build: whether they are there while the platform builds.
    :param inherited: names of variables that the site takes over from this computer.
    :param installs_more: whether the platform may install what this computer cannot, with libraries and programs of its
        own: then a plan whose packages cannot be installed here is not tried, which is a warning.
    """

    address: str = ""
    site: tuple[tuple[str, str], ...] = ()
    build: tuple[tuple[str, str], ...] | None = None
    release: tuple[tuple[str, str], ...] | None = None
    own: tuple[str, ...] | None = None
    own_at_build: bool = True
    inherited: tuple[str, ...] = ()
    installs_more: bool = False

    @property
    def is_elsewhere(self) -> bool:
        """Whether the site runs on another computer; on this one it finds the person's home folder."""
        return "HOME" not in self.inherited


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Ordered steps, computed by a platform as pure data.

    :param hosting: the conditions under which the project must load, pass ``manage.py check`` and answer on the
        workbench, besides passing the check without them.
    :param creates: what will exist outside the project afterwards.
    :param questions: what the run may ask while it is under way.
    :param notes: sentences worth reading before approving.
    :param installs: named groups of packages that the platform installs, besides those that its steps name.
    """

    platform: str
    steps: tuple[Step, ...]
    creates: tuple[Resource, ...] = ()
    questions: tuple[Question, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    hosting: Hosting = Hosting()
    installs: tuple[str, ...] = ()

    @property
    def file_steps(self) -> tuple[FileStep, ...]:
        return tuple(step for step in self.steps if isinstance(step, FILE_STEPS))

    @property
    def other_steps(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if not isinstance(step, FILE_STEPS))

    @property
    def rewrites(self) -> bool:
        """Whether one of its calls writes the files itself, once more."""
        return any(isinstance(step, Call) and step.rewrites for step in self.steps)

    @property
    def writes_unseen(self) -> bool:
        """Whether one of its calls writes files of which none is known before."""
        return self.rewrites and not any(isinstance(step, WHOLE_FILE_STEPS) for step in self.steps)

    @property
    def makes_unlisted(self) -> bool:
        """Whether one of its calls may create things that are not known ahead."""
        return any(isinstance(step, Call) and step.once for step in self.steps)

    @property
    def groups(self) -> tuple[str, ...]:
        """The named groups of packages the platform installs besides the main dependencies."""
        found: dict[str, None] = dict.fromkeys(self.installs)
        for step in self.steps:
            if isinstance(step, AddRequirements) and step.group:
                found[step.group] = None
            elif isinstance(step, ExportRequirements):
                found |= dict.fromkeys(step.groups)
        return tuple(found)

    def validate(self) -> Plan:
        """This plan.

        :raises PluginError: two steps share an id, a file step comes after another kind of step, or a call rewrites
            files that are edited step by step.
        """
        twice = [step_id for step_id, count in Counter(step.id for step in self.steps).items() if count > 1]
        if twice:
            raise PluginError(
                f"The plan of {self.platform} has two steps called {', '.join(twice)}.",
                hint="This is a mistake in the plugin; report it to its author.",
            )
        again = (*WHOLE_FILE_STEPS, EditBlock)
        if self.rewrites and not all(isinstance(step, again) for step in self.file_steps):
            raise PluginError(
                f"The plan of {self.platform} has a call that rewrites its files, and edits some of them itself.",
                hint="Let the call's own whole-file steps and the tool's blocks be all; tell the plugin's author.",
            )
        kinds = [isinstance(step, FILE_STEPS) for step in self.steps]
        if kinds != sorted(kinds, reverse=True):
            raise PluginError(
                f"The plan of {self.platform} edits files after other steps.",
                hint="File steps come first, since the person approves the files before anything else happens.",
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file before and after, without its bytes.

    :param before: SHA-256 of the bytes, or None when the file does not exist yet.
    :param after: SHA-256 of the bytes on the workbench, or None when the file goes away.
    :param diff: unified diff, redacted; empty for a private file.
    :param reasons: titles and reasons of the steps that made the change.
    :param mode: permission bits it is to have; None: those it has, or the usual ones.
    :param private: git ignores it, and nobody is shown its text.
    """

    path: str
    before: str | None
    after: str | None
    diff: str
    steps: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    added: int = 0
    removed: int = 0
    mode: int | None = None
    private: bool = False

    @property
    def is_program(self) -> bool:
        return self.after is not None and self.mode is not None and bool(self.mode & 0o111)

    @property
    def change(self) -> Literal["create", "modify", "delete"]:
        if self.before is None:
            return "create"
        return "delete" if self.after is None else "modify"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedPlan:
    """A plan together with what it makes of the project's files: the thing a person approves.

    :param base: commit the workbench started from.
    :param snapshot: True when uncommitted work is part of the workbench.
    :param findings: of inspection, the platform's own check, and the check on the workbench.
    :param health_url: path of a page that answered 200 when the plan was tried; empty when none did, None when that is
        not known.
    """

    plan: Plan
    base: str
    snapshot: bool
    changes: tuple[FileChange, ...]
    answers_digest: str
    findings: tuple[Finding, ...] = ()
    health_url: str | None = None

    @property
    def digest(self) -> str:
        """What approving means: these steps, these bytes, these answers, on this commit."""
        data = {
            "plan": codec.to_data(self.plan),
            "base": self.base,
            "changes": [_approved(change) for change in self.changes],
            "answers": self.answers_digest,
        }
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode("utf-8")).hexdigest()


def _approved(change: FileChange) -> tuple[str | int | None, ...]:
    """What is approved of *change*."""
    mode = () if change.mode is None else (change.mode,)
    return change.path, change.before, change.after, *mode
