"""What templates can say besides Django's own tags. Nothing here depends on the host's language or number formats."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date

from django.template import Context, Library
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from simple_deploy.runs.summary import spans
from simple_deploy.runs.timeline import spoken
from simple_deploy.web import routes, terminal
from simple_deploy.web.catalogue import DATABASES, MANAGERS
from simple_deploy.web.icons import ICONS

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


@register.filter
def prose(text: str) -> SafeString:
    """A text in which what stands between backticks is code."""
    shown = (
        format_html("<code>{}</code>", part) if is_code else conditional_escape(part) for is_code, part in spans(text)
    )
    return mark_safe("".join(shown))


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
def ansi(text: str) -> SafeString:
    """A line of output with its colours."""
    return terminal.to_html(text)


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
def plural(count: int, words: str) -> str:
    """``{{ 2|plural:"file,files" }}`` is ``2 files``."""
    one, many = words.split(",")
    return f"{count:,} {one if count == 1 else many}".replace(",", "\N{NARROW NO-BREAK SPACE}")
