from django.contrib.auth import get_user, get_user_model
from django.test import TestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from posts.models import Post

FAST = ["django.contrib.auth.hashers.MD5PasswordHasher"]
PASSWORD = "slow-train-42"


@override_settings(PASSWORD_HASHERS=FAST)
class AccountTests(TestCase):
    def setUp(self):
        self.user = get_user_model().objects.create_user("ada", password=PASSWORD)

    def test_signing_up_logs_in(self):
        data = {"username": "grace", "email": "", "password1": PASSWORD, "password2": PASSWORD}
        response = self.client.post(reverse("accounts:signup"), data, follow=True)
        self.assertContains(response, "Welcome aboard, grace.")
        self.assertEqual(get_user(self.client).get_username(), "grace")

    def test_signing_up_refuses_a_name_that_is_taken_and_a_weak_password(self):
        data = {"username": "ADA", "email": "", "password1": "12345", "password2": "12345"}
        response = self.client.post(reverse("accounts:signup"), data)
        self.assertContains(response, "A user with that username already exists.")
        self.assertContains(response, "This password is too short.")
        self.assertEqual(get_user_model().objects.count(), 1)

    def test_signing_up_is_not_offered_to_somebody_logged_in(self):
        self.client.force_login(self.user)
        self.assertRedirects(self.client.get(reverse("accounts:signup")), reverse("accounts:home"))

    def test_logging_in_leads_back_to_where_one_was(self):
        data = {"username": "ada", "password": PASSWORD}
        response = self.client.post(f"{reverse('accounts:login')}?next=/write/", data)
        self.assertRedirects(response, "/write/")

    def test_logging_in_never_leads_to_another_site(self):
        data = {"username": "ada", "password": PASSWORD, "next": "https://elsewhere.example/"}
        self.assertRedirects(self.client.post(reverse("accounts:login"), data), "/")

    def test_a_wrong_password_is_refused(self):
        response = self.client.post(reverse("accounts:login"), {"username": "ada", "password": "wrong"})
        self.assertContains(response, "Please enter a correct username and password")
        self.assertFalse(get_user(self.client).is_authenticated)

    def test_logging_out_needs_a_form(self):
        self.client.force_login(self.user)
        self.assertEqual(self.client.get(reverse("accounts:logout")).status_code, 405)
        self.assertRedirects(self.client.post(reverse("accounts:logout")), "/")
        self.assertFalse(get_user(self.client).is_authenticated)

    def test_the_password_can_be_changed(self):
        self.client.force_login(self.user)
        new = "an-express-instead-7"
        data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        response = self.client.post(reverse("accounts:password"), data, follow=True)
        self.assertContains(response, "Your password is changed.")
        self.assertTrue(self.client.login(username="ada", password=new))

    def test_the_own_page_needs_a_login_and_shows_drafts_first(self):
        url = reverse("accounts:home")
        self.assertRedirects(self.client.get(url), f"/accounts/login/?next={url}")
        self.client.force_login(self.user)
        self.assertContains(self.client.get(url), "You have not written anything yet.")

        Post.objects.create(author=self.user, title="Old", body="Text", published_at=timezone.now())
        Post.objects.create(author=self.user, title="Draft", body="Text")
        self.assertEqual([post.title for post in self.client.get(url).context["posts"]], ["Draft", "Old"])
