"""Order numbers, SKUs, phone numbers, IBANs; links, domains, e-mail addresses, DOIs: what must be right to the last character."""

import re
from collections.abc import Iterator

from ftbench.quality.claims.claim import Claim

URL = re.compile(r"(?<!\w)(?:https?://|www\.)[^\s<>\"\x00]{1,2000}", re.I)
DOI = re.compile(r"(?<![\w.])10\.\d{4,9}/[^\s<>\"\x00]{1,200}")
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_TOPS = "com|org|net|io|eu|de|at|ch|fr|es|it|nl|uk|ca|au|us|info|biz|shop|app|dev|ai|gov|edu|test|example"
DOMAIN = re.compile(rf"(?<![\w@./-])(?:[a-z0-9-]{{1,63}}\.){{1,5}}(?:{_TOPS})(?![\w-])(?:/[^\s<>\"\x00]{{0,2000}})?", re.I)
IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
PHONE = re.compile(
    r"(?<![\w+(])(?:\+\d[\d ()/-]{6,20}\d|0\d[\d /-]{5,20}\d|\(\d{3}\) ?\d{3}-\d{4}|(?:1-)?\d{3}-\d{3}-\d{4}|1-\d{3}-\d{3}-\d{3,4})(?!\w)"
)
HASH = re.compile(r"(?<!\w)#\d{2,20}(?!\w)")
VERSION = re.compile(r"(?<![\w.])(?<![A-Za-z][/-])(?:v\d{1,6}(?:\.\d{1,6}){0,5}|\d{1,6}(?:\.\d{1,6}){2,5})(?![\w]|\.\d)", re.I)
TOKEN = re.compile(r"(?<![\w.])[A-Za-z0-9]+(?:[-_/.][A-Za-z0-9]+)*(?!\w)")
_QUANTITY = re.compile(r"\d+(?:[.,/-]\d+)*(?:[-.]?(?:st|nd|rd|th|[a-z]+|[A-Z]{1,3}|[A-Z][a-z]+))?(?:-[A-Za-z]+)*|\d+(?:[-/.]\d+)*")
LONG_RUN = 7  # so many digits without a separator are a number of something, not an amount


def links(text: str) -> Iterator[Claim]:
    """Every link, domain, e-mail address and DOI in a `plain` text, small, without scheme, `www.` and closing punctuation."""
    taken: set[int] = set()
    for pattern in (URL, DOI, EMAIL, DOMAIN):
        for found in pattern.finditer(text):
            if taken.isdisjoint(range(found.start(), found.end())):
                written = found[0].rstrip(".,;:!?'\"*_)]}>/")
                taken.update(range(found.start(), found.end()))
                normal = re.sub(r"^(?:https?://)?(?:www\.)?(?:(?:dx\.)?doi\.org/(?=10\.))?", "", written.lower())
                yield Claim("link", written, found.start(), found.start() + len(written), (normal,))


def identifiers(text: str) -> Iterator[Claim]:
    """Every identifier in a `plain` text, in capitals and without separators. "30-day", "5kg" and "3rd" are quantities, not identifiers."""
    taken: set[int] = set()
    for pattern in (IBAN, PHONE, HASH, VERSION, TOKEN):
        for found in pattern.finditer(text):
            if not taken.isdisjoint(range(found.start(), found.end())) or (pattern is TOKEN and not _names_a_thing(found[0])):
                continue
            taken.update(range(found.start(), found.end()))
            normal = re.sub(r"[^A-Z0-9.]" if pattern is VERSION else r"[^A-Z0-9]", "", found[0].upper())
            yield Claim("identifier", found[0], found.start(), found.end(), (normal.removeprefix("V") if pattern is VERSION else normal,))


def same_identifier(one: str, other: str) -> bool:
    """Equal, or one telephone number with and without the country's code: +49 30 1234567 = 030 1234567."""
    if one == other:
        return True
    short, long = sorted((one.lstrip("0"), other.lstrip("0")), key=len)
    return short.isdigit() and long.isdigit() and len(short) >= LONG_RUN and long.endswith(short) and len(long) - len(short) <= 3


def _names_a_thing(token: str) -> bool:
    digits = sum(c.isdigit() for c in token)
    if not digits or len(token) < 3:
        return False
    if token.isdigit():
        return len(token) >= LONG_RUN
    if _QUANTITY.fullmatch(token) or not any(c.isalpha() for c in token):
        return False
    if token[0].isdigit():
        return digits >= 3 and len(token) >= 6
    return digits >= 2 or any(c in "-_/" for c in token)
