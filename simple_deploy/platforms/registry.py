"""Finds the platforms: entry points are loaded one by one, so that a broken plugin is a card with its error."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import cast

import pluggy

from simple_deploy.core.errors import PluginBroken, PluginNotFound
from simple_deploy.core.facts import ProjectFacts
from simple_deploy.core.findings import Finding, Level
from simple_deploy.platforms import hookspecs
from simple_deploy.platforms.base import FinishedRun, Platform

GROUP = "simple_deploy"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFailure:
    """A plugin that could not be loaded.

    :param name: its entry point.
    :param distribution: name and version of the package it came in, or empty.
    """

    name: str
    distribution: str
    error: str
    traceback: str = ""


class PluginRegistry:
    """The loaded plugins. Build one with :func:`load`; it is not changed afterwards."""

    def __init__(
        self, manager: pluggy.PluginManager, platforms: dict[str, Platform], failures: tuple[LoadFailure, ...]
    ) -> None:
        self._manager = manager
        self._platforms = platforms
        self._failures = failures

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """Every platform, the ones that need no account first, then by name."""
        return tuple(
            sorted(self._platforms.values(), key=lambda each: (each.card.needs_account, each.card.name.lower()))
        )

    @property
    def usable(self) -> tuple[Platform, ...]:
        """Those of :attr:`platforms` that can be chosen. Asking takes as long as some of them need to find out."""
        return tuple(each for each in self.platforms if not each.problem())

    @property
    def failures(self) -> tuple[LoadFailure, ...]:
        """What cannot be used, and why."""
        found = (
            LoadFailure(name=each.card.slug, distribution=each.package, error=each.problem()) for each in self.platforms
        )
        return (*self._failures, *(each for each in found if each.error))

    def get(self, slug: str) -> Platform:
        """:raises PluginBroken: its plugin could not be loaded. :raises PluginNotFound: nobody brings it."""
        if slug in self._platforms:
            return self._platforms[slug]
        for failure in self._failures:
            if failure.name == slug:
                raise PluginBroken(
                    f"The plugin {slug} ({failure.distribution or 'no package'}) cannot be loaded: {failure.error}",
                    hint="Update or uninstall that package, then try again.",
                )
        known = ", ".join(sorted(self._platforms)) or "none"
        raise PluginNotFound(
            f"No installed plugin provides the platform “{slug}”.",
            hint=f"Installed: {known}. `manage.py deploy --list-platforms` shows them.",
        )

    def inspect(self, facts: ProjectFacts) -> tuple[Finding, ...]:
        """The plugins' own findings; a hook that fails becomes a finding itself."""
        found: list[Finding] = []
        for implementation in self._manager.hook.simple_deploy_inspect.get_hookimpls():
            try:
                found.extend(cast(Iterable[Finding], implementation.function(facts)))
            except Exception as error:  # a plugin's mistake must not take the page away
                found.append(
                    Finding(
                        id=f"plugin.{implementation.plugin_name}",
                        level=Level.WARNING,
                        title=f"The plugin {implementation.plugin_name} failed while inspecting: {error}",
                        why="Its own findings are missing from this list.",
                        fix="Update or uninstall the package that provides it.",
                    )
                )
        return tuple(found)

    def run_finished(self, run: FinishedRun) -> tuple[str, ...]:
        """Tell the observers; returns what went wrong in them, one sentence each."""
        problems = []
        for implementation in self._manager.hook.simple_deploy_run_finished.get_hookimpls():
            try:
                implementation.function(run)
            except Exception as error:  # an observer must not change how a run ended
                problems.append(f"The plugin {implementation.plugin_name} failed after the run: {error}")
        return tuple(problems)


def load(points: Iterable[EntryPoint] | None = None) -> PluginRegistry:
    """Load every plugin found through the entry-point group ``simple_deploy``.

    :param points: entry points to use in place of the installed ones.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    platforms: dict[str, Platform] = {}
    failures: list[LoadFailure] = []
    found = entry_points(group=GROUP) if points is None else points
    for point in sorted(set(found), key=lambda each: each.name):
        try:
            _load_one(manager, point, platforms)
        except Exception as error:  # anything an import can raise
            failures.append(
                LoadFailure(
                    name=point.name,
                    distribution=f"{point.dist.name} {point.dist.version}" if point.dist else "",
                    error=f"{type(error).__name__}: {error}",
                    traceback=traceback.format_exc(),
                )
            )
    return PluginRegistry(manager, platforms, tuple(failures))


def _load_one(manager: pluggy.PluginManager, point: EntryPoint, platforms: dict[str, Platform]) -> None:
    plugin = point.load()
    if not hasattr(plugin, "simple_deploy_register"):
        raise PluginBroken(
            f"{point.value} has no simple_deploy_register hook.",
            hint="Point the entry point at the module that has it.",
        )
    manager.register(plugin, name=point.name)
    try:
        manager.check_pending()
        fresh: list[Platform] = []
        plugin.simple_deploy_register(fresh.append)
        for platform in fresh:
            if not isinstance(platform, Platform):
                raise PluginBroken(f"{point.value} registers something that is no Platform: {platform!r}")
            if platform.card.slug in platforms:
                raise PluginBroken(f"Another plugin already provides the platform “{platform.card.slug}”.")
        platforms.update({platform.card.slug: platform for platform in fresh})
    except BaseException:
        manager.unregister(name=point.name)
        raise
