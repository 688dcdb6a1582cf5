"""Run one dsd_* plugin in this process, under the original's own engine, in the folder that it is told.

Started by its path, with what to do as JSON on standard input, so that nothing of this tool is imported. Nothing of the
plugin or of django-simple-deploy is changed on the disk. What is another in memory:

1. who picks the plugin: several may be installed
2. ``input``, ``getpass`` and the functions that ask: the question goes to the person
3. ``commit_changes``: the files are settled first, and the tool commits them
4. ``webbrowser.open``: a link in the log
5. what is only for the original's log files is printed
6. what starts a program is told, and what would write into the project itself is refused
"""

from __future__ import annotations

import argparse
import builtins
import getpass
import importlib
import inspect
import json
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

_UTILS = "django_simple_deploy.management.commands.utils"

#: Flags of Django's commands, and those of django-simple-deploy that this tool sets itself.
_NOT_OPTIONS = frozenset(
    (
        *("help", "version", "verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color"),
        *("skip_checks", "automate_all", "no_logging", "ignore_unclean_git", "unit_testing", "e2e_testing"),
    )
)

_SECRET = re.compile(
    r"password|passphrase|passcode|token|secret|credential|(?:api|access|private)[ _-]?key|\bpin\b", re.IGNORECASE
)

#: How long a random text is that may be a secret.
_LONG = 16


class Channel:
    """The tool on the other end."""

    def __init__(self, address: str, key: str) -> None:
        self._connection = Client(address, authkey=bytes.fromhex(key))
        self._turn = threading.Lock()

    def tell(self, **message: Any) -> Any:
        """What the tool says to it: when this returns, a secret that was told is hidden wherever it is printed."""
        sys.stdout.flush()  # what was printed before it comes before it in the log
        with self._turn:
            self._connection.send_bytes(json.dumps(message, default=str).encode("utf-8"))
            return json.loads(self._connection.recv_bytes())

    def ask(self, **message: Any) -> Any:
        """The answer. :raises SystemExit: there is none, so nothing more is to be done."""
        answer = self.tell(type="ask", **message)
        if "value" not in answer:
            raise SystemExit(1)
        return answer["value"]


def command_of(module: str) -> Any:
    """The original's command, with *module* as its plugin."""
    dsd_utils = importlib.import_module(f"{_UTILS}.dsd_utils")
    dsd_utils.get_plugin_name = lambda: module  # type: ignore[attr-defined]
    return importlib.import_module("django_simple_deploy.management.commands.deploy").Command()


# -- describing --


def describe(spec: dict[str, Any]) -> dict[str, Any]:
    """What the plugin says about itself."""
    sys.argv = ["manage.py", "deploy"]
    from django.conf import settings

    if not settings.configured:
        settings.configure()
    command = command_of(spec["module"])
    manager = importlib.import_module("django_simple_deploy.plugins").pm
    if not manager.get_plugins():  # earlier versions register theirs when they are run
        manager.register(importlib.import_module(f"{spec['module']}.deploy"))
    found = manager.hook.dsd_get_plugin_config()
    if not found:
        sys.exit("It has no hook dsd_get_plugin_config, without which django-simple-deploy cannot run it either.")
    config = found[0]
    parser = command.create_parser("manage.py", "deploy")
    return {
        "name": str(config.platform_name),
        "automated": bool(config.automate_all_supported),
        "confirm": str(getattr(config, "confirm_automate_all_msg", "")),
        "options": [_option(action) for action in parser._actions if _is_asked(action)],
    }


def _is_asked(action: argparse.Action) -> bool:
    return bool(action.option_strings) and action.dest not in _NOT_OPTIONS


def _option(action: argparse.Action) -> dict[str, Any]:
    default = action.default if isinstance(action.default, (str, bool)) else ""
    return {
        "name": action.dest,
        "flag": action.option_strings[0],
        "help": "" if action.help in (None, argparse.SUPPRESS) else str(action.help),
        "is_flag": action.nargs == 0,
        "default": "" if action.nargs == 0 else str(default),
        "choices": [str(each) for each in action.choices or ()],
    }


# -- deploying --


