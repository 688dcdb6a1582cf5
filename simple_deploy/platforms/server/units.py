"""The files that a site consists of on its server: systemd units, Caddy's, and its variables. Pure.

Sources: systemd.exec(5), systemd.socket(5), gunicorn's chapter on deploying with systemd, Caddy's documentation of the
Caddyfile.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

#: What a site needs none of. ``systemd-analyze security`` says what each is worth.
SANDBOX = """\
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
UMask=0027
"""


def socket_unit(site: str) -> str:
    """systemd holds the socket, so that no request is lost while the site starts anew."""
    return f"""\
[Unit]
Description=Socket of the site {site}

[Socket]
ListenStream=/run/{site}/web.sock
SocketUser={site}
SocketGroup=caddy
SocketMode=0660
DirectoryMode=0755
Backlog=1024

[Install]
WantedBy=sockets.target
"""


def service_unit(site: str, *, project_folder: str, arguments: Sequence[str], postgres: bool) -> str:
    """:param project_folder: of manage.py in the release's code. :param arguments: of gunicorn, without an address."""
    # The link is followed once: what serves goes on with its own release until it ends.
    folder = shlex.quote(f"/code/{project_folder}".rstrip("/"))
    command = " ".join(map(shlex.quote, arguments))
    found = f"release=$(readlink -f /srv/{site}/current)"
    start = f'{found} && cd "$release"{folder} && exec "$release"/.venv/bin/gunicorn {command}'
    after = "network-online.target postgresql.service" if postgres else "network-online.target"
    return f"""\
[Unit]
Description=The site {site}
Requires={site}.socket
After={site}.socket {after}
Wants=network-online.target

[Service]
Type=notify
NotifyAccess=main
User={site}
Group={site}
EnvironmentFile=/etc/simple_deploy/variables/{site}
Environment=HOME=/run/{site}-home XDG_RUNTIME_DIR=/run/{site}-home PYTHONUNBUFFERED=1
RuntimeDirectory={site}-home
WorkingDirectory=/srv/{site}
ExecStart=/bin/sh -c "{_escaped(start)}"
KillMode=mixed
TimeoutStartSec=90
TimeoutStopSec=35
Restart=on-failure
RestartSec=2
ReadWritePaths=/srv/{site}/shared
{SANDBOX}
[Install]
WantedBy=multi-user.target
"""


def front(site: str, *, domain: str, static_url: str, media_url: str, authority: str = "") -> str:
    """The site's part of Caddy's configuration.

    :param domain: empty for a site that is reached by the server's address, over http.
    :param static_url: :param media_url: paths that begin and end with a slash; empty where Caddy is not to serve them.
    :param authority: the ACME directory that certificates come from; empty for Caddy's own choice.
    """
    lines = [f"{domain or ':80'} {{"]
    if authority:
        lines += ["    tls {", f"        ca {authority}", "    }"]
    lines.append("    encode zstd gzip")
    if static_url:
        lines += _files(static_url, f"/srv/{site}/shared/static", hashed=True)
    if media_url and media_url != static_url:
        lines += _files(media_url, f"/srv/{site}/shared/media", hashed=False)
    lines += ["    handle {", f"        reverse_proxy unix//run/{site}/web.sock", "    }", "}"]
    return "\n".join(lines)


def variables(values: Mapping[str, str]) -> str:
    """Lines that systemd's EnvironmentFile and a shell both read."""
    return "\n".join(f'{name}="{_quoted(value)}"' for name, value in values.items())


def _files(url: str, folder: str, *, hashed: bool) -> list[str]:
    lines = [f"    handle_path {url}* {{", f"        root * {folder}"]
    if hashed:
        # Names with a hash never mean anything else; the others are asked for again after a while.
        lines += [
            "        @hashed path_regexp \\.[0-9a-f]{8,}\\.",
            '        header @hashed Cache-Control "public, max-age=31536000, immutable"',
        ]
    else:
        # What visitors upload runs no scripts as a page of the site.
        lines += ["        header X-Content-Type-Options nosniff", "        header Content-Security-Policy sandbox"]
    serve = (
        ["        file_server {", "            precompressed gzip", "        }"] if hashed else ["        file_server"]
    )
    return [*lines, *serve, "    }"]


def _quoted(value: str) -> str:
    for character in '\\"`$':
        value = value.replace(character, f"\\{character}")
    return value


def _escaped(command: str) -> str:
    """In a unit file % and $ mean something, and the command stands in double quotes, on one line."""
    escaped = command.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return escaped.replace("%", "%%").replace("$", "$$")
