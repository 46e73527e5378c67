"""Dates, weekdays and times of day in their written forms: "3 March 2025" = 2025-03-03 = "March 3rd, 2025"; 5 pm = 17:00."""

import re
from collections.abc import Iterator

from ftbench.quality.claims.claim import Claim, blank

_MONTHS = (
    "january jan januar janvier enero",
    "february feb februar février febrero",
    "march mar märz mars marzo",
    "april apr avril abril",
    "may mai mayo",
    "june jun juni juin junio",
    "july jul juli juillet julio",
    "august aug août agosto",
    "september sept sep septembre septiembre",
    "october oct oktober okt octobre octubre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre diciembre",
)
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
DAYS = {day: n for n, day in enumerate(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], 1)}
SHORT_DAYS = {"mon": 1, "tue": 2, "tues": 2, "wed": 3, "thu": 4, "thur": 4, "thurs": 4, "fri": 5, "sat": 6, "sun": 7}
_AMBIGUOUS = {"may", "march", "mar", "mars", "jan", "jun", "sept", "august"}  # words or names too, when they stand without a day or year

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join([*(f"{day}s?" for day in DAYS), *sorted(SHORT_DAYS, key=len, reverse=True)])
_YEAR = r"(?P<y>(?:1[0-9]|20|21)\d\d)(?!\d)"
_ORDINAL = r"(?:st|nd|rd|th|\.)?"
_BEFORE_MONTH = re.compile(r"\b(?:in|of|by|until|since|from|for|early|late|mid|before|after|to)[ -]$", re.I)
YEAR_FIRST = re.compile(r"(?<![\w.])(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d\d?)(?P=sep)(?P<d>\d\d?)(?!\d)")
NUMERIC = re.compile(r"(?<![\w.])(?P<a>\d\d?)(?P<sep>[-/.])(?P<b>\d\d?)(?P=sep)(?P<y>\d{4}|\d\d)(?!\d|\.\d)")
DAY_FIRST = re.compile(rf"(?<![\w.])(?P<d>\d\d?){_ORDINAL}(?:\s(?:of|de|du))?\s?(?P<m>{_MONTH})\b\.?(?:(?:,|\sde|\sof)?\s{_YEAR})?", re.I)
MONTH_FIRST = re.compile(rf"\b(?P<m>{_MONTH})\.?\s(?P<d>\d\d?)(?:st|nd|rd|th)?(?![\d%]|[.:,]\d)(?:,?\s{_YEAR})?", re.I)
MONTH_YEAR = re.compile(rf"\b(?P<m>{_MONTH})\.?(?:,|\sof|\sde)?\s{_YEAR}", re.I)
MONTH_ALONE = re.compile(rf"\b(?P<m>{_MONTH})\b", re.I)
WEEKDAY = re.compile(rf"\b(?P<a>{_WEEKDAY})\b(?:\.?\s?(?:-|to|through|thru|until|till)\s?(?P<b>{_WEEKDAY})\b)?", re.I)
TIME = re.compile(
    r"(?<![\w.:])(?:(?P<h>\d\d?)(?:(?P<dots>[:.])(?P<m>\d\d))?(?:\s?(?P<half>[ap])\.?m\b\.?|\s?(?P<clock>uhr|o'clock)\b)?|(?P<word>noon|midnight)\b)"
    r"(?![\d:])",
    re.I,
)


def dates(text: str) -> Iterator[Claim]:
    """Every date and weekday in a `plain` text; the normal form is `year-month-day` with `?` for what is not written, or `weekday-3`.

    "Monday to Friday" holds all its days. 03/04/2025 has both readings.
    """
    for pattern in (YEAR_FIRST, NUMERIC, DAY_FIRST, MONTH_FIRST, MONTH_YEAR, MONTH_ALONE):
        found = [Claim("date", m[0], *m.span(), forms) for m in pattern.finditer(text) if (forms := tuple(_forms(pattern, m, text)))]
        text = blank(text, found)
        yield from found
    for found in WEEKDAY.finditer(text):
        if found["a"][0].isupper():
            yield Claim("date", found[0], found.start(), found.end(), tuple(f"weekday-{day}" for day in _days(found)))


def times(text: str) -> Iterator[Claim]:
    """Every time of day in a `plain` text as HH:MM. A bare number is none: it needs a colon, am or pm, or a word."""
    for found in TIME.finditer(text):
        if found["word"]:
            yield Claim("time", found[0], found.start(), found.end(), ("12:00" if found["word"].lower() == "noon" else "00:00",))
            continue
        hour, minute, half = int(found["h"]), int(found["m"] or 0), (found["half"] or "").lower()
        if hour > 24 or minute > 59 or not (half or found["clock"] or found["dots"] == ":"):
            continue
        if half and hour <= 12:
            hour = hour % 12 + 12 * (half == "p")
        yield Claim("time", found[0], found.start(), found.end(), (f"{hour:02}:{minute:02}",))


def _forms(pattern: re.Pattern, found: re.Match, text: str) -> Iterator[str]:
    parts = found.groupdict()
    year = parts.get("y") or "?"
    if pattern is NUMERIC:
        year = year if len(year) == 4 else f"20{year}"
        orders = [("a", "b")] if parts["sep"] == "." else [("a", "b"), ("b", "a")]
        for day, month in orders:
            yield from _form(year, int(parts[month]), parts[day])
        return
    written = parts["m"]
    month = MONTHS.get(written.lower()) or int(written)
    alone = pattern is MONTH_ALONE
    if written[0].isalpha() and written.lower() in _AMBIGUOUS and not written[0].isupper():
        return  # "only 3 may attend"
    if alone and (not written[0].isupper() or len(written) < 4 and written.lower() != "may" or _ambiguous_alone(written, found, text)):
        return
    yield from _form(year, month, parts.get("d") or "?")


def _ambiguous_alone(written: str, found: re.Match, text: str) -> bool:
    """True of "May I ..." and "March on", not of "in May"."""
    return written.lower() in _AMBIGUOUS and not _BEFORE_MONTH.search(text, max(0, found.start() - 8), found.start())


def _form(year: str, month: int, day: str) -> Iterator[str]:
    if 1 <= month <= 12 and (day == "?" or 1 <= int(day) <= 31):
        yield f"{year}-{month:02}-{day if day == '?' else f'{int(day):02}'}"


def _days(found: re.Match) -> list[int]:
    first, last = (_day(found[group]) for group in ("a", "b"))
    if first is None or last is None:
        return [day for day in (first,) if day]
    return [(first - 1 + i) % 7 + 1 for i in range((last - first) % 7 + 1)]


def _day(name: str | None) -> int | None:
    name = (name or "").lower()
    return DAYS.get(name) or DAYS.get(name.removesuffix("s")) or SHORT_DAYS.get(name)
