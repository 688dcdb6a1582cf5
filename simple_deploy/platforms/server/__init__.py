"""Servers that are reached over SSH: connecting, looking, preparing, releasing and looking after a site on one."""
