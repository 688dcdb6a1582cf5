"""What answers visitors of a site on its server: Caddy, or an nginx that serves there already. Pure.

Sources: Caddy's documentation of the Caddyfile; nginx's of its core, map, proxy, gzip_static and ssl modules; certbot's
user guide, on webroot and on renewing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CADDY, NGINX = "caddy", "nginx"
#: Whatever one of them may need, as packages of Debian.
PACKAGES = ("caddy", "certbot")
_HASHED = r"\.[0-9a-f]{8,}\."
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The program that answers visitors.

    :param program: :data:`CADDY` or :data:`NGINX`. :param group: of the system: its members may reach a site's socket.
    """

    program: str = CADDY
    group: str = CADDY

    @property
    def name(self) -> str:
        """For people."""
        return "Caddy" if self.program == CADDY else self.program

    @property
    def folder(self) -> str:
        """Where its file of each site lies."""
        return "/etc/caddy/sites" if self.program == CADDY else "/etc/nginx/sites-enabled"

    def packages(self, domain: str) -> tuple[str, ...]:
        """Those that a site with *domain* needs of Debian. Nobody installs an nginx that is not there already."""
        if self.program == CADDY:
            return (CADDY,)
        return ("certbot",) if domain else ()

    def file(self, served: Served) -> str:
        """Its configuration of a site."""
        return _caddy(served) if self.program == CADDY else _nginx(served)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A site as visitors see it.

    :param hosts: addresses by which it is reached, where *domain* is empty.
    :param static_url: :param media_url: paths that begin and end with a slash; empty where the site answers for them.
    :param authority: the ACME directory that certificates come from; empty for the usual one.
    """

    site: str
    domain: str
    hosts: Sequence[str] = ()
    static_url: str = ""
    media_url: str = ""
    authority: str = ""

    @property
    def folder(self) -> str:
        """Where the maintenance page lies while it is shown."""
        return f"/srv/{self.site}/front"

    @property
    def socket(self) -> str:
        return f"/run/{self.site}/web.sock"

    @property
    def files(self) -> Mapping[str, str]:
        """Folders by the paths under which they are handed out."""
        found = {self.media_url: f"/srv/{self.site}/shared/media", self.static_url: f"/srv/{self.site}/shared/static"}
        return {url: found[url] for url in (self.static_url, self.media_url) if url}


def front_of(values: Mapping[str, str]) -> Front:
    """As a plan's values or a step's say."""
    return Front(program=values.get("front") or CADDY, group=values.get("front_group") or CADDY)


def redirect(served: Served) -> str:
    """What nginx does over http for a site with a domain: it answers the certificate authority, and sends visitors to
    https."""
    lines = [*_server(served, "80"), "    location /.well-known/acme-challenge/ {", f"        root {served.folder};"]
    return "\n".join(
        [*lines, "    }", "    location / {", "        return 308 https://$host$request_uri;", "    }", "}"]
    )


def _caddy(served: Served) -> str:
    lines = [f"{served.domain or ':80'} {{"]
    if served.authority:
        lines += ["    tls {", f"        ca {served.authority}", "    }"]
    lines += ["    encode zstd gzip", "    route {", *_caddy_maintenance(served.folder)]
    for url, folder in served.files.items():
        lines += _caddy_files(url, folder, hashed=url == served.static_url)
    lines += ["        handle {", f"            reverse_proxy unix/{served.socket}", "        }", "    }", "}"]
    return "\n".join(lines)


def _caddy_maintenance(folder: str) -> list[str]:
    """While the page is there, every visitor gets it."""
    return [
        "        @maintenance {",
        "            file {",
        f"                root {folder}",
        "                try_files /maintenance.html",
        "            }",
        "        }",
        "        handle @maintenance {",
        f"            root * {folder}",
        "            rewrite * /maintenance.html",
        "            header Retry-After 120",
        "            header Cache-Control no-store",
        "            file_server {",
        "                status 503",
        "            }",
        "        }",
    ]


def _caddy_files(url: str, folder: str, *, hashed: bool) -> list[str]:
    lines = [f"        handle_path {url}* {{", f"            root * {folder}"]
    if hashed:
        # Names with a hash never mean anything else; the others are asked for again after a while.
        lines += [
            f"            @hashed path_regexp {_HASHED}",
            f'            header @hashed Cache-Control "{_FOR_EVER}"',
            "            file_server {",
            "                precompressed gzip",
            "            }",
        ]
    else:
        # What visitors upload runs no scripts as a page of the site.
        lines += [
            "            header X-Content-Type-Options nosniff",
            "            header Content-Security-Policy sandbox",
            "            file_server",
        ]
    return [*lines, "        }"]


def _nginx(served: Served) -> str:
    name = served.site.replace("-", "_")
    kept = f"/etc/letsencrypt/live/simple-deploy-{served.site}"
    secure = [
        *_server(served, "443 ssl"),
        f"    ssl_certificate {kept}/fullchain.pem;",
        f"    ssl_certificate_key {kept}/privkey.pem;",
        "    ssl_protocols TLSv1.2 TLSv1.3;",
    ]
    closed = [f"        if (-f {served.folder}/maintenance.html) {{", "            return 503;", "        }"]
    lines = [
        # Names with a hash never mean anything else.
        f"map $uri ${name}_kept {{",
        f'    "~{_HASHED}" "{_FOR_EVER}";',
        '    default "";',
        "}",
        f"map $http_upgrade ${name}_connection {{",
        '    "" "";',
        "    default upgrade;",
        "}",
        *([redirect(served), *secure] if served.domain else _server(served, "80")),
        # Django has limits of its own.
        "    client_max_body_size 0;",
        "    error_page 503 /simple-deploy-maintenance;",
        "    location = /simple-deploy-maintenance {",
        "        internal;",
        f"        alias {served.folder}/maintenance.html;",
        "        default_type text/html;",
        "        add_header Retry-After 120 always;",
        "        add_header Cache-Control no-store always;",
        "    }",
    ]
    for url, folder in served.files.items():
        lines += [f"    location ^~ {url} {{", *closed, f"        alias {folder}/;"]
        if url == served.static_url:
            lines += ["        gzip_static on;", f"        add_header Cache-Control ${name}_kept;"]
        else:
            # What visitors upload runs no scripts as a page of the site.
            lines += [
                "        add_header X-Content-Type-Options nosniff;",
                "        add_header Content-Security-Policy sandbox;",
            ]
        lines += ["    }"]
    return "\n".join(
        [
            *lines,
            "    location / {",
            *closed,
            f"        proxy_pass http://unix:{served.socket};",
            "        proxy_http_version 1.1;",
            "        proxy_read_timeout 1h;",
            "        proxy_redirect off;",
            "        proxy_set_header Host $host;",
            "        proxy_set_header X-Forwarded-For $remote_addr;",
            "        proxy_set_header X-Forwarded-Host $host;",
            "        proxy_set_header X-Forwarded-Proto $scheme;",
            "        proxy_set_header Upgrade $http_upgrade;",
            f"        proxy_set_header Connection ${name}_connection;",
            "    }",
            "}",
        ]
    )


def _server(served: Served, port: str) -> list[str]:
    names = (served.domain,) if served.domain else tuple(f"[{each}]" if ":" in each else each for each in served.hosts)
    return ["server {", f"    listen {port};", f"    listen [::]:{port};", f"    server_name {' '.join(names)};"]
