"""Ways to measure that stay fair on a machine that has other things to do."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


def interleaved(actions: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each action returned in each round; in every round all take their turn, each time another one first.

    Whatever slows the machine down for a while so hits all alike. A first round, which fills caches, is thrown away.
    """
    names = list(actions)
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-1, rounds):
        start = number % len(names)
        for name in names[start:] + names[:start]:
            value = actions[name]()
            if number >= 0:
                found[name].append(value)
    return found


def difference(found: Mapping[str, Sequence[float]], candidate: str, baseline: str) -> float:
    """The median of what *candidate* took more than *baseline* in the same round."""
    return statistics.median(one - other for one, other in zip(found[candidate], found[baseline], strict=True))


def spread(found: Mapping[str, Sequence[float]], candidate: str, baseline: str) -> tuple[float, float]:
    """The middle half of those differences: first and third quartile."""
    differences = [one - other for one, other in zip(found[candidate], found[baseline], strict=True)]
    first, _, third = statistics.quantiles(differences, n=4)
    return first, third


def percentile(values: Sequence[float], share: float) -> float:
    """The value that *share* (0 to 1) of *values* do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds a program took, on the clock and of the processor."""

    wall: float
    cpu: float


def program(argv: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> Cost:
    """Run a program to its end and see what that cost.

    :raises RuntimeError: it failed; with what it printed.
    """
    before, start = _children(), time.perf_counter()
    done = subprocess.run(
        [str(part) for part in argv],
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    wall, cpu = time.perf_counter() - start, _children() - before
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, argv))} failed:\n{done.stdout.decode('utf-8', 'replace')}")
    return Cost(wall=wall, cpu=cpu)


def _children() -> float:
    """Seconds of the processor that ended children took so far."""
    import resource  # not everywhere; what needs no processor times works without

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds(action: Callable[[], object]) -> float:
    """How long *action* took, on the clock."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
