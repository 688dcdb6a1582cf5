"""``manage.py deploy``: the headless face of the same engine the dashboard uses. Flags, and the border to Django."""

from __future__ import annotations

import os
import sys
from argparse import SUPPRESS, Action, ArgumentError, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, TextIO, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from simple_deploy import conf
from simple_deploy.cli.answers import FROM_STDIN, given_ahead
from simple_deploy.cli.display import Display
from simple_deploy.cli.jsonlines import JsonLines
from simple_deploy.cli.keyboard import ConsoleKeyboard
from simple_deploy.cli.output import in_ci, open_lines
from simple_deploy.cli.prompt import Prompt
from simple_deploy.cli.request import Request
from simple_deploy.cli.result import Result
from simple_deploy.cli.session import Session
from simple_deploy.cli.stream import Stream
from simple_deploy.cli.terminal import Terminal
from simple_deploy.core.errors import Cancelled, MissingAnswers, SimpleDeployError, WrongUsage, unexpected
from simple_deploy.core.facts import Corrections
from simple_deploy.core.options import Option
from simple_deploy.inspection.locate import locate
from simple_deploy.platforms.site import VALUE
from simple_deploy.runs.service import Service, remember
from simple_deploy.system import process, started

_NOTHING = Corrections()

TRACEBACK = "Add --traceback to see where"


class Command(BaseCommand):
    help = (
        "Deploy this project, or first see what a deployment would do. The dashboard at /simple-deploy/ does the same."
    )
    requires_system_checks: list[str] = []  # what is wrong with the project is a finding, not a traceback
    requires_migrations_checks = False

    def __init__(self, *args: Any, start: Path | None = None, **kwargs: Any) -> None:
        """:param start: where to look for the project, if not where manage.py is."""
        super().__init__(*args, **kwargs)
        self._start = start
        self._words: Sequence[str] = ()  # of the command line
        self._problem: SimpleDeployError | None = None  # why the platform's own flags are not known
        self._unread = False  # whether the settings, which some of them come from, could not be loaded

    @cached_property
    def _service(self) -> Service:
        return make_service(self._start, corrections_in(self._words))

    # -- the border to Django --

    def run_from_argv(self, argv: list[str]) -> None:
        self._words = argv[2:]
        # What a person types is meant from where they typed it, not from where the settings have gone.
        with suppress(OSError):
            os.chdir(started.folder())  # noqa: TID251 - this is the command's own process
        try:
            super().run_from_argv(argv)
        except CommandError as error:  # of the parser alone: Django deals with those of handle() itself
            result = self._refused(error)
            if "--json" in self._words:
                JsonLines(Stream(sys.stdout)).end(result)
            self._leave(result)

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        # --dest must not mean --destroy. Set afterwards: packages replace the method above by one that takes nothing.
        parser.allow_abbrev = False
        parser.called_from_command_line = False  # so that wrong usage arrives in run_from_argv
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_actions(parser)
        add_manner(parser)
        add_corrections(parser)
        slug = chosen_platform(self._words)
        if slug is not None:
            self._add_platform_options(parser, slug)

    def _add_platform_options(self, parser: ArgumentParser, slug: str) -> None:
        """The chosen platform's own flags. They depend on the project, so it is looked at for them."""
        try:
            platform = self._service.registry.get(slug)
            facts = self._service.inspection().facts
            options = self._service.questions(slug, facts).every
        except SimpleDeployError as error:
            self._problem = error
        except Exception as error:  # whatever a plugin raises, --help is shown
            self._problem = unexpected(error, TRACEBACK)
        else:
            add_options(parser, platform.card.name, options)
            self._unread = facts.settings is None
            return
        parser.epilog = f"The flags of the platform {slug} cannot be listed: {self._problem.message}"

    def handle(self, *args: Any, **options: Any) -> None:
        out = cast("TextIO", self.stdout._out)
        colour = False if options["no_color"] else True if options["force_color"] else None
        quiet = options["no_logging"] or options["verbosity"] == 0
        terminal = Terminal(open_lines(out, os.environ, colour=colour), quiet=quiet)
        display: Display = JsonLines(Stream(out)) if options["json"] else terminal
        asks = display is terminal and not options["no_input"] and is_interactive(out)
        prompt = Prompt(terminal, ConsoleKeyboard(sys.stdin)) if asks else None
        result = self._carried_out(options, display, prompt)
        display.end(result)
        self._leave(result, colour=colour)

    def _carried_out(self, options: dict[str, Any], display: Display, prompt: Prompt | None) -> Result:
        """Where every error becomes a result."""
        try:
            value = ((VALUE, FROM_STDIN),) if options["set"] else ()
            given = given_ahead(options["answers"], (*(options["given"] or ()), *value), _secret_reader(prompt))
            if corrections_in(self._words) != Corrections():
                self._service.keep_corrections()
            remember(self._service)
            return Session(Request.of(options), self._service, display, prompt, given).carry_out()
        except SimpleDeployError as error:
            return Result.of_error(error, platform=options["platform"])
        except KeyboardInterrupt:
            return Result.of_error(Cancelled(), platform=options["platform"])
        except Exception as error:
            if options["traceback"]:
                raise
            return Result.of_error(unexpected(error, TRACEBACK), platform=options["platform"])

    def _refused(self, error: CommandError) -> Result:
        message = str(error).removeprefix("Error: ")
        unknown = "unrecognized arguments" in message
        hint = "`manage.py deploy --help` lists the flags; with --platform NAME, those of that platform too."
        if unknown and self._unread:
            hint = (
                "The project's settings could not be loaded, so flags that come from them, such as those for "
                "variables, are not known. `manage.py deploy --check` says why."
            )
        wrong: SimpleDeployError = WrongUsage(f"{message[:1].upper()}{message[1:]}.", hint=hint)
        if unknown and self._problem is not None:
            wrong = self._problem
        return Result.of_error(wrong, platform=chosen_platform(self._words))

    def _leave(self, result: Result, *, colour: bool | None = None) -> None:
        """Say what went wrong, if anything did, and leave with the exit code."""
        if result.error is not None:
            stderr = cast("TextIO", self.stderr._out)
            Terminal(open_lines(stderr, os.environ, colour=colour)).error(result.error)
        if result.exit_code:
            self._exit(result)

    def _exit(self, result: Result) -> NoReturn:
        if getattr(self, "_called_from_command_line", False):
            sys.exit(result.exit_code)
        message = result.error.message if result.error else result.status
        raise CommandError(message, returncode=result.exit_code)


