"""Numbers as people read them. No function here ever shows a small amount as zero, or a near miss as the limit itself."""

import math
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

MISSING = "–"
SYMBOL = {">=": "≥", "<=": "≤", "<": "<", ">": ">", "==": "="}
PHRASE = {">=": "at least", "<=": "at most", "<": "under", ">": "over", "==": "exactly"}


def significant(value: float | None, digits: int = 3) -> str:
    """`value` to that many significant digits: 1,234 · 12.3 · 0.000412. No exponent between 1e-9 and 1e15; digits before the point stay."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e15 or size < 1e-9:
        return _minus(f"{value:.{digits - 1}e}")
    decimals = max(0, digits - 1 - math.floor(math.log10(size)))
    return _minus(_strip(f"{Decimal(repr(float(value))):,.{decimals}f}"))


def percent(fraction: float | None, decimals: int = 1) -> str:
    """A fraction as per cent: 0.973 is "97.3 %". Only 1 is "100 %" and only 0 is "0 %": 0.9996 is "99.96 %"."""
    if fraction is None or not math.isfinite(fraction):
        return MISSING
    exact = Decimal(repr(float(fraction))) * 100
    if abs(exact) >= 1e15:
        return f"{significant(float(exact))} %"
    for places in range(decimals, 12):
        shown = f"{exact:,.{places}f}"
        if Decimal(shown.replace(",", "")) not in (0, 100) or exact in (0, 100):
            return f"{_minus(_strip(shown))} %"
    return f"{significant(float(exact))} %" if abs(exact) < 1 else f"{'over' if exact > 100 else 'just under'} 100 %"


def duration(seconds: float | None, digits: int = 3) -> str:
    """Seconds in the unit that suits them: 412 ms, 1.23 s, 3 min 20 s, 2 h 5 min."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    if seconds == 0:
        return "0 s"
    size, sign = abs(seconds), "−" if seconds < 0 else ""
    if size >= 172_800:
        return f"{sign}{_two(size, 86_400, 'd', 3_600, 'h')}"
    if size >= 7_200:
        return f"{sign}{_two(size, 3_600, 'h', 60, 'min')}"
    if size >= 119.5:
        return f"{sign}{_two(size, 60, 'min', 1, 's')}"
    for factor, unit in ((1.0, "s"), (1e3, "ms")):
        if float(f"{size * factor:.{digits}g}") >= 1:  # judged after rounding: 0.9999 s is 1 s, not 1,000 ms
            return f"{sign}{significant(size * factor, digits)} {unit}"
    return f"{sign}{significant(size * 1e6, digits)} µs"


def money(amount: float | None, currency: str, digits: int = 3) -> str:
    """An amount with its currency: USD 1,234 · USD 12.50 · USD 0.000412."""
    if amount is None or not math.isfinite(amount):
        return MISSING
    size = abs(amount)
    if size >= 1e15 or size < 1:
        shown = significant(amount, digits)
    else:
        shown = _minus(f"{amount:,.{(0 if size >= 1000 else 2) + digits - 3}f}")
    return f"{currency} {shown}".strip()


def named(kind: str, name: str) -> str:
    """ "adapter billing-v2"; a folder that is called adapter is said once."""
    return name if str(name).lower().startswith(kind) else f"{kind} {name}"


def inference_unit(amounts: Sequence[float | None]) -> tuple[int, str]:
    """How many inferences to price together so that the dearest of `amounts` reads as cents at least, and the words for it."""
    dearest = max((abs(a) for a in amounts if a is not None and math.isfinite(a)), default=0.0)
    if dearest == 0 or dearest >= 0.01:
        return 1, "per inference"
    return (1_000, "per 1,000 inferences") if dearest >= 1e-5 else (1_000_000, "per million inferences")


def rate(per_second: float | None) -> str:
    """Events per second: "4.98 /s"."""
    return MISSING if per_second is None or not math.isfinite(per_second) else f"{significant(per_second)} /s"


def scale(multiple: float) -> str:
    """A multiple of today's traffic: "3x"."""
    return f"{significant(multiple, 6)}x"


def value(amount: float | None, unit: str, digits: int = 3) -> str:
    """An observed value or a threshold in the unit that its criterion names: rate, count, s, ratio or a currency."""
    if amount is None or not math.isfinite(amount):
        return MISSING
    match unit:
        case "rate":
            return percent(amount, digits - 2)
        case "s":
            return duration(amount, digits)
        case "count" | "ratio" | "":
            return significant(amount, digits)
        case _ if re.fullmatch("[A-Z]{3}", unit):
            return money(amount, unit, digits)
    return f"{significant(amount, digits)} {unit}"


def observed_and_threshold(observed: float | None, threshold: float | None, unit: str) -> tuple[str, str]:
    """Both values, with as many digits as it takes to tell them apart: 91.96 % against 92 %, not 92 % against 92 %."""
    shown = value(observed, unit), value(threshold, unit)
    if observed is None or threshold is None or observed == threshold:
        return shown
    for digits in range(3, 14):
        pair = value(observed, unit, digits), value(threshold, unit, digits)
        if pair[0] != pair[1]:
            return pair
    return shown


def interval(bounds: Sequence[float | None] | None, unit: str) -> str:
    """Two bounds as a range; one that the data cannot give leaves an open end. Empty where there is neither."""
    low, high = bounds or (None, None)
    low, high = (b if b is not None and math.isfinite(b) else None for b in (low, high))
    if low is None and high is None:
        return ""
    if high is None:
        return f"≥ {value(low, unit)}"
    if low is None:
        return f"≤ {value(high, unit)}"
    first, second = value(low, unit), value(high, unit)
    number, _, its_unit = first.rpartition(" ")
    if number and " " not in number and second.endswith(f" {its_unit}"):
        first = number  # "398–440 ms" says the unit once
    return f"{first} to {second}" if low < 0 or " " in first else f"{first}–{second}"


def instant(iso: str) -> str:
    """An ISO 8601 instant as "23 November 2025, 21:16 UTC"; any other text as it stands."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    zone = "" if moment.tzinfo is None else (moment.tzname() or "")
    return f"{moment.day} {moment:%B} {moment.year}, {moment:%H:%M} {zone}".strip()


def elapsed(start_iso: str, end_iso: str) -> str:
    """Time between two ISO 8601 instants, or a dash where one of them is none."""
    try:
        return duration((datetime.fromisoformat(end_iso) - datetime.fromisoformat(start_iso)).total_seconds())
    except (ValueError, TypeError):
        return MISSING


def clip(text: str, length: int) -> str:
    """`text`, cut to `length` characters with an ellipsis as the last of them."""
    return text if len(text) <= length else text[: length - 1] + "…"


def plural(n: int, one: str, many: str | None = None) -> str:
    """ "1 test", "3 tests"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    words = list(words)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _two(size: float, big: int, big_name: str, small: int, small_name: str) -> str:
    whole, rest = divmod(round(size / small), big // small)
    return f"{whole:,} {big_name}" + (f" {rest} {small_name}" if rest else "")


def _strip(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def _minus(number: str) -> str:
    return "−" + number[1:] if number.startswith("-") else number
