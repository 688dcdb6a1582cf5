"""``python -m simple_deploy_upsun.simulator``: the program ``upsun``, and what a rehearsal needs besides."""

from __future__ import annotations

import sys

from simple_deploy_upsun.simulator.program import UPSUN

if __name__ == "__main__":
    sys.exit(UPSUN(sys.argv[1:]))
