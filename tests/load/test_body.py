"""What goes over the wire for one arrival."""

import json

import pytest

from ftbench.load.body import Bodies, is_repeat, item_of, mark_of, next_turn, request_body
from ftbench.load.item import Item
from ftbench.load.plan import make_plan
from tests.load.conftest import a_plan

URL = "http://127.0.0.1:1/v1"


def plan_of(*prompts, **changes):
    return make_plan(url=URL, model="m", rate=1, duration_s=1, max_tokens=16, prompts=list(prompts), **changes)


def bodies(plan, body=request_body):
    return Bodies(plan, body, lambda data: b"HEAD" + b"%06d" % len(data) + data)


def sent(made: bytes) -> dict:
    assert int(made[4:10]) == len(made) - 10  # Content-Length stands before the mark is put in
    return json.loads(made[10:])


def test_ignore_eos_is_sent_only_when_asked_for_since_clouds_refuse_unknown_fields():
    item = a_plan(URL).prompts[0]
    assert "ignore_eos" not in request_body(a_plan(URL), item)
    assert request_body(a_plan(URL, ignore_eos=True), item)["ignore_eos"] is True


def test_further_keys_and_the_items_own_length_reach_the_server():
    plan = plan_of({"messages": [{"role": "user", "content": "hi"}], "max_tokens": 7}, extra_body={"top_p": 0.5})
    body = request_body(plan, plan.prompts[0])
    assert body["top_p"] == 0.5 and body["max_tokens"] == 7 and body["stream_options"] == {"include_usage": True}


def test_a_key_that_a_cloud_refuses_can_be_left_out():
    plan = a_plan(URL, extra_body={"max_tokens": None, "stream_options": None, "max_completion_tokens": 9})
    body = request_body(plan, plan.prompts[0])
    assert not {"max_tokens", "stream_options"} & body.keys() and body["max_completion_tokens"] == 9 and body["stream"] is True


def test_a_prompt_sent_again_begins_with_a_mark_of_its_own_so_no_prefix_cache_has_it():
    plan = plan_of([{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hi"}], [{"role": "user", "content": "ho"}])
    made = bodies(plan)
    first = [sent(made.of(k))["messages"][0]["content"] for k in range(6)]
    assert first == ["Be kind.", "ho", "[00000002] Be kind.", "[00000003] ho", "[00000004] Be kind.", "[00000005] ho"]
    assert made.opening(2).messages[0]["content"] == "[00000002] Be kind." and made.opening(2).messages[1:] == plan.prompts[0].messages[1:]


def test_as_is_repeats_prompts_as_they_are():
    plan = plan_of([{"role": "user", "content": "hi"}], reuse="as-is")
    assert bodies(plan).of(5) == bodies(plan).of(0) and not is_repeat(plan, 5)


def test_the_mark_reaches_text_completions_and_content_in_parts():
    text = plan_of({"prompt": "Once"}, api="completions")
    assert sent(bodies(text).of(3))["prompt"] == "[00000003] Once" and "messages" not in sent(bodies(text).of(0))
    parts = plan_of([{"role": "user", "content": [{"type": "text", "text": "see"}]}])
    assert sent(bodies(parts).of(1))["messages"][0]["content"][0] == {"type": "text", "text": "[00000001]"}


@pytest.mark.parametrize("conversation", [0, 255, 16**8 - 1, 16**8 + 1])
def test_every_mark_is_as_long_as_its_place(conversation):
    assert len(mark_of(conversation)) == len("[ftbench:]")


def test_a_users_own_body_is_what_is_sent_marks_included():
    def body(plan, item):
        return {"question": item.messages[-1]["content"], "stream": True}

    made = bodies(plan_of([{"role": "user", "content": "hi"}]), body)
    assert [sent(made.of(k))["question"] for k in (0, 1)] == ["hi", "[00000001] hi"]


def test_the_next_turn_holds_the_servers_own_answer():
    item = Item(messages=[{"role": "user", "content": "a"}], then=[{"content": "b"}, {"content": "c"}])
    second = next_turn(item, "A", 1)
    third = next_turn(second, "B", 2)
    assert [m["content"] for m in third.messages] == ["a", "A", "b", "B", "c"]
    assert [m["role"] for m in third.messages] == ["user", "assistant"] * 2 + ["user"]


def test_a_traces_length_gives_way_to_the_items_own():
    trace = {"name": "t", "times_s": [0, 1, 2], "output_tokens": [5, 6, 7]}
    plan = plan_of([{"role": "user", "content": "x"}], {"prompt": "y", "max_tokens": 9}, arrivals="replay", trace=trace)
    assert [item_of(plan, k).max_tokens for k in range(3)] == [5, 9, 7]
