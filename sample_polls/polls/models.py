from django.db import models
from django.utils import timezone


class QuestionQuerySet(models.QuerySet):
    def open(self):
        """Those whose day has come and that can be answered."""
        return self.filter(opens_at__lte=timezone.now(), choices__isnull=False).distinct()


class Question(models.Model):
    """Something to ask everybody."""

    text = models.CharField(max_length=160)
    opens_at = models.DateTimeField("opens", default=timezone.now)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_at"]

    def __str__(self):
        return self.text

    @property
    def total(self):
        return sum(choice.votes for choice in self.choices.all())


class Choice(models.Model):
    """One of the answers to a question, and how many have chosen it."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="choices")
    text = models.CharField(max_length=80)
    votes = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.text
