"""What the tests of Fly.io share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simple_deploy.testing import Shape
from tests.support.images import Images, prepared
from tests.support.shapes import Shapes


@pytest.fixture(scope="session")
def images(shapes: Shapes) -> Iterator[Images]:
    """buildah, and the base image."""
    with prepared(index=shapes.variables(Shape(manager="poetry"))["POETRY_PYPI_MIRROR_URL"]) as ready:
        yield ready
