"""Every error the tool raises on purpose.

::

    SimpleDeployError      code    exit
    ├── ProjectError       SD1xx   1     something in the project stands in the way
    │   ├── NoProject      SD101   2     there is no Django project here
    │   └── Blocked        SD102   3     a finding has to be fixed first; nothing was changed
    ├── PluginError        SD2xx   1
    │   ├── PluginNotFound SD201   2
    │   └── PluginBroken   SD202   1
    ├── AnswerError        SD3xx   3
    │   ├── MissingAnswers SD301   3
    │   ├── InvalidAnswer  SD302   3
    │   └── UnknownAnswer  SD303   2     an answer to a question that nobody asks
    ├── StepError          SD4xx   1
    │   ├── ToolMissing    SD401   1
    │   ├── CommandFailed  SD402   1
    │   ├── TimedOut       SD403   1
    │   ├── StalePlan      SD404   3
    │   ├── SiteNotHealthy SD405   1
    │   ├── FilesChanged   SD406   1     a file is no longer what the run saw or wrote
    │   └── Explained      SD407   1     a program failed for a known cause
    ├── RunError           SD5xx   1
    │   ├── RunInProgress  SD501   1
    │   ├── NoSuchRun      SD502   2
    │   ├── NothingToUndo  SD503   1
    │   ├── StateUnusable  SD504   1     the state folder cannot be read or written
    │   └── Interrupted    SD505   1     the process of a run is gone
    ├── WrongUsage         SD600   2     the command line cannot be meant like this
    └── Cancelled          SD900   130

The message says what happened and what it means; the hint is what to do now.
Building an error has no effect beyond holding its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType


class SimpleDeployError(Exception):
    """Base of every error that is shown to the person.

    :param message: what happened and what it means, one or two sentences.
    :param hint: the next thing to type or click.
    :param docs: an address with more, or None.
    """

    code = "SD000"
    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", docs: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.docs = docs


class ProjectError(SimpleDeployError):
    code = "SD100"


class NoProject(ProjectError):
    code = "SD101"
    exit_code = 2


class Blocked(ProjectError):
    code = "SD102"
    exit_code = 3


class PluginError(SimpleDeployError):
    code = "SD200"


class PluginNotFound(PluginError):
    code = "SD201"
    exit_code = 2


class PluginBroken(PluginError):
    code = "SD202"


class AnswerError(SimpleDeployError):
    code = "SD300"
    exit_code = 3


class MissingAnswers(AnswerError):
    """:param choices: what can be answered, by the name of the question; empty where it can be anything."""

    code = "SD301"

    def __init__(self, names: Iterable[str], choices: Mapping[str, Sequence[str]] = MappingProxyType({})) -> None:
        self.names, self.choices = tuple(names), choices
        super().__init__(
            "These questions have no answer yet: " + ", ".join(self.names) + ".",
            hint="Answer them with "
            + " ".join(f"--answer {name}={'|'.join(choices.get(name, ())) or '…'}" for name in self.names)
            + ", in a file given with --answers FILE, or at a terminal.",
        )


class InvalidAnswer(AnswerError):
    code = "SD302"


class UnknownAnswer(AnswerError):
    """An answer to a question that nobody asks: a typing mistake."""

    code = "SD303"
    exit_code = 2


class StepError(SimpleDeployError):
    code = "SD400"


class ToolMissing(StepError):
    code = "SD401"


class CommandFailed(StepError):
    """A program ended with an exit code other than 0.

    :param argv: the command line; it never holds a secret.
    :param returncode: its exit code.
    :param tail: the last lines it printed, already redacted.
    """

    code = "SD402"

    def __init__(
        self,
        message: str,
        *,
        argv: Sequence[str] = (),
        returncode: int = 1,
        tail: Sequence[str] = (),
        hint: str = "",
        docs: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, docs=docs)
        self.argv = tuple(argv)
        self.returncode = returncode
        self.tail = tuple(tail)


class TimedOut(StepError):
    code = "SD403"


class StalePlan(StepError):
    code = "SD404"
    exit_code = 3


class SiteNotHealthy(StepError):
    code = "SD405"


class FilesChanged(StepError):
    """Files are no longer what the run saw or wrote; nothing was touched.

    :param paths: those files, relative to the git root.
    """

    code = "SD406"

    def __init__(self, message: str, *, paths: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.paths = tuple(paths)


class Explained(StepError):
    """A program failed, and its output says why; the message and the hint say it in words."""

    code = "SD407"


class RunError(SimpleDeployError):
    code = "SD500"


class RunInProgress(RunError):
    """Another run holds the project.

    :param run_id: that run.
    """

    code = "SD501"

    def __init__(self, message: str, *, run_id: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.run_id = run_id


class NoSuchRun(RunError):
    code = "SD502"
    exit_code = 2


class NothingToUndo(RunError):
    code = "SD503"


class StateUnusable(RunError):
    code = "SD504"


class Interrupted(RunError):
    code = "SD505"


class WrongUsage(SimpleDeployError):
    code = "SD600"
    exit_code = 2


class Cancelled(SimpleDeployError):
    code = "SD900"
    exit_code = 130

    def __init__(self, message: str = "The run was cancelled.", *, hint: str = "") -> None:
        super().__init__(message, hint=hint)


def unexpected(error: BaseException, where: str) -> SimpleDeployError:
    """What to say of an exception that nobody foresaw.

    :param where: how to see where it was raised, as the beginning of a sentence.
    """
    return SimpleDeployError(
        f"Something in simple_deploy itself, or in a plugin, went wrong: {type(error).__name__}: {error}",
        hint=f"This is a mistake in the program, not in your project. {where}; please report it.",
    )
