import io

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase, override_settings
from django.utils import timezone
from PIL import Image

from posts.models import Post

IN_MEMORY = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}


@override_settings(STORAGES=IN_MEMORY)
class BlogTestCase(TestCase):
    """Two people and a few posts; uploads stay in memory."""

    @classmethod
    def setUpTestData(cls):
        cls.ada = get_user_model().objects.create_user("ada", first_name="Ada", last_name="Byron")
        cls.ben = get_user_model().objects.create_user("ben")
        cls.post = make_post(cls.ada, "First steps")
        cls.draft = make_post(cls.ada, "Not yet", published_at=None)


def make_post(author, title, **fields):
    fields.setdefault("summary", f"About {title.lower()}.")
    fields.setdefault("body", "One paragraph.\n\nAnother one.")
    fields.setdefault("published_at", timezone.now())
    return Post.objects.create(author=author, title=title, **fields)


def post_data(**changes):
    """What the form for a post sends."""
    return {"title": "A title", "summary": "A summary.", "body": "A text.", "publish": "on", **changes}


def image_file(name="cover.png", kind="PNG", size=(32, 18)):
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind)
    return SimpleUploadedFile(name, file.getvalue(), content_type=f"image/{kind.lower()}")
