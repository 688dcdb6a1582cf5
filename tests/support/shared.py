"""What takes time to make is made once for a whole test run, by whichever worker needs it first."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest


def folder_of_the_run(factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this test run share."""
    base = factory.getbasetemp()
    # With pytest-xdist each worker has a folder of its own inside that of the run.
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    shared = run / "shared"
    shared.mkdir(exist_ok=True)
    return shared


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder *name* of this run, which *make* fills, called in one worker only; the others wait for it.

    What is in there is only to be looked at, or copied.
    """
    folder = folder_of_the_run(factory) / name
    made, failed = (folder.with_name(f"{name} {how}") for how in ("is made", "could not be made"))
    try:
        folder.mkdir()
    except FileExistsError:
        # How long that may take is up to the limit that every test has.
        while not made.exists():
            if failed.exists():
                reason = failed.read_text(encoding="utf-8")
                pytest.fail(f"“{name}” could not be made, as another test has said already: {reason}")
            time.sleep(0.02)
        return folder
    try:
        make(folder)
    except BaseException as error:
        said = failed.with_name(f"{failed.name}, in words")
        said.write_text("".join(traceback.format_exception_only(error)).strip(), encoding="utf-8")
        said.replace(failed)  # whole at once, for those who wait for it
        raise
    made.touch()
    return folder
