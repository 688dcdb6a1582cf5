"""How long an inspection of a project of 5,000 files takes, warm against cold. Run: python bench/inspection.py"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from simple_deploy.engine.process import run
from simple_deploy.inspection.inspect import Inspector
from simple_deploy.inspection.locate import locate

FILES = 5_000
ROUNDS = 7


def project(folder: Path, files: int = FILES) -> Path:
    """A project as startproject makes it, with *files* modules in 50 packages, committed."""
    subprocess.run([sys.executable, "-m", "django", "startproject", "mysite", "."], cwd=folder, check=True)
    (folder / "requirements.txt").write_text("django\n", encoding="utf-8")
    for number in range(files):
        package = folder / f"package_{number % 50}"
        package.mkdir(exist_ok=True)
        (package / f"module_{number}.py").write_text(f"import os\n\nNUMBER = {number}\n", encoding="utf-8")
    who = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"]
    for arguments in (["init", "-q"], ["add", "--all"], ["commit", "-q", "-m", "First"]):
        subprocess.run(["git", *who, *arguments], cwd=folder, check=True)
    return folder


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def measure() -> dict[str, float]:
    """Seconds: ``cold`` loads the project through Django, ``warm`` finds nothing changed; each the median."""
    with tempfile.TemporaryDirectory() as name:
        folder = project(Path(name))
        location = locate(start=folder, runner=run, environ={})
        inspector = Inspector(run, cache_dir=folder / ".git" / "inspection")
        cold = [seconds(lambda: inspector.inspect(location, fresh=True)) for _ in range(3)]
        warm = [seconds(lambda: inspector.inspect(location)) for _ in range(ROUNDS)]
    return {"cold": statistics.median(cold), "warm": statistics.median(warm)}


def main() -> None:
    found = measure()
    print(f"inspection of {FILES:,} files: cold {found['cold'] * 1000:.0f} ms, warm {found['warm'] * 1000:.0f} ms")
    print(f"warm / cold: {found['warm'] / found['cold']:.2f}")


if __name__ == "__main__":
    main()
