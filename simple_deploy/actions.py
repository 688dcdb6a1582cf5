"""The actions of ``python -m simple_deploy`` for people."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence

from simple_deploy.cli.follow import chosen, execute_here
from simple_deploy.cli.follow import follow as follow_run
from simple_deploy.cli.keyboard import ConsoleKeyboard
from simple_deploy.cli.output import open_lines
from simple_deploy.cli.prompt import Prompt
from simple_deploy.cli.result import exit_code
from simple_deploy.cli.terminal import Terminal
from simple_deploy.core.errors import Cancelled, WrongUsage
from simple_deploy.runs import backups, history, remains, stage
from simple_deploy.runs.model import Run
from simple_deploy.runs.service import Service, open_service
from simple_deploy.runs.stopping import Stop


def _open(arguments: argparse.Namespace) -> Service:
    return open_service(arguments.project.resolve())


def _terminal() -> Terminal:
    return Terminal(open_lines(sys.stdout, os.environ))


def show_list(arguments: argparse.Namespace) -> int:
    _terminal().history(_open(arguments).runs(50))
    return 0


def show(arguments: argparse.Namespace) -> int:
    service = _open(arguments)
    run = chosen(service, arguments.run, looking_too=False)
    text = service.summary_markdown(run.id)
    _terminal().line((text or f"Run {run.id} ({run.state.value}) has no summary.").rstrip())
    return 0


def follow(arguments: argparse.Namespace) -> int:
    service, terminal = _open(arguments), _terminal()
    run = chosen(service, arguments.run)
    return _ended(terminal, follow_run(service, run.id, terminal.listener(run)))


def cancel(arguments: argparse.Namespace) -> int:
    service = _open(arguments)
    run = service.run(arguments.run) if arguments.run else service.active()
    if run is None or not run.is_active:
        _terminal().line("Nothing is under way." if run is None else f"Run {run.id} is over ({run.state.value}).")
        return 0
    service.cancel(run.id, Stop.TERMINAL)
    _terminal().line(f"Run {run.id} was asked to stop.")
    return 0


def undo(arguments: argparse.Namespace) -> int:
    service, terminal = _open(arguments), _terminal()
    run = service.create_undo(arguments.run or None, started_by="terminal")
    done = execute_here(service, run, terminal.listener(run))
    summary = service.summary(done.id)
    code = _ended(terminal, done, summary.lead if summary else "Every byte is back as it was.")
    for section in summary.sections if summary else ():
        if section.id in {"left", "kept"}:
            terminal.section(section)
    return code


def forget(arguments: argparse.Namespace) -> int:
    from simple_deploy.jobs import worker

    service, terminal = _open(arguments), _terminal()
    root, only = service.store.root, arguments.rehearsals
    remains.refuse_a_run(service)
    if not (arguments.yes or _agreed(terminal, _what_goes(service, only=only))):
        return Cancelled.exit_code
    if not only:
        worker.end(root)
    remains.forget(service, rehearsals_only=only)
    terminal.line("The rehearsals are gone." if only else f"{root} is gone. Your project's own files stay as they are.")
    return 0


def _what_goes(service: Service, *, only: bool) -> Iterator[str]:
    """What forgetting means, line by line."""
    root, slugs = service.store.root, stage.slugs(service.store.root)
    rehearsals = f"the rehearsals of {', '.join(slugs)}, with all that runs in them" if slugs else ""
    if only:
        yield f"This removes {rehearsals}." if rehearsals else "There is no rehearsal."
        return
    runs = len(service.store.ids())
    past = "the history of one run" if runs == 1 else f"the history of {runs} runs"
    yield f"This removes {root}: {f'{past}, and {rehearsals}' if rehearsals else past}."
    if saved := len([*(root / backups.FOLDER).glob("*/*.backup")]):
        goes = "One backup of its sites' data goes" if saved == 1 else f"{saved} backups of its sites' data go"
        yield f"{goes} too. Copy what you may need first: {root / backups.FOLDER}"
    if kept := sum(history.left_something(service.location, service.store, run) for run in service.runs(200)):
        yield f"What {kept} of them changed in your files stays, and cannot be undone any more."
    if there := service.deployed_to():
        yield f"What is deployed to {', '.join(there)} stays there. To remove it, use --destroy first."


def _agreed(terminal: Terminal, lines: Iterable[str]) -> bool:
    """:raises WrongUsage: there is nobody to ask."""
    for line in lines:
        terminal.line(line)
    if not sys.stdin.isatty():
        raise WrongUsage("There is no terminal to ask on.", hint="If you are sure, add --yes.")
    return Prompt(terminal, ConsoleKeyboard(sys.stdin)).confirm("Go on?", default=False)


def _ended(terminal: Terminal, run: Run, success: str = "") -> int:
    if run.error is not None:
        terminal.error(run.error)
    else:
        terminal.line(success or f"{run.state.value}  {run.url or ''}".rstrip())
    return exit_code(run)


def link(arguments: argparse.Namespace) -> int:
    from simple_deploy.web.access import renew
    from simple_deploy.web.link import find_state
    from simple_deploy.web.link import link as link_of

    # A server that only ever showed the link has noted nothing else yet.
    state = find_state(arguments.project.resolve(), os.environ) or _open(arguments).store.root
    if arguments.new:
        renew(state)
    whole = link_of(state)
    unknown = "No development server is known to run. Start it, and open this path there: "
    _terminal().line((unknown if whole.startswith("/") else "") + whole)
    return 0


def share(arguments: argparse.Namespace) -> int:
    from simple_deploy.present.share import lesson

    lesson.serve(_open(arguments), lesson.addresses(arguments.at), _terminal().line)
    return 0


def check_lesson(arguments: argparse.Namespace) -> int:
    from simple_deploy.platforms import registry
    from simple_deploy.present.lessons.library import read

    lesson = read(arguments.file, [each.card.slug for each in registry.load().platforms])
    _terminal().line(f"“{lesson.title}” is a lesson: {len(lesson.steps)} steps, {lesson.minutes} minutes.")
    return 0


def new_plugin(arguments: argparse.Namespace) -> int:
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


def check_plugin(arguments: argparse.Namespace) -> int:
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
