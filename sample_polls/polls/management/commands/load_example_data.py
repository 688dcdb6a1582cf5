from django.core.management.base import BaseCommand
from django.db import transaction

from polls.models import Choice, Question

EXAMPLES = {
    "How do you get to school?": ("On foot", "By bicycle", "By bus or train", "By car"),
    "What shall we deploy first?": ("A poll", "A blog", "A game", "All of them"),
    "Tea or coffee?": ("Tea", "Coffee", "Neither"),
}


class Command(BaseCommand):
    help = "Writes a few questions with their answers. What is there already stays as it is."

    @transaction.atomic
    def handle(self, *args, **options):
        for text, answers in EXAMPLES.items():
            question, made = Question.objects.get_or_create(text=text)
            if made:
                Choice.objects.bulk_create(Choice(question=question, text=answer) for answer in answers)
                self.stdout.write(f"Wrote “{text}”.")
