# Lay out the commit that was sent as a release, and make its environment in its final place.

lock
release=/srv/$site/releases/$id
rm -rf -- "$release"
# The release is root's: the site's user has only what it builds.
install -d -m 0755 "$release"
install -d -m 0755 -o "$site" -g "$site" "$release/code" "$release/.venv"
tar -x -z -f "$archive" -C "$release/code" --no-same-owner
rm -rf -- "$(dirname -- "$archive")"
printf '%s\n' "$commit" >"$release/commit"
chown -R "$site:$site" "$release/code"
cd "$release/code/$dependencies_folder"
alone "$tools/uv" venv --quiet --allow-existing --python "$python" "$release/.venv" ||
    fail "There is no Python $python on the server." "Plan again: the server may have changed since."
# Paths in it start here, so it is no file of another folder.
printf '%s\n' "$requirements" |
    alone "$tools/uv" pip install --quiet --compile-bytecode --python "$release/.venv/bin/python" -r - ||
    fail "The packages could not be installed on the server." \
        "The lines above say which one. One that is compiled needs a compiler and headers there: apt install build-essential and what it names."
alone "$tools/uv" pip list --python "$release/.venv/bin/python" --format=freeze 2>/dev/null | wc -l | sed 's/$/ packages/'
