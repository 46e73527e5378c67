"""Is a language code one that the detector knows?"""

from difflib import get_close_matches
from functools import cache

from ftbench.errors import InputError


def check_language(code: str, key: str) -> None:
    """
    Raises:
        InputError: the detector does not know the code that `key` of the spec names; every output would be in another language.
    """
    if code not in (known := codes()):
        near = get_close_matches(code.casefold(), known, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InputError(f"{key} is {code!r}, which is no language that can be told. Known: {', '.join(sorted(known))}.{hint}")


@cache
def codes() -> frozenset[str]:
    """ISO 639-1 codes of the languages that py3langid tells apart."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return frozenset(LanguageIdentifier.from_model_file(MODEL_FILE).nb_classes)
