"""Private data in a text: what has the form of it, whether or not it belongs to anybody."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

from ftbench.errors import InputError
from ftbench.quality.detect.contacts import addresses, emails, phones
from ftbench.quality.detect.letters import letters, stands_in
from ftbench.quality.detect.nearby import nearby
from ftbench.quality.detect.numbers import cards, social_security_numbers
from ftbench.quality.detect.presidio import recognizers
from ftbench.quality.detect.view import View, view, with_digit_words

Screen = Callable[[str], Iterator[tuple[int, int]]]


class Found(NamedTuple):
    """One find: text[start:end]. `entity` as presidio calls it."""

    entity: str
    text: str
    start: int
    end: int


# presidio's recognizers of cards and social security numbers see a hyphen or a blank between groups and refuse known samples.
_OWN: dict[str, Screen] = {
    "CREDIT_CARD": cards,
    "US_SSN": social_security_numbers,
    "EMAIL_ADDRESS": emails,
    "PHONE_NUMBER": phones,
    "IP_ADDRESS": addresses,
}
_DIGITS_ALONE = ("CREDIT_CARD", "US_SSN")
# Patterns of presidio that say enough by themselves, most by a checksum.
_SURE = (
    "IBAN_CODE",
    "CRYPTO",
    "US_ITIN",
    "US_MBI",
    "UK_NINO",
    "UK_DRIVING_LICENCE",
    "IT_FISCAL_CODE",
    "FI_PERSONAL_IDENTITY_CODE",
    "KR_RRN",
)
# Patterns that any number may have: they count beside a word that says what the number is.
_BESIDE: dict[str, tuple[str, ...]] = {
    "US_PASSPORT": ("passport",),
    "UK_PASSPORT": ("passport",),
    "DE_PASSPORT": ("passport", "reisepass", "passnummer", "reisepassnummer"),
    "DE_ID_CARD": ("personalausweis", "ausweis", "ausweisnummer", "identity card", "id card"),
    "DE_TAX_ID": ("steuer-id", "steueridentifikationsnummer", "tax id", "identifikationsnummer"),
    "US_DRIVER_LICENSE": ("driver", "drivers", "driver's", "driving", "dl"),
    "US_BANK_NUMBER": ("bank account", "routing", "checking account", "savings account"),
    "ABA_ROUTING_NUMBER": ("routing", "aba"),
    "UK_NHS": ("nhs", "national health service"),
    "MEDICAL_LICENSE": ("dea",),
    "IN_AADHAAR": ("aadhaar", "aadhar"),
    "IN_PAN": ("pan", "permanent account number"),
    "AU_TFN": ("tfn", "tax file number"),
    "AU_MEDICARE": ("medicare",),
    "CA_SIN": ("sin", "social insurance"),
    "PL_PESEL": ("pesel",),
    "SG_NRIC_FIN": ("nric", "fin"),
    "SE_PERSONNUMMER": ("personnummer", "personal identity number"),
    "ES_NIF": ("nif", "dni"),
    "ES_NIE": ("nie",),
}
ENTITIES = (*_OWN, *_SURE, *_BESIDE)
_CAPITALS = str.maketrans(ascii_lowercase, ascii_uppercase)
_LIKELY = 0.5  # presidio's score of a pattern that is seldom anything else


def private_data(text: str, entities: Sequence[str] | None = None) -> list[Found]:
    """What in `text` has the form of private data, in the order of its appearance, no two overlapping.

    Digits of every script, spelled out, spaced, dotted or with invisible characters between them are digits. By default all of ENTITIES;
    names, dates, street addresses and passwords have no form and are not looked for.

    Raises:
        InputError: an entity that nothing here recognizes.
    """
    wanted = check_entities(entities) if entities else ENTITIES
    plain = view(text)
    digits = with_digit_words(plain)
    found: list[Found] = []
    for entity in wanted:
        seen = digits if entity in _DIGITS_ALONE else plain
        for start, end in _spans(entity, seen):
            first, last = seen.span(start, end)
            if seen is digits and last < len(text):
                last = _whole_word(text, last)
            if not any(first < other.end and other.start < last for other in found):
                found.append(Found(entity, text[first:last], first, last))
    return sorted(found, key=lambda f: f.start)


def check_entities(entities: Sequence[str]) -> Sequence[str]:
    """`entities`, all of which are known.

    Raises:
        InputError: one is not.
    """
    for entity in entities:
        if entity not in ENTITIES and entity not in recognizers():
            known = ", ".join(sorted({*ENTITIES, *recognizers()}))
            raise InputError(f"Nothing here recognizes private data of the kind {entity!r}. Known kinds: {known}.")
    return entities


def echoed(found: Found, given: Iterable[str]) -> bool:
    """Whether the find stands in what the model was given: repeating is not making up. Spacing and punctuation do not matter."""
    return any(stands_in(found.text, letters(text)) for text in given)


def _spans(entity: str, seen: View) -> Iterator[tuple[int, int]]:
    if entity in _OWN:
        yield from _OWN[entity](seen.text)
        return
    words = _BESIDE.get(entity)
    if words and not _said(seen.text, words):
        return
    readings = [seen.text, seen.text.translate(_CAPITALS)] if entity == "IBAN_CODE" else [seen.text]
    for recognizer in recognizers()[entity]:
        beside = words or (None if entity in _SURE else tuple(recognizer.context or ()))
        for result in (found for reading in readings for found in recognizer.analyze(reading, [entity])):
            likely = result.score >= _LIKELY and words is None
            if likely or (beside and nearby(seen.text, result.start, result.end, beside)):
                yield result.start, result.end


def _said(text: str, words: Sequence[str]) -> bool:
    low = text.casefold()
    return any(word in low for word in words)


def _whole_word(text: str, end: int) -> int:
    """The end of a digit that was spelled out: its first letter alone was kept."""
    if text[end - 1].isalpha():
        while end < len(text) and text[end].isalpha():
            end += 1
    return end
