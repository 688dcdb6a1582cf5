"""What the project's own Dockerfile and fly.toml lack for a deployment, where they are kept. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from simple_deploy.api import (
    Call,
    ExistingFile,
    Keeping,
    Lack,
    PlatformFile,
    lacks_migration,
    lacks_packages,
    lacks_python,
    lacks_server,
    lacks_static_files,
)
from simple_deploy_flyio import names
from simple_deploy_flyio.flytoml import PORT

DOCKERFILE, CONFIGURATION = "Dockerfile", "fly.toml"
#: Where Fly.io looks for the site when fly.toml does not say: fly.io/docs/reference/configuration.
_USUAL_PORT = 8080


def lacks_of_dockerfile(file: ExistingFile, keeping: Keeping) -> Iterator[Lack]:
    yield from lacks_python(file, keeping)
    yield from lacks_packages(file, keeping)
    yield from lacks_server(file, keeping, port=_asked_port(keeping))
    yield from lacks_static_files(file, keeping)
    if _has_volume(keeping):
        # A release command has no volume, so the site itself migrates as it starts.
        yield from lacks_migration(file, keeping)


def lacks_of_configuration(file: ExistingFile, keeping: Keeping) -> Iterator[Lack]:
    wanted = _app(keeping)
    if file.app != wanted:
        yield Lack(
            what=f"It names {'the app ' + file.app if file.app else 'no app'}, but this deployment goes to {wanted}."
        )
    port, listens = (file.ports or (_USUAL_PORT,))[0], _site_ports(keeping)
    if listens and port not in listens:
        yield Lack(what=f"It expects the site on port {port}, but the site listens on {', '.join(map(str, listens))}.")
    if _has_volume(keeping):
        if names.DATA not in file.folders or "DATABASE_URL" not in file.keys:
            yield Lack(what=f"It has no volume at {names.DATA} for the database, so saved data would be lost.")
    elif "migrate" not in _manages_of_site(keeping):
        yield from lacks_migration(file, keeping)


FILES = (
    PlatformFile(path=DOCKERFILE, lacks=lacks_of_dockerfile),
    PlatformFile(path=CONFIGURATION, lacks=lacks_of_configuration),
)


def _app(keeping: Keeping) -> str:
    return next((step.params["app"] for step in keeping.plan.steps if isinstance(step, Call)), "")


def _has_volume(keeping: Keeping) -> bool:
    return any(isinstance(step, Call) and step.name == "volume" for step in keeping.plan.steps)


def _asked_port(keeping: Keeping) -> int:
    """Where Fly.io asks for the site: as the project's fly.toml says, if it is kept."""
    kept = keeping.kept.get(CONFIGURATION)
    return (kept.ports or (_USUAL_PORT,))[0] if kept else PORT


def _site_ports(keeping: Keeping) -> tuple[int, ...]:
    """Where the site listens; nothing where a kept Dockerfile does not say."""
    kept = keeping.kept.get(DOCKERFILE)
    return kept.ports if kept else (PORT,)


def _manages_of_site(keeping: Keeping) -> tuple[str, ...]:
    kept = keeping.kept.get(DOCKERFILE)
    return kept.manages if kept else ()
