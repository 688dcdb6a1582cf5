"""How quickly secrets are found in what programs print, whatever the number of secrets, the text and the spelling."""

from __future__ import annotations

import random
import statistics
import string
import time
from collections.abc import Callable, Sequence

from bench.measure import interleaved
from bench.places import Places
from bench.report import Row, Section, milliseconds
from simple_deploy.core.secret import Redactor

SIZE = 10_000_000  # characters
SECRETS = 50
ROUNDS = 3
TARGET = 2.0  # MB a second: nothing that deploys prints as much

LINES = (
    "Collecting django==5.2.1 (from -r requirements.txt (line 3))",
    "  Downloading https://files.example/packages/3c/5f/django-5.2.1-py3-none-any.whl?x=1&y=%2Fa (8.3 MB)",
    "\x1b[32m✓\x1b[0m 100% [=========>] layer sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "2026-11-29T10:00:00Z app[web.1] INFO GET /articles/?page=2 200 0.012 {'user': \"ada\", 'path': 'C:\\\\site'}",
    "remote: -----> Installing dependencies with the same versions as before",
)


def measure(_: Places) -> Section:
    rng = random.Random(1)
    letters = string.ascii_letters + string.digits + "!@#$%^&*-_=+/"
    secrets = ["".join(rng.choice(letters) for _ in range(rng.randint(16, 60))) for _ in range(SECRETS)]
    log = [rng.choice(LINES) for _ in range(SIZE // (sum(map(len, LINES)) // len(LINES)))]
    few = log[: len(log) // 10]
    nearly = secrets[0][:-1] * 300
    found = interleaved(
        {
            "all": lambda: reading(log, secrets),
            "few": lambda: reading(few, secrets),
            "one": lambda: reading(few, secrets[:1]),
            "shown": lambda: reading([f"{line} {rng.choice(secrets)}" for line in few], secrets),
            "nearly": lambda: reading([nearly] * (SIZE // 10 // len(nearly)), secrets),
        },
        ROUNDS,
    )
    middle = {name: statistics.median(values) for name, values in found.items()}
    size = sum(map(len, log)) / 1e6
    rows = [
        Row(
            what=f"{size:.0f} MB of log, {SECRETS} secrets that are not in it",
            value=f"{size / middle['all']:.1f} MB/s",
            beside=f"{size / 10 / middle['few']:.1f} MB/s for a tenth of it",
            ratio=middle["all"] / middle["few"] / 10,
            target=f"at least {TARGET:.0f} MB/s",
            met=size / middle["all"] >= TARGET,
        ),
        row("1 MB of it, one secret", middle["one"], middle["few"]),
        row("1 MB of it, a secret in each line", middle["shown"], middle["few"]),
        row("1 MB of nothing but the beginning of a secret", middle["nearly"], middle["few"]),
    ]
    return Section(
        title="Hiding secrets",
        rows=rows,
        how=f"Lines as build services print them are read one by one, as they are before they are stored, {ROUNDS} "
        "times; the times are processor time. Each line is searched for every spelling of every secret. The time "
        "grows only with the text: a ratio of 1 in the first row says that ten times the text takes ten times as "
        "long.",
    )


def row(what: str, value: float, beside: float) -> Row:
    words = f"{milliseconds(beside)} with {SECRETS} secrets that are not in it"
    return Row(what=what, value=milliseconds(value), beside=words, ratio=value / beside)


def reading(lines: Sequence[str], secrets: Sequence[str]) -> float:
    """Seconds of the processor for *lines*."""
    redact: Callable[[str], str] = Redactor(secrets).lines()
    start = time.process_time()
    for line in lines:
        redact(line)
    return time.process_time() - start
