"""Rehearsals as the pages show them. No HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simple_deploy.platforms.simulation import SCENARIOS

if TYPE_CHECKING:
    from simple_deploy.platforms.base import Platform
    from simple_deploy.runs.service import Service
    from simple_deploy.runs.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What every page of a rehearsal says.

    :param slug: of the platform that is simulated, and *platform* its name.
    :param scenario: what the rehearsal is to meet, in words, or empty.
    :param differs: how it differs from the real platform, as sentences.
    """

    slug: str
    platform: str
    scenario: str
    differs: tuple[str, ...]

    @classmethod
    def of(cls, service: Service, stage: Stage) -> Rehearsal:
        return cls(
            slug=stage.platform,
            platform=service.registry.get(stage.platform).card.name,
            scenario=SCENARIOS.get(stage.scenario, ""),
            differs=stage.differs,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The offer to rehearse a deployment to a platform.

    :param scenarios: name and description of what it can be told to meet.
    :param exists: whether there is a rehearsal from an earlier time.
    """

    scenarios: tuple[tuple[str, str], ...]
    exists: bool

    @classmethod
    def of(cls, service: Service, platform: Platform) -> Offer | None:
        """None for a platform that cannot be rehearsed, or that is being rehearsed."""
        simulation = platform.simulation
        if simulation is None or service.stage is not None:
            return None
        scenarios = tuple((name, words) for name, words in SCENARIOS.items() if name in simulation.scenarios)
        return cls(scenarios=scenarios, exists=service.on_stage(platform.card.slug) is not None)
