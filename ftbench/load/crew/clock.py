"""How far another machine's monotonic clock is from this one's."""

import time
from collections.abc import Callable
from typing import NamedTuple


class Offset(NamedTuple):
    """Their clock + `ns` is ours, wrong by at most `uncertainty_ns`."""

    ns: int
    uncertainty_ns: int

    def error_by(self, later: "Offset") -> int:
        """Most [ns] by which this offset was wrong up to the time when `later` was found: the clocks may have drifted apart since."""
        return max(self.uncertainty_ns, abs(later.ns - self.ns) + later.uncertainty_ns)


def offset_of(ask: Callable[[], int], rounds: int = 30, now: Callable[[], int] = time.monotonic_ns) -> Offset:
    """The offset of the clock that `ask` reads over there [ns]. Takes `rounds` round trips.

    The other clock was read at some time between our question and the answer, so the middle of the shortest round trip is wrong by at most
    half of it, however unequal the two ways are. Source: RFC 5905, section 8 (offset and delay) and its clock filter (least delay).
    """
    best: Offset | None = None
    for _ in range(rounds):
        asked = now()
        theirs = ask()
        answered = now()
        found = Offset((asked + answered) // 2 - theirs, (answered - asked + 1) // 2)
        if best is None or found.uncertainty_ns < best.uncertainty_ns:
            best = found
    return best
