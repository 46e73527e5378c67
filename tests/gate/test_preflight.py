"""What is wrong with the files that a spec names is found before anything is started."""

import json

import pytest

from ftbench.checks.registry import CHECKS
from ftbench.errors import InputError
from ftbench.gate.preflight import read_all
from tests.checks.builder import spec

LABELS = ["a", "b"]


@pytest.fixture
def contract(tmp_path):
    cases = [{"id": f"c{i}", "prompt": f"p{i}", "label": LABELS[i % 2]} for i in range(3)]
    (tmp_path / "golden.jsonl").write_text("".join(json.dumps(c) + "\n" for c in cases))
    (tmp_path / "format.jsonl").write_text(
        '{"id": "f", "messages": [{"role": "user", "content": "own"}]}\n{"id": "g", "prompt": "as JSON"}\n'
    )

    def contract(**sections):
        tests = {
            "accuracy": {"cases": "golden.jsonl", "labels": LABELS},
            "format_compliance": {"cases": "format.jsonl", "max_words": 5, "system_prompt": "JSON only"},
        }
        return spec({**tests, **sections.pop("tests", {})}, tmp_path, **{"system_prompt": "be short", **sections})

    return contract


def test_test_sets_prompts_profile_and_all_ten_checks_are_ready(contract):
    ready = read_all(contract())
    assert {name: len(found.cases) for name, found in ready.test_sets.items()} == {"accuracy": 3, "format_compliance": 2}
    assert ready.checks == CHECKS and ready.profile.id == "local"
    assert [item.messages[-1]["content"] for item in ready.prompts.items] == ["p0", "p1", "p2", "own", "as JSON"]


def refused(found) -> str:
    with pytest.raises(InputError) as refusal:
        read_all(found)
    return str(refusal.value)


def test_waived_and_configured_at_once_is_refused(contract):
    assert "skip.accuracy: the spec also has tests.accuracy" in refused(contract(skip={"accuracy": "later"}))
    assert read_all(contract(skip={"safety": "later"}))


def test_budget_in_another_currency_than_the_price_is_refused(contract):
    assert "cost.currency is EUR, but the price of hardware l4 is in USD" in refused(contract(hardware="l4", cost={"currency": "EUR"}))


def test_missing_test_set_and_missing_prompts_are_refused(contract, tmp_path):
    (tmp_path / "format.jsonl").unlink()
    assert "format.jsonl does not exist" in refused(contract())
    assert "none.jsonl does not exist" in refused(spec({}, tmp_path, load={"rate": 1, "prompts": "none.jsonl"}))


def test_spec_with_nothing_to_send_is_refused(tmp_path):
    assert "There is nothing to send" in refused(spec({"latency": {"p50_s": 1}}, tmp_path))


def test_latency_that_could_not_be_judged_is_refused_before_the_traffic_not_after(contract):
    latency = {"latency": {"p50_s": 1}}
    assert "Put 1 into load.scales" in refused(contract(tests=latency, load={"rate": 1, "scales": [3, 10]}))
    message = refused(contract(tests=latency, load={"rate": 0.5, "duration_s": 60, "min_requests": 40}))
    assert "min_cases is 100, but load sends only about 40 requests at 1x. Raise load.min_requests to 100" in message
    assert read_all(contract(tests=latency, load={"rate": 2, "duration_s": 60, "min_requests": 40}))
    assert read_all(contract(load={"rate": 0.5, "duration_s": 6, "min_requests": 4, "scales": [3]}))


def test_trace_that_is_too_short_or_of_another_rate_is_refused_before_anything_is_started(contract, tmp_path):
    (tmp_path / "monday.csv").write_text("timestamp_s\n" + "".join(f"{k * 0.5}\n" for k in range(240)))
    load = {"rate": 2, "arrivals": "replay", "trace": "monday.csv", "warmup_s": 5, "min_requests": 100}
    ready = read_all(contract(load={**load, "scales": [1, 3]}))
    assert len(ready.trace.times_s) == 240
    assert "holds 90 requests behind the warm-up of 5 s" in refused(contract(load={**load, "scales": [1, 15]}))
    assert "load.rate, today's mean, is 5, but monday.csv has 2 requests/s" in refused(contract(load={**load, "rate": 5}))
    assert "none.csv does not exist" in refused(contract(load={**load, "trace": "none.csv"}))
    short = {**load, "scales": [1], "min_requests": 50, "duration_s": 40}
    assert "sends only about 80 requests at 1x" in refused(contract(tests={"latency": {"p50_s": 1}}, load=short))
