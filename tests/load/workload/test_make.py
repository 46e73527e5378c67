import json
from itertools import combinations

import numpy as np
import pytest

from ftbench.errors import InputError
from ftbench.load.arrivals import Trace
from ftbench.load.body import item_of
from ftbench.load.item import Item
from ftbench.load.plan import describe_arrivals, make_plan, schedule
from ftbench.load.workload import PLACEHOLDER, Source, furnish, make_workload, read_prompts
from ftbench.load.workload.synthetic import common_beginning
from ftbench.load.workload.tokenizer import count_tokens, prompt_ids
from ftbench.spec.load import Synthetic

TRACE = Trace(
    name="monday.csv", times_s=[k * 0.5 for k in range(40)], prompt_tokens=[30 + k for k in range(40)], output_tokens=list(range(1, 41))
)


def a_plan(**fields):
    basic = {"url": "http://127.0.0.1:1/v1", "model": "m", "duration_s": 10, "seed": 3, "prompts": PLACEHOLDER}
    return make_plan(**{**basic, **({} if "closed" in fields else {"rate": 4}), **fields})


def file_of(tmp_path, n, **more):
    path = tmp_path / "traffic.jsonl"
    path.write_text("".join(json.dumps({"prompt": f"question number {k}", **more}) + "\n" for k in range(n)))
    return read_prompts(path)


def synthetic(tokenizer, **declared):
    return Source(synthetic=Synthetic.model_validate(declared), tokenizer=tokenizer)


def test_a_trace_is_followed_in_full_prompt_by_prompt_in_its_order(bpe):
    plan = a_plan(arrivals="replay", trace=TRACE, rate=2, duration_s=12, warmup_s=3)
    full = furnish(plan, Source(tokenizer=bpe))
    n = len(schedule(plan).times)
    assert count_tokens(bpe, full.prompts) == [item.prompt_tokens for item in full.prompts] == TRACE.prompt_tokens[:n]
    assert [item_of(full, k).max_tokens for k in range(n)] == TRACE.output_tokens[:n]
    assert describe_arrivals(full, schedule(full)) == "replay, 30 of 40 requests of monday.csv, its output lengths, its prompt lengths"
    assert full.prompt_note == "synthetic, lengths of monday.csv (mean 44 tokens in)"


def test_without_a_tokenizer_or_with_prompts_of_ones_own_a_trace_says_only_when(tmp_path, bpe):
    plan = a_plan(arrivals="replay", trace=TRACE, rate=2)
    kept = furnish(plan, Source(file_of(tmp_path, 3), tokenizer=bpe))
    assert "not its prompt lengths" in describe_arrivals(kept, schedule(kept)) and len(kept.prompts) == 3
    with pytest.raises(InputError, match="need the model's tokenizer"):
        furnish(plan, Source())


def test_a_trace_with_a_prompt_below_the_template_names_the_request(bpe):
    short = TRACE.model_copy(update={"prompt_tokens": [30, 1, *TRACE.prompt_tokens[2:]]})
    with pytest.raises(InputError, match="^monday.csv: request 2 is to have a prompt of 1 tokens, and the least possible is"):
        make_workload(Source(tokenizer=bpe), n=40, trace=short)


def test_a_second_run_does_not_find_its_prompts_in_the_servers_cache_unless_that_is_wanted(bpe):
    source = synthetic(bpe, input={"mean": 60, "sd": 9}, output={"median": 9, "sigma": 1})
    first, second = (make_workload(source, n=30, seed=7) for _ in range(2))
    assert [(i.prompt_tokens, i.max_tokens) for i in first.items] == [(i.prompt_tokens, i.max_tokens) for i in second.items]
    both = prompt_ids(bpe, first.items) + prompt_ids(bpe, second.items)
    head = max(common_beginning(a, b) for a, b in combinations(prompt_ids(bpe, first.items), 2))
    assert sorted(common_beginning(a, b) for a, b in combinations(both, 2))[-5] <= head + 2  # a word may come first by chance
    again = [make_workload(source, n=30, seed=7, reuse="as-is").items for _ in range(2)]
    assert again[0] == again[1]
    assert again[0] != make_workload(source, n=30, seed=8, reuse="as-is").items


def test_one_prompt_for_each_arrival_of_an_open_loop_so_that_none_is_sent_twice(bpe):
    plan = furnish(a_plan(warmup_s=2, min_requests=60), synthetic(bpe, input=40, output=8))
    assert len(plan.prompts) == len(schedule(plan).times) > 60
    assert len({item.messages[0]["content"] for item in plan.prompts}) == len(plan.prompts)
    assert {(item.prompt_tokens, item.max_tokens) for item in plan.prompts} == {(40, 8)}
    assert plan.prompt_note == "synthetic, 40 tokens in, at most 8 out"


