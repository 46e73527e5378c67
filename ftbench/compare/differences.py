"""Each variant against the reference on the very same cases: tested in pairs, over all variants and tests at once."""

from collections.abc import Mapping
from typing import NamedTuple

from ftbench.compare.file import PairedDifference
from ftbench.stats import holm, mcnemar, paired_interval

ALPHA = 0.05  # of the whole family: the chance that a comparison without any true difference calls one

Right = Mapping[str, Mapping[str, bool | None]]  # check -> case -> right, wrong, or not to be said without a person


class _Pairs(NamedTuple):
    variant: str
    check: str
    here: dict[str, bool]
    reference: dict[str, bool]

    def lost(self) -> list[str]:
        return [case for case, ok in self.here.items() if self.reference[case] and not ok]

    def gained(self) -> list[str]:
        return [case for case, ok in self.here.items() if ok and not self.reference[case]]


def differences(right: Mapping[str, Right], reference: str) -> dict[str, list[PairedDifference]]:
    """By variant (without the reference), a difference for each check of which pairs were decided.

    A pair is a case that both have answered rightly or wrongly; one that only a person could decide, on either side, is none. The p-values
    are exact (McNemar) and adjusted (Holm) over all variants and checks given here, so that the more is compared, the more it takes. A
    difference is called worse or better where the adjusted p-value is below ALPHA. Its interval is Tango's for this difference alone.
    """
    family = [pairs for variant in right if variant != reference for pairs in _paired(variant, right[variant], right[reference])]
    raw = [mcnemar(len(pairs.lost()), len(pairs.gained())) for pairs in family]
    found: dict[str, list[PairedDifference]] = {variant: [] for variant in right if variant != reference}
    for pairs, p, adjusted in zip(family, raw, holm(raw), strict=True):
        found[pairs.variant].append(_difference(pairs, p, adjusted))
    return found


def _paired(variant: str, here: Right, reference: Right) -> list[_Pairs]:
    found = []
    for check in here:
        other = reference.get(check, {})
        both = [case for case, ok in here[check].items() if ok is not None and other.get(case) is not None]
        if both:
            found.append(_Pairs(variant, check, {c: bool(here[check][c]) for c in both}, {c: bool(other[c]) for c in both}))
    return found


def _difference(pairs: _Pairs, p: float, adjusted: float) -> PairedDifference:
    n, lost, gained = len(pairs.here), pairs.lost(), pairs.gained()
    difference = (len(gained) - len(lost)) / n
    return PairedDifference(
        check=pairs.check,
        n=n,
        right=sum(pairs.here.values()),
        reference_right=sum(pairs.reference.values()),
        lost=len(lost),
        gained=len(gained),
        difference=difference,
        interval=paired_interval(len(gained), len(lost), n),
        p=p,
        p_adjusted=adjusted,
        word="cannot be told apart" if adjusted >= ALPHA else "worse" if difference < 0 else "better",
        lost_cases=lost,
    )
