"""What the tests of Fly.io share."""

from __future__ import annotations

import pytest

from simple_deploy.testing import Shape
from tests.support.images import Images, prepare
from tests.support.shapes import Shapes


@pytest.fixture(scope="session")
def images(shapes: Shapes) -> Images:
    """buildah, and the base image."""
    return prepare(index=shapes.variables(Shape(manager="poetry"))["POETRY_PYPI_MIRROR_URL"])
