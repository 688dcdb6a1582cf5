"""``python -m simple_deploy_flyio.simulator``: the program ``fly``, and what a rehearsal needs besides."""

from __future__ import annotations

import sys

from simple_deploy_flyio.simulator.program import FLY

if __name__ == "__main__":
    sys.exit(FLY(sys.argv[1:]))
