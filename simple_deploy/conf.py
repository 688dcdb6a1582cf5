"""Settings of the tool: from the environment, or Django settings of the same name. Each has a default that works."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ
import platformdirs

from simple_deploy.system import started


@dataclass(frozen=True, slots=True, kw_only=True)
class Conf:
    """The tool's settings.

    :param state_dir: ``SIMPLE_DEPLOY_STATE_DIR``; None means ``.simple_deploy`` in the git root.
    :param data_dir: ``SIMPLE_DEPLOY_DATA_DIR``; holds sites deployed to this computer.
    :param cache_dir: ``SIMPLE_DEPLOY_CACHE_DIR``; holds throw-away environments and what managers locked.
    :param redis_url: ``SIMPLE_DEPLOY_REDIS_URL``; None means the broker is a folder.
    :param worker_idle: ``SIMPLE_DEPLOY_WORKER_IDLE``; seconds after which an idle worker stops.
    :param enabled: ``SIMPLE_DEPLOY_ENABLED``; show the page although no development server was recognised.
    :param trusted_peers: ``SIMPLE_DEPLOY_TRUSTED_PEERS``; further addresses or networks that may open the page.
    :param trusted_hosts: ``SIMPLE_DEPLOY_TRUSTED_HOSTS``; further Host names the page answers to.
    :param turns: ``SIMPLE_DEPLOY_TURNS``; socket of what gives runs their turn; None means that none waits for others.
    """

    state_dir: Path | None
    data_dir: Path
    cache_dir: Path
    redis_url: str | None
    worker_idle: float
    enabled: bool
    trusted_peers: tuple[str, ...]
    trusted_hosts: tuple[str, ...]
    turns: Path | None = None

    def as_environment(self) -> dict[str, str]:
        """The variables that make a child process load the same settings without Django."""
        return {
            "SIMPLE_DEPLOY_STATE_DIR": str(self.state_dir or ""),
            "SIMPLE_DEPLOY_DATA_DIR": str(self.data_dir),
            "SIMPLE_DEPLOY_CACHE_DIR": str(self.cache_dir),
            "SIMPLE_DEPLOY_REDIS_URL": self.redis_url or "",
            "SIMPLE_DEPLOY_WORKER_IDLE": str(self.worker_idle),
            "SIMPLE_DEPLOY_TURNS": str(self.turns or ""),
        }


def load(environment: Mapping[str, str], django_settings: object = None) -> Conf:
    """The settings out of *environment*; an attribute of the same name on *django_settings* wins."""
    env = environ.Env()
    env.ENVIRON = dict(environment)

    def value(name: str, read: Any, default: Any) -> Any:
        full = f"SIMPLE_DEPLOY_{name}"
        own = getattr(django_settings, full, None)
        return own if own is not None else read(full, default=default)

    state, turns = value("STATE_DIR", env.str, ""), value("TURNS", env.str, "")
    return Conf(
        state_dir=(started.folder() / Path(state).expanduser()).resolve() if state else None,
        data_dir=Path(value("DATA_DIR", env.str, "") or platformdirs.user_data_dir("simple_deploy", appauthor=False)),
        cache_dir=Path(
            value("CACHE_DIR", env.str, "") or platformdirs.user_cache_dir("simple_deploy", appauthor=False)
        ),
        redis_url=value("REDIS_URL", env.str, "") or None,
        worker_idle=float(value("WORKER_IDLE", env.float, 600.0)),
        enabled=bool(value("ENABLED", env.bool, False)),
        trusted_peers=_texts(value("TRUSTED_PEERS", env.list, [])),
        trusted_hosts=_texts(value("TRUSTED_HOSTS", env.list, [])),
        turns=Path(turns) if turns else None,
    )


def _texts(value: str | Iterable[str]) -> tuple[str, ...]:
    """*value*, which in Django settings is a list, or a text as in the environment."""
    return tuple(value.split(",")) if isinstance(value, str) else tuple(value)
