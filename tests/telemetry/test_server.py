"""What a server says of itself, cut to the measured window."""

import math

import pytest

from ftbench.telemetry.histogram import Histogram
from ftbench.telemetry.server import server_summary
from tests.metrics.records import a_row, a_table, failed
from tests.telemetry.lines import began, found, seen, window

TABLE = a_table([a_row(1.0 + 0.1 * i, output_tokens=10) for i in range(50)])


def of(lines, table=TABLE, begin=10, end=20):
    return server_summary([began(), *lines], window(begin, end), table)


def waits(*values: float) -> Histogram:
    bounds = (0.1, 1.0, math.inf)
    return Histogram(sum(values), len(values), tuple((b, float(sum(v <= b for v in values))) for b in bounds))


def test_gauges_are_of_the_window_alone_and_counters_of_what_lies_around_it():
    lines = [found(), *(seen(t, a={"running": float(t), "output_tokens": 100.0 * t}) for t in range(0, 31))]
    server, _ = of(lines)
    assert server["running"] == {"mean": 14.5, "max": 19}
    assert server["output_tokens"] == 1100 and server["covers_s"] == pytest.approx(11)  # from 9 to 20
    assert server["output_tokens_per_s"] == pytest.approx(100)


def test_queue_time_leaves_out_what_was_observed_before_the_window():
    old, new = waits(*[5.0] * 100), waits(*[5.0] * 100, *[0.05] * 10)
    server, _ = of([found(), seen(9, a={"queue_time": old}), seen(15, a={"queue_time": old}), seen(21, a={"queue_time": new})])
    assert (server["queue_time"]["n"], server["queue_time"]["mean"]) == (10, pytest.approx(0.05))
    assert server["queue_time"]["p50"] == pytest.approx(0.05) and "interpolated" in server["queue_time"]["basis"]


def test_restarted_server_counts_from_zero_again_and_never_backwards():
    counts = [(9, 1000.0), (12, 1300.0), (15, 40.0), (21, 100.0)]
    server, _ = of([found(), *(seen(t, a={"output_tokens": n}) for t, n in counts)])
    assert server["output_tokens"] == 300 + 40 + 60


def test_replicas_behind_one_url_add_up_though_each_page_tells_of_one():
    lines = [found("ftbench")]
    for t in range(9, 22):
        pages = {
            "a": {"running": 2.0, "output_tokens": 10.0 * t, "kv_cache_use": 0.2},
            "b": {"running": 3.0, "output_tokens": 20.0 * t, "kv_cache_use": 0.6},
        }
        lines.append(seen(t, **(pages if t in (9, 10, 20) else {"ab"[t % 2]: pages["ab"[t % 2]]})))  # under load not all answer in time
    server, notes = of(lines)
    assert server["replicas"] == 2
    assert server["running"] == {"mean": 5, "max": 5}
    assert server["kv_cache_use"]["mean"] == pytest.approx(0.4)
    assert server["output_tokens"] == pytest.approx(30 * 11)
    assert not [n for n in notes if "replica" in n]


def test_replaced_replica_is_said_and_no_longer_counted_as_running():
    lines = [found("ftbench"), *(seen(t, a={"running": 4.0}) for t in range(0, 12)), *(seen(t, b={"running": 1.0}) for t in range(40, 60))]
    server, notes = of(lines, begin=5, end=60)
    assert any("replaced" in note for note in notes)
    assert server["running"]["max"] == 4


def test_replica_that_never_answers_is_missed():
    _, notes = of([found("ftbench"), *(seen(t, a={"replicas": 2.0, "running": 1.0}) for t in range(9, 22))])
    assert any("of 2 replicas only 1 answered" in note for note in notes)


def test_accidental_prefix_hits_are_a_note():
    def reading(t, hits):
        return seen(t, a={"prefix_hits": hits, "prefix_queries": 1000.0 * t})

    server, notes = of([found(), reading(9, 0.0), reading(20, 5500.0)])
    assert server["prefix_hit_rate"] == 0.5 and any("50.0% of the prompt tokens" in note for note in notes)
    server, notes = of([found(), reading(9, 0.0), reading(20, 0.0)])
    assert server["prefix_hit_rate"] == 0 and not notes


@pytest.mark.parametrize(("server_tokens", "said"), [(500, None), (504, None), (900, "somebody else"), (400, "counts wrongly")])
def test_tokens_of_server_and_client_are_compared_over_the_whole_run(server_tokens, said):
    lines = [found(), seen(-1, a={"output_tokens": 7.0}), seen(30, a={"output_tokens": 7.0 + server_tokens})]
    server, notes = of(lines)
    assert (server["tokens"]["server_output"], server["tokens"]["client_output"]) == (server_tokens, 500)
    assert [said in note for note in notes] == ([True] if said else [])


def test_tokens_of_failed_requests_are_one_way_to_differ():
    table = a_table([*TABLE.to_pylist(), failed(9.0, "timeout")])
    lines = [found(), seen(-1, a={"output_tokens": 0.0}), seen(30, a={"output_tokens": 600.0})]
    assert any("of the 1 requests that failed" in note for note in of(lines, table)[1])


def test_server_that_counts_who_waits_gives_a_mean_queue_time_by_littles_law():
    table = a_table([a_row(10 + 0.1 * i) for i in range(100)])  # 10 a second
    server, _ = of([found("llama.cpp"), *(seen(t, a={"waiting": 20.0}) for t in range(9, 22))], table)
    assert server["queue_time"]["mean"] == pytest.approx(2.0) and server["queue_time"]["p99"] is None
    assert "Little" in server["queue_time"]["basis"]


def test_unreachable_page_is_absent_with_a_word_and_no_error():
    assert of([{"kind": "server", "absent": "refused"}]) == ({"absent": "refused"}, [])
    assert of([]) == (None, [])


def test_page_that_was_lost_before_the_window_has_nothing_to_say():
    server, _ = of([found(), seen(1, a={"running": 1.0, "queue_time": waits(0.5), "output_tokens": 5.0})])
    assert (server["samples"], server["running"], server["queue_time"], server["output_tokens"]) == (0, None, None, None)
