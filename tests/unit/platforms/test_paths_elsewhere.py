"""A folder that is elsewhere on this computer never gets into a file that describes the deployed site."""

from __future__ import annotations

import pytest
from simple_deploy_flyio.dockerfile import Image
from simple_deploy_flyio.dockerignore import dockerignore
from simple_deploy_upsun import place

from simple_deploy.api import ProjectFacts, static_folder
from simple_deploy.inspection.fixes.repository import patterns
from simple_deploy.testing import make_facts
from tests.unit.core.test_paths import ELSEWHERE

pytestmark = pytest.mark.parametrize("path", [*ELSEWHERE, "../media"])


def facts(path: str) -> ProjectFacts:
    return make_facts(
        settings={"media_root": path, "static_root": path, "media_url": "/media/", "file_fields": ("blog.Post.image",)}
    )


def test_the_image_has_no_such_folder(path: str) -> None:
    found = facts(path)
    assert found.settings
    image = Image(
        location=found.location, settings=found.settings, dependencies=found.dependencies, python="3.13"
    ).render()

    assert path not in image
    assert "install -d" not in image


def test_nothing_of_it_is_kept_out_of_the_image(path: str) -> None:
    assert path not in dockerignore(facts(path))


def test_upsun_keeps_uploads_in_a_folder_of_its_own(path: str) -> None:
    found = facts(path)
    assert found.settings
    uploads = place.uploads(found, found.settings)

    assert uploads
    assert (uploads.folder, uploads.own_root) == ("media", False)


def test_static_files_are_collected_inside_the_site(path: str) -> None:
    found = facts(path)
    assert found.settings

    assert static_folder(found.settings, found.location) == "staticfiles"


def test_the_repository_ignores_no_such_folder(path: str) -> None:
    assert all(path not in pattern for pattern in patterns(facts(path)))
