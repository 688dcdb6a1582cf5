"""``python -m simple_deploy``: what works without the project's settings, and so also when they are broken."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from simple_deploy.core.errors import Cancelled, SimpleDeployError


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    :returns: the exit code.
    """
    arguments, rest = parser().parse_known_args(argv)
    if rest and arguments.name != "deploy":
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    if arguments.name == "deploy":
        return _deploy(arguments.project, rest)
    try:
        return ACTIONS[arguments.name](arguments)
    except SimpleDeployError as error:
        return _told(error)
    except KeyboardInterrupt:
        return Cancelled.exit_code


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m simple_deploy",
        description="Look at, follow, cancel and undo deployments without loading the project's settings.",
        allow_abbrev=False,
    )
    text = "folder of the project, or one inside it (default: this one)"
    top.add_argument("--project", type=Path, default=Path.cwd(), metavar="FOLDER", help=text)
    actions = top.add_subparsers(dest="name", required=True, metavar="ACTION")

    def action(name: str, text: str, *, run: str = "", add_help: bool = True) -> argparse.ArgumentParser:
        sub = actions.add_parser(name, help=text, description=text, allow_abbrev=False, add_help=add_help)
        sub.add_argument("--project", type=Path, default=argparse.SUPPRESS, metavar="FOLDER", help=argparse.SUPPRESS)
        if run:
            needed = run == "RUN"
            sub.add_argument("run", nargs=None if needed else "?", default="", metavar="RUN", help="id of the run")
        return sub

    action("list", "List the runs of this project.")
    action("show", "Show the summary of a run, or of the last that did something.", run="[RUN]")
    action("follow", "Show a run as it happens, or the last one.", run="[RUN]")
    action("cancel", "Stop a run, or the one that is under way.", run="[RUN]")
    action("undo", "Restore every file that a run changed, or the last that changed any.", run="[RUN]")
    forgetting = action("forget", "Remove what the tool keeps of this project: its history, rehearsals, environments.")
    forgetting.add_argument("--rehearsals", action="store_true", help="remove the rehearsals only")
    forgetting.add_argument("--yes", action="store_true", help="do not ask first")
    linking = action("link", "Print the address of the dashboard with its access code.")
    linking.add_argument("--new", action="store_true", help="make a new code first, which ends every browser's session")
    action("deploy", "Do what `manage.py deploy` does; takes the same flags.", add_help=False)
    making = action("new-plugin", "Write the package of a new plugin, with a simulator, tests and a README.")
    making.add_argument("plugin", metavar="NAME", help="the platform's name in small letters and digits")
    making.add_argument("--into", type=Path, default=Path.cwd(), metavar="FOLDER", help="(default: this one)")
    checking = action("check-plugin", "Check installed platforms against the contract, and say what they lack.")
    checking.add_argument("platform", nargs="?", default="", metavar="PLATFORM", help="its name (default: all)")
    for name, text in (("--answer", "to a question without a default"), ("--result", "what one of its calls returns")):
        checking.add_argument(name, action="append", default=[], metavar="NAME=VALUE", help=text)
    sharing = action("share", "Let others on the local network watch the runs of this project.")
    sharing.add_argument("--at", default="", metavar="ADDRESS", help="one address of this computer (default: all)")
    lesson = action("check-lesson", "Check a lesson that you wrote, and say what is wrong with it.")
    lesson.add_argument("file", type=Path, metavar="FILE", help="the lesson, a file that ends with .toml")
    action("execute", "Execute a queued run in this process (the worker does).", run="RUN")
    action("worker", "Be a background worker (the page starts one when it needs it).", run="[RUN]")
    return top


def _deploy(project: Path, words: Sequence[str]) -> int:
    """The command, without the project's manage.py. Its settings are loaded in child processes only."""
    from django.conf import settings

    from simple_deploy.management.commands.deploy import Command

    if not settings.configured:
        settings.configure()
    try:
        Command(start=project.resolve()).run_from_argv(["python -m simple_deploy", "deploy", *words])
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
    return 0


def _execute(arguments: argparse.Namespace) -> int:
    from simple_deploy.runs.service import open_service

    # A spare one is told later which run it is for, and has loaded everything by then; nothing is told at its end.
    run = arguments.run if arguments.run != "-" else sys.stdin.readline().strip()
    if not run:
        return 0
    done = open_service(arguments.project.resolve()).execute(run)
    return done.error.exit_code if done.error else 0


def _worker(arguments: argparse.Namespace) -> int:
    from simple_deploy.jobs.spare import UMASK, Spare

    folder = arguments.project.resolve()
    # It loads what a run needs, and begins with the first, while this process loads the rest.
    spare = Spare(folder, {}, umask=os.umask(UMASK), first=arguments.run)
    from simple_deploy.jobs.tasks import execute_in_child
    from simple_deploy.jobs.worker import Keeper, serve
    from simple_deploy.runs.service import open_service

    service = open_service(folder)
    Keeper(service, idle=service.conf.worker_idle).start()
    if arguments.run:
        execute_in_child(service, arguments.run, spare)
    from simple_deploy.jobs.app import worker_app  # with Celery, which the first run does not wait for

    serve(worker_app(service, spare))
    return 0


def _asked_for(name: str) -> Callable[[argparse.Namespace], int]:
    """An action that a person asks for. What it needs is loaded then: a run in the background does not wait for it."""

    def act(arguments: argparse.Namespace) -> int:
        from simple_deploy import actions

        found: Callable[[argparse.Namespace], int] = getattr(actions, name)
        return found(arguments)

    return act


def _told(error: SimpleDeployError) -> int:
    from simple_deploy.cli.output import open_lines
    from simple_deploy.cli.terminal import Terminal
    from simple_deploy.runs.model import ErrorInfo

    Terminal(open_lines(sys.stderr, os.environ)).error(ErrorInfo.of(error))
    return error.exit_code


ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": _asked_for("show_list"),
    "show": _asked_for("show"),
    "follow": _asked_for("follow"),
    "cancel": _asked_for("cancel"),
    "undo": _asked_for("undo"),
    "forget": _asked_for("forget"),
    "link": _asked_for("link"),
    "check-plugin": _asked_for("check_plugin"),
    "new-plugin": _asked_for("new_plugin"),
    "share": _asked_for("share"),
    "check-lesson": _asked_for("check_lesson"),
    "execute": _execute,
    "worker": _worker,
}

if __name__ == "__main__":
    sys.exit(main())
