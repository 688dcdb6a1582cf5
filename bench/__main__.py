"""``python -m bench [NAME ...]``: measure and print a table; with ``--write`` write it into the documentation."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench.places import CHECKOUT, Places
from bench.report import Section, page, renewed, table
from simple_deploy.system import process

NAMES = (
    "startup",
    "plugins",
    "requests",
    "inspection",
    "plan",
    "stream",
    "hiding",
    "longlog",
    "history",
    "load",
    "followers",
    "deployment",
    "server",
    "memory",
    "classroom",
)
#: What takes minutes together and compares the tool with something, so that its ratios mean the same on any computer.
QUICK = ("startup", "inspection", "plan")
PAGE = CHECKOUT / "docs" / "explanation" / "performance.md"


def main() -> int:
    options = parser().parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # no user's programs start that slowly
    names = [name for name in NAMES if name in (QUICK if options.quick else options.names or NAMES)]
    if unknown := set(options.names) - set(NAMES):
        parser().error(f"there is no {', '.join(unknown)}")
    sections = [run(name, options.pupils) for name in names]
    print(table([row for section in sections for row in section.rows]))
    if options.write:
        whole = tuple(names) == NAMES
        PAGE.write_text(page(sections) if whole else renewed(PAGE.read_text("utf-8"), sections), encoding="utf-8")
    return 0


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m bench", description="Measure what the dashboard costs.")
    found.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    found.add_argument("--quick", action="store_true", help=f"measure {', '.join(QUICK)} only")
    found.add_argument("--pupils", type=int, default=30, help="how many a class has (%(default)s)")
    found.add_argument(
        "--write", action="store_true", help=f"write {PAGE.relative_to(CHECKOUT).as_posix()}, or its sections"
    )
    return found


def run(name: str, pupils: int) -> Section:
    """One measurement, in a folder of its own."""
    print(f"{name} …", end=" ", file=sys.stderr, flush=True)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        try:
            section: Section = importlib.import_module(f"bench.{name}").measure(Places(Path(folder).resolve(), pupils))
        finally:
            end_what_runs_in(folder)
    print(f"{time.monotonic() - start:.0f} s", file=sys.stderr)
    return section


def end_what_runs_in(folder: str) -> None:
    """Workers and sites outlive what started them, also when a measurement fails."""
    for each in psutil.process_iter(["cmdline", "cwd"]):
        words = [*(each.info["cmdline"] or ()), each.info["cwd"] or ""]
        if each.pid != os.getpid() and any(folder in word for word in words):
            process.kill_tree(each.pid)


if __name__ == "__main__":
    sys.exit(main())
