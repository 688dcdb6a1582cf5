"""How Fly.io writes an amount of memory."""

from __future__ import annotations


def memory(megabytes: int) -> str:
    """As fly.toml has it: ``512mb``, ``1gb``."""
    return f"{megabytes // 1024}gb" if megabytes % 1024 == 0 else f"{megabytes}mb"


def megabytes(memory: str) -> int:
    """What :func:`memory` says."""
    number = int(memory[:-2])
    return number * 1024 if memory.endswith("gb") else number
