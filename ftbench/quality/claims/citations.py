"""Citations of laws, cases, papers and standards: "§ 437", "Art. 6(1)(b)", "Smith v. Jones", "347 U.S. 483", "Chen et al., 2019"."""

import re
from collections.abc import Iterator

from ftbench.quality.claims.claim import Claim

_KEYS = {"§": "§", "section": "§", "sec": "§", "article": "art", "art": "art", "paragraph": "para", "para": "para"}
_PLACE = r"\d+[a-z]?(?:\.\d+){0,6}(?:\s?\(\w{1,4}\)){0,5}"
PLACED = re.compile(
    rf"(?:(?P<sign>§{{1,2}})|\b(?P<key>article|art|section|sec|clause|paragraph|para|chapter|annex|appendix|rule|schedule)s?\b\.?)\s?(?P<place>{_PLACE})(?![\w%])",
    re.IGNORECASE,
)
EU_ACT = re.compile(
    r"\b(?:regulation|directive|decision)\s(?:\([a-z]{1,5}\)\s)?(?:no\.?\s)?(?P<act>\d{2,4}/\d{1,4}(?:/[a-z]{2,3})?)(?!\w)", re.I
)
REPORTER = re.compile(
    r"\b\d{1,4}\s(?:U\.\s?S\.(?:\s?C\.)?|F\.\s?(?:2d|3d|4th)|S\.\s?Ct\.|F\.\s?Supp\.(?:\s?\dd)?|C\.F\.R\.)\s(?:§{1,2}\s?)?\d{1,5}(?:\.\d+)?"
)
_PARTY = r"[A-Z][\w.&'-]{0,40}(?: (?:of|the|and|&|[A-Z][\w.&'-]{0,40})){0,5}"
CASE = re.compile(rf"(?<![\w.])(?!(?:In|See|Under|Per|Cf|The|And|But|As)\b){_PARTY} vs?\.? {_PARTY}")
PAPER = re.compile(r"(?<!\w)[A-Z][\w'-]{1,40} (?:et al\.?|(?:and|&) [A-Z][\w'-]{1,40}),? \(?(?:19|20)\d\d[a-z]?(?!\w)")
STANDARD = re.compile(r"\b(?:ISO|IEC|DIN|EN|RFC|IEEE|NIST|ANSI|ASTM)(?:/[A-Z]{2,5}){0,2}(?: [A-Z]{2,3})?[ -]?\d(?:[\d.:-]{0,20}\d)?(?!\w)")


def citations(text: str) -> Iterator[Claim]:
    """Every citation in a `plain` text; the normal form has neither spaces nor capitals, and "Section 4.2" is "§4.2"."""
    for found in PLACED.finditer(text):
        key = "§" if found["sign"] else found["key"].lower()
        yield _claim(found, _KEYS.get(key, key) + found["place"])
    for found in EU_ACT.finditer(text):
        yield _claim(found, found["act"])
    for pattern in (REPORTER, CASE, PAPER, STANDARD):
        for found in pattern.finditer(text):
            yield _claim(found, found[0])


def covers(cited: str, claim: str) -> bool:
    """Whether a source that cites `cited` supports `claim`: the same place or a wider one. Article 6 is in Article 6(1)(b)."""
    return cited == claim or cited.startswith(claim) and not cited[len(claim)].isdigit()


def _claim(found: re.Match, normal: str) -> Claim:
    compact = re.sub(r"[\s,()]|\bvs?\.?(?= )|\.(?=\s|$)", lambda m: m[0] if m[0] in "()" else "|" if m[0][0] == "v" else "", normal)
    return Claim("citation", found[0], found.start(), found.end(), (compact.casefold().rstrip(".:-"),))
