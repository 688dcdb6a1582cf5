"""What plugins of django-simple-deploy write into settings, found again and taken out."""

from __future__ import annotations

import pytest

from simple_deploy.inspection import predecessor

BEFORE = 'from pathlib import Path\n\nBASE_DIR = Path(".")\nINSTALLED_APPS = ["blog"]\n'

#: As the public plugins write it: with and without a blank line, with any name of a variable.
WRITTEN = {
    "Heroku": '\n\n# Heroku settings.\nimport os\n\nif "ON_HEROKU" in os.environ:\n    DEBUG = False\n',
    "Scalingo": '\n\n# Scalingo settings.\nimport os\nif "scalingo" in os.environ.get("STACK", ""):\n    A = ["*"]',
    "Railway": '\n\n# Railway settings.\nimport os\n\nif os.environ.get("RAILWAY_X", ""):\n    B = {\n        "a": 1,\n    }\n',
    "Sea": '\n\n# Sea settings.\nfrom os import getenv\nif getenv("ON_SEA"):\n    C = 1\n',
    "Fly.io": (
        '\n\n# Fly.io settings.\nimport os\n\nif os.environ.get("ON_FLY_SETUP") or os.environ.get("ON_FLY"):\n    E = 1\n'
        '\nif os.environ.get("ON_FLY"):\n    import x\n\n    if os.environ.get("DEBUG"):\n        F = 1\n'
    ),
    "PythonAnywhere": (
        "\n\n# PythonAnywhere settings.\nimport os  # noqa: E402\n\ntry:\n    import dotenv\nexcept ImportError:\n    pass\n"
        '\nif os.getenv("ON_PA"):\n    G = 1\n'
    ),
    "dsd-cloudron": "\n\n# dsd-cloudron settings.\n# They lie in a file\n# of their own.\nfrom blog.cloud import *",
    "My Host": '\n\n# My Host settings.\nif os.environ.get("X"):\n    D = 1\nelse:\n    D = 2\n',
}


@pytest.mark.parametrize("platform", WRITTEN)
def test_the_settings_of_a_platform_go_and_the_file_is_as_it_was(platform: str) -> None:
    text = BEFORE + WRITTEN[platform]
    [found] = predecessor.blocks(text)
    assert found.platform == platform
    assert text.split("\n")[found.first - 1] == f"# {platform} settings."
    assert predecessor.without_blocks(text) == BEFORE


def test_of_two_platforms_both_go_and_what_stands_between_stays() -> None:
    own = 'if os.environ.get("MINE"):\n    A = 1\n'
    text = f"{BEFORE}{WRITTEN['Heroku']}\n{own}{WRITTEN['Sea']}\nALSO_MINE = 2\n"
    assert [each.platform for each in predecessor.blocks(text)] == ["Heroku", "Sea"]
    assert predecessor.without_blocks(text) == f"{BEFORE}\n{own}\nALSO_MINE = 2\n"


@pytest.mark.parametrize(
    "text",
    [
        '# Cache settings.\nCACHES = {}\nif os.environ.get("X"):\n    A = 1\n',
        '# Only there.\nif "ON_SEA" in os.environ:\n    A = 1\n',
        "# Local settings.\nfrom .local import *\n",
        'if "ON_SEA" in os.environ:\n    # Sea settings.\n    A = 1\n',
        "# Debug settings.\nif DEBUG:\n    A = 1\n",
        'HELP = """\n# Sea settings.\nif os.environ:\n"""\n',
        "",
    ],
)
def test_what_the_person_wrote_is_not_taken_for_it(text: str) -> None:
    assert predecessor.blocks(text) == ()
    assert predecessor.without_blocks(text) == text
