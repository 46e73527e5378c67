"""Captures become records: every planned request once, in memory that does not grow."""

import json
import tracemalloc
from pathlib import Path

import pytest

from ftbench.load import records
from ftbench.load.captures import Capture, append
from ftbench.load.collect import collect
from ftbench.load.files import captures_file, facts_file
from ftbench.load.plan import LoadPlan, schedule
from ftbench.load.records import read_runs
from tests.load.conftest import a_plan

START_NS = 5_000_000_000
CHUNK = b'data: {"id":"x","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]}\n\n'
END = b'data: {"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
TURNS = [{"messages": [{"role": "user", "content": "a"}], "then": [{"content": "b"}, {"content": "c"}]}]


def plan_of(**fields: object) -> LoadPlan:
    prompts = fields.pop("prompts", None)
    plan = a_plan("http://x/v1", **fields)
    return type(plan).model_validate({**plan.model_dump(), "prompts": prompts}) if prompts else plan


def answered(index: int, due_s: float, took_s: float = 0.1, *, conversation: int | None = None, turn: int = 0, chunks: int = 3) -> Capture:
    due_ns = START_NS + int(due_s * 1e9)
    blocks = [HEAD + CHUNK, *[CHUNK] * (chunks - 1), END]
    stamps = [due_ns + int(took_s * 1e9 * (k + 1) / len(blocks)) for k in range(len(blocks))]
    return Capture(index, index if conversation is None else conversation, turn, due_ns, due_ns + 1000, stamps[-1], None, stamps, blocks)


def collected(folder: Path, plan: LoadPlan, captures: dict[int, list[Capture]], *, facts: dict | None = None, **more: object):
    """(RunInfo, table) of a run in which worker k captured captures[k]."""
    for worker, some in captures.items():
        with captures_file(folder, worker).open("wb") as file:
            for capture in some:
                append(file, capture)
        facts_file(folder, worker).write_text(json.dumps({"sent": len(some), "priority": "normal", **(facts or {})}))
    ((info, table),) = read_runs(collect(plan, folder, START_NS, folder / "requests.parquet", **more))
    return info, table


def test_requests_that_ended_in_any_order_have_one_row_each_and_the_lost_ones_are_dropped(tmp_path):
    plan = plan_of(rate=10, duration_s=1, workers=2)
    captures = {0: [answered(k, k / 10) for k in (4, 0, 2)], 1: [answered(k, k / 10) for k in (3, 1)]}
    info, table = collected(tmp_path, plan, captures, lost={1: "its process ended with signal 9"})
    assert table["index"].to_pylist() == list(range(10)) and table["worker"].to_pylist() == [0, 1] * 5
    assert table["scheduled_s"].to_pylist() == schedule(plan).times.tolist()
    assert table["error_kind"].to_pylist() == [None] * 5 + ["dropped"] * 5
    whys = table["error_sample"].to_pylist()[5:]
    assert whys[0] == "its process ended with signal 9" and whys[1].startswith("never sent")
    assert [worker.lost for worker in info.workers] == [None, "its process ended with signal 9"]
    assert not captures_file(tmp_path, 0).exists()


def test_the_turns_of_a_conversation_are_rows_of_their_own_and_those_nobody_saw_are_dropped(tmp_path):
    plan = plan_of(rate=2, duration_s=1, prompts=TURNS)
    seen = [answered(0, 0.0), answered(1, 0.7, conversation=0, turn=1), answered(3, 0.5, conversation=1)]
    _, table = collected(tmp_path, plan, {0: seen})
    assert table["index"].to_pylist() == list(range(6))
    assert list(zip(table["conversation"].to_pylist(), table["turn"].to_pylist(), strict=True)) == [
        (c, t) for c in (0, 1) for t in (0, 1, 2)
    ]
    assert table["status"].to_pylist() == ["ok", "ok", "error", "ok", "error", "error"]
    assert table["scheduled_s"].to_pylist() == pytest.approx([0.0, 0.7, 0.0, 0.5, 0.5, 0.5])


def test_a_due_time_on_the_edge_of_the_window_is_not_rounded_out_of_it(tmp_path):
    plan = plan_of(rate=10, warmup_s=4.1, duration_s=1)  # 4.1 * 1e9 is below 4,100,000,000
    times = schedule(plan).times.tolist()
    _, table = collected(tmp_path, plan, {0: [answered(k, at) for k, at in enumerate(times)]})
    assert table["phase"].to_pylist() == ["warmup"] * 41 + ["measured"] * 10


