"""How the packages of a site get into its image, for each dependency manager. Pure.

They are installed into an environment in a stage of its own, from the files that declare and lock them and nothing
else: the layer is made again only when one of these changes, and neither the manager nor a compiler ends up in the
image. Sources: python-poetry.org/docs/cli, pipenv.pypa.io, docs.astral.sh/uv/guides/integration/docker,
pip.pypa.io/en/stable/cli/pip_install.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, groupby
from pathlib import PurePosixPath

from simple_deploy.api import Dependencies, not_an_option

#: Managers whose own files are installed from; for the others a requirements file is exported.
OWN = frozenset({"requirements", "pip-tools", "pipenv", "poetry", "uv"})
EXPORTED = "requirements.txt"
CODE = PurePosixPath("/code")

_TOOLS: Mapping[str, str] = {"pipenv": "pipenv>=2024.4", "poetry": "poetry>=2,<3", "uv": "uv>=0.6,<1"}
_LOCAL = ("-e", "--editable", ".", "/", "file:")


def packages_stage(dependencies: Dependencies, *, image: str, groups: Sequence[str], build: Sequence[str]) -> list[str]:
    """The lines of the stage.

    :param image: what it begins with.
    :param build: Debian packages that the installation needs.
    :param groups: named groups to install besides the main dependencies; all of them are there.
    """
    manager = dependencies.manager if dependencies.manager in OWN else "requirements"
    tool = _TOOLS.get(manager)
    base = PurePosixPath(dependencies.file or "").parent if manager in _TOOLS else PurePosixPath()
    return [
        "# The packages, in a stage of their own: made again only when one of the files changes that are copied here.",
        f"FROM {image} AS packages",
        *apt(build),
        *([f'RUN pip install --no-cache-dir --root-user-action=ignore "{tool}"'] if tool else []),
        "RUN python -m venv /venv",
        "ENV VIRTUAL_ENV=/venv PATH=/venv/bin:$PATH" + (" UV_PROJECT_ENVIRONMENT=/venv" if manager == "uv" else ""),
        f"WORKDIR {CODE}",
        *_copies(dependencies, manager),
        *([f"WORKDIR {word(str(CODE / base))}"] if base.parts else []),
        f"RUN {_install(dependencies, manager, groups)}",
    ]


def apt(names: Sequence[str]) -> list[str]:
    """The line that installs Debian packages, where there are any."""
    if not names:
        return []
    return [
        "RUN apt-get update \\",
        f"    && apt-get install -y --no-install-recommends {' '.join(names)} \\",
        "    && rm -rf /var/lib/apt/lists/*",
    ]


def copy(paths: Iterable[str], target: str) -> list[str]:
    """The line that copies files of the project into a folder of the image; all files, where it cannot name them."""
    words = [*sorted(paths), target]
    if any(re.search(r"""[\\*?\[\]$"'<]""", word) for word in words):
        return [
            "# The name of a file means something else to COPY, so all of the project is copied.",
            f"COPY . {CODE}/",
        ]
    if any(word.startswith("-") or any(map(str.isspace, word)) for word in words):
        return [f"COPY {json.dumps(words, ensure_ascii=False)}"]
    return [f"COPY {' '.join(words)}"]


def word(text: str) -> str:
    """One word of an instruction, in which variables and quotes have no meaning."""
    if re.fullmatch(r"[\w./-]+", text):
        return text
    return '"' + re.sub(r'([\\"$])', r"\\\1", text) + '"'


def _copies(dependencies: Dependencies, manager: str) -> list[str]:
    if "." in dependencies.folders or _needs_the_project(dependencies, manager):
        return ["# A package is made from a folder of the project, so all of it has to be here.", "COPY . ."]
    by_folder: dict[str, list[str]] = {}
    for path in dict.fromkeys(_files(dependencies, manager)):
        by_folder.setdefault(str(PurePosixPath(path).parent), []).append(path)
    sources = [f"{folder}/" for folder in sorted(dependencies.folders)]
    rows = [
        *(copy(paths, "./" if folder == "." else f"{folder}/") for folder, paths in sorted(by_folder.items())),
        *([["# Packages are made from these folders of the project."]] if sources else []),
        *(copy([folder], folder) for folder in sources),
    ]
    return [line for line, _ in groupby(chain.from_iterable(rows))]


def _files(dependencies: Dependencies, manager: str) -> list[str]:
    """What an installation reads."""
    if dependencies.manager not in OWN:
        return [EXPORTED]
    if manager == "requirements":
        return [*dependencies.files]
    if manager == "pip-tools":
        return [dependencies.lock or dependencies.file or ""]
    return [path for path in (dependencies.file, dependencies.lock) if path]


def _needs_the_project(dependencies: Dependencies, manager: str) -> bool:
    """Whether a workspace around the project says what is installed, or a path whose folder is not known."""
    local = any(each.text.startswith(_LOCAL) or "@ file:" in each.text for each in dependencies.declared)
    if local and not dependencies.folders:
        return True
    file, lock = PurePosixPath(dependencies.file or ""), dependencies.lock
    return manager in _TOOLS and lock is not None and PurePosixPath(lock).parent != file.parent


def _install(dependencies: Dependencies, manager: str, groups: Sequence[str]) -> str:
    locked = dependencies.lock is not None
    if manager == "uv":
        chosen = "".join(f" --group {group}" for group in groups)
        return (
            f"uv sync{' --locked' if locked else ''} --no-default-groups{chosen} --no-install-project "
            "--compile-bytecode --no-cache --no-python-downloads"
        )
    if manager == "poetry":
        return f"poetry install --only {','.join(('main', *groups))} --no-root --compile --no-interaction --no-cache"
    if manager == "pipenv":
        chosen = f' --categories "{" ".join(("packages", *groups))}"' if groups else ""
        return f"PIP_NO_CACHE_DIR=1 pipenv install {'--deploy' if locked else '--skip-lock'}{chosen}"
    # A path inside a requirements file is meant from the folder of that file, so pip is told the file where it is.
    file = _files(dependencies, manager)[0] if manager == "pip-tools" else _main_file(dependencies)
    return f"pip install --no-cache-dir -r {shlex.quote(not_an_option(file))}"


def _main_file(dependencies: Dependencies) -> str:
    return (dependencies.file or EXPORTED) if dependencies.manager in OWN else EXPORTED
