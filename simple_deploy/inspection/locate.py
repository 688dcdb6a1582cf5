"""Where a project is: its git root, the folder of its manage.py, its settings module.

What runs management commands may have another name than manage.py, or be no file of the project's.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from simple_deploy.core.errors import NoProject, StepError, ToolMissing
from simple_deploy.core.facts import Corrections, Location
from simple_deploy.core.interfaces import Runner
from simple_deploy.inspection import corrections
from simple_deploy.inspection.tree import is_skipped
from simple_deploy.system import git, plainfiles

VARIABLE = "DJANGO_SETTINGS_MODULE"
MANAGE_PY = "manage.py"

_LARGEST = 256 * 1024  # bytes
_DEPTH = 3  # folders below the start in which manage.py is looked for
_DEPENDENCY_FILES = ("requirements.txt", "pyproject.toml", "Pipfile", "requirements")
_IN_ENV_FILE = re.compile(rf"""^\s*(?:export\s+)?{VARIABLE}\s*=\s*["']?([\w.-]+)""", re.MULTILINE)
_READS_ENV_FILE = re.compile(r"^[^#\n]*(?:load_dotenv|read_env|read_dotenv)\b", re.MULTILINE)
_USES_NANODJANGO = re.compile(r"^(?:from nanodjango import|import nanodjango\b)", re.MULTILINE)
_CONFIGURES_DJANGO = re.compile(r"^[^#\n]*\bsettings\.configure\(", re.MULTILINE)
#: What a script does that runs the management command it is given, whatever its name.
_RUNS_COMMANDS = re.compile(r"\b(?:execute_from_command_line|ManagementUtility)\b")
_NOTHING = Corrections()
_DOTTED = re.compile(r"[^\W\d][\w-]*(\.[^\W\d][\w-]*)+")


def locate(
    *,
    start: Path,
    manage_py: Path | None = None,
    settings_module: str | None = None,
    given: Corrections = _NOTHING,
    state_dir: Path | None = None,
    runner: Runner,
    environ: Mapping[str, str] | None = None,
) -> Location:
    """Find the Django project at, around or below *start*.

    What the person chose, now or earlier, counts more than anything that can be found out.

    :param manage_py: the program the command was started with, where there was one; it counts where it is the manage.py
        of a project, whatever its name.
    :param settings_module: as Django was told; else it is taken from the environment, from manage.py or from a ``.env``
        file, in this order.
    :param given: what the person chooses now; its folder may also be relative to *start*, or absolute.
    :param state_dir: where the tool keeps its state, if not in the git root.
    :param environ: the environment; that of this process when None.
    :raises NoProject: there is none, or there are several, or the chosen folder holds none.
    """
    start = start.resolve()
    told = settings_module or (os.environ if environ is None else environ).get(VARIABLE) or ""
    started = _started_with(start, manage_py)
    guessed, unknown = _guessed_folder(start, started, told)
    root = _root(guessed or start, runner)
    chosen = _given_folder(given.project_dir, start, root)
    if chosen is not None and not chosen.is_relative_to(root):
        root = _root(chosen, runner)
    wanted = corrections.merged(corrections.read(state_dir or root / corrections.STATE_FOLDER), given)
    if chosen is None and wanted.project_dir is not None:
        chosen = _if_project(root / wanted.project_dir, inside=root)
    folder = chosen or guessed
    if folder is None:
        raise unknown or _nothing_in(start)
    if chosen is not None:
        wanted = replace(wanted, project_dir=_relative(chosen, root))
    name = script_in(folder, started)
    return _located(
        root,
        folder,
        name,
        wanted=wanted,
        guess=Corrections(
            project_dir=_relative(guessed, root) if guessed and guessed.is_relative_to(root) else None,
            # What Django was told belongs to the project it was told it in.
            settings_module=(told if folder == guessed else None) or _named_in_files(folder, root, name),
        ),
    )


