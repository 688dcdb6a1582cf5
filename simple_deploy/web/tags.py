"""What templates can say besides Django's own tags. Nothing here depends on the host's language or number formats."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.template import Context, Library
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from simple_deploy.core import glossary
from simple_deploy.platforms.domains import Domain, in_words
from simple_deploy.platforms.sizes import Sizes, counted
from simple_deploy.runs.summary import spans
from simple_deploy.runs.timeline import spoken
from simple_deploy.web import formatting, forms, routes
from simple_deploy.web.viewmodels import DATABASES, MANAGERS

_RING = '<circle cx="12" cy="12" r="9"/>'

ICONS: Mapping[str, str] = {
    "ok": f'{_RING}<path d="M8 12.3l2.8 2.8L16 9.6"/>',
    "info": f'{_RING}<path d="M12 11.2V16M12 8v.05"/>',
    "warning": '<path d="M12 3.8 21.2 20H2.8zM12 10v4.4M12 17.1v.05"/>',
    "blocker": f'{_RING}<path d="M9 9l6 6M15 9l-6 6"/>',
    "check": '<path d="M5 12.8l4.4 4.4L19 7.4"/>',
    "cross": '<path d="M6.5 6.5l11 11M17.5 6.5l-11 11"/>',
    "skip": '<path d="M6 12h12"/>',
    "question": f'{_RING}<path d="M9.4 9.6a2.7 2.7 0 1 1 3.9 2.4c-.9.4-1.3.9-1.3 1.8M12 16.7v.05"/>',
    "copy": '<path d="M9 9h10v10H9zM15 9V5H5v10h4"/>',
    "download": '<path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14"/>',
    "outside": '<path d="M10 6H6v12h12v-4M13.5 5H19v5.5M19 5l-8.5 8.5"/>',
    "arrow": '<path d="M5 12h13.5M13 6.5l5.5 5.5-5.5 5.5"/>',
    "down": '<path d="M12 5v13.5M6.5 13l5.5 5.5 5.5-5.5"/>',
    "up": '<path d="M12 19V5.5M6.5 11L12 5.5l5.5 5.5"/>',
    "chevron": '<path d="M9 6.5l5.5 5.5L9 17.5"/>',
    "retry": '<path d="M19.5 12a7.5 7.5 0 1 1-2.3-5.4L19.5 9M19.5 4.5V9H15"/>',
    "undo": '<path d="M8.5 5 4.5 9l4 4M4.5 9h9.2a5.3 5.3 0 0 1 0 10.6H9"/>',
    "mask": '<path d="M4.5 5.5h15V12a7.5 7.5 0 0 1-15 0zM8.5 10h2M13.5 10h2M9 14.2c1.9 1.5 4.1 1.5 6 0"/>',
    "stop": '<rect x="6.5" y="6.5" width="11" height="11" rx="1.5"/>',
    "play": '<path d="M8 5.5v13l10.5-6.5z"/>',
    "trash": '<path d="M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.3 10.5v5.5M13.7 10.5v5.5"/>',
    "file": '<path d="M6.5 3.5h7l4 4v13h-11zM13.5 3.5v4h4"/>',
    "laptop": '<path d="M5.5 5.5h13v9.5h-13zM2.5 18.5h19"/>',
    "globe": f'{_RING}<path d="M3 12h18M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18"/>',
    "box": '<path d="M12 3.5l8 4.2v8.6l-8 4.2-8-4.2V7.7zM4 7.7l8 4.3 8-4.3M12 12v8.5"/>',
    "search": '<circle cx="11" cy="11" r="6.2"/><path d="M15.6 15.6 20 20"/>',
    "branch": '<circle cx="7" cy="5.5" r="2"/><circle cx="7" cy="18.5" r="2"/><circle cx="17" cy="8" r="2"/>'
    '<path d="M7 7.5v9M17 10c0 4-10 2.5-10 6.5"/>',
    "coin": f'{_RING}<path d="M14.8 9.2c-.5-1-1.5-1.5-2.8-1.5-1.6 0-2.8.8-2.8 2.1 0 3 5.8 1.4 5.8 4.4 0 1.3-1.2 2.1-3 2.1-1.4 0-2.5-.6-3-1.600M12 6v1.700M12 16.300V18"/>',  # noqa: E501
    "person": '<circle cx="12" cy="8.3" r="3.6"/><path d="M4.8 19.8c1-4 3.8-6 7.2-6s6.2 2 7.2 6"/>',
    "clock": f'{_RING}<path d="M12 7v5.2l3.4 2"/>',
    "wrench": '<path d="M14.8 4.200a5 5 0 0 0-6.3 6.300L3.8 15.200a2 2 0 0 0 0 2.800l2.2 2.200a2 2 0 0 0 2.8 0l4.7-4.700a5 5 0 0 0 6.3-6.300l-3 3-3.3-.8-.8-3.300z"/>',  # noqa: E501
    "pulse": '<path d="M3 12h4l3 6.500 4-13 3 6.500h4"/>',
    "mail": '<path d="M4 6.500h16v11H4zM4 7l8 6.500L20 7"/>',
    "key": '<circle cx="8" cy="15.5" r="4"/><path d="M11 12.500l8-8M16 7.500l2.5 2.5"/>',
    "plug": '<path d="M9 3.500v5M15 3.500v5M6.5 8.500h11v3a5.5 5.5 0 0 1-11 0zM12 17v4"/>',
    "list": '<path d="M9 6.500h11M9 12h11M9 17.500h11M4.5 6.500v.05M4.5 12v.05M4.5 17.500v.05"/>',
    "grid": '<path d="M4.5 4.500h6v6h-6zM13.5 4.500h6v6h-6zM4.5 13.500h6v6h-6zM13.5 13.500h6v6h-6z"/>',
}


if TYPE_CHECKING:
    from simple_deploy.web.runview import RunView

register = Library()

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@register.simple_tag(takes_context=True)
def link(context: Context, name: str, *arguments: str) -> str:
    """The address of one of the dashboard's pages; in a rehearsal, of the same page of the rehearsal."""
    rehearsal = context.get("rehearsal")
    return routes.address(context["home"], name, *arguments, stage=rehearsal.slug if rehearsal else "")


