"""What one app adds to a process in which everything else is loaded. Prints seconds: the processor's,
and those on the clock.

Run as ``python app_child.py APP`` in the folder of a project that has not got it.
"""

import os
import sys
import time
from pathlib import Path

import django
from django.apps import AppConfig, apps
from django.core.checks.registry import registry
from django.core.management import call_command, find_commands


def main(name: str) -> None:
    sys.path.insert(0, str(Path.cwd()))
    sys.argv = ["manage.py", "check"]
    os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
    django.setup()
    call_command("check", stdout=sys.stderr)
    before = set(registry.get_checks())
    start, processor = time.perf_counter(), time.process_time()
    config = AppConfig.create(name)
    config.apps = apps
    config.import_models()
    config.ready()
    find_commands(str(Path(config.path) / "management"))
    for check in set(registry.get_checks()) - before:
        check(app_configs=None, databases=None)
    print(time.process_time() - processor)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main(sys.argv[1])