def corrected(location: Location, given: Corrections) -> Location:
    """*location* after the person chose something.

    :raises NoProject: the chosen folder holds no project, or there is no guess to go back to.
    """
    wanted = corrections.merged(location.corrections, given)
    guess = location.guess if location.guess != _NOTHING else _guess_of(location)
    root = location.root
    chosen = _given_folder(given.project_dir, root, root)
    if chosen is None and wanted.project_dir is not None:
        chosen = _if_project(root / wanted.project_dir, inside=root)
    elif chosen is not None:
        wanted = replace(wanted, project_dir=_relative(chosen, root))
    if chosen is None and guess.project_dir is None:
        raise NoProject(
            f"There are several Django projects in {root}, so you have to choose one.",
            hint="Choose the folder of the one you want to deploy.",
        )
    folder = chosen or root / (guess.project_dir or "")
    name = location.script
    if folder != location.folder:
        name = script_in(folder)
        guess = replace(guess, settings_module=_named_in_files(folder, root, name))
    return _located(root, folder, name, wanted=wanted, guess=guess)


def _located(root: Path, folder: Path, script: str, *, wanted: Corrections, guess: Corrections) -> Location:
    inside = _relative(folder, root)
    return Location(
        root=root,
        project_dir="" if inside == "." else inside,
        script=script,
        settings_module=wanted.settings_module or guess.settings_module,
        corrections=wanted,
        guess=guess if wanted != _NOTHING else _NOTHING,
    )


def _guess_of(location: Location) -> Corrections:
    return Corrections(project_dir=location.project_dir or ".", settings_module=location.settings_module)


def _relative(folder: Path, root: Path) -> str:
    return folder.relative_to(root).as_posix()


def _started_with(start: Path, program: Path | None) -> Path | None:
    """The manage.py that a command was started with; None where it was started in another way."""
    if program is None:
        return None
    given = (start / program).resolve()
    if given.name == MANAGE_PY:
        return given if given.is_file() else None
    # An editor has scripts of this kind of its own, which are elsewhere.
    near = given.is_relative_to(start) or start.is_relative_to(given.parent)
    return given if near and _runs_commands(given) else None


def _guessed_folder(start: Path, started: Path | None, module: str) -> tuple[Path | None, NoProject | None]:
    """The folder of manage.py, or why it is not known."""
    try:
        return started.parent if started else _project_folder(start, module), None
    except NoProject as error:
        return None, error


def _given_folder(given: str | None, start: Path, root: Path) -> Path | None:
    """The folder that was named just now.

    :raises NoProject: it holds no manage.py.
    """
    if given is None or given == corrections.AUTO:
        return None
    named = Path(given).expanduser()
    named = named.parent if named.suffix == ".py" else named
    found = next(filter(None, (_if_project(base / named) for base in (start, root))), None)
    if found is None:
        raise NoProject(
            f"There is no Django project in {given}: it contains no manage.py that starts one.",
            hint="Give the folder that contains manage.py, or “auto” to have it found.",
        )
    return found


def _if_project(folder: Path, *, inside: Path | None = None) -> Path | None:
    try:
        folder = folder.resolve()
    except (OSError, RuntimeError, ValueError):
        return None
    if inside is not None and not folder.is_relative_to(inside):
        return None
    return folder if is_project(folder) else None


def _root(folder: Path, runner: Runner) -> Path:
    return _repository(folder, runner) or _folder_without_repository(folder)


def _named_in_files(folder: Path, root: Path, script: str) -> str | None:
    """The settings module that manage.py or a ``.env`` file names."""
    source = _text(folder / script) if script else ""
    in_manage_py, in_env_file = settings_in_manage_py(source), _in_env_files(folder, root)
    if in_manage_py is None and script == MANAGE_PY:  # one that hands over to a script of another name
        in_manage_py = next(filter(None, map(settings_in_manage_py, map(_text, _other_scripts(folder)))), None)
    # One that reads the file first finds the variable set there.
    return (in_env_file or in_manage_py) if _READS_ENV_FILE.search(source) else (in_manage_py or in_env_file)


