"""What plugins say about themselves. Each is asked in a child process, when somebody looks at it; what it said is kept
for as long as the installed packages are the same."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from simple_deploy import conf
from simple_deploy.core import codec
from simple_deploy.core.errors import SimpleDeployError, TimedOut
from simple_deploy.core.secret import Redactor, secrets_in_environment
from simple_deploy.legacy.found import CORE, Found
from simple_deploy.system import files, process, stored

DRIVER = str(Path(__file__).with_name("driver.py"))

PATIENCE = 60.0  # seconds
AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedOption:
    """A flag of the plugin's own."""

    name: str
    flag: str
    help: str = ""
    is_flag: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What one plugin said.

    :param name: of the platform. :param automated: whether it deploys, or only configures.
    :param confirm: what it wants confirmed before it deploys.
    :param problem: why it cannot be used; the rest is empty then.
    """

    name: str = ""
    automated: bool = False
    confirm: str = ""
    options: tuple[DescribedOption, ...] = ()
    problem: str = ""


class Descriptions:
    """Descriptions of the installed plugins. The first that is wanted and not kept brings all that are not kept.

    :param patience: seconds that each may take.
    """

    def __init__(self, plugins: Sequence[Found], folder: Path | None = None, *, patience: float = PATIENCE) -> None:
        self._plugins = plugins
        self._folder = folder
        self._patience = patience
        self._known: dict[str, Description] = {}

    def kept(self, plugin: Found) -> Description | None:
        """What is known without asking anybody."""
        if plugin.module not in self._known:
            found = stored.known(Description, self._file(plugin))
            if found is not None:
                self._known[plugin.module] = found
        return self._known.get(plugin.module)

    def get(self, plugin: Found) -> Description:
        """What *plugin* says about itself, or why it says nothing."""
        found = self.kept(plugin)
        if found is not None:
            return found
        missing = [each for each in self._plugins if self.kept(each) is None]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            asked = pool.map(partial(_asked, patience=self._patience), missing)
            for each, (description, lasts) in zip(missing, asked, strict=True):
                self._known[each.module] = description
                if lasts:
                    self._keep(each, description)
        return self._known[plugin.module]

    def _keep(self, plugin: Found, description: Description) -> None:
        with contextlib.suppress(OSError):  # it is asked again then
            path = self._file(plugin)
            files.private_folder(path.parent)
            files.write_atomic(path, json.dumps(codec.to_data(description)))

    def _file(self, plugin: Found) -> Path:
        folder = self._folder or conf.load(os.environ).cache_dir / "legacy"
        here = (sys.version, sys.prefix, _installed(), Path(DRIVER).stat().st_mtime_ns)
        of = (plugin.label, plugin.core, _sources(plugin.module), *here)
        return folder / f"{plugin.slug}-{hashlib.sha256(repr(of).encode('utf-8')).hexdigest()[:16]}.json"


def _sources(module: str) -> tuple[tuple[str, int], ...]:
    """Another one whenever a file of the plugin's is changed, as its author does who has it installed editable."""
    spec = find_spec(module)
    folders = spec.submodule_search_locations if spec else None
    paths = (path for folder in folders or () for path in Path(folder).rglob("*.py"))
    return tuple(sorted((str(path), path.lstat().st_mtime_ns) for path in paths))


def _installed() -> tuple[int, ...]:
    """Another one whenever a package is installed or removed."""
    folders = [Path(each) for each in sys.path if each.endswith("-packages")]
    return tuple(each.stat().st_mtime_ns for each in folders if each.is_dir())


def _asked(plugin: Found, patience: float) -> tuple[Description, bool]:
    """What *plugin* says, and whether it would say the same another time."""
    if not plugin.core:
        return Description(problem=f"It needs {CORE}, which is not installed: python -m pip install {CORE}"), True
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "description.json"
        spec = {"what": "describe", "module": plugin.module, "result": str(result)}
        try:
            done = process.run(
                (sys.executable, DRIVER),
                cwd=Path(folder),
                env={"PYTHONDONTWRITEBYTECODE": "1", "DJANGO_SETTINGS_MODULE": ""},
                stdin=json.dumps(spec),
                timeout=patience,
                by_work=True,
                check=False,
                redact=Redactor(secrets_in_environment(os.environ)),
            )
        except TimedOut:
            return Description(problem=f"It did not say what it is within {patience:.0f} seconds."), False
        except SimpleDeployError as error:
            return Description(problem=error.message), False
        found = stored.known(Description, result)
        if found is not None:
            return found, True
        last = next((line.strip() for line in reversed(done.output.splitlines()) if line.strip()), "")
        if last.startswith("SyntaxError:"):
            last = f"Python {platform.python_version()} cannot read it, and it may need a newer one. {last}"
        return Description(problem=last or f"It ended with exit code {done.returncode} and printed nothing."), True
