from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from posts import validators
from posts.models import Post

from .helpers import BlogTestCase, image_file, post_data


class CoverTests(BlogTestCase):
    def upload(self, file):
        self.client.force_login(self.ada)
        return self.client.post(reverse("posts:create"), post_data(title="With a cover", cover=file), follow=True)

    def assertRefused(self, response, text):
        self.assertContains(response, text)
        self.assertFalse(Post.objects.filter(title="With a cover").exists())

    def test_is_stored_and_shown(self):
        response = self.upload(image_file())
        post = Post.objects.get(title="With a cover")
        self.assertTrue(post.cover.name.startswith("covers/"))
        self.assertContains(response, post.cover.url)
        with post.cover.open() as file:
            self.assertEqual(Image.open(file).size, (32, 18))

    def test_two_of_the_same_name_do_not_collide(self):
        for title in ("One", "Two"):
            self.client.force_login(self.ada)
            self.client.post(reverse("posts:create"), post_data(title=title, cover=image_file()))
        names = set(Post.objects.exclude(cover="").values_list("cover", flat=True))
        self.assertEqual(len(names), 2)

    def test_can_be_removed(self):
        self.upload(image_file())
        post = Post.objects.get(title="With a cover")
        url = reverse("posts:update", args=[post.slug])
        self.client.post(url, {**post_data(title="With a cover"), "cover-clear": "on"})
        post.refresh_from_db()
        self.assertFalse(post.cover)

    def test_must_be_an_image(self):
        text = SimpleUploadedFile("cover.png", b"not a picture", content_type="image/png")
        self.assertRefused(self.upload(text), "Upload a valid image")

    def test_must_be_of_a_kind_that_browsers_show(self):
        self.assertRefused(self.upload(image_file("cover.bmp", "BMP")), "File extension “bmp” is not allowed")

    def test_must_not_be_too_large(self):
        with mock.patch.object(validators, "LARGEST_COVER", 10):
            self.assertRefused(self.upload(image_file()), "please choose one of at most 10")