def _project_folder(start: Path, module: str) -> Path:
    """:param module: the settings that Django was told, which say where the project is that has no manage.py."""
    if start.is_file():
        start = start.parent
    found = next(filter(None, _candidates(start, module)), [])
    if not found:
        raise _nothing_in(start)
    if len(found) > 1:
        names = ", ".join(sorted(folder.relative_to(start).as_posix() for folder in found))
        raise NoProject(
            f"There are several Django projects below {start}: {names}.",
            hint="Go to the folder of the one you want to deploy and try again, or name it: --project-dir "
            f"{found[0].relative_to(start).as_posix()}",
        )
    return found[0]


def _nothing_in(start: Path) -> NoProject:
    script = _script_with(_USES_NANODJANGO, start)
    if script is not None:
        return NoProject(
            f"{script} is a Django site in a single file (nanodjango). This tool can only deploy a project with its "
            "own manage.py and settings.",
            hint=f"Convert it to one, in a folder that does not exist yet: nanodjango convert {script} mysite "
            "--name=mysite  Then go into that folder and try again. The file stays as it is.",
        )
    script = _script_with(_CONFIGURES_DJANGO, start)
    if script is not None:
        return NoProject(
            f"{script} is a Django site in a single file: it hands its settings to settings.configure(). This tool can "
            "only deploy a project with its own settings.",
            hint="Make one with django-admin startproject mysite, and move settings, views and URL patterns into it. "
            "Then try again in its folder.",
        )
    return NoProject(
        f"There is no Django project in {start} or in the folders below it, because none of them contains a manage.py.",
        hint="Go to the folder that holds your project's manage.py and try again. A project without one is found by "
        f"its settings: set {VARIABLE}. "
        "A new project begins with: django-admin startproject mysite",
    )


def _script_with(pattern: re.Pattern[str], start: Path) -> str | None:
    """The file in *start* that holds *pattern*, and so is a whole site by itself, or None."""
    folder = start.parent if start.is_file() else start
    try:
        files = sorted(folder.glob("*.py"))
    except OSError:
        return None
    return next((file.name for file in files if pattern.search(_text(file))), None)


def _candidates(start: Path, module: str) -> Iterator[list[Path]]:
    """The folders that a project may be in, the most likely ones first: one list for each way to tell."""
    holds = partial(_holds, module=module)
    yield _around(start, _has_manage_py)
    yield _around(start, holds)
    yield _below(start, _has_manage_py)
    yield [start] if is_project(start) else []
    yield _below(start, is_project)
    yield _below(start, holds)


def _around(start: Path, wanted: Callable[[Path], bool]) -> list[Path]:
    """The *wanted* one of *start* and the folders it lies in, as far as its repository or the home folder."""
    for folder in (start, *start.parents):
        if wanted(folder):
            return [folder]
        if (folder / ".git").exists() or folder == _home():
            break
    return []


def _below(start: Path, wanted: Callable[[Path], bool]) -> list[Path]:
    """The *wanted* folders on the highest level below *start* that has any."""
    level = [start]
    for _ in range(_DEPTH):
        level = [child for folder in level for child in _children(folder)]
        found = [folder for folder in level if wanted(folder)]
        if found:
            return found
    return []


def _children(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False) and not is_skipped(entry):
                    yield Path(entry.path)
    except OSError:
        return


def is_project(folder: Path) -> bool:
    """Whether *folder* holds a manage.py that starts a Django project, whatever its name."""
    return bool(script_in(folder))


def script_in(folder: Path, started: Path | None = None) -> str:
    """The name of the file in *folder* that runs management commands: manage.py, or else one that does the same.

    Empty where there is none.

    :param started: the one that was started counts more than others that do the same.
    """
    if _has_manage_py(folder):
        return MANAGE_PY
    found = [path.name for path in _other_scripts(folder)]
    return started.name if started is not None and started == folder / started.name else next(iter(found), "")


