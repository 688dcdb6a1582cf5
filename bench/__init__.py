"""Measurements. ``python -m bench`` prints a table of ratios, each taken from one run; nothing here is a test.

They need Linux (what they want to know of other processes, the other systems do not tell), git, Chromium, and for what
is installed in passing a network or a filled cache. The one of a server needs root, systemd-nspawn and debootstrap.
"""