def test_a_closed_loop_says_how_many_prompts_were_made_for_requests_that_nobody_can_count(bpe):
    plan = furnish(a_plan(closed={"concurrency": 3, "think_s": 0.8}), synthetic(bpe, input=20))
    assert len(plan.prompts) == 30
    note = "synthetic, 20 tokens in, at most 64 out, 30 prompts, each repeat marked so that no prefix cache has it"
    assert plan.prompt_note == note


def test_memory_is_bounded_and_the_note_says_that_prompts_repeat(bpe, monkeypatch):
    monkeypatch.setattr("ftbench.load.workload.make.MOST_TOKENS", 200)
    made = make_workload(synthetic(bpe, input=20, output=8), n=50, forced=True)
    assert len(made.items) == 10
    assert made.note == "synthetic, 20 tokens in, 8 out, 10 prompts for 50 requests, each repeat marked so that no prefix cache has it"
    monkeypatch.setattr("ftbench.load.workload.make.MOST_FOLLOWED", 200)
    with pytest.raises(InputError, match="monday.csv: the prompts of its 40 requests have 1,980 tokens together"):
        make_workload(Source(tokenizer=bpe), n=40, trace=TRACE)


@pytest.mark.parametrize(
    ("n", "how", "says"),
    [
        (300, {}, "120 prompts of traffic.jsonl for 300 requests, each repeat marked so that no prefix cache has it"),
        (300, {"reuse": "as-is"}, "120 prompts of traffic.jsonl for 300 requests, repeated as they are, so a prefix cache may have them"),
        (120, {}, "120 prompts of traffic.jsonl, each sent once"),
        (50, {}, "50 of 120 prompts of traffic.jsonl"),
        (50, {"known": False}, "120 prompts of traffic.jsonl, each repeat marked so that no prefix cache has it"),
    ],
)
def test_the_note_says_how_the_prompts_of_a_file_repeat(tmp_path, n, how, says):
    made = make_workload(Source(file_of(tmp_path, 120)), n=n, **how)
    assert made.note == says and len(made.items) == (min(n, 120) if how.get("known", True) else 120)


def test_prompts_of_a_file_are_counted_where_there_is_a_tokenizer(tmp_path, bpe):
    made = make_workload(Source(file_of(tmp_path, 4), tokenizer=bpe), n=4)
    assert [item.prompt_tokens for item in made.items] == count_tokens(bpe, made.items)
    assert make_workload(Source(file_of(tmp_path, 4)), n=4).items[0].prompt_tokens is None


def test_a_file_that_exceeds_the_context_is_refused_by_its_line_before_anything_is_sent(tmp_path, bpe):
    prompts = file_of(tmp_path, 5)
    (n,) = count_tokens(bpe, prompts.items[:1])
    make_workload(Source(prompts, tokenizer=bpe, context=n + 10), n=9, max_tokens=10)
    with pytest.raises(InputError, match="^traffic.jsonl, line 1: .* 1 more than the context"):
        make_workload(Source(prompts, tokenizer=bpe, context=n + 9), n=9, max_tokens=10)
    with pytest.raises(InputError, match=r"^traffic.jsonl, line 3: .*max_tokens is 40"):  # request 40 sends line 5, request 38 line 3 ...
        trace = TRACE.model_copy(update={"output_tokens": [1, 1, 40, *[1] * 37]})
        make_workload(Source(prompts, tokenizer=bpe, context=n + 39), n=40, trace=trace, max_tokens=10)


def test_made_up_prompts_that_exceed_the_context_are_refused_before_they_are_written(bpe, monkeypatch):
    monkeypatch.setattr("ftbench.load.workload.make.write_prompts", lambda *_, **__: pytest.fail("too late"))
    with pytest.raises(
        InputError, match="^synthetic.input: the prompt of request 1 is to have 900,000 tokens, 899,488 more than the context"
    ):
        make_workload(synthetic(bpe, input=900_000)._replace(context=512), n=1)


def test_made_up_prompts_leave_room_for_their_answers(bpe):
    make_workload(synthetic(bpe, input=500, output=12)._replace(context=512), n=2)
    with pytest.raises(InputError, match="^synthetic prompt 1: the prompt has 500 tokens and max_tokens is 13, 1 more"):
        make_workload(synthetic(bpe, input=500, output=13)._replace(context=512), n=2)


