from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from posts.models import Comment, Post

from .helpers import BlogTestCase, make_post


class SlugTests(BlogTestCase):
    def test_comes_from_the_title(self):
        self.assertEqual(make_post(self.ada, "Hello, world!").slug, "hello-world")

    def test_is_numbered_when_it_is_taken(self):
        self.assertEqual(make_post(self.ada, "First steps").slug, "first-steps-2")
        self.assertEqual(make_post(self.ben, "First steps").slug, "first-steps-3")

    def test_of_a_title_without_latin_letters_still_exists(self):
        self.assertEqual(make_post(self.ada, "日本語").slug, "post")

    def test_stays_when_the_title_changes(self):
        self.post.title = "Another title"
        self.post.save()
        self.assertEqual(self.post.slug, "first-steps")

    def test_of_a_long_title_fits(self):
        self.assertLessEqual(len(make_post(self.ada, "x" * 120).slug), 140)


class PublishedTests(BlogTestCase):
    def test_leaves_out_drafts_and_posts_of_the_future(self):
        future = make_post(self.ada, "Tomorrow", published_at=timezone.now() + timedelta(days=1))
        self.assertFalse(future.is_published)
        self.assertFalse(self.draft.is_published)
        self.assertQuerySetEqual(Post.objects.published(), [self.post])

    def test_authors_see_their_own_drafts(self):
        self.assertIn(self.draft, Post.objects.visible_to(self.ada))
        self.assertNotIn(self.draft, Post.objects.visible_to(self.ben))
        self.assertNotIn(self.draft, Post.objects.visible_to(AnonymousUser()))


class SearchTests(BlogTestCase):
    def test_needs_every_word_somewhere_in_the_post(self):
        tea = make_post(self.ada, "Green tea", body="Best in the afternoon.")
        make_post(self.ada, "Green paint", body="Two coats.")
        self.assertQuerySetEqual(Post.objects.search("AFTERNOON green"), [tea])


class TextTests(BlogTestCase):
    def test_reading_takes_at_least_a_minute(self):
        self.assertEqual(Post(body="Short.").minutes_to_read, 1)
        self.assertEqual(Post(body="word " * 441).minutes_to_read, 3)

    def test_names(self):
        comment = Comment(post=self.post, author=self.ben, text="Nice")
        self.assertEqual(str(self.post), "First steps")
        self.assertEqual(str(comment), "ben on “First steps”")
