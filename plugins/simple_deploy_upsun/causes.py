"""Known causes of failures that are particular to Upsun."""

from __future__ import annotations

from simple_deploy.api import Cause
from simple_deploy_upsun import pages

CAUSES: tuple[Cause, ...] = (
    Cause(
        id="upsun-read-only",
        pattern=r"(?:Read-only file system: ?'?([^'\s]+)|(\S+): Read-only file system)",
        title="The site wrote {0}{1}, and only its mounts can be written to.",
        fix="Write into the folder for uploads, or to the log; or add a mount to .upsun/config.yaml.",
        url=pages.APP,
    ),
    Cause(
        id="upsun-ssh-key",
        pattern=r"Permission denied \(publickey",
        title="Upsun did not let this computer's SSH in.",
        fix="Log in again, which makes a new certificate: `upsun login --force`.",
        url=pages.CLI,
    ),
    Cause(
        id="upsun-configuration",
        pattern=r"(?:Invalid configuration|Error parsing configuration files)[^:]*:?\s*(.*)",
        title="Upsun does not take .upsun/config.yaml: {0}",
        fix="Undo your own change of that file, or compare it with the page that describes it.",
        url=pages.APP,
    ),
)