def deploy(spec: dict[str, Any]) -> int:
    """Run the plugin as ``manage.py deploy`` does, in ``spec["folder"]``; the exit code."""
    channel = Channel(spec["address"], spec["key"])
    os.chdir(spec["folder"])  # noqa: TID251 - this is the command's own process
    sys.path.insert(0, spec["folder"])
    sys.argv = ["manage.py", "deploy", *spec["arguments"]]
    os.environ["DJANGO_SETTINGS_MODULE"] = spec["settings"]
    import django
    from django.conf import settings

    django.setup()
    os.chdir(spec["folder"])  # noqa: TID251 - settings may have gone elsewhere
    root = Path(spec["root"]).resolve()
    for what, where in (("BASE_DIR", settings.BASE_DIR), ("the settings module", _file_of(spec["settings"]))):
        if not Path(where).resolve().is_relative_to(root):
            channel.tell(type="refused", message=f"{what} is {where}, outside the copy of the project.")
            return 1
    _replace_in_memory(spec, channel)
    from django.core.management.base import CommandError

    try:
        command = command_of(spec["module"])
        _prepare(command, "django_simple_deploy" in settings.INSTALLED_APPS)
        options = vars(command.create_parser("manage.py", "deploy").parse_args(spec["arguments"]))
        command.execute(*options.pop("args", ()), **options)
    except CommandError as error:
        channel.tell(type="failed", message=str(error))
        return 1
    except SystemExit as end:
        if end.code in (None, 0):
            channel.tell(type="declined")
        else:
            channel.tell(type="failed", message=str(end.code))
        return 1
    except BaseException as error:
        traceback.print_exc()
        channel.tell(type="failed", message=f"{type(error).__name__}: {error}")
        return 1
    channel.tell(type="done")
    return 0


def _file_of(module: str) -> str:
    return str(importlib.import_module(module).__file__)


class _Approved:
    """Whether what is asked now was answered when the plan was approved."""

    def __init__(self) -> None:
        self.now = False


_APPROVED = _Approved()


def _prepare(command: Any, is_app: bool) -> None:
    """Have the engine leave out what the tool has done, or does without."""
    kind = type(command)
    if not is_app and hasattr(kind, "_add_dsd_req"):
        kind._add_dsd_req = lambda self: None
    for dump in ("_log_cli_args", "_log_dsd_config"):  # of its own state, for those who develop it
        if hasattr(kind, dump):
            setattr(kind, dump, lambda self, *arguments: None)
    confirm = getattr(kind, "_confirm_automate_all", None)
    if confirm is None:
        return

    def confirmed(self: Any, *arguments: Any) -> Any:
        _APPROVED.now = True
        try:
            return confirm(self, *arguments)
        finally:
            _APPROVED.now = False

    kind._confirm_automate_all = confirmed


def _replace_in_memory(spec: dict[str, Any], channel: Channel) -> None:
    utils = importlib.import_module(f"{_UTILS}.plugin_utils")
    _ask_the_person(utils, channel)
    _settle_before_commits(utils, channel)
    _print_what_is_logged(utils)
    _tell_links(channel)
    _hide_random_texts(channel)
    _watch(spec, channel)


def _ask_the_person(utils: Any, channel: Channel) -> None:
    errors = importlib.import_module(f"{_UTILS}.command_errors")
    config = utils.dsd_config

    def text(prompt: object = "", *, secret: bool = False) -> str:
        kind = "secret" if secret or _SECRET.search(str(prompt)) else "text"
        return str(channel.ask(kind=kind, prompt=str(prompt)))

    original = utils.get_confirmation

    def get_confirmation(msg: str = "Are you sure you want to do this?", skip_logging: bool = False) -> bool:
        if config.unit_testing or config.e2e_testing:
            return bool(original(msg, skip_logging))
        return _APPROVED.now or bool(channel.ask(kind="flag", prompt=msg))

    def get_numbered_choice(prompt: str, valid_choices: Any, quit_message: str) -> int:
        labels = {each[1]: each[2].strip() for each in re.finditer(r"^\s*(\d+)[:.)]\s*(.+)$", prompt, re.MULTILINE)}
        choices = [(str(value), labels.get(str(value), str(value))) for value in valid_choices]
        value = channel.ask(kind="choice", prompt=prompt, choices=[*choices, ("q", "None of these: stop here")])
        if value == "q":
            raise errors.DSDCommandError(quit_message)
        return int(value)

    def get_user_info(prompt: str, strip_response: bool = True) -> str:
        value = text(prompt)
        return value.strip() if strip_response else value

    builtins.input = text
    getpass.getpass = lambda prompt="", stream=None: text(prompt, secret=True)
    for function in (get_confirmation, get_numbered_choice, get_user_info):
        setattr(utils, function.__name__, function)


