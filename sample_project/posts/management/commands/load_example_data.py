from datetime import timedelta

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from posts.artwork import draw_cover
from posts.example_data import PEOPLE, POSTS
from posts.models import Comment, Post


class Command(BaseCommand):
    help = "Writes example authors, posts and comments. What is there already stays as it is."

    @transaction.atomic
    def handle(self, *args, **options):
        people = {username: self._person(username, *name) for username, name in PEOPLE.items()}
        now = timezone.now()
        created = [
            self._post(example, people, now, number)
            for number, example in enumerate(POSTS, start=1)
            if not Post.objects.filter(slug=slugify(example.title)).exists()
        ]
        if created:
            self.stdout.write(self.style.SUCCESS(f"Wrote {len(created)} example posts by {', '.join(people)}."))
        else:
            self.stdout.write("The example posts are here already; nothing was changed.")

    def _person(self, username, first_name, last_name):
        """An author nobody can log in as: the account has no password."""
        users = get_user_model().objects
        return users.filter(username=username).first() or users.create_user(
            username, first_name=first_name, last_name=last_name
        )

    def _post(self, example, people, now, number):
        published = None if example.days_ago is None else now - timedelta(days=example.days_ago)
        post = Post(
            author=people[example.author],
            title=example.title,
            summary=example.summary,
            body=example.body,
            published_at=published,
        )
        post.save()
        post.cover.save(f"{post.slug}.jpg", ContentFile(draw_cover(example.palette, number)))
        for minutes, (author, text) in enumerate(example.comments, start=1):
            comment = Comment.objects.create(post=post, author=people[author], text=text)
            written = published + timedelta(minutes=41 * minutes)
            Comment.objects.filter(pk=comment.pk).update(created_at=written)
        return post
