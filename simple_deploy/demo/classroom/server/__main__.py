"""``python -m simple_deploy.demo.classroom.server``: a dashboard for each pupil, on one machine. run.py calls it."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from simple_deploy.demo.classroom.server import account, fronts, turns
from simple_deploy.demo.classroom.server.pupils import in_order, open_class, room
from simple_deploy.demo.command import carry_out, say

#: Variables by which packages are found and reached. Pupils' programs get these of root's, and no others.
NETWORK = re.compile(
    r"(https?|all|no)_proxy|(uv|pip)_.*index.*|uv_(system_certs|native_tls)|ssl_cert_(file|dir)|requests_ca_bundle|pip_cert",
    re.IGNORECASE,
)


def main(arguments: Sequence[str]) -> int:
    """:returns: the exit code."""
    match [*arguments]:
        case ["front", folder, name]:
            fronts.serve(Path(folder), name)
        case ["turns", path, at_once]:
            turns.give(Path(path), int(at_once))
        case ["as", name, *argv] if argv:
            account.run_as(name, argv)
        case _:
            options = _parser().parse_args(arguments)
            return carry_out(lambda: _class(options))
    return 0


def _class(options: argparse.Namespace) -> int:
    from simple_deploy.demo.classroom.server.caretaker import Caretaker
    from simple_deploy.platforms import registry
    from simple_deploy.system import process

    folder = options.dir.absolute()
    known = open_class(folder)
    if options.end:
        if known is None:
            say(f"There is no class in {folder}.")
            return 1
        Caretaker(room=known, run=process.run, say=say).end()
        say("The class has ended: its accounts, processes and files are gone.")
        return 0
    simulated = [each.card.slug for each in registry.load().platforms if each.simulation is not None]
    asked = room(
        folder,
        host=options.host,
        count=options.pupils,
        port=options.port,
        python=sys.executable,
        at_once=options.at_once,
        wheels=options.wheels and options.wheels.absolute(),
        rehearsed=in_order(simulated, known),
    )
    network = {name: value for name, value in os.environ.items() if NETWORK.fullmatch(name)}
    brought = (options.certificate, options.key) if options.certificate and options.key else None
    caretaker = Caretaker(
        room=asked, run=process.run, say=say, project=options.project, network=network, brought=brought
    )
    places = caretaker.begin()
    say("")
    for place in places:
        say(f"{place.pupil.name}  {place.link}")
    say("")
    say("Give each pupil one line, and nobody a line twice: whoever has it can deploy as that pupil.")
    say("When the class is over: the same line with --end.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py class-server", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--pupils", type=int, default=30)
    parser.add_argument("--port", type=int, default=8400)
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--project", default="blog")
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("--end", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
