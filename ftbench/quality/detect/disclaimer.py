"""Does advice come with its disclaimer: not a professional's word, ask one?"""

from collections.abc import Iterable

from ftbench.errors import InputError
from ftbench.quality.detect.phrases import phrases
from ftbench.quality.detect.plain import plain

DOMAINS = ("medical", "legal", "financial")
CHARACTERS = 40_000


def has_disclaimer(text: str, domain: str, extra: Iterable[str] = ()) -> bool:
    """Whether `text` says that it is no professional advice in `domain`, or sends to somebody who gives it.

    A lawyer is no disclaimer for a medical answer; "no need to see a doctor" is none at all. `extra` are phrases of the client's own, found
    whatever the case. English, and the most usual of German, French and Spanish. Its measured accuracy: `figures("disclaimer")`.

    Raises:
        InputError: a domain without phrases, and no `extra` for it either.
    """
    own = [p for phrase in extra if (p := plain(phrase))]
    if domain not in DOMAINS and not own:
        raise InputError(f"There are no disclaimer phrases for the domain {domain!r}. Use one of {', '.join(DOMAINS)}, or name your own.")
    said = " ".join(plain(text[:CHARACTERS]).split())
    if any(" ".join(phrase.split()) in said for phrase in own):
        return True
    lists = phrases("disclaimer")
    said = lists["waived"].sub(" ", said)
    return any(lists[section].search(said) for section in ("any", domain) if section in lists)
