"""Load this package under a name of its own, without anything else of this tool on the import path."""

import importlib
import importlib.util
import os
import sys

_NAME = "_simple_deploy_trial"


def main() -> None:
    folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib may be the project's own here
    # Python put this folder where that of manage.py belongs.
    sys.path[0] = os.getcwd()  # noqa: PTH109
    _load(_NAME, os.path.join(folder, "__init__.py"), [folder])  # noqa: PTH118
    # Found by its whole name, while the package it is in is not there.
    _load("simple_deploy.core.forms", os.path.join(folder, "..", "..", "core", "forms.py"))  # noqa: PTH118
    importlib.import_module(f"{_NAME}.conduct").main()


def _load(name: str, file: str, folders: list[str] | None = None) -> None:
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=folders)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


if __name__ == "__main__":
    main()
