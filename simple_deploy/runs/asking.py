"""Who answers a run's questions: answers given ahead, the page, or nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from simple_deploy.core.errors import Cancelled, InvalidAnswer, MissingAnswers
from simple_deploy.core.events import Output, Payload, QuestionAnswered, QuestionAsked
from simple_deploy.core.interfaces import Asker, Clock
from simple_deploy.core.options import Answers, Option, Question, collect, is_asked
from simple_deploy.core.secret import DOTS, Secret
from simple_deploy.runs.store import FileRunStore

POLL = 0.1  # seconds between looks for an answer


@dataclass(frozen=True, slots=True)
class Ahead:
    """Answers given ahead of the question, by flag or file; others go to *otherwise*, or get their defaults.

    :param use_defaults: take defaults in place of asking, and say yes where there is none (``--yes``). With
        ``--no-input`` alone, defaults are taken and nothing else is answered.
    :param otherwise: who is asked then; None means nobody.
    :param tell: told each question that it answers itself.
    """

    given: Mapping[str, object]
    use_defaults: bool
    otherwise: Asker | None
    tell: Callable[[Question, Answers], None] | None = None

    def ask(self, question: Question) -> Answers:
        try:
            found = self._known(question)
        except MissingAnswers:
            if self.otherwise is None:
                raise
            return self.otherwise.ask(question)
        if self.tell is not None:
            self.tell(question, found)
        return found

    def _known(self, question: Question) -> Answers:
        """:raises MissingAnswers: somebody has to be asked."""
        assent = {field.name: True for field in question.fields if field.kind == "flag" and field.default is None}
        given = {field.name: self.given[field.name] for field in question.fields if field.name in self.given}
        if self.use_defaults:
            given = {**assent, **given}  # whoever says yes to everything has said it to this
        if not given and not self.use_defaults and self.otherwise is not None:
            raise MissingAnswers([field.name for field in question.fields])
        return collect(question.fields, given, use_defaults=self.use_defaults or self.otherwise is None)

    def refuse_unanswered(self, questions: Iterable[Question]) -> None:
        """Where nobody can be asked, find out before anything is done.

        :raises MissingAnswers: naming everything in *questions* that has neither an answer nor a default.
        """
        missing: dict[str, Sequence[str]] = {}
        for question in questions if self.otherwise is None else ():
            try:
                self._known(question)
            except MissingAnswers as error:
                missing |= {name: error.choices.get(name, ()) for name in error.names}
        if missing:
            raise MissingAnswers(missing, missing)


@dataclass(frozen=True, slots=True)
class Page:
    """Waits for an answer from the page; one that does not fit is refused there and the question stays open."""

    store: FileRunStore
    run_id: str
    clock: Clock
    cancelled: Callable[[], bool]
    emit: Callable[[Payload], None]

    def ask(self, question: Question) -> Answers:
        while True:
            if self.cancelled():
                raise Cancelled()
            given = self.store.take_answer(self.run_id, question.id)
            if given is None:
                self.clock.sleep(POLL)
                continue
            try:
                return collect(question.fields, given, use_defaults=False)
            except (InvalidAnswer, MissingAnswers) as error:  # the page checks first, so this is not the usual way
                self.emit(Output(text=error.message, stream="note"))
                raise


@dataclass(frozen=True, slots=True)
class Recorded:
    """Records each question and its answer as events, around whoever answers.

    :param waiting: told True when an answer is waited for, and False afterwards.
    """

    inner: Asker
    emit: Callable[[Payload], None]
    waiting: Callable[[bool], None]

    def ask(self, question: Question) -> Answers:
        # First, so that whoever learns of the question finds the run waiting.
        self.waiting(True)
        try:
            self.emit(QuestionAsked(question=question))
            answers = self.inner.ask(question)
        finally:
            self.waiting(False)
        self.emit(QuestionAnswered(question_id=question.id, answer=in_words(question, answers)))
        return answers


@dataclass(frozen=True, slots=True)
class Once:
    """Keeps the answers to questions that are asked once in a run, around whoever answers."""

    inner: Asker
    known: dict[str, Answers] = field(default_factory=dict)

    def ask(self, question: Question) -> Answers:
        if not question.once or question.id not in self.known:
            self.known[question.id] = self.inner.ask(question)
        return self.known[question.id]


def in_words(question: Question, answers: Answers) -> str:
    """The answers as a person would say them, secrets as dots."""
    return ", ".join(
        f"{field.label}: {_word(field, answers)}" for field in question.fields if is_asked(field, answers.values)
    )


def _word(option: Option, answers: Answers) -> str:
    value = answers.values.get(option.name)
    if isinstance(value, Secret):
        return DOTS
    if isinstance(value, bool):
        return "yes" if value else "no"
    label = next((choice.label for choice in option.choices if choice.value == value), None)
    return label or str(value or "–")
