"""``python -m simple_deploy_heroku.simulator``: the program ``heroku``, and what a rehearsal needs besides."""

from __future__ import annotations

import sys

from simple_deploy_heroku.simulator.program import HEROKU

if __name__ == "__main__":
    sys.exit(HEROKU(sys.argv[1:]))
