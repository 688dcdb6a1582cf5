from __future__ import annotations

import pytest

from simple_deploy.inspection.probe_child.addresses import own


@pytest.mark.parametrize(
    ("name", "value", "here"),
    [
        ("SITE_ROOT", "http://localhost:8000", "http://localhost:8000"),
        ("PING_ENDPOINT", "http://localhost:8000/ping/", "http://localhost:8000"),
        ("WAGTAILADMIN_BASE_URL", "http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("SITE_URL", "https://localhost", "https://localhost"),
        ("DOMAIN", "localhost:8000", "localhost:8000"),
        ("SITE_DOMAIN", "localhost", "localhost"),
        # Somebody else's, or none of this computer's.
        ("FRONTEND_URL", "http://localhost:3000", None),
        ("SOLR_URL", "http://localhost:8983/solr", None),
        ("DB_HOST", "localhost", None),
        ("SITE_ROOT", "https://example.com", None),
        ("SITE_ROOT", "http://localhost:80001", None),
        ("ALLOWED_HOSTS", ["localhost"], None),
        ("site_root", "http://localhost:8000", None),
    ],
)
def test_settings_that_hold_the_address_of_the_site(name: str, value: object, here: str | None) -> None:
    assert list(own([(name, value)])) == ([] if here is None else [(name, here)])
