"""Tokens of a server that does not count them."""

import json

import pytest

from ftbench.errors import InputError
from ftbench.load.recount import recount_with
from ftbench.load.response import Event
from ftbench.load.tokens import read_answer


@pytest.fixture
def folder(tmp_path):
    """A byte-level BPE that knows "ab" and "abc" as one token each; every other byte is its own."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {word: k for k, word in enumerate([*alphabet, "ab", "abc"])}
    tokenizer = Tokenizer(models.BPE(vocabulary, [("a", "b"), ("ab", "c")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.enable_truncation(3)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return str(tmp_path)


def events(*texts: str, **more: object) -> list[Event]:
    chunks = [{"choices": [{"delta": {"content": text}}]} for text in texts] + [
        {"choices": [{"delta": {}, "finish_reason": "stop"}], **more}
    ]
    return [Event(k, json.dumps(chunk).encode()) for k, chunk in enumerate(chunks)]


def test_the_whole_text_is_counted_at_once_and_not_chunk_by_chunk(folder):
    recount = recount_with(folder)
    assert recount(["a", "b", "x", "ab"]) == (3, 1)  # "ab" is one token, whatever the chunks were; chunk by chunk: 4
    assert recount(["xabc", "x"]) == (3, 2)


def test_a_long_answer_is_not_cut_to_what_the_tokenizer_was_trained_with(folder):
    assert recount_with(folder)(["xyz" * 100]) == (300, 300)


def test_half_a_surrogate_pair_does_not_stop_the_count(folder):
    assert recount_with(folder)(["\ud83d", "x"]) == (2, 1)


def test_usage_goes_before_the_tokenizer_and_the_tokenizer_before_chunks(folder):
    recount = recount_with(folder)
    ours = read_answer(events("xabc", "ab"), recount)
    assert (ours.output_tokens, ours.first_chunk_tokens, ours.token_count_source, ours.prompt_tokens) == (3, 2, "tokenizer", None)
    usage = {"prompt_tokens": 4, "completion_tokens": 9}
    assert read_answer(events("xabc", "ab", usage=usage), recount).token_count_source == "usage"
    assert read_answer(events("xabc", "ab")).token_count_source == "chunks"


def test_a_folder_without_a_tokenizer_is_bad_input(tmp_path):
    with pytest.raises(InputError, match="no tokenizer"):
        recount_with(str(tmp_path / "nowhere"))
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(InputError, match="is no tokenizer"):
        recount_with(str(tmp_path))
