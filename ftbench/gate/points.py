"""The little language of a sweep: which rates, or numbers of users, are tried one after another."""

import math

from ftbench.errors import InputError

MOST = 100


def points(text: str, option: str, *, whole: bool = False) -> list[float]:
    """ "1,2,4,8" as it stands; "1..64x2" as 1, 2, 4, ... up to 64. Ascending, each once.

    Args:
        whole: numbers of users; a factor's results are rounded.
    Raises:
        InputError: another form, a number that is not above 0, or more than MOST of them.
    """
    form = f"{option} takes numbers such as 1,2,4,8, or a range by a factor such as 1..64x2"
    found: list[float] = []
    for part in text.split(","):
        first, dots, rest = part.partition("..")
        if not dots:
            found.append(_number(first, text, form))
            continue
        last, x, factor = rest.partition("x")
        if not x:
            raise InputError(f"{text!r}: by which factor from {first} to {rest}? {form}.")
        found += _powers(*(_number(word, text, form) for word in (first, last, factor)), text=text, form=form)
    if whole:
        if any("." in part and ".." not in part for part in text.split(",")):
            raise InputError(f"{text!r}: there are no half users. {form}.")
        found = [float(round(value)) for value in found]
    found = sorted(set(found))
    if len(found) > MOST:
        raise InputError(f"{text!r} are {len(found)} runs; at most {MOST} are made.")
    return found


def _powers(first: float, last: float, factor: float, *, text: str, form: str) -> list[float]:
    if last < first or factor <= 1:
        raise InputError(f"{text!r} leads nowhere: the range has to grow, by a factor above 1. {form}.")
    steps = math.floor(math.log(last / first) / math.log(factor) + 1e-9)
    if steps >= MOST:
        raise InputError(f"{text!r} are {steps + 1} runs; at most {MOST} are made.")
    return [float(f"{first * factor**k:.6g}") for k in range(steps + 1)]


def _number(word: str, text: str, form: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise InputError(f"{text!r}: {word.strip() or 'nothing'} is no number above 0. {form}.")
    return value
