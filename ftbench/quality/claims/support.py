"""Does the source hold a claim? A search for its normal form; where it is found beside other words, that is said too."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from rapidfuzz import fuzz, process

from ftbench.quality.claims.citations import covers
from ftbench.quality.claims.claim import Claim
from ftbench.quality.claims.identifiers import same_identifier
from ftbench.quality.claims.source import Passage, Source

State = Literal["supported", "misplaced", "unsupported"]
SAME_NAME = 90.0  # rapidfuzz ratio: one letter in ten may differ, so a typing error is forgiven and Schmitt for Schmidt is not
MEASURES = ("number", "date", "time")


class Support(NamedTuple):
    """`misplaced`: the value stands in the source, but the passage nearest to the sentence says another one of the same kind.

    `instead` is what that passage says.
    """

    claim: Claim
    state: State
    instead: str = ""


def support(claim: Claim, words: frozenset[str], beside: Iterable[Claim], source: Source) -> Support:
    """Looks for `claim`, which stands in a sentence with the content `words` and the other claims `beside`."""
    if claim.kind == "name":
        return Support(claim, "supported" if named(claim.normal[0], source) else "unsupported")
    holding = [p for p in source.passages if any(same(claim, other) for other in p.claims)]
    nearest = _nearest(words, source.passages)
    other = _instead(claim, [claim, *beside], nearest) if nearest else ""
    if not holding:
        loose = claim.kind == "number" and any(_as_written(claim, c) for p in source.passages for c in p.claims)
        return Support(claim, "misplaced" if loose else "unsupported", other)
    if other and nearest and _shared(words, nearest) > max(_shared(words, p) for p in holding) and nearest not in holding:
        return Support(claim, "misplaced", other)
    return Support(claim, "supported")


def same(claim: Claim, held: Claim) -> bool:
    """Whether `held`, a claim of a source, says `claim`. Where one of two numbers has no unit, their values as written must be equal."""
    if claim.kind == "number" and held.kind == "number":
        return (
            bool(set(claim.normal) & set(held.normal))
            if claim.unit == held.unit
            else _as_written(claim, held) and not (claim.unit and held.unit)
        )
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
    alike = [w for w in (windows | _windows(source, len(words) + 1)) if w[:1] == name[:1]]
    return process.extractOne(name, alike, scorer=fuzz.ratio, score_cutoff=SAME_NAME) is not None


@lru_cache(maxsize=1024)
def _windows(source: Source, n: int) -> frozenset[str]:
    return frozenset(" ".join(source.tokens[i : i + n]) for i in range(len(source.tokens) - n + 1))


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


def _shared(words: frozenset[str], passage: Passage) -> int:
    return len(words & passage.words)


def _nearest(words: frozenset[str], passages: tuple[Passage, ...]) -> Passage | None:
    """The passage that shares the most words with the sentence, and at least two; what the user said is no authority here."""
    best = max((p for p in passages if not p.said), key=lambda p: _shared(words, p), default=None)
    return best if best and _shared(words, best) >= 2 else None


def _instead(claim: Claim, stated: list[Claim], passage: Passage) -> str:
    """What the passage says where the sentence says `claim`, provided that the sentence says none of it."""
    alike = [c for c in passage.claims if c.kind == claim.kind in MEASURES and c.unit == claim.unit]
    if not alike or any(same(one, other) for one in stated for other in alike):
        return ""
    return alike[0].text
