"""A program of its own: ``python -m simple_deploy.inspection.probe_child``.

The project's interpreter runs it in the folder of manage.py. It loads the project as manage.py would and reports
what it finds. Nothing else in this layer imports Django.
"""