def test_conversations_have_the_turns_and_the_lengths_that_were_declared(bpe):
    declared = {
        "input": 50,
        "turns": {"mean": 4, "sd": 2, "max": 9},
        "turn_input": {"mean": 20, "sd": 4},
        "think_s": 3,
        "think": "exponential",
    }
    made = make_workload(synthetic(bpe, **declared), n=200)
    assert count_tokens(bpe, made.items) == [50] * 200
    turns = np.array([1 + len(item.then) for item in made.items])
    assert turns.min() == 1 and turns.max() <= 9 and turns.mean() == pytest.approx(4.2, abs=0.5)
    flat = [turn for item in made.items for turn in item.then]
    lengths = np.array([len(bpe(turn.content, add_special_tokens=False)["input_ids"]) for turn in flat])
    assert lengths.mean() == pytest.approx(20, abs=1) and lengths.std() == pytest.approx(4, abs=0.6)
    thinks = np.array([turn.think_s for turn in flat])
    assert thinks.mean() == pytest.approx(3, rel=0.25) and thinks.std() == pytest.approx(3, rel=0.3)
    assert "1 to " in made.note and "turns with 3 s to think at the mean" in made.note
    with pytest.raises(InputError, match="need the chat API"):
        make_workload(synthetic(bpe, **declared), n=2, api="completions")


def test_lengths_of_one_file_stay_together(bpe, tmp_path):
    rows = [(20 + k, 100 + k) for k in range(50)]
    (tmp_path / "l.csv").write_text("prompt_tokens,output_tokens\n" + "".join(f"{a},{b}\n" for a, b in rows))
    made = make_workload(synthetic(bpe, input={"file": "l.csv"}, output={"file": "l.csv"})._replace(folder=tmp_path), n=100)
    assert {(item.prompt_tokens, item.max_tokens) for item in made.items} <= set(rows)
    assert made.note.startswith("synthetic, 2") and "(as in l.csv, mean" in made.note


@pytest.mark.parametrize(
    ("declared", "trace", "says"),
    [
        ({}, None, "synthetic.input is missing"),
        ({"input": 50}, TRACE, "monday.csv says how long the prompts are, and so does synthetic.input"),
        ({"input": 2}, None, "synthetic.input: `tokens` is 2 tokens, and the least possible is"),
        ({"input": 50, "output": {"file": "none.csv"}}, None, "synthetic.output: none.csv does not exist"),
    ],
)
def test_a_declaration_that_cannot_be_met_names_its_key(bpe, declared, trace, says):
    with pytest.raises(InputError, match=says):
        make_workload(synthetic(bpe, **declared), n=5, trace=trace)


def test_declared_sharing_is_in_the_note_and_in_the_prompts_of_a_trace_too(bpe):
    made = make_workload(synthetic(bpe, prefix_share=0.5, prefix_groups=2), n=20, trace=TRACE)
    ids = prompt_ids(bpe, made.items)
    assert common_beginning(ids[10], ids[12]) == pytest.approx(20, abs=1) and common_beginning(ids[10], ids[11]) < 5
    assert made.note == "synthetic, lengths of monday.csv (mean 40 tokens in), 50 % shared prefix in 2 groups"


def test_a_length_that_no_words_make_up_is_counted_in_the_note(bpe, monkeypatch):
    from ftbench.load.workload import make
    from ftbench.load.workload.exact import Fitted

    monkeypatch.setattr(make, "write_prompts", lambda *_, **__: [Fitted("a", 39), Fitted("b", 40)])
    made = make_workload(synthetic(bpe, input=40), n=2)
    assert "1 of 2 prompts a token or more off that length" in made.note
    assert [item.prompt_tokens for item in made.items] == [40, 40]  # what was meant: the summary shows what the server counted


def test_completions_are_texts_of_their_length(tokenizers):
    made = make_workload(synthetic(tokenizers["metaspace"], input=40), n=5, api="completions")
    assert all(isinstance(item, Item) and item.prompt and item.messages is None for item in made.items)
    assert count_tokens(tokenizers["metaspace"], made.items) == [40] * 5


def test_a_file_that_many_runs_send_begins_in_each_with_another_mark_and_shares_what_it_shares(tmp_path, bpe):
    source = Source(file_of(tmp_path, 4), tokenizer=bpe, again=True)
    first, second = (make_workload(source, n=9) for _ in range(2))
    texts = [[item.messages[0]["content"] for item in made.items] for made in (first, second)]
    assert all(text[11:].startswith("question number ") for text in texts[0] + texts[1])
    assert len({text[:10] for text in texts[0]}) == 1 and texts[0][0][:10] != texts[1][0][:10]
    assert [item.prompt_tokens for item in first.items] == count_tokens(bpe, first.items)
    assert first.note.endswith("all behind a mark of this run's own")
    assert make_workload(source, n=9, reuse="as-is").items[0].messages == file_of(tmp_path, 4).items[0].messages
