"""Answers given ahead: in a file, by flags, and secrets from standard input."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from simple_deploy.core.errors import WrongUsage
from simple_deploy.core.secret import Secret

FROM_STDIN = "-"

_HINT = 'The file must contain one JSON object: {"name": "value", "other_name": true}.'


def given_ahead(
    file: str | None, flags: Iterable[tuple[str, str | bool]], read_secret: Callable[[str], str]
) -> dict[str, object]:
    """Answers by name; a flag wins over the file, and a later flag over an earlier one.

    :param read_secret: reads the value of the answer with this name, for the flags that give ``-``.
    :raises WrongUsage: the file cannot be read.
    """
    given = _from_file(Path(file)) if file else {}
    for name, value in flags:
        given[name] = Secret(read_secret(name)) if value == FROM_STDIN else value
    return given


def _from_file(path: Path) -> dict[str, object]:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise WrongUsage(f"The answers in {path} cannot be read: {error}.", hint=_HINT) from error
    if not isinstance(data, dict):
        raise WrongUsage(f"The answers in {path} are not a JSON object.", hint=_HINT)
    for name, value in data.items():
        if not isinstance(value, (str, bool, int, float)):
            raise WrongUsage(f"The answer “{name}” in {path} is neither a text nor true or false.", hint=_HINT)
    return {name.replace("-", "_"): value for name, value in data.items()}
