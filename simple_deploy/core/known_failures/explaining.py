"""From a program's output to what went wrong: the one door to the known causes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from simple_deploy.core import ansi
from simple_deploy.core.known_failures import advice, installing, running, systemchecks, tracebacks
from simple_deploy.core.known_failures.model import NOTHING, UNKNOWN, Cause, Evidence, Explanation

READ = 400  # last lines that are looked at
_LONGEST = 2_000  # characters of a line
_SHOWN = 6  # lines
_WIDE = 400  # characters of a line that is shown

CAUSES: tuple[Cause, ...] = (*installing.CAUSES, *running.CAUSES)

_BOX = re.compile(r"^[\s×╰─▶├│]*[×╰├│▶][\s×╰─▶├│]*")
_REASON = re.compile(r"^(?:cause: )?Because ")
_ENDED = re.compile(r"^(?:hint:|error:|cause:|$)")
_UV_SAYS = re.compile(r"^\s*(?:error|cause): ")
_NOISE = re.compile(r"^\s*(?:[~^!*-]+|During handling of the above exception.*|The above exception was.*)?\s*$")


def explain(
    lines: Sequence[str], evidence: Evidence = NOTHING, more: Iterable[Cause] = (), *, known_only: bool = True
) -> Explanation | None:
    """What most likely went wrong in a program that printed *lines*, or None when nothing known is among them.

    Of several causes the last counts, since programs print what ended them at the end; one that is general only where
    there is no other, and of those the first.

    :param evidence: what is known about the project. No advice is given that it shows to be of no use.
    :param more: a platform's own causes; they go first.
    :param known_only: without it, what has no known cause is told in the program's own last words.
    """
    plain = _plain(lines)
    errors = systemchecks.refused(plain)
    plain = list(errors) or plain  # a warning beside them is not what ended the program
    raised = tracebacks.last(plain, evidence.roots)
    joined = _joined(plain)
    found = _found(joined, (*more, *CAUSES))
    if found is None:
        if known_only:
            return None
        return _checked(errors, evidence.roots) if errors else _last_words(plain, raised, evidence.roots)
    cause, match, line = found
    values = tuple(value or "" for value in match.groups())
    told = Explanation(
        id=cause.id,
        title=cause.title.format(*values).rstrip(),
        fix=cause.fix.format(*values),
        url=cause.url,
        line=line.strip(),
        shown=_shown(joined, line, raised, evidence.roots),
    )
    return advice.sharpened(told, values, line, plain, evidence, raised)


def named(lines: Sequence[str], names: Iterable[str]) -> tuple[str, ...]:
    """Those of *names* that a program which printed *lines* names in what it raised, or in the line that raised it."""
    plain = _plain(lines)
    frames = [index for index, line in enumerate(plain) if tracebacks.is_frame(line)]
    said = "\n".join(plain[frames[-1] + 1 :] if frames else plain[-_SHOWN:])
    fields = [re.split(r"\W", field.upper())[-1] for field in advice.required_fields(plain)]
    return tuple(
        sorted(
            name
            for name in names
            if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said)
            or any(name.upper() == field or name.upper().endswith(f"_{field}") for field in fields)
        )
    )


def missing_variable(lines: Sequence[str]) -> str | None:
    """The variable without which a program that printed *lines* ended, as far as it says so."""
    found = _found(_joined(_plain(lines)), CAUSES)
    if found is None or found[0].id != running.VARIABLE:
        return None
    return next(filter(None, found[1].groups()), None)


def _plain(lines: Sequence[str]) -> list[str]:
    return [ansi.plain(line)[:_LONGEST] for line in lines[-READ:]]


def _found(lines: Sequence[str], causes: Sequence[Cause]) -> tuple[Cause, re.Match[str], str] | None:
    patterns = [(re.compile(cause.pattern), cause) for cause in sorted(causes, key=lambda cause: cause.general)]
    general = None
    for line in reversed(lines):
        for pattern, cause in patterns:
            if match := pattern.search(line):
                if not cause.general:
                    return cause, match, line
                general = cause, match, line
                break
    return general


def _joined(lines: Sequence[str]) -> list[str]:
    """*lines* with each of uv's chains of reasons in one line."""
    joined: list[str] = []
    inside = False
    for line in lines:
        text = _BOX.sub("", line).strip()
        if _REASON.match(text):
            joined.append(text if text.startswith("cause: ") else f"cause: {text}")
            inside = True
        elif inside and line[:1].isspace() and not _ENDED.match(text):
            joined[-1] = f"{joined[-1]} {text}"[: _LONGEST * 2]
        else:
            inside = False
            joined.append(_BOX.sub("", line) if _BOX.match(line) else line)
    return joined


def _shown(lines: Sequence[str], line: str, raised: tracebacks.Raised | None, roots: Iterable[str]) -> tuple[str, ...]:
    """The lines worth reading: of a traceback the project's own, of uv what it calls the cause, else the last."""
    wanted = line.strip()
    if raised is not None:
        rows = raised.shown()
        return _cut(rows if wanted in rows else (*rows[:-1], wanted, rows[-1]), roots)
    says = [text.strip() for text in lines if _UV_SAYS.match(text)]
    if wanted in says:
        return _cut(says[-_SHOWN:], roots)
    errors = [text.strip() for text in lines if text.startswith("ERROR: ")]
    if wanted in errors:
        return _cut(errors[-_SHOWN:], roots)
    worth = [text.rstrip() for text in lines if not _NOISE.match(text)]
    last = next((index for index in reversed(range(len(worth))) if worth[index].strip() == wanted), len(worth) - 1)
    return _cut(worth[max(0, last + 1 - _SHOWN // 2) : last + 1], roots)


def _cut(lines: Sequence[str], roots: Iterable[str]) -> tuple[str, ...]:
    """*lines*, none of them endless, with paths as they are in the project."""
    texts = list(lines)
    for root in sorted(roots, key=len, reverse=True):
        texts = [text.replace(f"{root}/", "").replace(f"{root}\\", "") for text in texts]
    return tuple(text if len(text) <= _WIDE else f"{text[:_WIDE]} …" for text in texts)


def _checked(errors: Sequence[str], roots: Iterable[str]) -> Explanation:
    first = errors[0]
    shown = _cut(errors[: _SHOWN * 2], roots)
    return Explanation(id=UNKNOWN, title=first, fix=systemchecks.hint(errors), url=None, line=first, shown=shown)


def _last_words(lines: Sequence[str], raised: tracebacks.Raised | None, roots: Iterable[str]) -> Explanation | None:
    worth = [line.strip() for line in lines if not _NOISE.match(line)]
    if raised is not None:
        frame = raised.deepest
        where = f" ({frame.place})" if frame else ""
        return Explanation(
            id=UNKNOWN,
            title=f"{raised.said}{where}",
            fix="",
            url=None,
            line=raised.said,
            shown=_cut(raised.shown(), roots),
        )
    if not worth:
        return None
    errors = [index for index, line in enumerate(worth) if re.match(r"(?i)(?:\w*error|fatal)\b", line)]
    line = worth[errors[-1]] if errors else worth[-1]
    return Explanation(id=UNKNOWN, title=line, fix="", url=None, line=line, shown=_cut(worth[-_SHOWN:], roots))
