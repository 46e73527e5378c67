"""What an assertion is made from, and what it says of an answer."""

from collections.abc import Callable
from typing import NamedTuple

from ftbench.errors import InputError
from ftbench.quality.cases import Case
from ftbench.quality.outputs import Output
from ftbench.spec import Spec
from ftbench.spec.acceptance import AcceptanceCriterion


class Promise(NamedTuple):
    """One criterion of the spec with its cases. `key` is its place in the spec: tests.acceptance.criteria.0."""

    spec: Spec
    criterion: AcceptanceCriterion
    key: str
    cases: list[Case]

    def refuse_without(self, field: str, why: str) -> None:
        """
        Raises:
            InputError: a case has nothing in `field`.
        """
        for case in self.cases:
            if not getattr(case, field):
                raise InputError(f'{self.criterion.cases}, case {case.id!r}: "{field}" is missing. {why}')


class Outcome(NamedTuple):
    """`ok` None: a person must answer `question` with yes or no, and `yes` is what a yes makes of `ok`."""

    ok: bool | None
    reason: str = ""
    question: str = ""
    yes: bool = True


Judge = Callable[[Case, Output], Outcome]  # may raise InvalidMeasurement; only called with an output that is an answer