@register.simple_tag(takes_context=True)
def project_link(context: Context, name: str, *arguments: str) -> str:
    """The address of a page about the project itself, in a rehearsal too."""
    return routes.address(context["home"], name, *arguments)


@register.simple_tag(takes_context=True)
def rehearsal_link(context: Context, name: str, slug: str, *arguments: str) -> str:
    """The address of a page of the rehearsal of platform *slug*."""
    return routes.address(context["home"], name, *arguments, stage=slug)


@register.simple_tag(takes_context=True)
def page_for(context: Context, command: str, view: RunView) -> str:
    """The address of the page that does the same as *command*, or empty."""
    found = next((page for words, page in view.pages.items() if words in command), None)
    return link(context, *found) if found else ""


@register.simple_tag(takes_context=True)
def asset(context: Context, name: str) -> str:
    """The address of a static file, which changes with its content."""
    return routes.address(context["home"], "static", context["assets"][name].version, name)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A drawing; with *label* it is announced, without it is decoration."""
    meaning = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon icon-{}" viewBox="0 0 24 24" {}>{}</svg>', name, meaning, mark_safe(ICONS[name])
    )


@register.simple_tag
def outside(url: str, text: str = "") -> SafeString:
    """A link that leaves the dashboard; an address that is no web address stays text."""
    if not url.startswith(("http://", "https://")):
        return conditional_escape(text or url)
    return format_html(
        '<a href="{}" rel="noopener noreferrer" target="_blank">{}{}</a>', url, text or url, icon("outside")
    )


@register.simple_tag
def diff_text(row: formatting.DiffRow) -> SafeString:
    """A line of a diff, with the words marked that differ from the line it takes the place of, or else its syntax."""
    if not row.parts:
        tokens = row.tokens or ((row.text, ""),)
        coloured = (
            format_html('<span class="token-{}">{}</span>', kind, text) if kind else conditional_escape(text)
            for text, kind in tokens
        )
        return mark_safe("".join(coloured))
    tag = "ins" if row.kind == "add" else "del"
    shown = (
        format_html("<{}>{}</{}>", tag, text, tag) if differs else conditional_escape(text)
        for text, differs in row.parts
    )
    return mark_safe("".join(shown))


@register.simple_tag
def explain(meaning: str, path: str, line: int) -> SafeString:
    """A button that opens what a line means. It works without JavaScript, by keyboard and by touch."""
    name = f"line-{re.sub('[^A-Za-z0-9]+', '-', path)}-{line}"
    return format_html(
        '<button class="explain" type="button" popovertarget="{}" aria-label="Explain line {}">?</button>'
        '<span class="tip" id="{}" popover>{}</span>',
        name,
        line,
        name,
        prose(meaning),
    )


@register.simple_tag(takes_context=True)
def worded(context: Context, text: str, words: Mapping[str, str] | None = None) -> SafeString:
    """:func:`prose` in which the first use of a word of the glossary on the page opens what it means.

    :param words: those of a platform besides.
    """
    met: set[str] = context["met"]
    known = {word: meaning for word, meaning in {**glossary.WORDS, **(words or {})}.items() if word not in met}
    shown = []
    for is_code, part in spans(text):
        for piece, word in [(part, "")] if is_code else glossary.found(part, known):
            if is_code:
                shown.append(format_html("<code>{}</code>", piece))
            elif word and word not in met:
                met.add(word)
                shown.append(_term(piece, word, known[word]))
            else:
                shown.append(conditional_escape(piece))
    return mark_safe("".join(shown))


def _term(shown: str, word: str, meaning: str) -> SafeString:
    name = f"word-{word.replace(' ', '-')}"
    return format_html(
        '<button class="term" type="button" popovertarget="{}">{}</button><span class="tip" id="{}" popover>{}</span>',
        name,
        shown,
        name,
        prose(meaning),
    )


@register.filter
def prose(text: str) -> SafeString:
    """A text in which what stands between backticks is code."""
    shown = (
        format_html("<code>{}</code>", part) if is_code else conditional_escape(part) for is_code, part in spans(text)
    )
    return mark_safe("".join(shown))


@register.filter
def parted(fields: Sequence[forms.Field]) -> forms.Parted:
    return forms.Parted.of(fields)


@register.filter
def day(when: date) -> str:
    """A date in words that need no locale, as ``3 November 2026``."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


