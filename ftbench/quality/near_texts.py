"""Texts that are nearly the same, among many."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from rapidfuzz import fuzz, process
from scipy.sparse import csr_array

Words = Sequence[str]

COMMON = 0.1  # a word that stands in more of the known texts tells none of them from the others
FEW_WORDS = 4  # with fewer telling words a text is compared with all that have few as well
SHARED = 0.5  # of the telling words: what is 90 % alike shares far more
BLOCK = 64  # texts compared at once; with 100,000 known ones the counts take under 100 MB


def near_texts(asked: Sequence[Words], known: Sequence[Words], *, alike: float) -> Iterator[tuple[int, int, float]]:
    """For each text of `asked` the nearest of `known` (indices), where that is at least `alike` percent alike.

    Alike are the characters of the words in alphabetical order (normalised indel similarity, rapidfuzz's `ratio`), so that their order
    does not matter. Only pairs that share half of their telling words are measured: texts whose every word was changed are not found.
    """
    telling = _telling(asked, known)
    few_asked = [i for i, words in enumerate(asked) if words and len(set(words) & telling) < FEW_WORDS]
    few_known = [j for j, words in enumerate(known) if words and len(set(words) & telling) < 2 * FEW_WORDS]
    many_asked = [i for i, words in enumerate(asked) if len(set(words) & telling) >= FEW_WORDS]
    pairs = _sharing(asked, known, many_asked, telling)
    yield from _best_of_all(asked, known, few_asked, few_known, alike)
    yield from _best_of_pairs(asked, known, pairs, alike)


def _telling(asked: Sequence[Words], known: Sequence[Words]) -> set[str]:
    """The words of `asked` that are not common in `known`."""
    counts = Counter(word for words in known for word in set(words))
    most = max(1.0, COMMON * len(known))
    return {word for words in asked for word in words if counts[word] <= most}


def _sharing(asked: Sequence[Words], known: Sequence[Words], rows: list[int], telling: set[str]) -> Iterator[tuple[int, np.ndarray]]:
    """Each asked text with the known ones (indices) that share enough of its telling words."""
    column = {word: at for at, word in enumerate(sorted(telling))}
    theirs = _matrix(known, column).T.tocsr()
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        ours = _matrix([asked[i] for i in block], column)
        shared, sizes = (ours @ theirs).tocsr(), np.diff(ours.indptr)
        for at, i in enumerate(block):
            row = slice(shared.indptr[at], shared.indptr[at + 1])
            yield i, shared.indices[row][shared.data[row] >= SHARED * sizes[at]]


def _matrix(texts: Sequence[Words], column: dict[str, int]) -> csr_array:
    """(texts, words): 1 where a text has the word."""
    rows = [sorted({column[word] for word in words if word in column}) for words in texts]
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.array([at for row in rows for at in row], np.int32)
    return csr_array((np.ones(len(columns), np.int32), columns, ends), shape=(len(texts), max(1, len(column))))


def _sorted(words: Words) -> str:
    return " ".join(sorted(words))


def _best_of_all(asked, known, rows: list[int], columns: list[int], alike: float) -> Iterator[tuple[int, int, float]]:
    if not rows or not columns:
        return
    texts = [_sorted(known[j]) for j in columns]
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        scores = process.cdist([_sorted(asked[i]) for i in block], texts, scorer=fuzz.ratio, score_cutoff=alike, dtype=np.float32)
        for i, row in zip(block, scores, strict=True):
            if row.max() >= alike:
                yield i, columns[int(row.argmax())], float(row.max())


def _best_of_pairs(asked, known, pairs: Iterator[tuple[int, np.ndarray]], alike: float) -> Iterator[tuple[int, int, float]]:
    for i, candidates in pairs:
        if candidates.size:
            found = process.extractOne(_sorted(asked[i]), [_sorted(known[j]) for j in candidates], scorer=fuzz.ratio, score_cutoff=alike)
            if found is not None:
                yield i, int(candidates[found[2]]), float(found[1])
