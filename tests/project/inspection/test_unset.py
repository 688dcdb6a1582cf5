"""What a project does not set is not taken for the folder the tool happens to run in."""

from __future__ import annotations

import pytest

from simple_deploy.testing import MakeProject, django_project, simple_deploy_templates

__all__ = ["django_project", "simple_deploy_templates"]


def test_a_media_folder_that_is_not_set_is_none(django_project: MakeProject, monkeypatch: pytest.MonkeyPatch) -> None:
    project = django_project()
    monkeypatch.chdir(project.folder)

    settings = project.facts().settings

    assert settings is not None
    assert (settings.media_root, settings.media_url) == ("", "")
