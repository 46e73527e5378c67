import numpy as np
import pytest

from ftbench.metrics.gaps import describe_gaps, one_token_a_chunk
from tests.metrics.records import a_row, a_table


def responses(gaps: list[list[float]], **changes) -> list[dict]:
    return [a_row(k, gaps_s=of, chunks=len(of) + 1, output_tokens=len(of) + 1, **changes) for k, of in enumerate(gaps)]


def test_every_gap_counts_once_and_not_the_mean_of_each_response():
    """One slow gap among the hundred of a long response: the mean of means would hide it."""
    table = a_table(responses([[0.01] * 99 + [5.0]] + [[0.01]] * 20))
    described, kind = describe_gaps(table)
    assert kind == "ITL" and described.n == 120 and described.max_s == 5.0 and described.p99_s == 0.01
    assert described.mean_s == pytest.approx((119 * 0.01 + 5.0) / 120, rel=1e-6) and described.p50_s == 0.01


@pytest.mark.parametrize(
    ("changes", "is_token"),
    [({}, True), ({"output_tokens": 40}, False), ({"output_tokens": 12}, False), ({"token_count_source": "chunks"}, False)],
)
def test_gaps_between_chunks_of_several_tokens_are_not_called_inter_token(changes, is_token):
    rows = [a_row(0), a_row(1, **changes)]
    assert one_token_a_chunk(a_table(rows)) is is_token
    assert describe_gaps(a_table(rows))[1] == ("ITL" if is_token else "ICL")


def test_a_response_in_one_piece_has_no_gap_and_no_say():
    rows = [a_row(0), a_row(1, gaps_s=[], chunks=1, output_tokens=7, first_chunk_tokens=7)]
    described, kind = describe_gaps(a_table(rows))
    assert kind == "ITL" and described.n == 10


def test_no_gaps_at_all_are_no_number():
    described, kind = describe_gaps(
        a_table([a_row(0, gaps_s=[], chunks=1, output_tokens=1), a_row(1, gaps_s=None, chunks=1, output_tokens=1)])
    )
    assert described.n == 0 and described.p50_s is None and kind == "ICL"


def test_many_gaps_of_few_responses_certify_nothing():
    rng = np.random.default_rng(1)
    table = a_table(responses([[float(pace)] * 1000 for pace in rng.uniform(0.01, 0.1, 20)]))
    described, _ = describe_gaps(table)
    assert described.n == 20_000 and {"p99", "p999", "p90"} <= set(described.uncertified)
    assert any("say as much as" in note for note in described.notes)


def test_pieces_that_came_in_one_read_are_said():
    described, _ = describe_gaps(a_table(responses([[0.0, 0.02] * 50] * 12)))
    assert any(note.startswith("50% of the gaps are 0") for note in described.notes)
