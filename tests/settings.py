"""Settings for tests that need Django in their own process: nothing but what they need."""

SECRET_KEY = "for tests only"
DEBUG = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["simple_deploy"]
DATABASES: dict[str, object] = {}
USE_TZ = True
