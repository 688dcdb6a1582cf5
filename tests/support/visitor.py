"""A visitor of a site that runs on this computer behind a rehearsal's proxy: a browser's cookies and forms, no more."""

from __future__ import annotations

import http.client
import re
from contextlib import closing
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
_HASHED = re.compile(r'<link rel="stylesheet" href="([^"]+\.[0-9a-f]{12}\.css)"')


@dataclass
class Visitor:
    """:param url: address of the site: ``http://NAME.localhost:PORT/``. :param server: who is asked for it."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    server: str = "127.0.0.1"

    def get(self, path: str = "/") -> tuple[int, str]:
        """The status and the text of a page."""
        status, _, text = self._ask("GET", path)
        return status, text

    def log_in(self, user: str, password: str, *, admin: str = "/admin/") -> None:
        """Log in to the admin as a person does. :raises AssertionError: it does not let the person in."""
        status = self.submit(urljoin(admin, "login/"), username=user, password=password, next=admin)
        assert status == 302, f"the login answers {status}"
        status, page = self.get(admin)
        assert status == 200 and "logout" in page, f"after the login the admin answers {status}"

    def submit(self, path: str, **fields: str) -> int:
        """Fill in the form of the page at *path* and send it; returns the status.

        :raises AssertionError: there is no form, or the answer leads away from the site.
        """
        token = _TOKEN.search(self.get(path)[1])
        assert token is not None, f"{path} shows no form"
        body = urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        status, location, _ = self._ask("POST", path, body)
        assert urlsplit(location).netloc in {"", urlsplit(self.url).netloc}, f"the way back leads to {location}"
        return status

    def stylesheet(self, path: str = "/admin/login/") -> tuple[int, str]:
        """The stylesheet of a page, which has a hash in its name."""
        found = _HASHED.search(self.get(path)[1])
        assert found is not None, f"the stylesheet of {path} has no hash in its name"
        return self.get(urlsplit(found[1]).path)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str, str]:
        parts = urlsplit(self.url)
        sent = {"Host": parts.netloc, "Origin": self.url.rstrip("/"), "Referer": urljoin(self.url, path)}
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with closing(http.client.HTTPConnection(self.server, parts.port)) as connection:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            for line in answer.headers.get_all("Set-Cookie") or ():
                for name, morsel in SimpleCookie(line).items():
                    assert not morsel["secure"], f"a browser would not send the cookie {name} back over http"
                    self.cookies[name] = morsel.value
            return answer.status, answer.getheader("Location") or "", text
