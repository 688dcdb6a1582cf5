"""``python -m simple_deploy``: what works without the project's settings, and so also when they are broken."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from simple_deploy.core.errors import SimpleDeployError

if TYPE_CHECKING:
    from simple_deploy.runs.service import Service


def main(argv: list[str] | None = None) -> int:
    """:returns: the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.action(arguments))
    except SimpleDeployError as error:
        print(f"✗ {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  → {error.hint}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simple_deploy",
        description="Look at, follow and undo deployments without loading the project's settings.",
    )
    parser.add_argument("--project", type=Path, default=Path.cwd(), help="folder of the project (default: this one)")
    actions = parser.add_subparsers(required=True, metavar="ACTION")

    def action(name: str, function: object, text: str, *, run: bool | None = None) -> argparse.ArgumentParser:
        sub = actions.add_parser(name, help=text, description=text)
        sub.set_defaults(action=function)
        if run is not None:
            text = "id of the run" + ("" if run else " (default: the last)")
            sub.add_argument("run", nargs=None if run else "?", help=text)
        return sub

    action("list", _list, "List the runs of this project.")
    action("show", _show, "Show the summary of a run.", run=False)
    action("follow", _follow, "Show a run as it happens.", run=False)
    action("cancel", _cancel, "Stop a run.", run=False)
    action("undo", _undo, "Restore every file a run changed.", run=False)
    action("link", _link, "Print the address of the dashboard with its access code.")
    action("execute", _execute, "Execute a queued run in this process (used by the worker).", run=True)
    action("worker", _worker, "Be a background worker (the page starts one when it needs it).")
    return parser


def _service(arguments: argparse.Namespace) -> Service:
    from simple_deploy.runs.open import open_service

    return open_service(arguments.project.resolve())


def _last(service: Service, arguments: argparse.Namespace) -> str:
    if arguments.run:
        return str(arguments.run)
    runs = service.runs(1)
    if not runs:
        raise SimpleDeployError("No run yet in this project.", hint="Start one with `python manage.py deploy`.")
    return str(runs[0].id)


def _list(arguments: argparse.Namespace) -> int:
    from simple_deploy.management.terminal import when

    for run in _service(arguments).runs(50):
        what = f"{run.kind.value} {run.platform or run.subject}"
        print(f"{run.id}  {when(run.created)}  {run.state.value:11}  {what:24}  {run.url or ''}".rstrip())
    return 0


def _show(arguments: argparse.Namespace) -> int:
    service = _service(arguments)
    run_id = _last(service, arguments)
    print(service.summary_markdown(run_id) or f"Run {run_id} has no summary yet ({service.run(run_id).state.value}).")
    return 0


def _follow(arguments: argparse.Namespace) -> int:
    from simple_deploy.management.terminal import Terminal

    service = _service(arguments)
    run_id = _last(service, arguments)
    terminal, reader = Terminal(sys.stdout), service.reader(run_id)
    while True:
        run = service.run(run_id)
        for event in reader.read():
            terminal.listen(event)
        if not run.is_active:
            print(f"{run.state.value}  {run.url or ''}".rstrip())
            return 0 if run.state.value in {"succeeded", "undone"} else 1
        time.sleep(0.2)


def _cancel(arguments: argparse.Namespace) -> int:
    service = _service(arguments)
    service.cancel(_last(service, arguments))
    return 0


def _undo(arguments: argparse.Namespace) -> int:
    from simple_deploy.management.terminal import Terminal
    from simple_deploy.runs.scope import Answering

    service = _service(arguments)
    terminal = Terminal(sys.stdout)
    run = service.create_undo(arguments.run, started_by="terminal")
    done = service.execute(run.id, answering=Answering(nobody=True), listeners=(terminal.listen,))
    if done.error is not None:
        terminal.line(f"✗ {done.error.message}", "red")
        terminal.line(f"  → {done.error.hint}")
        return done.error.exit_code
    terminal.line("Every file is as it was before that run.", "green")
    return 0


def _link(arguments: argparse.Namespace) -> int:
    from simple_deploy.web.link import link

    print(link(_service(arguments).store.root))
    return 0


def _execute(arguments: argparse.Namespace) -> int:
    done = _service(arguments).execute(arguments.run)
    return done.error.exit_code if done.error else 0


def _worker(arguments: argparse.Namespace) -> int:
    from simple_deploy.jobs.app import worker_app
    from simple_deploy.jobs.worker import serve

    service = _service(arguments)
    serve(worker_app(service, idle=service.conf.worker_idle))
    return 0


if __name__ == "__main__":
    sys.exit(main())
