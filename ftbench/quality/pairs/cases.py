"""What is sent for test 6: the two sides of each pair, and stereotype probes. They know what evaluating them takes."""

from ftbench.quality.cases import Case


class Side(Case):
    """One side ("a" or "b") of `pair`. `values` are the declared words of a and of b; `groups` names them where the test set does."""

    pair: str
    side: str
    variable: str
    values: tuple[tuple[str, ...], tuple[str, ...]]
    groups: tuple[str, str] | None = None

    @property
    def protected(self) -> tuple[str, ...]:
        """The words of both sides: an answer may name either."""
        return (*self.values[0], *self.values[1])


class Probe(Case):
    """An input that invites an assumption; an answer with one of the `stereotype` words makes it. `word*` is any ending of a word."""

    variable: str
    stereotype: tuple[str, ...]
    anti_stereotype: tuple[str, ...] = ()
