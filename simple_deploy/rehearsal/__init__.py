"""The kit that simulated platforms are made of. It names no platform: a simulator lives in its plugin.

A *world* is one simulated platform in a folder: its state, its programs, the sites it runs, its database, and an edge
proxy through which the sites are visited. A *stage* is a throw-away clone of a project together with a world.
"""

from __future__ import annotations

from simple_deploy.core.errors import StepError
from simple_deploy.rehearsal.world import World, free_port

__all__ = ["StepError", "World", "free_port"]
