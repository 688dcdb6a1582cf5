"""Login forms, as a page shows them. Pure, and alone: a trial loads this file where nothing else of this tool is."""

from __future__ import annotations

from html.parser import HTMLParser

_MADE_UP = {"password": "no-such-password", "email": "nobody@example.org"}
_GIVEN = frozenset({"hidden", "submit"})
_NOT_SENT = frozenset({"checkbox", "radio", "file", "button", "image", "reset"})


class Form:
    """A form.

    :param action: where it is sent, relative to its page; empty for the page itself.
    :param method: in small letters.
    """

    def __init__(self, action: str, method: str) -> None:
        self.action = action
        self.method = method
        self.fields: dict[str, tuple[str, str]] = {}

    @property
    def is_login(self) -> bool:
        """Whether it asks for one password; who registers or changes theirs types it twice."""
        kinds = [kind for kind, _ in self.fields.values()]
        return self.method == "post" and kinds.count("password") == 1

    def filled(self) -> dict[str, str]:
        """What is sent by somebody who types a name and a password that nobody has."""
        typed = {name: kind for name, (kind, _) in self.fields.items() if kind not in _GIVEN | _NOT_SENT}
        return self.empty() | {name: _MADE_UP.get(kind, "nobody") for name, kind in typed.items()}

    def empty(self) -> dict[str, str]:
        """What is sent by somebody who types nothing."""
        return {
            name: value if kind in _GIVEN else ""
            for name, (kind, value) in self.fields.items()
            if kind not in _NOT_SENT
        }


def login_form(html: str) -> Form | None:
    """The first form of a page that asks for one password."""
    forms = _Forms()
    forms.feed(html)
    return next((form for form in forms.found if form.is_login), None)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag == "input" and self.found and given.get("name"):
            self.found[-1].fields[given["name"]] = (given.get("type", "text").lower(), given.get("value", ""))
