"""Look at a project again and again, each time with one setting replaced by junk: ``python -m … FOLDER KIND SETTING …``.

Prints a line of JSON for each setting: what was refused, and whether Django refuses it too. Each look is a fork of this
process, which has imported what they share, so that hundreds of them do not take minutes.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django.conf.urls
import django.contrib.admin.apps
import django.contrib.messages.middleware
import django.contrib.sessions.middleware
import django.contrib.staticfiles.finders
import django.core.cache.backends.locmem
import django.core.handlers.asgi
import django.core.management.commands.makemigrations
import django.core.management.commands.migrate
import django.db.backends.sqlite3.base
import django.middleware.clickjacking
import django.middleware.common
import django.middleware.security
import django.template.defaulttags
import django.template.loader_tags
import django.templatetags.i18n
import django.views.csrf
import django.views.debug

from simple_deploy.core.facts import Location
from simple_deploy.core.interfaces import Completed
from simple_deploy.inspection import probe as looking
from simple_deploy.inspection.probe_child import project, reading, start  # noqa: F401

#: What stands at the end of the settings, by kind. The setting's name is put in.
KINDS = {
    "none": "{} = None",
    "unprintable": "class _Junk:\n    def __str__(self):\n        raise ValueError('no text')\n{} = _Junk()",
    "lazy": "from django.utils.functional import SimpleLazyObject\n{} = SimpleLazyObject(lambda: 1 / 0)",
    "number": "{} = 7",
    "generator": "{} = (each for each in ('a', 'b'))",
}
MODULE = "junk_settings"


def main(folder: Path, kind: str, names: list[str]) -> None:
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    for name in names:
        source = f"from mysite.settings import *\n{KINDS[kind].format(name)}\n"
        (folder / f"{MODULE}.py").write_text(source, encoding="utf-8")
        refused = refusal(folder)
        print(json.dumps({"setting": name, "refused": refused, "by_django": bool(refused) and not django_content()}))


def refusal(folder: Path) -> str:
    """What stands in the way of the project, in the eyes of the probe."""
    location = Location(root=folder, settings_module=MODULE)
    report = looking.probe(location, forked)
    if report.settings is None:
        return str(report.problem)
    return "; ".join(message.text for message in report.settings.checks if message.level == "error")


def django_content() -> bool:
    """Whether Django sets the project up, has no error to tell of it, and can load its migrations."""

    def ask() -> None:
        from django.core import checks
        from django.db.migrations.loader import MigrationLoader

        os.environ["DJANGO_SETTINGS_MODULE"] = MODULE
        django.setup()
        serious = [message for message in checks.run_checks() if message.is_serious() and not message.is_silenced()]
        MigrationLoader(None, ignore_no_migrations=True)
        os._exit(1 if serious else 0)

    return in_a_fork(ask) == 0


def forked(argv: tuple[str, ...], *, stdin: str, on_line: Callable[[str], None], **_: Any) -> Completed:
    """The runner of the probe; runs its module here."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(stdin.encode())
        given.seek(0)

        def run() -> None:
            for descriptor, file in ((0, given), (1, said), (2, said)):
                os.dup2(file.fileno(), descriptor)
            sys.argv = list(argv)
            runpy.run_module(argv[-1], run_name="__main__")

        code = in_a_fork(run)
        said.seek(0)
        for line in said.read().decode("utf-8", "replace").splitlines():
            on_line(line)
    return Completed(argv=argv, returncode=code, output="")


def in_a_fork(do: Callable[[], None]) -> int:
    """The exit code of a process that does this."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            do()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
