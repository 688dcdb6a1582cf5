"""Plugins of the command-line tool django-simple-deploy, run unchanged.

Each is a platform like any other: found by its package's metadata, described by a child process when somebody looks at
it, previewed in its own offline mode, and run by the original's own engine in one driver process
(:mod:`simple_deploy.legacy.driver`) on the workbench. Only the driver imports ``django_simple_deploy``, and nothing
here is about a single plugin.
"""
