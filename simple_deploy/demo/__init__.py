"""Writes the sample project in the layout and with the dependency manager that a person wants to try."""
