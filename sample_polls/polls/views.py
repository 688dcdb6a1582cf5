from django.db.models import F
from django.shortcuts import get_object_or_404, redirect, render

from .forms import VoteForm
from .models import Choice, Question

ANSWERED = "answered"  # in a visitor's session: the questions they have voted on


def index(request):
    """All open questions, the newest first."""
    return render(request, "polls/index.html", {"questions": Question.objects.open()})


def ask(request, pk):
    """One question to vote on; whoever has voted sees the results."""
    question = get_object_or_404(Question.objects.open(), pk=pk)
    answered = request.session.get(ANSWERED, [])
    if question.pk in answered:
        return redirect("polls:results", pk=question.pk)
    form = VoteForm(request.POST if request.method == "POST" else None, question=question)
    if form.is_valid():
        # Added by the database, so that two votes at the same moment both count.
        Choice.objects.filter(pk=form.cleaned_data["choice"].pk).update(votes=F("votes") + 1)
        request.session[ANSWERED] = [*answered, question.pk]
        return redirect("polls:results", pk=question.pk)
    return render(request, "polls/ask.html", {"question": question, "form": form})


def results(request, pk):
    """What has been answered so far."""
    question = get_object_or_404(Question.objects.open().prefetch_related("choices"), pk=pk)
    return render(request, "polls/results.html", {"question": question})