# -- flags --


class _Give(Action):
    """Collects answers in the order in which they are given."""

    def __init__(self, option_strings: Sequence[str], dest: str, *, answer: str = "", **kwargs: Any) -> None:
        super().__init__(option_strings, dest, default=(), **kwargs)
        self._answer = answer

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, values: Any, option_string: str | None = None
    ) -> None:
        if self.nargs == 0:
            pair = (self._answer, not (option_string or "").startswith("--no-"))
        else:
            pair = (self._answer, values) if self._answer else values
        setattr(namespace, self.dest, (*getattr(namespace, self.dest), pair))


def add_actions(parser: ArgumentParser) -> None:
    """The flags that say what to do."""
    group = parser.add_argument_group("what to do", "Choose one; without any: ask on a terminal, else configure.")
    what = group.add_mutually_exclusive_group()

    def flag(name: str, text: str) -> None:
        what.add_argument(name, action="store_true", help=text)

    def about(name: str, metavar: str, text: str) -> None:
        what.add_argument(name, nargs="?", const="", metavar=metavar, help=text)

    flag("--check", "inspect only, change nothing")
    flag("--plan", "show every change and step, change nothing")
    flag("--automate-all", "configure, commit, create what is needed, deploy and verify")
    flag("--list-platforms", "list the platforms that are installed")
    flag("--history", "list the runs of this project")
    about("--summary", "RUN", "show the summary of a run (default: the last that did something)")
    about(
        "--export-run", "RUN", "write a run as one HTML file that plays it again (default: the last that did something)"
    )
    about("--retry", "RUN", "continue where a run stopped (default: the last that did not succeed)")
    about("--undo", "RUN", "restore every file that a run changed (default: the last that changed any)")
    what.add_argument("--fix", metavar="NAME", help="fix a finding, as the button in the dashboard does")
    what.add_argument("--mend", dest="fix", help=SUPPRESS)  # its name in earlier versions
    flag("--status", "say how the deployed site is doing")
    flag("--logs", "print the deployed site's log")
    flag("--start", "start the deployed site")
    flag("--stop", "stop the deployed site")
    flag("--restart", "restart the deployed site, with the variables it has")
    flag("--releases", "list the releases of the deployed site")
    about("--rollback", "RELEASE", "let an earlier release serve (default: the one before)")
    flag("--variables", "list the names of the deployed site's environment variables")
    what.add_argument(
        "--set", metavar="NAME", help="set a variable of the deployed site; its value is asked for, or standard input"
    )
    what.add_argument("--unset", metavar="NAME", help="remove a variable of the deployed site")
    what.add_argument("--run", metavar="COMMAND", help="run a management command on the deployed site")
    what.add_argument("--backup", metavar="FILE", help="save the deployed site's database and uploaded files")
    what.add_argument("--restore", metavar="FILE", help="replace the deployed site's data with the data in a backup")
    flag("--backups", "list the automatic backups of the deployed site")
    what.add_argument(
        "--daily-backups", choices=("on", "off"), metavar="STATE", help="on or off: back up the deployed site every day"
    )
    what.add_argument(
        "--maintenance",
        choices=("on", "off"),
        metavar="STATE",
        help="on or off: show visitors of the deployed site a page that says to come back soon",
    )
    flag("--domains", "list the domains of the deployed site, with the DNS records that each needs")
    what.add_argument("--add-domain", metavar="DOMAIN", help="let the deployed site answer at your domain")
    what.add_argument("--remove-domain", metavar="DOMAIN", help="let the deployed site no longer answer at a domain")
    flag("--sizes", "list what the deployed site could run on, with the price of each")
    what.add_argument("--resize", metavar="SIZE", help="run the deployed site on SIZE, or on several: SIZE:NUMBER")
    flag("--destroy", "remove everything that this project has on the platform")
    flag("--share", "let others on the local network watch the runs of this project, for two hours at most")
    what.add_argument("--execute", metavar="RUN", help="execute a run that the dashboard queued")


