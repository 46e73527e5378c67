"""No test case may stand in the training data, neither word for word nor nearly: a model that saw its test cannot be measured by it."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from ftbench.errors import InputError
from ftbench.quality.cases import Case, TestSet
from ftbench.quality.near_texts import near_texts
from ftbench.quality.training_texts import TrainingText, training_texts
from ftbench.spec import Spec

ALIKE = 90  # percent of the characters, the words of both in alphabetical order
CONTAINED_WORDS = 8  # a case of so many words that stands whole inside a training text was seen, however long that text is
TEMPLATE_WORDS = 6  # so many words in a row that many training texts share are a template, and say nothing about the case
TEMPLATE_SHARE = 0.02
TEMPLATE_TEXTS = 10
NAMED = 5  # overlaps that the error tells

_WORD = re.compile(r"\w+")


class Overlap(NamedTuple):
    """A test case and the training text that it stands in; `alike` in percent, 100 for the same words."""

    check: str
    case: str
    file: str
    line: int
    alike: float


def refuse_overlap(spec: Spec, test_sets: Iterable[TestSet]) -> None:
    """
    Raises:
        InputError: cases of a test set stand in a file of `spec.training`, or such a file cannot be read.
    """
    if not spec.training:
        return
    training = [text for name in spec.training for text in training_texts(spec.path(name))]
    sets = list(test_sets)
    found = overlaps([(test.id, case) for test in sets for case in test.cases], training)
    if not found:
        return
    told = [
        f"tests.{o.check}, case {o.case}: {'the same words as' if o.alike == 100 else f'{o.alike:.0f} % alike to'} {o.file}, line {o.line}"
        for o in found[:NAMED]
    ]
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    raise InputError(
        f"{len(found)} of {sum(len(test.cases) for test in sets)} test cases stand in the training data (same words, or at least {ALIKE} % "
        f"alike): {'; '.join(told)}{more}. Write new cases in their place, or take those lines out of the training data and train again."
    )


def overlaps(cases: list[tuple[str, Case]], training: list[TrainingText]) -> list[Overlap]:
    """The cases, as (check, case), whose last user turn stands in `training`, each with the most similar text, in the order of `cases`.

    Compared are words without case, accents' encoding and punctuation. A text without a word is compared with nothing: there is only one
    empty input. Templates around the inputs (see TEMPLATE_*) are left out of everything but the search for the same words.
    """
    known = [_words(text.text) for text in training]
    tested = [_words(_asked(case)) for _, case in cases]
    same: dict[tuple[str, ...], int] = {}
    for index, words in enumerate(known):
        same.setdefault(words, index)
    template = _template(known)
    bare = [_without(words, template) for words in known]
    rest = [_without(words, template) for words in tested]
    seen: dict[int, tuple[int, float]] = {i: (same[words], 100.0) for i, words in enumerate(tested) if words and words in same}
    for i, j in _contained(rest, bare):
        seen.setdefault(i, (j, 100.0))
    for i, j, alike in near_texts([() if i in seen else words for i, words in enumerate(rest)], bare, alike=ALIKE):
        seen[i] = (j, alike)
    return [
        Overlap(check, case.id, training[seen[i][0]].file, training[seen[i][0]].line, seen[i][1])
        for i, (check, case) in enumerate(cases)
        if i in seen
    ]


def _asked(case: Case) -> str:
    """The last user turn: a greeting before it would be alike to everything."""
    turns = [turn["content"] for turn in case.chat(None) if turn["role"] == "user"]
    return turns[-1] if turns else ""


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _runs(words: tuple[str, ...], length: int) -> Iterator[int]:
    """A hash for each run of `length` words."""
    return (hash(words[i : i + length]) for i in range(len(words) - length + 1))


def _template(known: list[tuple[str, ...]]) -> set[int]:
    """Runs of words that stand in many different texts."""
    counts = Counter(run for words in set(known) for run in set(_runs(words, TEMPLATE_WORDS)))
    least = max(TEMPLATE_TEXTS, TEMPLATE_SHARE * len(known))
    return {run for run, times in counts.items() if times >= least}


def _without(words: tuple[str, ...], template: set[int]) -> tuple[str, ...]:
    if not template:
        return words
    keep = np.ones(len(words), bool)
    for i, run in enumerate(_runs(words, TEMPLATE_WORDS)):
        if run in template:
            keep[i : i + TEMPLATE_WORDS] = False
    return tuple(word for word, kept in zip(words, keep, strict=True) if kept)


def _contained(tested: list[tuple[str, ...]], known: list[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    begins: dict[int, list[int]] = {}
    for i, words in enumerate(tested):
        if len(words) >= CONTAINED_WORDS:
            begins.setdefault(hash(words[:CONTAINED_WORDS]), []).append(i)
    for j, words in enumerate(known):
        for at, run in enumerate(_runs(words, CONTAINED_WORDS)):
            for i in begins.get(run, ()):
                if words[at : at + len(tested[i])] == tested[i]:
                    yield i, j
