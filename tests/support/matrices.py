"""``python -m tests.support.matrices``: write the page that says what a landing tries, and what is tried in turn."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.checkout import CHECKOUT
from tests.support.slices import BUDGET
from tests.support.turns import PERIOD
from tests.versions.pairs import PAIRS

PAGE = CHECKOUT / "docs" / "explanation" / "what-a-landing-tries.md"

_HEAD = f"""\
# What a landing tries

The tests are in three parts:

| Command | What it tries | How long |
|---|---|---|
| `python3 run.py test` | the quick tests | three to four minutes on two cores |
| `python3 run.py test --landing` | the quick tests and a slice of the slow ones; `.ci/run` does this before a change lands, and also checks style, types and layers | 20 to 30 minutes, depending on the slice |
| `python3 run.py test --all` | everything; `--all --part 2/6` is the second of six calls that together try everything | a little over two hours on two cores |

A slice is a part of a matrix that is too large to try as a whole each time, such as every step at which a run can be
killed. The number of commits decides which slice is next, in a fixed, shuffled order: the next commit continues where
this one ended, and {PERIOD} landings in a row try everything. Landings of two, three or four commits reach every part
as well. The first and the last step of a range are tried each time. A clone without history uses its newest commit's
name instead of a number.

Whatever the newest commits changed comes first. The tests of a changed plugin or layer are tried beyond their slice, and
as a whole if that fits into {BUDGET:.0f} seconds of work. `tests/durations.txt` says how much work each test is. The choice is
printed at the beginning, and what was left out at the end; `--landing --slice=306` tries the slice of commit 306 again.

If ten tests or fewer fail, `.ci/run` tries those once more by themselves, because a network fails for a moment now and
then. It prints both results: a test that passes only the second time is itself faulty.

In addition, `.ci/run` tries under Wine what a person on Windows does ([Windows under
Wine](systems.md#windows-under-wine)). Each landing deploys a new project with today's Django to that computer, deploys
it again and undoes it, byte for byte; the other parts take turns. A Wine program that does not end says nothing about
the tool: after a while it is killed, and the report says what was not tried.

The tests run on the newest installed Python, with the newest Django. A new project goes the whole way (inspected,
planned for each platform, deployed to this computer, undone), in turn, with

{{pairs}}

if that Python is installed; none is downloaded. With the newest, a test also goes through the page in Chromium. A whole
run also tries Django's pre-releases and its main branch, which may fail without failing the run. The run fails if there
is a newer Django than those above.

## What is tried in turn

This table is generated from the tests by `python -m tests.support.matrices`; a test compares the two.

"""


def page(table: str) -> str:
    return _HEAD.format(pairs="\n".join(f"- {pair}" for pair in PAIRS)) + table


def table(file: Path) -> str:
    """The table of all matrices, as pytest collects them now; *file* is where it may be written to."""
    argv = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-p", "no:randomly", f"--matrices={file}", "tests"]
    subprocess.run(argv, cwd=CHECKOUT, check=True, stdout=subprocess.DEVNULL)
    return file.read_text(encoding="utf-8")


if __name__ == "__main__":
    PAGE.write_text(page(table(PAGE)), encoding="utf-8")
