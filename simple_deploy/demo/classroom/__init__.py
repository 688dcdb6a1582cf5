"""A folder for a class: this tool, and packages for all kinds of computers, so that pupils need no network."""
