import math

from django.conf import settings
from django.core.validators import FileExtensionValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from .validators import validate_cover_size

WORDS_PER_MINUTE = 220


class PostQuerySet(models.QuerySet):
    def published(self):
        return self.filter(published_at__lte=timezone.now())

    def visible_to(self, user):
        """Published posts, and the drafts that *user* wrote."""
        if not user.is_authenticated:
            return self.published()
        return self.filter(Q(published_at__lte=timezone.now()) | Q(author=user))

    def search(self, text):
        """Posts in which every word of *text* occurs."""
        posts = self
        for word in text.split():
            posts = posts.filter(Q(title__icontains=word) | Q(summary__icontains=word) | Q(body__icontains=word))
        return posts


class Post(models.Model):
    """An article. Without a date of publication it is a draft, which only its author sees."""

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="posts")
    title = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True, help_text="The last part of the address of the post.")
    summary = models.CharField(max_length=240, help_text="One or two sentences for the list of posts.")
    body = models.TextField(help_text="Leave an empty line between paragraphs.")
    cover = models.ImageField(
        upload_to="covers/",
        blank=True,
        validators=[FileExtensionValidator(["jpg", "jpeg", "png", "webp"]), validate_cover_size],
        help_text="Optional: a wide picture, JPEG, PNG or WebP.",
    )
    published_at = models.DateTimeField("published", null=True, blank=True, db_index=True)
    created_at = models.DateTimeField("created", auto_now_add=True)
    updated_at = models.DateTimeField("updated", auto_now=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-created_at"]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        if not self.slug:
            self.slug = self._free_slug()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("posts:detail", kwargs={"slug": self.slug})

    @property
    def is_published(self):
        return self.published_at is not None and self.published_at <= timezone.now()

    @property
    def minutes_to_read(self):
        return max(1, math.ceil(len(self.body.split()) / WORDS_PER_MINUTE))

    def _free_slug(self):
        """The title as a slug; with a number where another post has it already."""
        base = slugify(self.title)[:120] or "post"
        slug, number = base, 1
        while Post.objects.filter(slug=slug).exclude(pk=self.pk).exists():
            number += 1
            slug = f"{base}-{number}"
        return slug


class Comment(models.Model):
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="comments")
    text = models.TextField(max_length=2000)
    created_at = models.DateTimeField("written", auto_now_add=True)

    class Meta:
        ordering = ["created_at"]

    def __str__(self):
        return f"{self.author} on “{self.post}”"

    def may_be_deleted_by(self, user):
        """Its writer may remove a comment, and so may the author of the post."""
        return user.is_authenticated and user.pk in (self.author_id, self.post.author_id)