def _has_manage_py(folder: Path) -> bool:
    text = _text(folder / MANAGE_PY)
    return "django" in text.lower() or VARIABLE in text


def _other_scripts(folder: Path) -> list[Path]:
    """The files in *folder* that do what a manage.py does, without those that run tests."""
    try:
        with os.scandir(folder) as entries:
            files = sorted(Path(entry.path) for entry in entries if entry.is_file(follow_symlinks=False))
    except OSError:
        return []
    named = (path for path in files if path.suffix in ("", ".py") and "test" not in path.name)
    return [path for path in named if path.name != MANAGE_PY and _runs_commands(path)]


def _runs_commands(path: Path) -> bool:
    """Whether the file at *path* sets up Django and does what its command line says. ``python -m`` runs __main__.py
    where the folder above it is that of the project.
    """
    if path.name == "__main__.py":
        return False
    text = _text(path)
    return VARIABLE in text and "sys.argv" in text and _RUNS_COMMANDS.search(text) is not None


def _holds(folder: Path, module: str) -> bool:
    """Whether the settings called *module* can be imported from *folder*."""
    path = folder.joinpath(*module.split("."))
    return bool(module) and (path.with_name(f"{path.name}.py").is_file() or (path / "__init__.py").is_file())


def _repository(folder: Path, runner: Runner) -> Path | None:
    """Top of the repository the project belongs to.

    A repository in the home folder or at the top of the disk keeps something else (dotfiles, most often), and one that
    ignores the project is not the project's either.
    """
    try:
        repository = git.find(folder, runner)
        root = repository.root if repository else None
        if root and root != folder and git.is_ignored(folder / "manage.py", runner):
            return None
    except (ToolMissing, StepError):
        # Without git's word: the nearest folder that holds a repository. Reading it reports what is wrong.
        root = next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
    if root is None or (root != folder and (root == _home() or root == root.parent)):
        return None
    return root


def _folder_without_repository(folder: Path) -> Path:
    """Where a repository would be made: one folder up if the dependency file stands there, beside this project only."""
    parent = folder.parent
    if parent in (folder, _home(), parent.parent) or any((folder / name).exists() for name in _DEPENDENCY_FILES):
        return folder
    if not any((parent / name).exists() for name in _DEPENDENCY_FILES):
        return folder
    return parent if [child for child in _children(parent) if is_project(child)] == [folder] else folder


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except (RuntimeError, OSError):
        return None


def settings_in_manage_py(source: str) -> str | None:
    """The settings module that a manage.py falls back to, or None when it cannot be told by reading."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    named = [name for node in ast.walk(tree) for name in _named_module(node)]
    # A branch for test runs comes first in some projects.
    return next((name for name in named if "test" not in name), named[0] if named else None)


def _named_module(node: ast.AST) -> Iterator[str]:
    """What ``os.environ.setdefault(NAME, value)``, ``os.environ[NAME] = value`` and ``os.putenv`` look like."""
    value: ast.expr | None = None
    if isinstance(node, ast.Call) and len(node.args) == 2 and _is_variable(node.args[0]):
        value = node.args[1]
    elif isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Subscript) and _is_variable(target.slice) for target in node.targets
    ):
        value = node.value
    if value is None:
        return
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
        return
    for part in ast.walk(value):  # as in os.environ.get("OTHER", "config.settings")
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and _DOTTED.fullmatch(part.value):
            yield part.value


def _is_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == VARIABLE


def _in_env_files(folder: Path, root: Path) -> str | None:
    for path in dict.fromkeys((folder / ".env", root / ".env")):
        if found := _IN_ENV_FILE.search(_text(path)):
            return found[1]
    return None


def _text(path: Path) -> str:
    """The text of a small file, empty when it is not there or not readable."""
    return plainfiles.text(path, _LARGEST)
