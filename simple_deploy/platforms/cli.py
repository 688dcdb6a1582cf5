"""A platform that is used with a command-line program. What every such platform does is here; a plugin adds what it
knows of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from simple_deploy.core.findings import Finding
from simple_deploy.core.interfaces import Context
from simple_deploy.platforms.base import Operation, Platform, SiteState
from simple_deploy.platforms.program import Program
from simple_deploy.platforms.site import Site, offered, operate


@dataclass(frozen=True)
class Calls:
    """What the plan's :class:`~simple_deploy.api.Call` steps do: each public method of a subclass, by its name, which
    takes no argument and returns values for later steps, or nothing. Each looks first at what is there, so that it
    can be repeated.

    :param params: of the step.
    """

    ctx: Context
    params: Mapping[str, str]

    def do(self, call: str) -> Mapping[str, str]:
        """:raises LookupError: there is no such call."""
        method = getattr(type(self), call, None)
        if call.startswith("_") or not callable(method) or hasattr(Calls, call):
            raise LookupError(call)
        return method(self) or {}


class ProgramPlatform(Platform):
    """A platform with a command-line program. Mandatory besides those of :class:`~simple_deploy.api.Platform`:
    :attr:`program`, :attr:`calls` and :attr:`site`."""

    program: ClassVar[Program]
    calls: ClassVar[type[Calls]]
    site: ClassVar[type[Site]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if hasattr(cls, "site"):
            cls.operations = offered(cls.site)

    def check(self, ctx: Context) -> Iterable[Finding]:
        return self.program.findings(ctx)

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        return self.calls(ctx, params).do(call)

    def operate(self, operation: Operation, ctx: Context, *, arguments: Mapping[str, str]) -> SiteState:
        return operate(self.site(ctx), operation, arguments)
