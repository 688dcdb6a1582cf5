"""The data of a site on a server: saved here, and restored after everything was lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.claims import proves
from tests.platforms.vps.conftest import Owner

pytestmark = [pytest.mark.slow, pytest.mark.slice(0), pytest.mark.timeout(3600)]

SAVE = "__import__('django.core.files.storage').core.files.storage.default_storage.save"
FILE = "__import__('django.core.files.base').core.files.base.ContentFile(b'kept')"
CACHES = """
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "kept_for_a_while"}}
"""
CACHE = "__import__('django.core.cache').core.cache.cache"
USERS = "__import__('django.contrib.auth.models').contrib.auth.models.User.objects"


@proves(
    "A site with its database and uploaded files is removed from a server, deployed again with a cache in its "
    "database, and given its backup, which is older than that, and then one that is cut off",
    "The rows and files are the same as before, and the cache works; the incomplete backup is refused, and "
    "changes nothing",
)
@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_what_was_lost_with_the_site_is_put_back(owner: Owner, database: str, tmp_path: Path) -> None:
    owner.deployed("--database", database)
    owner.says(f"{SAVE}('covers/note.txt', {FILE})")
    owner.says(f"{USERS}.create_user('ada')")
    rows = owner.operate("--run", "dumpdata auth posts --natural-foreign").expect(0)
    file = tmp_path / "blog.tar.gz"
    owner.operate("--backup", str(file)).expect(0)
    assert file.stat().st_mode & 0o777 == 0o600
    owner.machine.ssh("systemctl start blog.nightly.service && ls -d /srv/blog/backups/nightly-*/media/covers/note.txt")
    owner.operate("--destroy", "--yes").expect(0)

    settings = owner.project.folder / "blog" / "settings.py"
    settings.write_text(settings.read_text(encoding="utf-8") + CACHES, encoding="utf-8")
    owner.project.commit("A cache in the database")
    owner.deployed("--database", database)
    assert owner.get("/media/covers/note.txt")[0] == 404
    assert "it is kept" in owner.says(f"'it is', {CACHE}.get_or_set('note', 'kept')")
    owner.operate("--restore", str(file), "--yes").expect(0)

    # The table was made again: the backup has none.
    assert "it is None" in owner.says(f"'it is', {CACHE}.get('note')")
    assert owner.get("/media/covers/note.txt")[2] == "kept"
    assert _rows(owner.operate("--run", "dumpdata auth posts --natural-foreign").expect(0).output) == _rows(rows.output)
    assert '"username": "ada"' in rows.output.replace("\\", "")
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(file.read_bytes()[:200])
    assert "cannot be restored" in owner.operate("--restore", str(broken), "--yes").expect(1).output
    assert owner.get("/media/covers/note.txt")[2] == "kept"


def _rows(output: str) -> list[str]:
    """The line of JSON that dumpdata printed."""
    return [
        line[line.index("[{") :] for line in output.replace("\\", "").splitlines() if "[{" in line and "model" in line
    ]
