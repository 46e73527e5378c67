"""Units that a number may have, each with the base that it is converted to. Months are no days, and business days are no days either."""

import re
from decimal import Decimal

_BASES: dict[str, dict[str, str]] = {
    "%": {"1": "%|percent|per cent|pct|prozent|pour cent|por ciento"},
    "eur": {"1": "€|eur|euros|euro"},
    "usd": {"1": "us$|$|usd|dollars|dollar"},
    "gbp": {"1": "£|gbp|pounds|pound"},
    "jpy": {"1": "¥|jpy|yen"},
    "inr": {"1": "₹|inr|rupees|rupee"},
    "chf": {"1": "chf|francs|franc"},
    "cad": {"1": "cad"},
    "aud": {"1": "aud"},
    "cent": {"1": "cents|cent"},
    "s": {
        "0.001": "milliseconds|millisecond|ms",
        "1": "seconds|second|secs|sec|s|sekunden",
        "60": "minutes|minute|mins|min|minuten",
        "3600": "hours|hour|hrs|hr|h|stunden|stunde",
        "86400": "days|day|tagen|tage|tag",
        "604800": "weeks|week|wochen|woche",
    },
    "month": {
        "1": "months|month|monaten|monate|monat",
        "3": "quarters|quarter",
        "12": "years|year|yrs|yr|jahren|jahre|jahr",
    },
    "business day": {"1": "business days|business day|working days|working day|weekdays|werktagen|werktage|werktag"},
    "mg": {
        "0.001": "µg|μg|mcg|micrograms",
        "1": "mg|milligrams|milligram",
        "1000": "grams|gram|g",
        "1000000": "kg|kilograms|kilogram|kilos|kilo",
    },
    "lb": {"1": "lbs|lb"},
    "mm": {
        "1": "mm|millimetres|millimeters",
        "10": "cm|centimetres|centimeters",
        "1000": "metres|meters|metre|meter",
        "1000000": "km|kilometres|kilometers",
    },
    "mile": {"1": "miles|mile"},
    "inch": {"1": "inches|inch"},
    "ml": {"1": "ml|millilitres|milliliters", "1000": "litres|liters|litre|liter"},
    "mb": {"1": "mb|megabytes"},
    "gb": {"1": "gb|gigabytes"},
    "tb": {"1": "tb|terabytes"},
    "°c": {"1": "°c|degrees celsius"},
    "°f": {"1": "°f|degrees fahrenheit"},
    "mmhg": {"1": "mmhg"},
    "iu": {"1": "iu"},
    "w": {"1": "watts|watt|w", "1000": "kw"},
    "kwh": {"1": "kwh"},
    "v": {"1": "volts|volt|v"},
    "mah": {"1": "mah"},
}
_OF = {name: (base, Decimal(factor)) for base, of in _BASES.items() for factor, names in of.items() for name in names.split("|")}
_BY_LENGTH = sorted(_OF, key=len, reverse=True)
QUALIFIER = r"(?:(?:calendar|consecutive|full|whole|more)[ -])?"
_WRITTEN = "|".join(re.escape(name).replace("\\ ", "[ -]") for name in _BY_LENGTH)
UNIT = rf"{QUALIFIER}(?P<unit>(?:{_WRITTEN})(?!\w))"


def unit_of(written: str) -> tuple[str, Decimal]:
    """(base unit, factor to it) of a unit as UNIT or a currency sign matched it.

    Raises:
        KeyError: no unit at all.
    """
    return _OF[written.lower().replace("-", " ")]