def add_manner(parser: ArgumentParser) -> None:
    """The flags that say how."""
    how = parser.add_argument_group("how")
    how.add_argument("--platform", metavar="NAME", help="where to deploy to; see --list-platforms")
    how.add_argument("--yes", action="store_true", help="take every default and confirm everything")
    how.add_argument("--no-input", action="store_true", help="never ask; fail, naming the answers that are missing")
    how.add_argument("--answers", metavar="FILE", help="answers ahead, as a JSON object of names and values")
    how.add_argument(
        "--answer",
        action=_Give,
        dest="given",
        type=_pair,
        metavar="NAME=VALUE",
        help="one answer ahead, also to a question that comes up later; the value - is read from standard input",
    )
    how.add_argument("--json", action="store_true", help="print events as lines of JSON, then one result object")
    how.add_argument("--allow-dirty", action="store_true", help="deploy uncommitted work too")
    how.add_argument("--ignore-unclean-git", dest="allow_dirty", action="store_true", help=SUPPRESS)  # its older name
    how.add_argument("--follow", action="store_true", help="with --logs: keep printing new lines, until Ctrl-C")
    how.add_argument("--rehearse", action="store_true", help="in a copy of the project, against a simulated platform")
    how.add_argument("--scenario", metavar="NAME", help="with --rehearse: which failure to simulate")
    how.add_argument(
        "--prepare", action="store_true", help="with --rehearse: download everything that rehearsing needs"
    )
    how.add_argument("--to", metavar="FILE", help="with --export-run: the file to write (default: named after the run)")
    how.add_argument(
        "--share-at", metavar="ADDRESS", help="with --share: at one address of this computer, not at all of them"
    )
    how.add_argument("--no-logging", action="store_true", help="leave out the programs' output")
    _add_text(how, "region", "where the site will run, if the platform asks")
    _add_text(how, "deployed_project_name", "name on the platform, if it asks")
    _add_text(how, "commit_message", "message of the commit that a deployment or --undo makes", metavar="TEXT")


