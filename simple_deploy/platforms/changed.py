"""What became of a site's variables since the release that serves was made: names, never a value. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

How = Literal["set", "changed", "unset"]
HOW: Mapping[How, str] = {"set": "set", "changed": "has another value", "unset": "unset"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableChange:
    """A variable that is not what the release was made with.

    :param how: ``set`` is new, ``changed`` has another value. Where the platform does not tell the two apart, ``set``
        is either. :param when: as the platform says; empty where it does not.
    """

    name: str
    how: How
    when: str = ""


def fingerprints(variables: Mapping[str, str], salt: str) -> dict[str, str]:
    """What a later comparison needs of *variables*, by name. It holds no value, but a guess can be tried.

    :param salt: a random text, so that the same value is not known again elsewhere.
    """
    return {name: hashlib.sha256(f"{salt}\n{value}".encode()).hexdigest() for name, value in variables.items()}


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[VariableChange, ...]:
    """What is different, by name. :param before: and *now*: fingerprints with the same salt."""

    def how(name: str) -> How:
        return "set" if name not in before else "changed" if name in now else "unset"

    return tuple(
        VariableChange(name=name, how=how(name))
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    )
