"""Deploy a Django project from a local web dashboard or from ``manage.py deploy``."""

__version__ = "0.1.0"
