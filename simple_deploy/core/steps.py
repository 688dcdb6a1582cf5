"""The kinds of step a plan is made of: data only. How each is done and undone is the engine's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

Changes = Literal["nothing", "files", "git", "remote"]
IfExists = Literal["ask", "keep", "replace", "beside"]

#: The named group of packages that only a deployed site needs, in managers that have groups.
DEPLOY_GROUP = "deploy"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What every step says about itself.

    :param id: unique within the plan; events, retry and the page refer to it.
    :param why: the reason, for someone who does this the first time.
    :param cost: price in words with its date, empty when nothing.
    :param undo: how it is undone, in words; empty when undoing is not needed.
    :param docs: the page of the platform's documentation that explains it, or None.
    """

    id: str
    title: str
    why: str
    cost: str = ""
    undo: str = ""
    docs: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteFile(_Step):
    """Write a whole file. *if_exists* says what happens to one that is there and differs.

    :param executable: whether it is a program, which it then is in the commit too, on every system.
    """

    kind: ClassVar[str] = "write-file"
    changes: ClassVar[Changes] = "files"
    path: str
    text: str
    if_exists: IfExists = "ask"
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFile(_Step):
    """Put a file in its place whose bytes are in :attr:`Remote.files <simple_deploy.api.Remote>`: one that holds no
    text, or a *private* one.

    :param private: it holds secrets and git ignores it. The plan names it without its text, only its owner may read it,
        and it is in no commit.
    """

    kind: ClassVar[str] = "place-file"
    changes: ClassVar[Changes] = "files"
    path: str
    private: bool = False
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveFile(_Step):
    """Remove a file; nothing happens when it is not there."""

    kind: ClassVar[str] = "remove-file"
    changes: ClassVar[Changes] = "files"
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditBlock(_Step):
    """Put a block of text between the tool's own markers at the end of a file; an empty *text* takes it away.

    :param before: a new block goes in front of the block of this name, where there is one.
    """

    kind: ClassVar[str] = "edit-block"
    changes: ClassVar[Changes] = "files"
    path: str
    block_id: str
    text: str
    comment: str = "#"
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRequirements(_Step):
    """Make sure packages are declared where the platform installs them.

    :param requirements: PEP 508 texts.
    :param equivalents: names that satisfy a need in place of the one asked for, by canonical name. That psycopg,
        psycopg2 and psycopg2-binary are one need is known.
    :param group: the named group (best :data:`DEPLOY_GROUP`) the platform installs besides the main dependencies, where
        the project's manager has groups; None where it installs the main dependencies only.
    """

    kind: ClassVar[str] = "add-requirements"
    changes: ClassVar[Changes] = "files"
    requirements: tuple[str, ...]
    equivalents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveRequirements(_Step):
    """Take packages out of the requirements that only the tool itself needs."""

    kind: ClassVar[str] = "remove-requirements"
    changes: ClassVar[Changes] = "files"
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequirements(_Step):
    """Write what the project's manager declares and has locked as a requirements file, marked as generated, for a
    platform that cannot install from that manager's own files.

    It is done after the packages were added and the lock was refreshed. Nothing is done where *path* is the project's
    own file: the one its manager edits, or compiles.

    :param groups: named groups the platform installs besides the main dependencies; those that are not there are left
        out.
    """

    kind: ClassVar[str] = "export-requirements"
    changes: ClassVar[Changes] = "files"
    path: str = "requirements.txt"
    groups: tuple[str, ...] = (DEPLOY_GROUP,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCommand(_Step):
    """Run a program on the workbench. *argv* holds no secret; *timeout* is in seconds."""

    kind: ClassVar[str] = "run-command"
    changes: ClassVar[Changes] = "remote"
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = ""
    timeout: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(_Step):
    """Let the platform do something: the engine calls ``platform.perform(name, params, ctx)``.

    :param rewrites: it writes the plan's files itself, once more, beginning with the files of the commit; the plan's
        whole-file steps are what it is expected to write. It calls ``ctx.settle`` before it sends anything.
    :param once: doing it again may make a second site, so a run that failed is not retried.
    """

    kind: ClassVar[str] = "call"
    changes: ClassVar[Changes] = "remote"
    name: str
    params: Mapping[str, str] = field(default_factory=dict)
    rewrites: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit(_Step):
    """Commit, on the workbench, exactly the files the plan changed."""

    kind: ClassVar[str] = "commit"
    changes: ClassVar[Changes] = "git"
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckUrl(_Step):
    """Ask the deployed site and judge the answer.

    :param url: an address, or ``{url}`` for the one an earlier call returned.
    :param within: seconds to wait for a healthy answer.
    """

    kind: ClassVar[str] = "check-url"
    changes: ClassVar[Changes] = "nothing"
    url: str = "{url}"
    within: float = 60.0


FileStep = WriteFile | PlaceFile | RemoveFile | EditBlock | AddRequirements | RemoveRequirements | ExportRequirements
Step = FileStep | RunCommand | Call | Commit | CheckUrl
#: Steps that say what a whole file is.
WHOLE_FILE_STEPS = (WriteFile, PlaceFile, RemoveFile)
FILE_STEPS = (*WHOLE_FILE_STEPS, EditBlock, AddRequirements, RemoveRequirements, ExportRequirements)
