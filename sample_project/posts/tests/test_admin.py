from django.contrib.auth import get_user_model
from django.urls import reverse

from .helpers import BlogTestCase, image_file


class AdminTests(BlogTestCase):
    def setUp(self):
        self.client.force_login(get_user_model().objects.create_superuser("root"))

    def test_lists_and_shows_posts(self):
        self.post.cover.save("cover.png", image_file())
        self.assertContains(self.client.get(reverse("admin:posts_post_changelist")), "First steps")
        page = self.client.get(reverse("admin:posts_post_change", args=[self.post.pk]))
        self.assertContains(page, f'src="{self.post.cover.url}"')

    def test_publishes_drafts(self):
        self.client.post(
            reverse("admin:posts_post_changelist"),
            {"action": "publish_now", "_selected_action": [self.post.pk, self.draft.pk]},
        )
        self.draft.refresh_from_db()
        self.assertTrue(self.draft.is_published)
