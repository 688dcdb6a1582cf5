#!/usr/bin/env bash
# What a person writes who deploys one Django site to one server with Debian: `site.sh first` on a bare server, `site.sh again`
# for each release after that. Beside it lie code.tar.gz, with the commit, and for the first time uv.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=/srv/blog
release=$root/releases/$(date -u +%Y%m%d-%H%M%S)
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

as_site() {
    systemd-run --quiet --pipe --wait --collect --uid=blog --gid=blog --property=EnvironmentFile=/etc/blog.env \
        --property=WorkingDirectory="$release/code" --setenv=HOME=$root -- "$@"
}

first() {
    apt-get -qq update
    apt-get -qq -y install --no-install-recommends ca-certificates curl openssl python3 python3-venv ufw \
        unattended-upgrades caddy postgresql >/dev/null
    for port in 22 80 443; do ufw allow "$port/tcp" >/dev/null; done
    ufw --force enable >/dev/null
    install -m 0755 "$here/uv" /usr/local/bin/uv

    useradd --system --user-group --home-dir $root --no-create-home --shell /usr/sbin/nologin blog
    install -d -m 0755 $root $root/releases $root/shared
    install -d -m 0755 -o blog -g blog $root/shared/media $root/shared/static $root/cache
    install -d -m 0700 $root/backups
    runuser -u postgres -- createuser blog
    runuser -u postgres -- createdb --owner=blog blog
    install -m 0640 -o root -g blog "$here/variables" /etc/blog.env
    cat >/etc/systemd/system/blog.socket <<'END'
[Socket]
ListenStream=/run/blog/web.sock
SocketUser=blog
SocketGroup=caddy
SocketMode=0660

[Install]
WantedBy=sockets.target
END
    cat >/etc/systemd/system/blog.service <<'END'
[Unit]
Requires=blog.socket
After=blog.socket postgresql.service

[Service]
Type=notify
NotifyAccess=main
User=blog
Group=blog
EnvironmentFile=/etc/blog.env
Environment=HOME=/run/blog-home XDG_RUNTIME_DIR=/run/blog-home
RuntimeDirectory=blog-home
WorkingDirectory=/srv/blog/current/code
ExecStart=/srv/blog/current/.venv/bin/gunicorn --workers 2 --threads 4 --access-logfile - blog.wsgi:application
KillMode=mixed
Restart=on-failure
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ReadWritePaths=/srv/blog/shared

[Install]
WantedBy=multi-user.target
END
    cat >/etc/cron.daily/blog <<'END'
#!/bin/sh
runuser -u blog -- pg_dump -Fc blog >/srv/blog/backups/$(date +%u).pgdump
cp -al /srv/blog/shared/media /srv/blog/backups/media-$(date +%F)
END
    chmod +x /etc/cron.daily/blog
    cat >/etc/caddy/Caddyfile <<'END'
:80 {
    encode zstd gzip
    handle_path /static/* {
        root * /srv/blog/shared/static
        file_server
    }
    handle_path /media/* {
        root * /srv/blog/shared/media
        file_server
    }
    handle {
        reverse_proxy unix//run/blog/web.sock
    }
}
END
}

again() {
    install -d -m 0755 "$release"
    install -d -m 0755 -o blog -g blog "$release/code" "$release/.venv"
    tar -x -z -f "$here/code.tar.gz" -C "$release/code" --no-same-owner
    chown -R blog:blog "$release/code"
    cd "$release/code"
    runuser -u blog -- env UV_CACHE_DIR=$root/cache uv venv --quiet --allow-existing --python /usr/bin/python3 "$release/.venv"
    runuser -u blog -- env UV_CACHE_DIR=$root/cache SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt uv pip install --quiet \
        --compile-bytecode --python "$release/.venv/bin/python" -r "$release/code/requirements.txt"
    python=$release/.venv/bin/python
    as_site "$python" manage.py collectstatic --noinput
    cp -a "$release/code/staticfiles/." $root/shared/static/
    as_site "$python" manage.py check --deploy
    runuser -u blog -- pg_dump -Fc blog >"$root/backups/before-$(basename "$release").pgdump"
    as_site "$python" manage.py migrate --noinput

    # It is tried on a socket of its own.
    systemd-run --quiet --unit=blog-probe --uid=blog --gid=blog --property=EnvironmentFile=/etc/blog.env \
        --property=RuntimeDirectory=blog-probe --property=WorkingDirectory="$release/code" --setenv=HOME=/run/blog-probe \
        --setenv=XDG_RUNTIME_DIR=/run/blog-probe -- \
        "$release/.venv/bin/gunicorn" --workers 1 --bind unix:/run/blog-probe/web.sock --threads 4 blog.wsgi:application
    asked() { curl -s -f -o /dev/null --max-time 20 --unix-socket "$1" -H "Host: $(sed -n 's/^SITE_HOSTS="\(.*\)"$/\1/p' /etc/blog.env)" http://site/; }
    for _ in $(seq 150); do
        if asked /run/blog-probe/web.sock; then break; fi
        systemctl is-active --quiet blog-probe
        sleep 0.2
    done
    asked /run/blog-probe/web.sock
    systemctl stop blog-probe

    ln -sfn "$release" $root/current.new
    mv -T $root/current.new $root/current
    systemctl daemon-reload
    systemctl enable --quiet --now blog.socket blog.service
    systemctl restart blog.service
    asked /run/blog/web.sock
    find $root/releases -mindepth 1 -maxdepth 1 | sort -r | tail -n +6 | xargs -r rm -r
}

case $1 in
first)
    first
    again
    systemctl enable --quiet caddy
    systemctl reload-or-restart caddy
    ;;
again) again ;;
esac