@register.filter
def named_managers(managers: Sequence[str]) -> str:
    """Dependency managers by the names people use."""
    names = [MANAGERS.get(each, each) for each in managers]
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


@register.filter
def named_databases(databases: Sequence[str]) -> str:
    return " or ".join(DATABASES.get(each, each) for each in databases)


@register.filter
def state_of(domain: Domain) -> str:
    """How far a domain of the site is."""
    return in_words(domain)


@register.filter
def running(sizes: Sizes) -> str:
    """What a site runs on."""
    return counted(sizes.count, sizes.current or "nothing")


@register.filter
def ansi(text: str) -> SafeString:
    """A line of output with its colours."""
    return formatting.to_html(text)


@register.filter
def duration(seconds: float | None) -> str:
    return "" if seconds is None else spoken(seconds)


@register.filter
def moment(seconds: float | None) -> SafeString:
    """A point in time on this computer's clock; the page keeps the relative words up to date."""
    if seconds is None:
        return mark_safe("")
    local = time.localtime(seconds)
    return format_html(
        '<time datetime="{}" data-ago="{}">{}</time>',
        time.strftime("%Y-%m-%dT%H:%M:%S%z", local),
        int(seconds),
        time.strftime("%Y-%m-%d %H:%M", local),
    )


@register.filter
def clock(seconds: float) -> str:
    """The time of day at a point in time, on this computer's clock."""
    return time.strftime("%H:%M", time.localtime(seconds))


@register.filter
def plural(count: int, words: str) -> str:
    """``{{ 2|plural:"file,files" }}`` is ``2 files``."""
    one, many = words.split(",")
    return f"{count:,} {one if count == 1 else many}".replace(",", "\N{NARROW NO-BREAK SPACE}")
