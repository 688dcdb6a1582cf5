"""The lines of a Dockerfile that this plugin writes, and what a rehearsal without a container engine does for each."""

from __future__ import annotations

from simple_deploy.rehearsal.approximation import Building, Rules

DOCKERFILE = Rules(
    platform="Fly.io",
    base=r"(?:python:(\d+\.\d+)-slim-trixie( AS packages)?|node:\d+-slim AS front-end)",
    commands={
        r"apt-get update && apt-get install -y --no-install-recommends (.+) && rm .+": Building.not_installed,
        r'pip install --no-cache-dir --root-user-action=ignore "[^"]+"': Building.nothing,
        r"((?:npm|yarn|pnpm|bun) (?:run build|ci|install).*?)(?: && rm -rf node_modules)?": Building.node,
        r"python -m venv /venv": Building.environment,
        r"pip install --no-cache-dir -r (.+)": Building.pip,
        r"uv (sync .+)": Building.uv_sync,
        r"(poetry install .+)": Building.manager,
        r"PIP_NO_CACHE_DIR=1 (pipenv install .+)": Building.manager,
        r"useradd --create-home --uid 1000 app": Building.nothing,
        r"install -d -o app -g app .+": Building.nothing,
        r"((?:\w+=\S+ )+)(python manage\.py collectstatic --noinput)": Building.manage,
    },
    starts=('["gunicorn", "--bind", ', '["sh", "-c", "chown -R app:app '),
)
