"""What the package is found by: its entry point names this module."""

from __future__ import annotations

from collections.abc import Callable

from simple_deploy.api import Platform, hookimpl
from simple_deploy_flyio.platform import FlyPlatform


@hookimpl
def simple_deploy_register(register: Callable[[Platform], None]) -> None:
    """Hand over the platform."""
    register(FlyPlatform())