def test_a_closed_loop_has_the_rows_that_were_captured_and_no_rate(tmp_path):
    plan = plan_of(rate=None, arrivals="poisson", closed={"concurrency": 2}, warmup_s=0.5, duration_s=1, workers=2)
    captures = {0: [answered(0, 0.0), answered(2, 0.6)], 1: [answered(1, 0.1)]}
    info, table = collected(tmp_path, plan, captures)
    assert (info.loop, info.concurrency, info.requested_rate, info.arrivals) == ("closed", 2, None, "closed loop, 2 users")
    assert table["index"].to_pylist() == [0, 1, 2] and table["phase"].to_pylist() == ["warmup", "warmup", "measured"]
    assert (info.warmup_s, info.measured_s) == (0.5, 1.0)


def test_what_the_workers_say_of_themselves_travels_with_the_records(tmp_path):
    facts = {"mean_in_flight": 1.5, "clock_step_s": 0.2, "aborted": "9 of 9 failed", "node": "n1", "of_a_later_version": 1}
    plan = plan_of(rate=10, duration_s=1, slos={"fast": {"ttft_s": 0.1}}, prompt_note="from a file")
    info, table = collected(tmp_path, plan, {0: []}, facts=facts)
    worker = info.workers[0]
    assert (worker.mean_in_flight, worker.clock_step_s, worker.aborted, worker.node) == (1.5, 0.2, "9 of 9 failed", "n1")
    assert info.slos["fast"].ttft_s == 0.1 and info.prompt_note == "from a file" and info.warmup_found is None
    assert set(table["error_sample"].to_pylist()) == {"the run was cut short: 9 of 9 failed"}


def slow_at_first(plan: LoadPlan, until_s: float) -> list[Capture]:
    return [answered(k, at, 0.9 if at < until_s else 0.1 + k % 7 / 1000) for k, at in enumerate(schedule(plan).times.tolist())]


def test_the_measured_time_begins_where_the_run_became_steady(tmp_path):
    plan = plan_of(rate=20, warmup="auto", warmup_s=10, duration_s=10)
    info, table = collected(tmp_path, plan, {0: slow_at_first(plan, 3.0)}, facts={"mean_in_flight": 2.0})
    assert info.workers[0].mean_in_flight is None  # it was counted over another window
    assert (info.warmup_s, info.measured_s, info.warmup_found) == (pytest.approx(3.0), pytest.approx(17.0), True)
    assert table["phase"].to_pylist() == ["warmup"] * 60 + ["measured"] * 340


def test_a_run_that_was_not_steady_within_the_limit_is_measured_from_there_and_says_so(tmp_path):
    plan = plan_of(rate=20, warmup="auto", warmup_s=2, duration_s=18)
    info, table = collected(tmp_path, plan, {0: slow_at_first(plan, 5.0)}, facts={"mean_in_flight": 2.0})
    assert info.workers[0].mean_in_flight == 2.0
    assert (info.warmup_s, info.measured_s, info.warmup_found) == (2.0, 18.0, False)
    assert table["phase"].to_pylist().count("warmup") == 40


def test_traffic_that_changes_by_itself_is_not_searched_for_a_steady_part(tmp_path):
    steps = [{"rate": 10, "duration_s": 5}, {"rate": 30, "duration_s": 5}]
    plan = plan_of(rate=20, arrivals="steps", steps=steps, warmup="auto", warmup_s=5, duration_s=10)
    info, _ = collected(tmp_path, plan, {0: slow_at_first(plan, 1.0)})
    assert (info.warmup_s, info.warmup_found) == (5.0, False)


@pytest.mark.parametrize("warmup", ["declared", "auto"])
def test_progress_never_goes_back_and_ends_at_its_end(tmp_path, warmup):
    plan = plan_of(rate=100, duration_s=5, warmup_s=1, warmup=warmup, workers=2)
    told = []
    halves = {0: slow_at_first(plan, 0)[::2], 1: slow_at_first(plan, 0)[1::2]}
    collected(tmp_path, plan, halves, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told) and len(told) > 4 and len({total for _, total in told}) == 1 and told[-1][0] == told[-1][1] > 0


def test_memory_does_not_grow_with_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "GROUP_ROWS", 20)

    def peak(n: int) -> int:
        folder = tmp_path / str(n)
        folder.mkdir()
        plan = plan_of(rate=100, duration_s=n / 100)
        with captures_file(folder, 0).open("wb") as file:
            for k in range(n):
                append(file, answered(k, k / 100, chunks=30))
        tracemalloc.start()
        collect(plan, folder, START_NS, folder / "requests.parquet")
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(50)  # what is imported on first use
    assert peak(1000) < 1.5 * peak(200)  # 5 times, were every row held


def test_a_tokenizer_that_cannot_be_read_costs_nothing_that_was_captured(tmp_path):
    from ftbench.errors import InputError

    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(InputError, match="tokenizer"):
        collected(tmp_path, plan_of(tokenizer=str(tmp_path)), {0: [answered(0, 0.0)]})
    assert captures_file(tmp_path, 0).stat().st_size > 0
