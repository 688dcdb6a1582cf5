"""How the database server of a rehearsal is started, where that differs by system."""

from __future__ import annotations

from pathlib import Path

from simple_deploy.rehearsal import database


def test_on_windows_the_server_is_started_by_what_gives_up_an_administrators_rights() -> None:
    argv = database.starting_there(Path("programs"), Path("data"), 5433, Path("server.log"))

    assert Path(argv[0]) == Path("programs", "pg_ctl")
    assert argv[1:3] == ("start", "-w")
    assert argv[-1] == "-p 5433 -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
