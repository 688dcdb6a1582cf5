"""The simulated API, which every account of a computer reaches, opens to its own simulated account alone."""

from __future__ import annotations

from pathlib import Path

from simple_deploy_heroku.simulator import platform_api, state

from simple_deploy.rehearsal import World


def test_the_token_of_one_rehearsal_opens_no_other(tmp_path: Path) -> None:
    mine, theirs = World(tmp_path / "mine"), World(tmp_path / "theirs")
    with theirs.change() as known:
        state.create_app(known, "blog", region="us")

    def asked(authorization: str | None) -> int:
        headers = {} if authorization is None else {"authorization": authorization}
        return platform_api.answer(theirs, "PATCH", "/apps/blog/config-vars", headers, {"PYTHONPATH": "/tmp/mine"})[0]

    for guess in (None, "", "Bearer ", "Bearer None", "Bearer é", f"Bearer {platform_api.token(mine)}"):
        assert asked(guess) == 401
    assert theirs.read()["apps"]["blog"]["config"] == {}
    assert asked(f"Bearer {platform_api.token(theirs)}") == 200
    assert platform_api.token(theirs) == platform_api.token(theirs)
