"""``python -m simple_deploy.demo``: write the sample project, with the packages of the Python it runs in."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from simple_deploy.assets import folder
from simple_deploy.demo.claim import claim
from simple_deploy.demo.command import carry_out, say
from simple_deploy.demo.create import ADMIN, Demo, create
from simple_deploy.demo.packages import bring
from simple_deploy.demo.shape import LAYOUTS, MANAGERS, SAMPLES, Shape
from simple_deploy.system import process


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    :returns: its exit code.
    """
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a Windows console may lack a character
            stream.reconfigure(errors="replace")
    return carry_out(lambda: _write(options))


def _write(options: argparse.Namespace) -> int:
    shape = Shape(project=options.project, layout=options.layout, manager=options.manager)
    if options.wheels is not None:
        say("Copying the packages for this computer; afterwards the folder they are in is not needed.")
        bring(options.wheels, claim(options.dir, shape).tools / "packages")
    demo = create(options.dir, shape, source=folder(shape.sample.source), run=process.run, say=say)
    say("\n".join(_report(demo, next_steps=options.next_steps)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simple_deploy.demo", description=__doc__)
    parser.add_argument("--dir", type=Path, default=Path("simple-deploy-demo"), help="folder to write (%(default)s)")
    parser.add_argument("--project", default="blog", metavar="|".join(SAMPLES))
    parser.add_argument("--layout", default="flat", metavar="|".join(LAYOUTS))
    parser.add_argument("--manager", default="requirements", metavar="|".join(MANAGERS))
    parser.add_argument("--wheels", type=Path, help="folder with all packages, in the place of a network")
    parser.add_argument(
        "--no-next-steps", dest="next_steps", action="store_false", help="do not say how to start the project"
    )
    return parser


def _report(demo: Demo, *, next_steps: bool) -> list[str]:
    lines = []
    if demo.password is not None:
        lines += [
            "",
            f"    User for the admin at /admin/:  {ADMIN}",
            f"    Password, shown only here:      {demo.password.reveal()}",
            "",
        ]
    else:
        lines += [
            f"The password of the user “{ADMIN}” was shown when the database was made. "
            f"A new one: python manage.py changepassword {ADMIN}"
        ]
    if next_steps:
        lines += [f'Start it:  cd "{demo.manage_folder}"  and then  "{sys.executable}" manage.py runserver']
    return lines


if __name__ == "__main__":
    sys.exit(main())
