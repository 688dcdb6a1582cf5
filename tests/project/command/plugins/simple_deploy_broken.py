"""A plugin that cannot even be imported."""

raise RuntimeError("this plugin was written for another century")
