"""The right number at the end, however it is written."""

import re
from decimal import Decimal
from fractions import Fraction

from ftbench.quality.claims.claim import plain
from ftbench.quality.claims.numbers import readings

_NUMBER = re.compile(
    r"(?<![\w.,])(?P<sign>[-+](?=\d))?(?:\d{1,3}(?:[,.' ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?)(?:e(?P<power>[-+]?\d{1,3}))?(?!\d)",
    re.I,
)


def numeric(answer: str, reference: str, *, tolerance: float = 1e-6) -> float:
    """1.0 where the last number of `answer` is that of `reference`, within `tolerance` times the reference; 0.0 else, or without a number.

    1,250.00, 1.250,00 and 1250 are one number; 1.250 may be 1250 or 1.25, and either will do. Currency and percent signs are not read.
    """
    said, wanted = last_number(answer), last_number(reference)
    return float(any(abs(a - b) <= Fraction(tolerance) * abs(b) for a in said for b in wanted))


def last_number(text: str) -> tuple[Fraction, ...]:
    """Every value that the last number in `text` may have; empty where there is none."""
    found = list(_NUMBER.finditer(plain(text)))
    if not found:
        return ()
    last = found[-1]
    sign = -1 if last["sign"] == "-" else 1
    digits = re.split("e", last[0].lstrip("+-"), flags=re.I)[0]
    return tuple(sign * Fraction(Decimal(form)) * Fraction(10) ** int(last["power"] or 0) for form in readings(digits))
