"""All a plugin may import. Everything else of the tool may change between minor versions."""

from __future__ import annotations

from simple_deploy.core.errors import (
    Blocked,
    Cancelled,
    CommandFailed,
    InvalidAnswer,
    MissingAnswers,
    PluginError,
    ProjectError,
    SimpleDeployError,
    SiteNotHealthy,
    StepError,
    TimedOut,
    ToolMissing,
)
from simple_deploy.core.facts import (
    Database,
    Declared,
    Dependencies,
    GitFacts,
    Host,
    Location,
    ProjectFacts,
    Settings,
)
from simple_deploy.core.findings import Finding, Level
from simple_deploy.core.options import Answers, Choice, Option, Question
from simple_deploy.core.plan import Plan
from simple_deploy.core.ports import Completed, Context, Response
from simple_deploy.core.resources import Resource
from simple_deploy.core.secret import Secret
from simple_deploy.core.steps import (
    AddRequirements,
    Call,
    CheckUrl,
    Commit,
    EditBlock,
    RemoveRequirements,
    RunCommand,
    Step,
    WriteFile,
)
from simple_deploy.platforms.base import (
    Advice,
    Card,
    FinishedRun,
    Link,
    Operation,
    Platform,
    Remote,
    SiteState,
)
from simple_deploy.platforms.hookspecs import hookimpl

__all__ = [
    "AddRequirements",
    "Advice",
    "Answers",
    "Blocked",
    "Call",
    "Cancelled",
    "Card",
    "CheckUrl",
    "Choice",
    "CommandFailed",
    "Commit",
    "Completed",
    "Context",
    "Database",
    "Declared",
    "Dependencies",
    "EditBlock",
    "Finding",
    "FinishedRun",
    "GitFacts",
    "Host",
    "InvalidAnswer",
    "Level",
    "Link",
    "Location",
    "MissingAnswers",
    "Operation",
    "Option",
    "Plan",
    "Platform",
    "PluginError",
    "ProjectError",
    "ProjectFacts",
    "Question",
    "Remote",
    "RemoveRequirements",
    "Resource",
    "Response",
    "RunCommand",
    "Secret",
    "Settings",
    "SimpleDeployError",
    "SiteNotHealthy",
    "SiteState",
    "Step",
    "StepError",
    "TimedOut",
    "ToolMissing",
    "WriteFile",
    "hookimpl",
]
