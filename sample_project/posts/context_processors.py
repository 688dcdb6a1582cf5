from django.conf import settings


def site(_request):
    """The name of the blog, for every template."""
    return {"site_name": settings.SITE_NAME, "site_tagline": settings.SITE_TAGLINE}
