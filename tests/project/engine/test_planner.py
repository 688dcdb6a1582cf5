"""Trying a plan leaves nothing behind on the workbench."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simple_deploy.runs.model import RunState
from simple_deploy.runs.service import Service


@pytest.mark.slow
def test_what_is_compiled_while_a_plan_is_tried_stays_off_the_workbench(service: Service, environments: Path) -> None:
    run = service.execute(service.create_plan("toy", {}).id)
    assert run.state is RunState.SUCCEEDED, run.error
    assert list(service.store.tree(run.id).rglob("__pycache__")) == []
    files = (Path(folder, name).as_posix() for folder, _, names in os.walk(environments) for name in names)
    kept = [file for file in files if file.endswith(".pyc")]
    assert any("/django/" in path for path in kept)  # so that the next plan is tried faster
    assert [path for path in kept if run.id in path] == []
