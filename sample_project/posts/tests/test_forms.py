from posts.forms import CommentForm, PostForm
from posts.models import Post

from .helpers import BlogTestCase, post_data


class PostFormTests(BlogTestCase):
    def save(self, data, instance=None):
        form = PostForm(data, instance=instance or Post(author=self.ada))
        self.assertTrue(form.is_valid(), form.errors)
        return form.save()

    def test_publishes_by_default(self):
        self.assertTrue(PostForm().fields["publish"].initial)
        self.assertTrue(self.save(post_data()).is_published)

    def test_without_the_tick_it_is_a_draft(self):
        data = post_data()
        del data["publish"]
        self.assertIsNone(self.save(data).published_at)

    def test_editing_keeps_the_date_of_publication(self):
        before = self.post.published_at
        self.assertEqual(self.save(post_data(), self.post).published_at, before)

    def test_shows_whether_the_post_is_published(self):
        self.assertTrue(PostForm(instance=self.post).initial["publish"])
        self.assertFalse(PostForm(instance=self.draft).initial["publish"])

    def test_title_summary_and_body_are_needed(self):
        form = PostForm({})
        self.assertEqual(set(form.errors), {"title", "summary", "body"})


class CommentFormTests(BlogTestCase):
    def test_refuses_an_empty_comment(self):
        self.assertFalse(CommentForm({"text": "   "}).is_valid())

    def test_refuses_an_endless_comment(self):
        self.assertFalse(CommentForm({"text": "x" * 2001}).is_valid())
