"""``python -m simple_deploy``: what works without the project's settings, and so also when they are broken."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from simple_deploy.cli.follow import chosen, execute_here, follow
from simple_deploy.cli.output import open_lines
from simple_deploy.cli.result import exit_code
from simple_deploy.cli.terminal import Terminal
from simple_deploy.core.errors import Cancelled, SimpleDeployError
from simple_deploy.runs.model import ErrorInfo, Run
from simple_deploy.runs.service import Service, open_service


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
        Terminal(open_lines(sys.stderr, os.environ)).error(ErrorInfo.of(error))
        return error.exit_code
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
    action("execute", "Execute a queued run in this process (the worker does).", run="RUN")
    action("worker", "Be a background worker (the page starts one when it needs it).")
    return top


def _open(arguments: argparse.Namespace) -> Service:
    return open_service(arguments.project.resolve())


def _terminal() -> Terminal:
    return Terminal(open_lines(sys.stdout, os.environ))


def _list(arguments: argparse.Namespace) -> int:
    _terminal().history(_open(arguments).runs(50))
    return 0


def _show(arguments: argparse.Namespace) -> int:
    service = _open(arguments)
    run = chosen(service, arguments.run, looking_too=False)
    text = service.summary_markdown(run.id)
    _terminal().line((text or f"Run {run.id} ({run.state.value}) has no summary.").rstrip())
    return 0


def _follow(arguments: argparse.Namespace) -> int:
    service, terminal = _open(arguments), _terminal()
    run = chosen(service, arguments.run)
    return _ended(terminal, follow(service, run.id, terminal.listener(run)))


def _cancel(arguments: argparse.Namespace) -> int:
    service = _open(arguments)
    run = service.run(arguments.run) if arguments.run else service.active()
    if run is None or not run.is_active:
        _terminal().line("Nothing is under way." if run is None else f"Run {run.id} is over ({run.state.value}).")
        return 0
    service.cancel(run.id)
    _terminal().line(f"Run {run.id} was asked to stop.")
    return 0


def _undo(arguments: argparse.Namespace) -> int:
    service, terminal = _open(arguments), _terminal()
    run = service.create_undo(arguments.run or None, started_by="terminal")
    done = execute_here(service, run, terminal.listener(run))
    summary = service.summary(done.id)
    return _ended(terminal, done, summary.lead if summary else "Every byte is back as it was.")


def _ended(terminal: Terminal, run: Run, success: str = "") -> int:
    if run.error is not None:
        terminal.error(run.error)
    else:
        terminal.line(success or f"{run.state.value}  {run.url or ''}".rstrip())
    return exit_code(run)


def _link(arguments: argparse.Namespace) -> int:
    from simple_deploy.web.access import renew
    from simple_deploy.web.link import find_state, link

    # A server that only ever showed the link has noted nothing else yet.
    state = find_state(arguments.project.resolve(), os.environ) or _open(arguments).store.root
    if arguments.new:
        renew(state)
    whole = link(state)
    unknown = "No development server is known to run. Start it, and open this path there: "
    _terminal().line((unknown if whole.startswith("/") else "") + whole)
    return 0


def _new_plugin(arguments: argparse.Namespace) -> int:
    from simple_deploy.testkit.scaffold import new_plugin

    name, terminal = arguments.plugin, _terminal()
    folder = new_plugin(name, arguments.into.resolve())
    terminal.line(f"Written to {folder}. Go on with:")
    for command in (
        f'python -m pip install -e "{folder}" pytest',
        f'python -m pytest "{folder}"',
        f"python manage.py deploy --platform {name} --rehearse",
    ):
        terminal.line(f"  {command}")
    return 0


def _check_plugin(arguments: argparse.Namespace) -> int:
    from simple_deploy.platforms import registry
    from simple_deploy.testkit.checking import check_platform, sentences

    found, terminal = registry.load(), _terminal()
    platforms = (found.get(arguments.platform),) if arguments.platform else found.platforms
    given, results = _pairs(arguments.answer), _pairs(arguments.result)
    failures = () if arguments.platform else found.failures
    reports = [check_platform(each, given=given, results=results) for each in platforms]
    for failure in failures:
        terminal.line(f"The plugin {failure.name} cannot be loaded: {failure.error}")
        terminal.line(failure.traceback.rstrip())
    for report in reports:
        for sentence in sentences(report):
            terminal.line(sentence)
    return int(bool(failures) or any(report.problems for report in reports))


def _pairs(words: Sequence[str]) -> dict[str, str]:
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _execute(arguments: argparse.Namespace) -> int:
    # A spare one is told later which run it is for, and has loaded everything by then; nothing is told at its end.
    run = arguments.run if arguments.run != "-" else sys.stdin.readline().strip()
    if not run:
        return 0
    done = _open(arguments).execute(run)
    return done.error.exit_code if done.error else 0


def _worker(arguments: argparse.Namespace) -> int:
    from simple_deploy.jobs.spare import Spare

    service = _open(arguments)
    spare = Spare(service)  # it loads what it needs while this process loads Celery
    from simple_deploy.jobs.app import worker_app
    from simple_deploy.jobs.worker import serve

    serve(worker_app(service, spare, idle=service.conf.worker_idle))
    return 0


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


ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": _list,
    "show": _show,
    "follow": _follow,
    "cancel": _cancel,
    "undo": _undo,
    "link": _link,
    "check-plugin": _check_plugin,
    "new-plugin": _new_plugin,
    "execute": _execute,
    "worker": _worker,
}

if __name__ == "__main__":
    sys.exit(main())
