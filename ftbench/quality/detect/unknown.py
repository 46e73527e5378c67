"""Does an answer say that it does not know?"""

from ftbench.quality.detect.phrases import phrases
from ftbench.quality.detect.plain import plain

CHARACTERS = 20_000


def says_unknown(text: str) -> bool:
    """Whether `text` says that it does not know, or that its material does not say.

    A guess that follows ("the facts do not say, but it is probably June") does not take it back: a claim that nothing supports is the
    claims' business. An empty text says nothing. English, German, French, Spanish. Its measured accuracy: `figures("unknown")`.
    """
    lists = phrases("unknown")
    said = lists["known"].sub(" ", plain(text[:CHARACTERS]))
    return lists["unknown"].search(said) is not None or any(lists["whole"].fullmatch(line.strip(" .!")) for line in said.split("\n"))
