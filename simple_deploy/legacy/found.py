"""A plugin of django-simple-deploy that is installed."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.utils import canonicalize_name

CORE = "django-simple-deploy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What its metadata tell of it.

    :param module: its package. :param core: installed version of django-simple-deploy, or empty.
    :param native: slug of the platform of this tool's own for the same, or empty.
    """

    module: str
    name: str
    version: str
    author: str
    core: str
    native: str

    @property
    def slug(self) -> str:
        return canonicalize_name(self.name)

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"
