# The names of the site's variables, never their values; and fingerprints of what they are, and of what they were when
# the release that serves was made.

there
variable_names "$own/variables/$site" | sed 's/^/variable=/'
made_with=/srv/$site/current/made-with
if [ -f "$made_with" ]; then
    tail -n +2 "$made_with" | sed 's/^/was=/'
    variable_fingerprints "$own/variables/$site" "$(head -n 1 "$made_with")" | sed 's/^/is=/'
fi
