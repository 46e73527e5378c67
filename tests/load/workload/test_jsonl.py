import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.demo.files import demo_prompts
from ftbench.errors import InputError
from ftbench.load.item import Turn
from ftbench.load.workload.jsonl import read_prompts


def file_of(tmp_path, *lines):
    path = tmp_path / "traffic.jsonl"
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines), encoding="utf-8")
    return path


def test_each_form_becomes_what_its_api_takes(tmp_path):
    path = file_of(
        tmp_path,
        {"prompt": "Hi"},
        {"messages": [{"role": "user", "content": "own"}], "max_tokens": 9, "id": 7},
        "",
        {"turns": ["first", {"content": "second", "think_s": 2}, "third"]},
    )
    found = read_prompts(path, "chat", "be short")
    system = {"role": "system", "content": "be short"}
    assert [item.messages for item in found.items] == [
        [system, {"role": "user", "content": "Hi"}],
        [{"role": "user", "content": "own"}],
        [system, {"role": "user", "content": "first"}],
    ]
    assert found.items[1].max_tokens == 9
    assert found.items[2].then == [Turn(content="second", think_s=2), Turn(content="third")]
    assert found.where == ["traffic.jsonl, line 1", "traffic.jsonl, line 2", "traffic.jsonl, line 4"]
    assert read_prompts(file_of(tmp_path, {"prompt": "Hi"}), "completions", "be short").items[0].prompt == "Hi"


def test_test_sets_are_accepted_as_they_are_whatever_else_a_line_says(tmp_path):
    assert len(read_prompts(demo_prompts()).items) >= 50
    line = {"id": "a", "prompt": "x", "messages": None, "expected": {"a": 1}, "category": "c", "label": "l", "whatever": [1]}
    assert len(read_prompts(file_of(tmp_path, line)).items) == 1


def test_content_in_parts_and_tool_calls_are_the_servers_business(tmp_path):
    parts = [{"type": "text", "text": "what is this?"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    messages = [{"role": "user", "content": parts}, {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}]
    assert read_prompts(file_of(tmp_path, {"messages": messages})).items[0].messages == messages


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("not json", "this is not JSON"),
        ('{"prompt": "a", "prompt": "b"}', "'prompt' is given twice"),
        ('{"prompt": "\\ud800"}', "half of a surrogate pair"),
        ('{"messages": [{"role": "user", "content": "a", "weight": NaN}]}', "NaN is no number in JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "no JSON object"),
        ({"id": "a"}, "there is no prompt"),
        ({"prompt": "a", "messages": []}, "both `prompt` and `messages`"),
        ({"prompt": " "}, "`prompt` is empty"),
        ({"prompt": 5}, "`prompt` is int, not a text"),
        ({"messages": []}, "list of at least one message"),
        ({"messages": ["hi"]}, "message 1 of `messages` is no object with a `role`"),
        ({"messages": [{"role": "user"}]}, "message 1 of `messages` has no `content`"),
        ({"messages": [{"role": "user", "content": ""}]}, "all `messages` are empty"),
        ({"turns": []}, "list of at least one text"),
        ({"turns": ["a", {"content": "b", "think": 1}]}, "turn 2 has an unknown key 'think'"),
        ({"turns": ["a", {"content": "b", "think_s": -1}]}, "`think_s` of turn 2 is -1"),
        ({"turns": [{"content": "a", "think_s": 1}, "b"]}, "`think_s` of turn 1 has no meaning"),
        ({"turns": ["a", ""]}, "turn 2 is empty"),
        ({"prompt": "a", "max_tokens": 0}, "`max_tokens` is 0"),
        ({"prompt": "a", "max_tokens": True}, "`max_tokens` is True"),
        ({"prompt": "a", "id": [1]}, "`id` is list"),
    ],
)
def test_a_line_that_cannot_be_sent_is_named_with_the_way_out(tmp_path, line, says):
    with pytest.raises(InputError) as error:
        read_prompts(file_of(tmp_path, {"prompt": "fine"}, line))
    assert str(error.value).startswith("traffic.jsonl, line 2: ") and says in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("line", [{"messages": [{"role": "user", "content": "a"}]}, {"turns": ["a"]}])
def test_a_chat_is_not_sent_as_a_text(tmp_path, line):
    with pytest.raises(InputError, match="is a chat, and the completions API takes a text"):
        read_prompts(file_of(tmp_path, line), "completions")


def test_no_file_no_text_and_no_prompt_are_one_sentence(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_prompts(tmp_path / "none.jsonl")
    (tmp_path / "latin").write_bytes(b'{"prompt": "gr\xfc\xdfe"}')
    with pytest.raises(InputError, match="cannot be read as UTF-8"):
        read_prompts(tmp_path / "latin")
    with pytest.raises(InputError, match="holds no prompt"):
        read_prompts(file_of(tmp_path, "", " "))


def test_line_separator_inside_a_text_and_a_byte_order_mark_move_no_line(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + '{"prompt": "a\u2028b"}\r\n{"prompt": "c"}'.encode())
    found = read_prompts(path)
    assert found.items[0].messages[0]["content"] == "a\u2028b" and found.where[1] == "t.jsonl, line 2"


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_whatever_stands_in_a_field_is_read_or_refused_but_never_a_crash(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("any") / "a.jsonl"
    for key in ("prompt", "messages", "turns", "max_tokens", "id"):
        path.write_text(json.dumps({"prompt": "x", key: value}) + "\n")
        try:
            found = read_prompts(path)
        except InputError:
            continue
        assert found.items[0].model_dump_json()
