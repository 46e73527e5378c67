"""Numbers with their units, as values: 1,250.00 = 1250, "twelve" = 12, "two weeks" = "14 days"."""

import re
from collections.abc import Iterator
from decimal import Decimal, localcontext

from ftbench.quality.claims.claim import Claim
from ftbench.quality.claims.units import UNIT, unit_of
from ftbench.quality.claims.word_numbers import WORDS, value_of

DIGITS = r"\d{1,3}(?:[,.' ]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,]\d+)?"
SCALES = {"k": 3, "thousand": 3, "m": 6, "mn": 6, "mio": 6, "million": 6, "bn": 9, "billion": 9}
BEFORE = r"(?:(?P<money>US\$|[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY|INR|CAD|AUD))\s?)?"
AFTER = rf"(?:(?P<scale>k|mn|mio|bn)\b|[ -](?P<scale_word>thousand|million|billion)s?\b)?\)?(?:[ -]?{UNIT})?"
NUMBER = re.compile(rf"{BEFORE}(?<![\w.,])(?P<minus>(?<![\w)])-)?(?P<digits>{DIGITS}){AFTER}", re.IGNORECASE)
WORD_NUMBER = re.compile(rf"\b(?P<words>{WORDS})\b\)?(?:[ -]{UNIT})?", re.IGNORECASE)
ONE_OF_A_UNIT = re.compile(rf"\b(?:an?|per|each|every) {UNIT}", re.IGNORECASE)
MARKER = re.compile(r"(?m)^[ \t>*-]*\(?\d{1,2}[.)](?=[ \t])|\b(?:step|option|tip|point)\s\d{1,2}\b|\b24/7\b", re.IGNORECASE)
LONGEST = 40  # digits; beyond it a number is compared as it is written and not converted


def numbers(text: str, *, of_source: bool = False) -> Iterator[Claim]:
    """Every number in a `plain` text. The markers of a list and "one" as a pronoun are none; `of_source`: "a week" counts as one week."""
    text = MARKER.sub(lambda m: "\x00" * len(m[0]), text)
    for found in NUMBER.finditer(text):
        scale = SCALES.get((found["scale"] or found["scale_word"] or "").lower(), 0)
        money = unit_of(found["money"]) if found["money"] else None
        unit, factor = money or (unit_of(found["unit"]) if found["unit"] else ("", Decimal(1)))
        sign = "-" if found["minus"] else ""
        yield _claim(text, found, [sign + form for form in readings(found["digits"])], unit, factor.scaleb(scale))
    for found in WORD_NUMBER.finditer(text):
        unit, factor = unit_of(found["unit"]) if found["unit"] else ("", Decimal(1))
        if found["words"].lower() not in ("one", "hundred", "thousand") or found["unit"]:
            yield _claim(text, found, [str(value_of(found["words"]))], unit, factor)
    if of_source:
        for found in ONE_OF_A_UNIT.finditer(text):
            yield _claim(text, found, ["1"], *unit_of(found["unit"]))


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


def _claim(text: str, found: re.Match, forms: list[str], unit: str, factor: Decimal) -> Claim:
    return Claim("number", found[0], found.start(), found.end(), tuple(converted(form, factor) for form in forms), unit)
