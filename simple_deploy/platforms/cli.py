"""A platform that is used with a command-line program. What every such platform does is here; a plugin adds what it
knows of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from simple_deploy.core.findings import Finding
from simple_deploy.core.interfaces import Context
from simple_deploy.platforms.program import Program
from simple_deploy.platforms.site import SitePlatform


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


class ProgramPlatform(SitePlatform):
    """A platform with a command-line program. Mandatory besides those of :class:`~simple_deploy.api.SitePlatform`:
    :attr:`program` and :attr:`calls`."""

    program: ClassVar[Program]
    calls: ClassVar[type[Calls]]

    def check(self, ctx: Context) -> Iterable[Finding]:
        return self.program.findings(ctx)

    def perform(self, call: str, params: Mapping[str, str], ctx: Context) -> Mapping[str, str]:
        return self.calls(ctx, params).do(call)
