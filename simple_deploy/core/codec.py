"""Frozen dataclasses to JSON-ready data and back, driven by their annotations.

A union of dataclasses is told apart by each member's ``kind`` class variable. A secret is never encoded.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from simple_deploy.core.secret import Secret

T = TypeVar("T")

#: In a field's metadata: the name that earlier versions stored it under.
EARLIER = "earlier"

_LARGEST = 1e11  # seconds, the year 5138: no time or duration is longer, and larger ones cannot be shown


class CodecError(ValueError):
    """The data do not fit the type they are read as."""


def to_data(value: object) -> Any:
    """*value* as dicts, lists, strings, numbers, booleans and None.

    :raises CodecError: there is a secret, or a type that has no JSON form, in it.
    """
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value
    if isinstance(value, Secret):
        raise CodecError("a secret cannot be encoded")
    if isinstance(value, Path):
        return value.as_posix()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        data = {item.name: to_data(getattr(value, item.name)) for item in dataclasses.fields(value)}
        kind = getattr(type(value), "kind", None)
        return {"kind": kind, **data} if isinstance(kind, str) else data
    if isinstance(value, Mapping):
        return {str(key): to_data(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(to_data(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [to_data(item) for item in value]
    raise CodecError(f"{type(value).__name__} has no JSON form")


def from_data(kind: type[T], data: Any) -> T:
    """The value of type *kind* that :func:`to_data` turned into *data*. Unknown keys are ignored.

    :raises CodecError: the data do not fit.
    """
    return cast(T, _read(kind, data))


@cache
def _parts(kind: type) -> tuple[tuple[str, str | None, Any], ...]:
    """Of each field its name, the one it had earlier, and its type."""
    hints = get_type_hints(kind)
    return tuple((each.name, each.metadata.get(EARLIER), hints[each.name]) for each in dataclasses.fields(kind))


_AS_THEY_ARE = frozenset({str, int, bool})


def _read(kind: Any, data: Any) -> Any:
    if type(data) is kind and kind in _AS_THEY_ARE:  # most of what there is
        return data
    origin = get_origin(kind)
    if kind is Any or kind is object:
        return data
    if origin in (Union, types.UnionType):
        return _read_union(get_args(kind), data)
    if origin is Literal:
        if data not in get_args(kind):
            raise CodecError(f"{data!r} is not one of {get_args(kind)}")
        return data
    if origin is tuple:
        args = get_args(kind)
        items = _sequence(data)
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_read(args[0], item) for item in items)
        if len(args) != len(items):
            raise CodecError(f"expected {len(args)} items, found {len(items)}")
        return tuple(_read(arg, item) for arg, item in zip(args, items, strict=True))
    if origin in (frozenset, set):
        return frozenset(_read(get_args(kind)[0], item) for item in _sequence(data))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(data, dict):
            raise CodecError("expected an object")
        return {key: _read(get_args(kind)[1], item) for key, item in data.items()}
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(cast(type, kind), data)
    if isinstance(kind, type):
        return _read_plain(kind, data)
    raise CodecError(f"cannot read {kind!r}")


def _read_plain(kind: type, data: Any) -> Any:
    if issubclass(kind, Enum):
        try:
            return kind(data)
        except ValueError as error:
            raise CodecError(str(error)) from error
    if issubclass(kind, Path):
        if not isinstance(data, str):
            raise CodecError("expected a path")
        if "\0" in data:
            raise CodecError("a path with a NUL in it")
        return Path(data)
    if kind is float and isinstance(data, (int, float)) and not isinstance(data, bool):
        if not abs(data) <= _LARGEST:  # infinity and what is no number fail this too
            raise CodecError("expected a number that can be a time")
        return float(data)
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise CodecError(f"expected {kind.__name__}, found {type(data).__name__}")
    return data


def _read_union(members: tuple[Any, ...], data: Any) -> Any:
    if data is None and type(None) in members:
        return None
    tagged = {getattr(member, "kind", None): member for member in members if dataclasses.is_dataclass(member)}
    if isinstance(data, dict) and isinstance(data.get("kind"), str) and data["kind"] in tagged:
        return _read(tagged[data["kind"]], data)
    for member in members:
        if member is type(None):
            continue
        try:
            return _read(member, data)
        except CodecError:
            continue
    raise CodecError(f"{data!r:.80} fits none of the {len(members)} types")


def _read_dataclass(kind: type, data: Any) -> Any:
    if not isinstance(data, dict):
        raise CodecError(f"expected {kind.__name__}")
    values = {}
    for name, earlier, hint in _parts(kind):
        if name in data:
            values[name] = _read(hint, data[name])
        elif earlier in data:
            values[name] = _read(hint, data[earlier])
    try:
        return kind(**values)
    except TypeError as error:
        raise CodecError(str(error)) from error


def _sequence(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise CodecError("expected a list")
    return data