def _settle_before_commits(utils: Any, channel: Channel) -> None:
    def commit_changes() -> None:
        if utils.dsd_config.automate_all:
            utils.write_output("  Committing changes...")
            channel.ask(kind="settle", prompt="Configured project for deployment.")

    utils.commit_changes = commit_changes


def _print_what_is_logged(utils: Any) -> None:
    """Print what is logged, once: not what is printed anyway, nor a command line, which is told when it runs."""

    def log_info(output: object) -> None:
        sys.stdout.write(f"{utils.get_string_from_output(output)}\n")
        sys.stdout.flush()

    def unlogged(function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            logged = inspect.signature(function).bind(*arguments, **options)
            if logged.arguments.get("write_to_console", True):
                logged.arguments["skip_logging"] = True
            return function(*logged.args, **logged.kwargs)

        return called

    for name in ("write_output", "run_quick_command", "run_slow_command"):
        setattr(utils, name, unlogged(getattr(utils, name)))
    utils.log_info = log_info


def _tell_links(channel: Channel) -> None:
    import webbrowser  # noqa: TID251 - it is the plugin that opens it

    def opened(url: str, *_: object, **__: object) -> bool:
        channel.tell(type="link", url=str(url))
        return True

    webbrowser.open = webbrowser.open_new = webbrowser.open_new_tab = opened


def _hide_random_texts(channel: Channel) -> None:
    from django.core.management import utils as management
    from django.utils import crypto

    def hidden(make: Callable[..., str]) -> Callable[..., str]:
        def made(*arguments: Any, **options: Any) -> str:
            value = make(*arguments, **options)
            if len(value) >= _LONG:
                channel.tell(type="hide", value=value)
            return value

        return made

    management.get_random_secret_key = hidden(management.get_random_secret_key)
    crypto.get_random_string = hidden(crypto.get_random_string)


def _watch(spec: dict[str, Any], channel: Channel) -> None:
    """Tell each program, and refuse to write into the project itself."""
    bench, project = (os.path.realpath(spec[name]) + os.sep for name in ("root", "project"))
    busy: list[bool] = []

    def watched(event: str, arguments: tuple[Any, ...]) -> None:
        if busy:
            return
        busy.append(True)
        try:
            if event == "subprocess.Popen":
                channel.tell(type="program", argv=_words(arguments[1]))
            elif event == "open" and _writes(arguments):
                path = os.path.realpath(os.fsdecode(arguments[0]))
                if path.startswith(project) and not path.startswith(bench):
                    raise PermissionError(f"{path} is in the project itself, which is changed at the end only.")
        finally:
            busy.clear()

    sys.addaudithook(watched)


def _words(argv: Any) -> list[str]:
    words = argv if isinstance(argv, (list, tuple)) else [argv]
    return [os.fsdecode(each) if isinstance(each, (bytes, os.PathLike)) else str(each) for each in words]


def _writes(arguments: tuple[Any, ...]) -> bool:
    path, mode, flags = arguments
    if not isinstance(path, (str, bytes)):
        return False
    return bool(set(mode) & set("wax+")) if isinstance(mode, str) else bool((flags or 0) & (os.O_WRONLY | os.O_RDWR))


def main() -> int:
    """What standard input says; nothing is left on it for programs that want to ask somebody."""
    spec = json.loads(sys.stdin.buffer.read())
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    here = Path(__file__).resolve().parent
    sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != here]
    if spec["what"] == "deploy":
        return deploy(spec)
    Path(spec["result"]).write_text(json.dumps(describe(spec)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
