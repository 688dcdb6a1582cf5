# Put uv in its place, from the file that was sent or from the package index, and check that it is the one that is meant.

lock
if [ -x "$tools/uv" ] && [ "$("$tools/uv" --version | awk '{ print $2 }')" = "$version" ]; then
    say "uv $version is there."
else
    mkdir -p "$tools"
    if [ -n "$sent" ]; then
        printf '%s  %s\n' "$checksum" "$sent" | sha256sum --check --quiet ||
            fail "uv did not arrive whole." "Try again."
        install -m 0755 -- "$sent" "$tools/uv.new"
        rm -rf -- "$(dirname -- "$sent")"
    else
        rm -rf "$tools/uv.env"
        python3 -m venv "$tools/uv.env"
        "$tools/uv.env/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: "uv==$version"
        install -m 0755 "$tools/uv.env/bin/uv" "$tools/uv.new"
        rm -rf "$tools/uv.env"
    fi
    mv -f "$tools/uv.new" "$tools/uv"
fi
if [ -n "$python" ]; then
    UV_PYTHON_INSTALL_DIR="$tools/pythons" SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
        "$tools/uv" python install --no-bin "$python" ||
        fail "Python $python could not be installed." "The server has to reach github.com, where the builds lie."
fi
