"""What the tests of this platform share."""

from __future__ import annotations

from simple_deploy.testing import fake_program

__all__ = ["fake_program"]
