"""What the tests of rehearsals know of the platforms is all there is."""

from __future__ import annotations

from simple_deploy.platforms import registry
from tests.rehearsal.platforms import GOES_WELL, PLATFORMS, STOPPED, each_platform
from tests.rehearsal.platforms import Platform as Tried


@each_platform
def test_every_scenario_is_tried(platform: Tried) -> None:
    (simulation,) = (each.simulation for each in registry.load().platforms if each.card.slug == platform.slug)
    assert simulation is not None
    tried = {*platform.refused, *platform.fails, STOPPED}
    assert {*simulation.scenarios} - {GOES_WELL} == tried


def test_every_platform_that_can_be_rehearsed_is_tried() -> None:
    played = {each.card.slug for each in registry.load().platforms if each.simulation is not None}
    assert played >= {platform.slug for platform in PLATFORMS}
    assert {name for name in played if name in ("flyio", "heroku", "upsun", "vps")} == {each.slug for each in PLATFORMS}
