"""The hooks a plugin may implement. Discovery is by hooks; everything else is the typed :class:`Platform`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from simple_deploy.core.facts import ProjectFacts
    from simple_deploy.core.findings import Finding
    from simple_deploy.platforms.base import FinishedRun, Platform

PROJECT = "simple_deploy"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def simple_deploy_register(register: Callable[[Platform], None]) -> None:
    """Hand over the platforms this plugin brings.

    Called when the plugin is loaded. Required.

    :param register: call it once with each :class:`~simple_deploy.api.Platform`.
    """


@hookspec
def simple_deploy_inspect(facts: ProjectFacts) -> Iterable[Finding]:  # type: ignore[empty-body]
    """Return findings of the plugin's own about a project.

    Called after every inspection. Optional. It must only read.

    :param facts: what inspection found.
    """


@hookspec
def simple_deploy_run_finished(run: FinishedRun) -> None:
    """Notice that a run ended.

    Called once for each run, whatever way it ended. Optional. An exception in it is logged and otherwise ignored.

    :param run: what the run was and how it ended.
    """
