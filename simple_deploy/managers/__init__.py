"""One file for each dependency manager: how its files are read and edited, locked, and installed from."""
