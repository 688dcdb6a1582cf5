from datetime import timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from .models import Choice, Question


def question(text="Up or down?", days=-1, answers=("Up", "Down")):
    made = Question.objects.create(text=text, opens_at=timezone.now() + timedelta(days=days))
    Choice.objects.bulk_create(Choice(question=made, text=answer) for answer in answers)
    return made


class ListTests(TestCase):
    def test_the_first_page_leads_to_the_questions(self):
        self.assertRedirects(self.client.get("/"), reverse("polls:index"))

    def test_open_questions_are_listed(self):
        question()
        self.assertContains(self.client.get(reverse("polls:index")), "Up or down?")

    def test_nothing_is_shown_before_its_day_or_without_answers(self):
        for hidden in (question("Tomorrow?", days=1), question("Of what?", answers=())):
            self.assertNotContains(self.client.get(reverse("polls:index")), hidden.text)
            for page in ("polls:ask", "polls:results"):
                self.assertEqual(self.client.get(reverse(page, args=[hidden.pk])).status_code, 404)


class VoteTests(TestCase):
    def setUp(self):
        self.question = question()
        self.address = reverse("polls:ask", args=[self.question.pk])
        self.results = reverse("polls:results", args=[self.question.pk])

    def test_a_vote_counts_and_leads_to_the_results(self):
        up = self.question.choices.get(text="Up")
        self.assertRedirects(self.client.post(self.address, {"choice": up.pk}), self.results)
        up.refresh_from_db()
        self.assertEqual((up.votes, self.question.total), (1, 1))

    def test_nobody_votes_twice(self):
        up = self.question.choices.get(text="Up")
        for _ in range(2):
            self.client.post(self.address, {"choice": up.pk})
        self.assertEqual(self.question.total, 1)
        self.assertRedirects(self.client.get(self.address), self.results)

    def test_no_answer_and_that_of_another_question_are_refused(self):
        other = question("Left or right?").choices.first()
        for given in ({}, {"choice": other.pk}, {"choice": "x"}):
            self.assertContains(self.client.post(self.address, given), "of the answers.")
        self.assertEqual(self.question.total, 0)
