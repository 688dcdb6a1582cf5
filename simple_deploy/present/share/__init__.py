"""Follow along: a read-only server of its own on the local network, which shows a class the runs of one project.

It is off until somebody starts it, and ends after two hours. It answers GET alone, knows four addresses, reads no file
that a visitor could name, and sends what :mod:`simple_deploy.present.recording` makes of a run and nothing else.
"""
