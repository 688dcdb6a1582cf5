from django.test import override_settings
from django.urls import reverse

from posts.models import Comment, Post

from .helpers import BlogTestCase, make_post, post_data


class ListTests(BlogTestCase):
    def test_shows_published_posts_only(self):
        response = self.client.get("/")
        self.assertContains(response, "First steps")
        self.assertNotContains(response, "Not yet")

    def test_is_cut_into_pages(self):
        for number in range(8):
            make_post(self.ada, f"Post {number}")
        first, second = self.client.get("/"), self.client.get("/", {"page": 2})
        self.assertContains(first, "Page 1 of 2")
        self.assertEqual(len(first.context["page_obj"]), 7)
        self.assertEqual(len(second.context["page_obj"]), 2)

    def test_search_keeps_its_words_on_the_next_page(self):
        for number in range(8):
            make_post(self.ada, f"Lamp {number}")
        response = self.client.get("/", {"q": "lamp"})
        self.assertContains(response, "8 posts with “lamp”")
        self.assertContains(response, "?q=lamp&amp;page=2")

    def test_search_without_a_result_says_so(self):
        self.assertContains(self.client.get("/", {"q": "zebra"}), "Nothing found")

    def test_without_posts_it_says_what_to_do(self):
        Post.objects.all().delete()
        self.assertContains(self.client.get("/"), "load_example_data")

    def test_queries_do_not_grow_with_the_number_of_posts(self):
        for number in range(6):
            make_post(self.ben, f"Post {number}")
        with self.assertNumQueries(2):
            self.client.get("/")

    def test_author_page_shows_their_posts(self):
        make_post(self.ben, "By somebody else")
        response = self.client.get(reverse("posts:author", args=["ada"]))
        self.assertContains(response, "First steps")
        self.assertNotContains(response, "By somebody else")
        self.assertNotContains(response, "Not yet")

    def test_unknown_author(self):
        self.assertEqual(self.client.get("/authors/nobody/").status_code, 404)


class DetailTests(BlogTestCase):
    def test_shows_paragraphs_and_escapes_markup(self):
        post = make_post(self.ada, "Tags", body="One\n\n<script>alert(1)</script>")
        response = self.client.get(post.get_absolute_url())
        self.assertContains(response, "<p>One</p>", html=True)
        self.assertContains(response, "&lt;script&gt;")

    def test_drafts_are_for_their_author(self):
        url = self.draft.get_absolute_url()
        self.assertEqual(self.client.get(url).status_code, 404)
        self.client.force_login(self.ben)
        self.assertEqual(self.client.get(url).status_code, 404)
        self.client.force_login(self.ada)
        self.assertContains(self.client.get(url), "Draft")


class WriteTests(BlogTestCase):
    def test_needs_a_login(self):
        url = reverse("posts:create")
        self.assertRedirects(self.client.get(url), f"/accounts/login/?next={url}")

    def test_creates_a_post_of_the_person_logged_in(self):
        self.client.force_login(self.ben)
        response = self.client.post(reverse("posts:create"), post_data(title="Mine"), follow=True)
        post = Post.objects.get(title="Mine")
        self.assertRedirects(response, post.get_absolute_url())
        self.assertEqual(post.author, self.ben)
        self.assertContains(response, "“Mine” is saved.")

    def test_the_author_can_edit(self):
        self.client.force_login(self.ada)
        url = reverse("posts:update", args=[self.post.slug])
        self.assertContains(self.client.get(url), "First steps")
        self.client.post(url, post_data(title="Second steps"))
        self.post.refresh_from_db()
        self.assertEqual(self.post.title, "Second steps")

    def test_nobody_else_can(self):
        self.client.force_login(self.ben)
        for name in ("posts:update", "posts:delete"):
            with self.subTest(name):
                response = self.client.post(reverse(name, args=[self.post.slug]), post_data(title="Stolen"))
                self.assertEqual(response.status_code, 403)
        self.post.refresh_from_db()
        self.assertEqual(self.post.title, "First steps")

    def test_the_author_can_delete(self):
        self.client.force_login(self.ada)
        url = reverse("posts:delete", args=[self.post.slug])
        self.assertContains(self.client.get(url), "gone for good")
        self.assertRedirects(self.client.post(url), reverse("accounts:home"))
        self.assertFalse(Post.objects.filter(pk=self.post.pk).exists())


class CommentTests(BlogTestCase):
    def comment(self, text="Well said", post=None):
        return self.client.post(reverse("posts:comment", args=[(post or self.post).slug]), {"text": text})

    def test_needs_a_login(self):
        self.assertRedirects(self.comment(), f"/accounts/login/?next={self.post.get_absolute_url()}")
        self.assertFalse(Comment.objects.exists())

    def test_appears_under_the_post(self):
        self.client.force_login(self.ben)
        self.comment()
        response = self.client.get(self.post.get_absolute_url())
        self.assertContains(response, "Well said")
        self.assertContains(response, "1 comment")

    def test_an_empty_one_is_refused_with_a_message(self):
        self.client.force_login(self.ben)
        self.comment("")
        self.assertContains(self.client.get(self.post.get_absolute_url()), "The comment is not saved")
        self.assertFalse(Comment.objects.exists())

    def test_drafts_take_none(self):
        self.client.force_login(self.ada)
        self.assertEqual(self.comment(post=self.draft).status_code, 404)

    def test_is_never_made_or_deleted_by_following_a_link(self):
        self.client.force_login(self.ben)
        self.assertEqual(self.client.get(reverse("posts:comment", args=[self.post.slug])).status_code, 405)
        comment = Comment.objects.create(post=self.post, author=self.ben, text="Stay")
        self.assertEqual(self.client.get(reverse("posts:delete-comment", args=[comment.pk])).status_code, 405)

    def test_writer_and_author_of_the_post_may_delete_it(self):
        for person, status in ((self.ben, 302), (self.ada, 302)):
            comment = Comment.objects.create(post=self.post, author=self.ben, text="Goes")
            self.client.force_login(person)
            response = self.client.post(reverse("posts:delete-comment", args=[comment.pk]))
            self.assertEqual(response.status_code, status)
        self.assertFalse(Comment.objects.exists())

    def test_others_may_not(self):
        comment = Comment.objects.create(post=make_post(self.ben, "Ben's"), author=self.ben, text="Stays")
        self.client.force_login(self.ada)
        self.assertEqual(self.client.post(reverse("posts:delete-comment", args=[comment.pk])).status_code, 403)
        self.assertTrue(Comment.objects.filter(pk=comment.pk).exists())


class SiteTests(BlogTestCase):
    @override_settings(SITE_NAME="Night Ferry")
    def test_every_page_has_the_name_of_the_site(self):
        self.assertContains(self.client.get("/"), "<title>Night Ferry</title>", html=True)

    def test_no_page_loads_anything_from_elsewhere(self):
        for url in ("/", self.post.get_absolute_url(), "/accounts/login/"):
            with self.subTest(url):
                self.assertNotRegex(self.client.get(url).content.decode(), r'(src|href)="(https?:)?//')

    def test_a_missing_page_is_friendly(self):
        self.assertContains(self.client.get("/nowhere/"), "not on the map", status_code=404)
