"""The word lists beside the code, which a translator may read and mend."""

from importlib import resources


def word_list(name: str) -> frozenset[str]:
    """The words of `words/<name>.txt`, small letters, parted by white space; a line with # is a comment."""
    text = (resources.files(__package__) / "words" / f"{name}.txt").read_text(encoding="utf-8")
    return frozenset(" ".join(line for line in text.splitlines() if not line.startswith("#")).split())
