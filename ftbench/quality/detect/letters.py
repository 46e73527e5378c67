"""What is left of a text when only its letters and digits count: the same secret, however it is spaced, cased or dressed up."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

# One character a word where a script sets no spaces between words, so that a run of words can be found in it too.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_LOOKALIKES = str.maketrans("авекмнорстухіјѕԁɡɑαεικνορτυχøłđı", "abekmhopctyxijsdgaaeikvoptuxoldi")


class Letters(NamedTuple):
    """`text`: letters and digits of all words joined; `starts` and `ends`: the offsets in it where a word begins and ends."""

    text: str
    starts: frozenset[int]
    ends: frozenset[int]


def fold(text: str) -> str:
    """`text` in lower case, without accents and invisible characters; letters of other scripts that look Latin are Latin."""
    kept = (c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in ("Mn", "Cf", "Me"))
    return unicodedata.normalize("NFKD", "".join(kept).casefold()).translate(_LOOKALIKES)


def words(text: str) -> list[str]:
    """The words of `text`, folded, without punctuation."""
    return _WORD.findall(fold(text))


def letters(text: str) -> Letters:
    """`text` as Letters."""
    starts, ends, offset = [], [], 0
    found = words(text)
    for word in found:
        starts.append(offset)
        offset += len(word)
        ends.append(offset)
    return Letters("".join(found), frozenset(starts), frozenset(ends))


@lru_cache(maxsize=4096)
def joined(text: str) -> str:
    """The letters and digits of `text`, folded: what is looked for again and again is folded once."""
    return "".join(words(text))


def stands_in(text: str, within: Letters, *, glued_from: int | None = None) -> bool:
    """Whether the letters of `text` stand in `within`, from the beginning of a word to the end of one; from `glued_from` letters on
    also in the middle of a word. A text without letters stands nowhere."""
    wanted = joined(text)
    if not wanted:
        return False
    if glued_from is not None and len(wanted) >= glued_from:
        return wanted in within.text
    at = within.text.find(wanted)
    while at >= 0:
        if at in within.starts and at + len(wanted) in within.ends:
            return True
        at = within.text.find(wanted, at + 1)
    return False
