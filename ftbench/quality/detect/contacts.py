"""E-mail addresses, telephone numbers and internet addresses that may belong to a person."""

import ipaddress
import re
from collections.abc import Iterator
from functools import cache

from ftbench.quality.detect.nearby import nearby

_DOT = r"(?:\.|\s?[\[({<]\s?dot\s?[\])}>]\s?|\sdot\s)"
_SIGN, _WORD = r"(?:\s?@\s?|\s?[\[({<]\s?at\s?[\])}>]\s?)", r"\sat\s"
_EMAIL, _SPOKEN = (
    re.compile(rf"(?<![\w.+-])(?P<local>[\w+-][\w.+'-]{{0,63}}){at}(?P<domain>[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,5}})", re.I)
    for at in (_SIGN, _WORD)
)
_ROLES = {
    "abuse", "accounts", "admin", "billing", "careers", "care", "contact", "contactus", "customer", "customercare", "customerservice",
    "customers", "customersupport", "desk", "donotreply", "dpo", "enquiries", "feedback", "hello", "help", "helpdesk", "hr", "info",
    "inquiries", "jobs", "kontakt", "legal", "mail", "marketing", "media", "noreply", "no-reply", "office", "orders", "postmaster",
    "press", "privacy", "refunds", "reply", "returns", "sales", "security", "service", "services", "shop", "support", "team",
    "webmaster",
}  # fmt: skip
_PLACEHOLDERS = {
    "abc", "address", "email", "example", "foo", "name", "someone", "somebody", "user", "username", "xxx", "you", "your", "yourname",
    "yourself",
}  # fmt: skip

_PHONE_WORDS = (
    "call", "cell", "cellphone", "contact number", "dial", "fax", "mobile", "mobil", "numéro", "phone", "ring", "telefon",
    "telephone", "teléfono", "tel", "téléphone", "text", "whatsapp", "handy", "phone number",
)  # fmt: skip
_NORTH_AMERICAN = re.compile(r"(?<![\w.-])(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?![\w-]|\.\d)")
_INTERNATIONAL = re.compile(r"(?<!\w)\+\d[\d ().-]{7,18}\d(?!\w)")
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "IN", "BR")

_IP = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w.:]*\w)", re.I)
_VERSION_WORDS = ("version", "v", "release", "build", "firmware", "update")
_EVERYBODYS = {"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9"}  # public name servers


def emails(text: str) -> Iterator[tuple[int, int]]:
    """Where addresses of persons stand, also as "jo [at] mail [dot] com" or "jo at mail dot com".

    Not: roles (support@...), placeholders (your.name@...), and domains whose last part is no public suffix.
    """
    for found in (*_EMAIL.finditer(text), *(found for found in _SPOKEN.finditer(text) if " dot " in found["domain"].casefold())):
        parts = set(re.split(r"[._+-]", found["local"].casefold())) | {found["local"].casefold()}
        domain = re.sub(r"[^\w-]*\bdot\b[^\w-]*", ".", found["domain"].casefold())
        if not parts & (_ROLES | _PLACEHOLDERS) and _public(domain):
            yield found.span()


def phones(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers of persons may stand: valid ones in the form of a number, or any with a word such as call or mobile beside them.

    Not: toll-free, shared-cost and premium lines, which are a company's. Source of what is valid: the phonenumbers library.
    """
    import phonenumbers  # tables of all countries, which nobody else needs

    open_lines = {
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.UAN,
    }
    if sum(c.isdecimal() for c in text) < 7:
        return
    company: list[tuple[int, int]] = []
    for region in _REGIONS:
        for found in phonenumbers.PhoneNumberMatcher(text, region):
            span = (found.start, found.end)
            if phonenumbers.number_type(found.number) in open_lines:
                company.append(span)
            elif _has_form(found.raw_string, region) or nearby(text, *span, _PHONE_WORDS):
                yield span
    for form in (_NORTH_AMERICAN, _INTERNATIONAL):
        for found in form.finditer(text):
            inside = any(start < found.end() and found.start() < end for start, end in company)
            if not inside and nearby(text, *found.span(), _PHONE_WORDS) and not _toll_free(found[0]):
                yield found.span()


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where public internet addresses stand; not those of home networks, of documentation, and version numbers."""
    for found in _IP.finditer(text):
        try:
            address = ipaddress.ip_address(found[0])
        except ValueError:
            continue
        if address.is_global and found[0] not in _EVERYBODYS and not nearby(text, *found.span(), _VERSION_WORDS):
            yield found.span()


def _has_form(number: str, region: str) -> bool:
    return number.startswith("+") or (region == "US" and _NORTH_AMERICAN.fullmatch(number) is not None)


def _toll_free(number: str) -> bool:
    digits = re.sub(r"\D", "", number).removeprefix("1")
    return digits[:3] in ("800", "833", "844", "855", "866", "877", "888")


def _public(domain: str) -> bool:
    parts = _extract()(domain)
    return bool(parts.domain and parts.suffix)


@cache
def _extract():
    import tldextract

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # the list that the package brings; nothing is asked for or written
