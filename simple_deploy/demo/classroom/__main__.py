"""``python -m simple_deploy.demo.classroom FOLDER``: make a folder for a class. run.py calls it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import uv

from simple_deploy.demo.classroom.folder import Made, Maker
from simple_deploy.demo.classroom.targets import PYTHONS, SYSTEMS, USUAL, targets
from simple_deploy.demo.command import carry_out, say
from simple_deploy.system import process


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    :returns: its exit code.
    """
    options = _parser().parse_args(arguments)
    return carry_out(lambda: _make(options))


def _make(options: argparse.Namespace) -> int:
    chosen = targets(tuple(options.system or USUAL), tuple(options.python or PYTHONS))
    maker = Maker(checkout=options.checkout, run=process.run, uv=str(uv.find_uv_bin()), say=say)
    say("\n".join(report(maker.make(options.folder, chosen))))
    return 0


def report(made: Made) -> list[str]:
    """What is in the folder, how large it is, and what to do with it."""
    lines = [
        "",
        f"{made.folder} is ready: {made.packages} packages, {made.bytes / 1e6:.0f} MB, "
        f"in {made.seconds / 60:.1f} minutes.",
    ]
    if made.without_postgresql:
        lines += [
            "There is no PostgreSQL to bring along for " + "; ".join(map(str, made.without_postgresql)) + ".",
            "To rehearse, these computers need one of their own: https://www.postgresql.org/download/",
        ]
    lines += [
        "Copy it to USB sticks, or to a folder that all can read.",
        "Each pupil opens check.cmd (Windows), check.command (macOS) or check.sh (Linux), and then start.",
        f"Try it before the lesson, with the network switched off: {Path('checkout', 'run.py')} check",
    ]
    return lines


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py classroom", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--checkout", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--system", action="append", metavar="|".join(SYSTEMS))
    parser.add_argument("--python", action="append", metavar="3.N")
    return parser


if __name__ == "__main__":
    sys.exit(main())
