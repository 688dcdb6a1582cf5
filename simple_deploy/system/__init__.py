"""The only doors to the machine: processes, files, git, HTTP. Nothing here knows what a deployment is."""
