"""What a platform asks about a project, as one look at the project found it, and what becomes of answers to that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from simple_deploy.core.errors import InvalidAnswer
from simple_deploy.core.options import Option, collect
from simple_deploy.core.secret import Secret
from simple_deploy.runs.model import RunKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """The options of one platform.

    :param every: all of them, secrets too.
    :param last: the answers given last time, without secrets.
    :param kept: those about files of the person's own that stayed.
    """

    every: tuple[Option, ...]
    last: Mapping[str, str | bool]
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def before_plan(self) -> tuple[Option, ...]:
        return tuple(each for each in self.every if each.kind != "secret" or each.for_plan)

    @property
    def secrets(self) -> tuple[Option, ...]:
        """What is asked when a plan is approved: secrets are not kept between runs."""
        return tuple(each for each in self.every if each.kind == "secret")

    @property
    def remembered(self) -> dict[str, str | bool]:
        """The answers given last time, as far as they still fit."""
        fitting: dict[str, str | bool] = {}
        for option in self.before_plan:
            if option.kind != "secret" and option.name in self.last:
                with suppress(InvalidAnswer):
                    option.clean(self.last[option.name])
                    fitting[option.name] = self.last[option.name]
        return fitting

    def refuse_unanswered(self, given: Mapping[str, object], kind: RunKind) -> None:
        """Say what a run of this *kind* would miss, where nobody can be asked.

        :raises MissingAnswers: naming every option that has neither an answer nor a default.
        """
        approving = self.secrets if kind is RunKind.DEPLOY else ()
        options = tuple(dict.fromkeys((*self.before_plan, *approving)))
        names = {option.name for option in options}
        collect(options, {name: value for name, value in given.items() if name in names})

    def sorted_out(
        self, given: Mapping[str, object], more: Iterable[Option] = ()
    ) -> tuple[dict[str, str | bool], dict[str, Secret]]:
        """Answers that may be stored, and those kept as secrets: by their option, and all whose option is unknown.

        :param more: options besides these that may be answered.
        :raises InvalidAnswer: an answer does not fit.
        """
        known = {option.name: option for option in (*self.every, *more)}
        plain: dict[str, str | bool] = {}
        secret: dict[str, Secret] = {}
        for name, value in given.items():
            if value is None:
                continue
            if not name.isidentifier():
                raise InvalidAnswer(f"“{name}” is no name of a question.")
            option = known.get(name)
            if option is not None and option.kind != "secret":
                clean = option.clean(value)
                plain[name] = clean if isinstance(clean, (str, bool)) else ""
            else:
                secret[name] = value if isinstance(value, Secret) else Secret(_as_text(value))
        return plain, secret


def _as_text(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
