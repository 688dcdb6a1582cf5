"""Characters that nobody sees: they turn text around, split words, or carry a message of their own."""

from __future__ import annotations

import re

#: Unicode's categories Cf, Zl and Zp, what Unicode calls default ignorable besides, and no U+200D.
#: Source: UnicodeData.txt and DerivedCoreProperties.txt; a test compares them with Python's own tables.
_ALWAYS = (
    r"\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_PICTURES = r"\u2190-\u2bff\U0001f000-\U0001faff"

#: What is drawn as a sign or as a picture, as the character behind it says. Source: emoji-variation-sequences.txt
_EITHER = r"#*0-9\u00a9\u00ae\u203c\u2049\u2122\u2139\u3030\u303d\u3297\u3299" + _PICTURES

#: Matches one hidden character. A joiner between two pictures stays: it makes one picture of them.
PATTERN = (
    rf"[{_ALWAYS}]|\u200d(?![{_PICTURES}])|\u200d(?<![{_PICTURES}\ufe0f]\u200d)"
    rf"|[\ufe0e\ufe0f](?<![{_EITHER}][\ufe0e\ufe0f])"
)

_HIDDEN = re.compile(PATTERN)


def found(text: str) -> bool:
    """Whether *text* has a hidden character."""
    return not text.isascii() and _HIDDEN.search(text) is not None
