from io import StringIO

from django.contrib.auth import get_user_model
from django.core.management import call_command
from PIL import Image

from posts.example_data import PEOPLE, POSTS
from posts.models import Comment, Post

from .helpers import BlogTestCase


class LoadExampleDataTests(BlogTestCase):
    def load(self):
        out = StringIO()
        call_command("load_example_data", stdout=out, no_color=True)
        return out.getvalue()

    def test_writes_posts_with_covers_and_comments_and_can_be_repeated(self):
        self.assertIn(f"Wrote {len(POSTS)} example posts", self.load())
        posts = Post.objects.filter(author__username__in=PEOPLE)
        self.assertEqual(posts.count(), len(POSTS))
        for post in posts:
            with post.cover.open() as file:
                self.assertEqual(Image.open(file).format, "JPEG")
        comments = Comment.objects.count()
        self.assertGreater(comments, 0)

        posts.filter(slug="early-frost").update(title="Edited by hand")
        self.assertIn("nothing was changed", self.load())
        self.assertEqual(Post.objects.filter(author__username__in=PEOPLE).count(), len(POSTS))
        self.assertEqual(Comment.objects.count(), comments)
        self.assertTrue(Post.objects.filter(title="Edited by hand").exists())

        # Example accounts are on every copy of this project, so nobody may be able to log in with one.
        people = get_user_model().objects.filter(username__in=PEOPLE)
        self.assertFalse(any(person.has_usable_password() for person in people))
        self.assertContains(self.client.get("/"), "Page 1 of 2")
