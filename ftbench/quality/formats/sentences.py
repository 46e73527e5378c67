"""How many sentences a text has, by a rule that can be explained to a client."""

from collections.abc import Iterator

import regex

_TITLES = r"(?<!\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nr|vs|e\.g|i\.e|approx)\.)"
# The next one begins with a capital, a figure, a sign, or a letter of a script without capitals. Each repeat is possessive: a model
# that writes twenty thousand full stops must not hold the judge.
_NEXT = r"""(?=\s++["'“‘«(\[*_]*+[^\s\p{Ll}])"""
_END = regex.compile(rf"""(?:(?<![.!?…])[.!?…]++{_TITLES}["'”’»)\]*_]*+{_NEXT}|[。！？｡]++["'”’»」』)\]]*+)""")
_ITEM = regex.compile(r"\s*+(?:[-*•]|\d++[.)])\s")
_WORD = regex.compile(r"[\p{L}\p{N}]")


def sentences(text: str) -> int:
    """Pieces of `text` that hold a letter or a figure.

    A piece ends with . ! ? … before white space and something other than a small letter, after 。！？, at a blank line, and before an item
    of a list. Usual abbreviations (Dr., e.g., No.) end none. What stands behind the last full stop counts as a piece too.
    """
    return sum(bool(_WORD.search(piece)) for block in _blocks(text) for piece in _END.split(block))


def _blocks(text: str) -> Iterator[str]:
    block: list[str] = []
    for line in text.splitlines():
        item = _ITEM.match(line)
        if item or not line.strip():
            yield "\n".join(block)
            block = []
        block.append(line[item.end() :] if item else line)
    yield "\n".join(block)
