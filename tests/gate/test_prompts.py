"""What the load run of a spec sends."""

import json

import pytest

from ftbench.errors import InputError
from ftbench.gate.measure import plan_at
from ftbench.gate.preflight import read_all
from ftbench.gate.prompts import check_prompts, prompts_of, source_of, system_prompt, tokenizer_folder
from ftbench.gate.reach import Reached
from ftbench.load.workload.tokenizer import count_tokens
from ftbench.quality.generate import Target
from tests.checks.builder import spec

ENDPOINT = {"model": None, "endpoint": {"url": "http://127.0.0.1:9/v1"}}
TESTS = {
    "accuracy": {"cases": "golden.jsonl", "labels": ["a", "b"]},
    "format_compliance": {"cases": "format.jsonl", "max_words": 5, "system_prompt": "JSON only"},
}


@pytest.fixture
def contract(tmp_path, tiny_model_folder):
    (tmp_path / "golden.jsonl").write_text(
        "".join(json.dumps({"id": f"c{i}", "prompt": f"p{i}", "label": "ab"[i % 2]}) + "\n" for i in range(3))
    )
    (tmp_path / "format.jsonl").write_text(
        '{"id": "f", "messages": [{"role": "user", "content": "own"}]}\n{"id": "g", "prompt": "as JSON"}\n'
    )
    (tmp_path / "monday.csv").write_text("timestamp_s,prompt_tokens\n" + "".join(f"{k * 0.5},{40 + k % 5}\n" for k in range(60)))

    def contract(load=None, **sections):
        sections = {"model": {"path": str(tiny_model_folder), "variant": "fp32"}, "system_prompt": "be short", **sections}
        return spec(
            TESTS, tmp_path, load={"rate": 2, "scales": [1], "warmup_s": 1, "min_requests": 20, "duration_s": 5, **(load or {})}, **sections
        )

    return contract


REPLAY = {"arrivals": "replay", "trace": "monday.csv"}


def planned(found, scale=1.0):
    return plan_at(read_all(found), Reached(Target("http://127.0.0.1:9/v1", "m", "id"), {}, 16), scale)


def test_test_sets_are_sent_each_with_its_own_system_prompt(contract, tmp_path):
    prompts = read_all(contract()).prompts
    assert [item.messages[0]["content"] for item in prompts.items] == ["be short"] * 3 + ["own", "JSON only"]
    assert prompts.where[0] == "tests.accuracy, case c0" and prompts.name == "the test sets"
    found = contract()
    names = ("accuracy", "format_compliance", "latency", "safety")
    assert [system_prompt(found, check) for check in names] == ["be short", "JSON only", "be short", "be short"]


def test_the_specs_own_prompts_come_before_those_of_the_test_sets(contract, tmp_path):
    (tmp_path / "traffic.jsonl").write_text('{"id": "t", "prompt": "traffic"}\n')
    (item,) = read_all(contract({"prompts": "traffic.jsonl"})).prompts.items
    assert item.messages == [{"role": "system", "content": "be short"}, {"role": "user", "content": "traffic"}]


def test_a_plan_holds_prompts_counted_by_the_models_own_tokenizer_and_where_they_came_from(contract):
    found = contract()
    plan = planned(found, 3)
    assert plan.rate == 6 and plan.prompt_note.startswith("5 prompts of the test sets for ")
    assert [item.prompt_tokens for item in plan.prompts] == count_tokens(source_of(found, None).tokenizer, plan.prompts)
    assert plan.tokenizer == str(tokenizer_folder(found))


def test_synthetic_prompts_are_exact_and_new_at_every_scale(contract):
    found = contract({"synthetic": {"input": 60, "output": 5}})
    check_prompts(found, read_all(found).prompts, None)
    plans = [planned(found, scale) for scale in (1, 2)]
    texts = [{item.messages[0]["content"] for item in plan.prompts} for plan in plans]
    assert not texts[0] & texts[1] and len(texts[1]) == len(plans[1].prompts)
    assert set(count_tokens(source_of(found, None).tokenizer, plans[0].prompts)) == {60}
    assert {item.max_tokens for item in plans[0].prompts} == {5}
    assert plans[0].prompt_note == "synthetic, 60 tokens in, at most 5 out"


def test_a_trace_with_prompt_lengths_is_followed_where_the_tokenizer_is_known(contract, tiny_model_folder):
    for found in (contract(REPLAY), contract({**REPLAY, "tokenizer": str(tiny_model_folder)}, **ENDPOINT)):
        plan = planned(found)
        assert [item.prompt_tokens for item in plan.prompts] == [40 + k % 5 for k in range(len(plan.prompts))]
    ready = read_all(contract(REPLAY, **ENDPOINT))
    assert len(ready.prompts.items) == 5 and source_of(ready.spec, ready.prompts).tokenizer is None


def test_a_test_set_that_exceeds_the_context_is_refused_before_the_model_is_up(contract):
    short = contract(serving={"max_context": 40}, load={"max_tokens": 39})
    with pytest.raises(InputError, match="^tests.accuracy, case c0: .* more than the context of 40"):
        check_prompts(short, read_all(short).prompts, None)
    check_prompts(contract(), read_all(contract()).prompts, None)
    too_long = contract({"synthetic": {"input": 500}})
    with pytest.raises(
        InputError, match="^synthetic prompt 1: the prompt has 500 tokens and max_tokens is 64, 52 more than the context of 512"
    ):
        check_prompts(too_long, None, None)


def test_made_up_prompts_without_a_tokenizer_are_refused_with_the_key_that_names_one(contract):
    with pytest.raises(InputError, match="Name its folder: load.tokenizer"):
        read_all(contract({"synthetic": {"input": 60}}, **ENDPOINT))
    missing = contract({"synthetic": {"input": 60}, "tokenizer": "none"}, **ENDPOINT)
    with pytest.raises(InputError, match="The tokenizer folder .*none does not exist"):
        check_prompts(missing, read_all(missing).prompts, None)


def test_a_tokenizer_that_runs_code_of_its_own_is_not_taken_unasked(contract, tmp_path, tiny_model_folder):
    from tests.models.builder import set_keys, spoilable

    folder = spoilable(tiny_model_folder, tmp_path)
    set_keys(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["own.Own", None]})
    found = contract(model={"path": str(folder), "variant": "fp32", "trust_remote_code": True})
    assert tokenizer_folder(found) is None
    assert planned(found).prompts[0].prompt_tokens is None


def test_nothing_to_send_is_said(tmp_path):
    with pytest.raises(InputError, match="There is nothing to send"):
        prompts_of(spec({}, tmp_path), {}, None)


def test_an_endpoint_gets_a_mark_of_the_run_since_the_test_sets_and_every_scale_send_the_same(contract):
    contents = [[item.messages[0]["content"] for item in planned(contract(**ENDPOINT), scale).prompts] for scale in (1, 2)]
    assert contents[0][0].endswith("] be short") and contents[0][0] != contents[1][0]
    assert planned(contract()).prompts[0].messages[0]["content"] == "be short"  # our server keeps no prefixes unless the spec says so
    assert planned(contract(serving={"prefix_caching": True})).prompts[0].messages[0]["content"] != "be short"


def test_what_the_spec_says_of_cap_abort_warmup_and_further_objectives_reaches_the_run(contract):
    load = {"in_flight_cap": 7, "abort_error_rate": 0.5, "warmup": "auto"}
    plan = planned(contract(load, slos={"chat": {"ttft_s": 0.5}}))
    assert (plan.in_flight_cap, plan.abort_error_rate, plan.warmup) == (7, 0.5, "auto") and plan.slos["chat"].ttft_s == 0.5
