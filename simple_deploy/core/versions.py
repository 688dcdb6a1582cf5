"""The versions of Django that this tool works with. The metadata sets no bound, so installing moves nothing."""

from __future__ import annotations

#: https://www.djangoproject.com/download/#supported-versions
OLDEST_DJANGO = (5, 2)

#: What to say with any Django that is older.
DJANGO_NEEDED = f"The deployment dashboard needs Django {'.'.join(map(str, OLDEST_DJANGO))} or later"

UPGRADE_DJANGO = (
    "Upgrade Django one version after the other, running your tests in between: "
    "https://docs.djangoproject.com/en/stable/howto/upgrade-version/"
)
