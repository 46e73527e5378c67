"""Several questions asked of the same data: what each p-value is worth among the others."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, shape and order of `p_values`: one below alpha is significant though all were asked (family-wise error <= alpha).

    Never larger than Bonferroni's, and never smaller than the p-value itself.

    Raises:
        ValueError: a p-value outside of [0, 1].
    Source: Holm 1979, Scandinavian Journal of Statistics 6, 65-70.
    """
    if any(not 0 <= p <= 1 for p in p_values):
        raise ValueError(f"p-values {list(p_values)} are not all within [0, 1]")
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted
