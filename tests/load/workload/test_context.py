import pytest

from ftbench.errors import InputError
from ftbench.load.item import Item, Turn
from ftbench.load.workload.context import check_context
from ftbench.load.workload.tokenizer import count_tokens


def text(words, **more):
    return Item(prompt=" ".join(["z"] * words), **more)


def test_the_first_prompt_that_does_not_fit_is_named_and_by_how_much(bpe):
    items = [text(10), text(100), text(200), Item(messages=[{"role": "user", "content": "z"}])]
    (long,) = count_tokens(bpe, [items[1]])
    check_context(items[:2], long + 16, bpe, 16)
    with pytest.raises(InputError, match=rf"^prompt 2: the prompt has {long:,} tokens and max_tokens is 16, 5 more than the context"):
        check_context(items[:2], long + 11, bpe, 16)
    with pytest.raises(InputError, match=r"^b.jsonl, line 7: .*2 of 4 do not fit"):
        check_context(items, long, bpe, 16, ["b.jsonl, line 6", "b.jsonl, line 7", "b.jsonl, line 8", "b.jsonl, line 9"])


def test_a_prompts_own_output_length_counts_and_so_does_one_of_a_trace(bpe):
    (n,) = count_tokens(bpe, [text(50)])
    check_context([text(50, max_tokens=5)], n + 5, bpe, 1000)
    with pytest.raises(InputError, match="max_tokens is 6, 1 more"):
        check_context([text(50, max_tokens=6)], n + 5, bpe, 1)
    with pytest.raises(InputError, match="^prompt 2: .*max_tokens is 9"):
        check_context([text(50), text(50)], n + 8, bpe, [8, 9])


def test_a_conversation_is_as_long_as_its_last_request_and_answers_count_only_when_they_are_forced(bpe):
    talk = Item(messages=[{"role": "user", "content": "z z"}], then=[Turn(content="z z z"), Turn(content="z")])
    whole = [
        {"role": role, "content": content}
        for role, content in [("user", "z z"), ("assistant", ""), ("user", "z z z"), ("assistant", ""), ("user", "z")]
    ]
    (n,) = count_tokens(bpe, [Item(messages=whole)])
    check_context([talk], n + 10, bpe, 10)
    with pytest.raises(InputError, match=rf"the prompt with its 3 turns has {n} tokens and max_tokens is 10, 1 more"):
        check_context([talk], n + 9, bpe, 10)
    check_context([talk], n + 30, bpe, 10, forced=True)
    with pytest.raises(InputError, match="the answers before 20 and max_tokens is 10, 1 more"):
        check_context([talk], n + 29, bpe, 10, forced=True)


def test_a_picture_is_not_counted_and_refuses_nothing(bpe):
    picture = Item(messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}])
    check_context([picture], 1, bpe, 1)
