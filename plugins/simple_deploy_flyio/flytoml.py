"""fly.toml: how Fly.io runs the site. Pure.

Source: fly.io/docs/reference/configuration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import tomlkit
import tomlkit.exceptions

from simple_deploy.api import quoted

PORT = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class FlyToml:
    """What is particular to one site.

    :param env: variables of the site that are no secrets.
    :param migrate: the command that runs before a new release serves; None where the site migrates as it starts.
    :param volume: name and folder of a volume, or None.
    :param health_path: what Fly.io asks for; empty to look at the port only.
    :param processes: commands of several groups of machines, ``app`` among them; none where there is the site only.
    """

    app: str
    host: str
    region: str
    size: str
    memory: str
    env: Mapping[str, str] = field(default_factory=dict)
    migrate: str | None = None
    volume: tuple[str, str] | None = None
    health_path: str = ""
    processes: Mapping[str, str] = field(default_factory=dict)

    def render(self) -> str:
        """The text of the file."""
        parts = (
            self._head(),
            self._build(),
            self._deploy(),
            self._env(),
            self._mounts(),
            self._processes(),
            self._service(),
            self._machine(),
        )
        return "\n\n".join("\n".join(part) for part in parts if part) + "\n"

    def _head(self) -> list[str]:
        return [
            "# How Fly.io runs this site. https://fly.io/docs/reference/configuration/",
            f"app = {quoted(self.app)}",
            f"primary_region = {quoted(self.region)}",
        ]

    def _build(self) -> list[str]:
        return ["[build]", '  dockerfile = "Dockerfile"']

    def _deploy(self) -> list[str]:
        if self.migrate is None:
            return []
        return [
            "[deploy]",
            "  # Runs with the new release before visitors get it. If it fails, the old release goes on.",
            f"  release_command = {quoted(self.migrate)}",
        ]

    def _env(self) -> list[str]:
        if not self.env:
            return []
        return [
            "# No secrets here: those are set with `fly secrets set`.",
            "[env]",
            *(f"  {name} = {quoted(value)}" for name, value in self.env.items()),
        ]

    def _mounts(self) -> list[str]:
        if self.volume is None:
            return []
        name, folder = self.volume
        return [
            "# What outlives a deployment. A volume belongs to one machine, so there is one machine.",
            "[[mounts]]",
            f"  source = {quoted(name)}",
            f"  destination = {quoted(folder)}",
            '  initial_size = "1gb"',
        ]

    def _processes(self) -> list[str]:
        if not self.processes:
            return []
        return [
            "# Each of these gets a machine of its own, from the same image.",
            "[processes]",
            *(f"  {name} = {quoted(command)}" for name, command in self.processes.items()),
        ]

    def _service(self) -> list[str]:
        rows = [
            "[http_service]",
            f"  internal_port = {PORT}",
            *(['  processes = ["app"]'] if self.processes else []),
            "  force_https = true",
            "  # Nobody visits: the machine stops and costs next to nothing. The next visitor waits some seconds.",
            '  auto_stop_machines = "stop"',
            "  auto_start_machines = true",
            "  min_machines_running = 0",
            "",
        ]
        times = ['grace_period = "20s"', 'interval = "30s"', 'timeout = "5s"']
        if not self.health_path:
            return [*rows, "[checks.port]", '  type = "tcp"', f"  port = {PORT}", *(f"  {row}" for row in times)]
        return [
            *rows,
            "  [[http_service.checks]]",
            *(f"    {row}" for row in (*times, 'method = "GET"', f"path = {quoted(self.health_path)}")),
            "",
            "    # Django answers no host it does not know, and leads visitors over http to https.",
            "    [http_service.checks.headers]",
            f"      Host = {quoted(self.host)}",
            '      X-Forwarded-Proto = "https"',
        ]

    def _machine(self) -> list[str]:
        return ["[[vm]]", f"  size = {quoted(self.size)}", f"  memory = {quoted(self.memory)}"]


def app_of(text: str) -> str | None:
    """The name of the app in the text of a fly.toml; None where there is none, or it cannot be read."""
    try:
        app = tomlkit.parse(text.removeprefix("\ufeff")).unwrap().get("app")
    except tomlkit.exceptions.TOMLKitError:
        return None
    return app if isinstance(app, str) and re.fullmatch("[a-z0-9][a-z0-9-]{0,62}", app) else None
