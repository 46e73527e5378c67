"""Does the source hold a claim? A search for its normal form; where it is found beside other words, that is said too."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from rapidfuzz import fuzz, process

from ftbench.quality.claims.citations import covers
from ftbench.quality.claims.claim import Claim
from ftbench.quality.claims.extract import MEASURES
from ftbench.quality.claims.identifiers import same_identifier
from ftbench.quality.claims.source import Passage, Source

State = Literal["supported", "misplaced", "unsupported"]
SAME_NAME = 90.0  # rapidfuzz ratio: one letter in ten may differ, so a typing error is forgiven and Schmitt for Schmidt is not
DURATIONS = ("s", "month", "business day")  # not convertible, yet answers to the same question
CONFUSED = ({"s", "business day"}, {"usd", "cad"}, {"usd", "aud"})  # written for one another: "5 days", "$5"


class Support(NamedTuple):
    """`misplaced`: the value stands in the source, but the passage nearest to the sentence says another one of the same kind.

    `instead` is what that passage says.
    """

    claim: Claim
    state: State
    instead: str = ""


def support(claim: Claim, words: frozenset[str], stated: Iterable[Claim], source: Source) -> Support:
    """Looks for `claim`, which stands in a sentence with the content `words` and, itself included, the claims `stated`."""
    if claim.kind == "name":
        return Support(claim, "supported" if named(claim.normal[0], source) else "unsupported")
    alone = claim._replace(text="", start=0, end=0)
    holding, shared, nearest = _holding(alone, source), _shared(words, source), _nearest(words, source)
    other = "" if nearest is None else _instead(claim, stated, source.passages[nearest])
    if not holding:
        return Support(claim, "misplaced" if _in_another_unit(alone, source) else "unsupported", other)
    in_source = max((shared[i] for i in holding if not source.passages[i].said), default=-1)
    if other and nearest not in holding and shared[nearest] > in_source:
        return Support(claim, "misplaced", other)
    return Support(claim, "supported")


def same(claim: Claim, held: Claim) -> bool:
    """Whether `held`, a claim of a source, says `claim`. Where one of two numbers has no unit, their values as written must be equal."""
    if claim.kind == "number" and held.kind == "number":
        if claim.unit and held.unit:
            return claim.unit == held.unit and bool(set(claim.normal) & set(held.normal))
        return _as_written(claim, held)
    if claim.kind == "number" and held.kind == "date":
        return not claim.unit and any(form in _parts(date) for form in claim.normal for date in held.normal)
    if claim.kind == "date" and held.kind == "number":
        return not held.unit and any(form == f"{number}-?-?" for form in claim.normal for number in held.normal)
    if claim.kind != held.kind:
        return False
    if claim.kind == "date":
        return _same_date(claim, held)
    if claim.kind == "identifier":
        return any(same_identifier(a, b) for a in claim.normal for b in held.normal)
    if claim.kind == "link":
        return any(b == a or b.startswith((a + "/", a + "?", a + "#")) or b.endswith("@" + a) for a in claim.normal for b in held.normal)
    if claim.kind == "citation":
        return any(covers(b, a) or fuzz.ratio(a, b) >= SAME_NAME and "|" in a for a in claim.normal for b in held.normal)
    return bool(set(claim.normal) & set(held.normal))


def named(name: str, source: Source) -> bool:
    """Whether the source has the name, casefolded, as whole words next to each other; its initials count for three words and more."""
    words = name.split()
    windows = _windows(source, len(words))
    if name in windows or len(words) > 2 and "".join(w[0] for w in words) in _windows(source, 1):
        return True
    alike = (_windows_with(name[:1], source, n) for n in (len(words), len(words) + 1))
    return any(process.extractOne(name, known, scorer=fuzz.ratio, score_cutoff=SAME_NAME) for known in alike)


@lru_cache(maxsize=1024)
def _windows(source: Source, n: int) -> frozenset[str]:
    return frozenset(" ".join(source.tokens[i : i + n]) for i in range(len(source.tokens) - n + 1))


def _comparable(one: str, other: str) -> bool:
    return one == other or one in DURATIONS and other in DURATIONS


def _as_written(claim: Claim, held: Claim) -> bool:
    return bool(set(claim.written) & set(held.written))


def _same_date(claim: Claim, held: Claim) -> bool:
    """A date that says less than the source is supported ("March 2025"); one that says more is not. All days of a range must be held."""
    if claim.normal[0].startswith("weekday"):
        return set(claim.normal) <= set(held.normal)
    pairs = [(a.split("-"), b.split("-")) for a in claim.normal for b in held.normal]
    return any(len(a) == len(b) == 3 and all(x in ("?", y) for x, y in zip(a, b, strict=True)) for a, b in pairs)


def _parts(date: str) -> set[str]:
    return set() if date.startswith("weekday") else {part.lstrip("0") for part in date.split("-")}


@lru_cache(maxsize=1024)
def _windows_with(letter: str, source: Source, n: int) -> tuple[str, ...]:
    return tuple(window for window in _windows(source, n) if window.startswith(letter))


@lru_cache(maxsize=4096)
def _holding(claim: Claim, source: Source) -> tuple[int, ...]:
    """Positions of the passages that say `claim`."""
    return tuple(i for i, passage in enumerate(source.passages) if any(same(claim, held) for held in passage.claims))


@lru_cache(maxsize=4096)
def _in_another_unit(claim: Claim, source: Source) -> bool:
    held = (held for passage in source.passages for held in passage.claims)
    return claim.kind == "number" and any({claim.unit, h.unit} in CONFUSED and _as_written(claim, h) for h in held)


@lru_cache(maxsize=64)
def _shared(words: frozenset[str], source: Source) -> tuple[int, ...]:
    """How many of `words` each passage has."""
    return tuple(len(words & passage.words) for passage in source.passages)


@lru_cache(maxsize=64)
def _nearest(words: frozenset[str], source: Source) -> int | None:
    """The passage that shares the most words with the sentence, and at least two; what the user said is no authority here."""
    shared = _shared(words, source)
    best = max((i for i, p in enumerate(source.passages) if not p.said), key=lambda i: shared[i], default=None)
    return best if best is not None and shared[best] >= 2 else None


def _instead(claim: Claim, stated: Iterable[Claim], passage: Passage) -> str:
    """What the passage says where the sentence says `claim`, provided that the sentence says none of it."""
    alike = [c for c in passage.claims if c.kind == claim.kind in MEASURES and _comparable(c.unit, claim.unit)]
    if not alike or any(same(one, other) for one in stated for other in alike):
        return ""
    return alike[0].text
