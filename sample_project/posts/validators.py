from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat

LARGEST_COVER = 5 * 1024 * 1024  # bytes


def validate_cover_size(image):
    """Refuse an image that would make the page slow."""
    if image.size > LARGEST_COVER:
        raise ValidationError(
            "This image has %(size)s; please choose one of at most %(limit)s.",
            code="cover_too_large",
            params={"size": filesizeformat(image.size), "limit": filesizeformat(LARGEST_COVER)},
        )