def add_corrections(parser: ArgumentParser) -> None:
    """The flags that put a guess right."""
    group = parser.add_argument_group(
        "what the project is", "Remembered for the project, until something else is given; auto looks again."
    )
    group.add_argument("--project-dir", metavar="FOLDER", help="the folder of the manage.py to deploy")
    group.add_argument("--settings-module", metavar="MODULE", help="the settings the deployed site runs with")
    group.add_argument("--manager", metavar="NAME", help="what keeps the project's packages; --check lists those found")


def add_options(parser: ArgumentParser, platform: str, options: Sequence[Option]) -> None:
    """The flags of a platform. One whose name is taken can be answered with --answer."""
    group = parser.add_argument_group(f"options of {platform}")
    for option in options:
        with_help = {"help": f"{option.label}. {option.help}".strip().replace("%", "%%")}
        try:
            _add_option(group, option, with_help)
        except ArgumentError:
            continue


def _add_option(group: Any, option: Option, more: dict[str, Any]) -> None:
    common = {"action": _Give, "dest": "given", "answer": option.name, **more}
    if option.kind == "flag":
        group.add_argument(option.flag, "--no-" + option.flag[2:], nargs=0, **common)
    elif option.kind == "choice":
        group.add_argument(option.flag, choices=[choice.value for choice in option.choices], **common)
    elif option.kind == "secret":
        common["help"] += " Read from standard input."
        group.add_argument(option.flag, metavar=FROM_STDIN, type=_from_stdin, **common)
    else:
        group.add_argument(option.flag, metavar="TEXT", **common)


def _add_text(group: Any, name: str, text: str, *, metavar: str = "NAME") -> None:
    group.add_argument(
        "--" + name.replace("_", "-"), action=_Give, dest="given", answer=name, metavar=metavar, help=text
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    name = name.strip().replace("-", "_")
    if not equals or not name.isidentifier():
        raise ArgumentTypeError("it looks like NAME=VALUE")
    return name, value


def _from_stdin(text: str) -> str:
    if text != FROM_STDIN:
        raise ArgumentTypeError(
            "every user of this computer can read a command line. Give - and send the value on standard input"
        )
    return text


def chosen_platform(words: Sequence[str]) -> str | None:
    """The platform that a command line names, before it is parsed."""
    for index, word in enumerate(words):
        if word == "--platform" and index + 1 < len(words):
            return words[index + 1]
        if word.startswith("--platform="):
            return word.partition("=")[2]
    return None


def corrections_in(words: Sequence[str]) -> Corrections:
    """What a command line chooses in the place of guesses; known before the rest can be parsed."""
    parser = _Quiet(add_help=False, allow_abbrev=False)
    add_corrections(parser)
    try:
        known, _ = parser.parse_known_args(list(words))
    except WrongUsage:  # the parser that knows all flags says it in words
        return Corrections()
    return Corrections(
        project_dir=known.project_dir or None,
        settings_module=known.settings_module or None,
        manager=known.manager or None,
    )


class _Quiet(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongUsage(message)


# -- what a session needs --


def make_service(start: Path | None = None, given: Corrections = _NOTHING) -> Service:
    """The service for the project whose manage.py runs, or that is found at *start*.

    :param given: what was chosen in the place of guesses.
    :raises NoProject: there is none.
    """
    config = conf.load(os.environ, settings if settings.configured else None)
    location = locate(
        start=start or Path.cwd(),
        manage_py=started.program() if start is None else None,
        settings_module=os.environ.get("DJANGO_SETTINGS_MODULE"),
        given=given,
        state_dir=config.state_dir,
        runner=process.run,
    )
    return Service(location, config)


def is_interactive(out: TextIO) -> bool:
    """Whether somebody sits there who can be asked."""
    return sys.stdin is not None and sys.stdin.isatty() and out.isatty() and not in_ci(os.environ)


def _secret_reader(prompt: Prompt | None) -> Callable[[str], str]:
    """Reads secrets from standard input: typed unseen on a terminal, else one line for each."""

    def read(name: str) -> str:
        if prompt is not None:
            return prompt.secret(name)
        line = sys.stdin.readline() if sys.stdin is not None else ""
        if not line:
            raise MissingAnswers([name])
        return line.rstrip("\r\n")

    return read
