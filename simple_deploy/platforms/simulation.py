"""How a platform is played on this computer, so that a deployment can be rehearsed without an account. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: What a rehearsal can be told to meet, and what that is.
SCENARIOS: Mapping[str, str] = {
    "logged-out": "nobody is logged in to the platform",
    "cli-missing": "the platform's program is not installed",
    "name-taken": "somebody else has the name already",
    "database-exists": "a database of that name is there from an earlier time",
    "build-fails": "the build breaks off",
    "slow-build": "the build takes long enough to be watched, and cancelled",
    "migration-fails": "a migration fails on the platform",
    "health-check-fails": "the site starts and does not answer as it should",
    "network-lost": "the connection breaks while the project is sent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What plays a platform.

    A program of the platform's is replaced by ``python -m MODULE``, which finds the simulated platform through
    ``simple_deploy.rehearsal.World.from_environment()`` and is given the program's own arguments.

    :param programs: name of each program the plugin calls, and the module that plays it.
    :param domains: ends of the host names that sites have there, for example ``.fly.dev``, and of the platform's API
        where the plugin asks it. Requests to them go to the simulated platform.
    :param git_prefix: what the addresses of the platform's git repositories begin with, for example
        ``https://git.heroku.com/``; they then mean folders of the simulated platform. Empty where nothing is pushed.
    :param scenarios: those of :data:`SCENARIOS` it can play.
    :param prepare: arguments for the first program that make it download all it will need; it is run in a copy of the
        project with all that is planned. Empty when it needs nothing.
    :param differs: how a rehearsal differs from the real platform, as sentences.
    """

    programs: Mapping[str, str]
    domains: tuple[str, ...] = ()
    git_prefix: str = ""
    scenarios: tuple[str, ...] = tuple(SCENARIOS)
    prepare: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
