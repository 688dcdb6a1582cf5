# The names of the site's variables, never their values.

there
variable_names "$own/variables/$site" | sed 's/^/variable=/'
