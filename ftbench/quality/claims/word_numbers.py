"""Numbers that are written as English words: "twelve", "one hundred and fifty", "twenty-four"."""

import re

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {w: i for i, w in enumerate(_SMALL)} | {w: 10 * i for i, w in enumerate(_TENS, 2)} | {"dozen": 12}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_WORD = "|".join(sorted([*_VALUES, *_SCALES], key=len, reverse=True))
WORDS = rf"(?:{_WORD})(?:(?:[ -]| and )(?:{_WORD})\b){{0,12}}"  # 13 words say more than any fact needs


def value_of(words: str) -> int:
    """The value of what WORDS matched. "hundred" alone is 100; words that do not form one number are added up."""
    total = current = 0
    for word in re.findall(_WORD, words.lower()):
        if word in _VALUES:
            current += _VALUES[word]
        elif word == "hundred":
            current = (current or 1) * 100
        else:
            total, current = total + (current or 1) * _SCALES[word], 0
    return total + current
