"""Numbers with their units, as values: 1,250.00 = 1250, "twelve" = 12, "two weeks" = "14 days"."""

import re
from collections.abc import Iterator
from decimal import Decimal, localcontext

from ftbench.quality.claims.claim import Claim, blank
from ftbench.quality.claims.units import UNIT, unit_of
from ftbench.quality.claims.word_numbers import WORDS, value_of

DIGITS = r"\d{1,3}(?:[,.' ]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,]\d+)?"
SCALES = {"k": 3, "thousand": 3, "mn": 6, "mio": 6, "million": 6, "bn": 9, "billion": 9}
BEFORE = r"(?:(?P<money>US\$|[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY|INR|CAD|AUD))\s?)?"
AFTER = rf"(?:(?P<scale>k|mn|mio|bn)\b|[ -](?P<scale_word>thousand|million|billion)s?\b)?\)?(?:[ -]?{UNIT})?"
NUMBER = re.compile(rf"{BEFORE}(?<![\w.,])(?P<minus>(?<![\w)])-)?(?P<digits>{DIGITS}){AFTER}", re.IGNORECASE)
WORD_NUMBER = re.compile(rf"\b(?P<words>{WORDS})\b\)?(?:[ -]{UNIT})?", re.IGNORECASE)
ONE_OF_A_UNIT = re.compile(rf"\b(?:an?|per|each|every) {UNIT}", re.IGNORECASE)
MARKER = re.compile(r"(?m)^[ \t>*-]*\(?\d{1,2}[.)](?=[ \t])|\b(?:step|option|tip|point)\s\d{1,2}\b|\b24/7\b", re.IGNORECASE)
_ALONE = ("one", "hundred", "thousand", "million", "billion", "dozen")  # "one" is mostly a pronoun, "hundreds" no number
LONGEST = 40  # digits; beyond it a number is compared as it is written and not converted


def numbers(text: str, *, of_source: bool = False) -> Iterator[Claim]:
    """Every number in a `plain` text. The markers of a list and "one" as a pronoun are none; `of_source`: "a week" counts as one week."""
    text = MARKER.sub(lambda m: "\x00" * len(m[0]), text)
    written = list(map(_in_digits, NUMBER.finditer(text)))
    yield from written
    text = blank(text, written)
    for found in WORD_NUMBER.finditer(text):
        unit, factor = unit_of(found["unit"]) if found["unit"] else ("", Decimal(1))
        if found["words"].lower() not in _ALONE or found["unit"]:
            yield _claim(found, [str(value_of(found["words"]))], unit, factor)
    if of_source:
        for found in ONE_OF_A_UNIT.finditer(text):
            yield _claim(found, ["1"], *unit_of(found["unit"]))


def _in_digits(found: re.Match) -> Claim:
    scale = SCALES.get((found["scale"] or found["scale_word"] or "").lower(), 0)
    written = found["money"] or found["unit"]
    unit, factor = unit_of(written) if written else ("", Decimal(1))
    sign = "-" if found["minus"] else ""
    scaled = [converted(sign + form, Decimal(10) ** scale) for form in readings(found["digits"])]
    return _claim(found, scaled, unit, factor)


def readings(digits: str) -> tuple[str, ...]:
    """Values that written digits may have, the likelier first, without needless zeros: "1,250.00" is 1250, "1.250" 1250 or 1.25."""
    separators = [c for c in digits if not c.isdigit()]
    if not separators:
        return (_canonical(digits, ""),)
    last = separators[-1]
    head, _, tail = digits.rpartition(last)
    grouped = _canonical(re.sub(r"\D", "", digits), "")
    if len(set(separators)) > 1 and last in ".,":
        return (_canonical(re.sub(r"\D", "", head), tail),)
    if len(separators) > 1 or last in " '":
        return (grouped,)
    decimal = _canonical(head, tail)
    return (grouped, decimal) if len(tail) == 3 and head.lstrip("0") and len(head) <= 3 else (decimal,)


def converted(form: str, factor: Decimal) -> str:
    """`form` times `factor`, exactly and in the same spelling."""
    if factor == 1 or len(form) > LONGEST:
        return form
    with localcontext() as context:
        context.prec = 2 * LONGEST
        whole, _, part = f"{Decimal(form) * factor:f}".lstrip("-").partition(".")
    return ("-" if form.startswith("-") else "") + _canonical(whole, part)


def _canonical(whole: str, part: str) -> str:
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    return f"{whole}.{part}" if part else whole


def _claim(found: re.Match, forms: list[str], unit: str, factor: Decimal) -> Claim:
    return Claim("number", found[0], *found.span(), tuple(converted(form, factor) for form in forms), unit, tuple(forms))
