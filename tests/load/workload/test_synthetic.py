"""What makes a measurement of prefill true: exact lengths as the server counts them, and nothing in a prefix cache by accident."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.errors import InputError
from ftbench.load.workload.exact import Draft, filled, fit
from ftbench.load.workload.synthetic import as_item, common_beginning, make_writer, write_prompts, write_turns
from ftbench.load.workload.tokenizer import load_tokenizer, prompt_ids, text_ids
from ftbench.load.workload.words import Words, find_words
from tests.load.workload.tokenizers_made import KINDS, save

CASES = [(kind, api) for kind in KINDS for api in ("chat", "completions")]
SLACK = {"bpe": 1, "metaspace": 5, "characters": 4}  # tokens of one word where it is not one token


def rng(seed=1):
    return np.random.default_rng(seed)


def ids_of(writer, texts):
    return prompt_ids(writer.tokenizer, [as_item(text.text, writer.api) for text in texts])


@pytest.fixture(scope="module")
def writers(tokenizers):
    return {(kind, api): make_writer(tokenizers[kind], api) for kind, api in CASES}


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_every_prompt_has_exactly_its_length_with_template_and_special_tokens(writers, case):
    writer = writers[case]
    lengths = rng().integers(writer.least + 8, 300, 150)
    counted = [len(ids) for ids in ids_of(writer, write_prompts(writer, lengths, rng()))]
    assert counted == lengths.tolist()


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_no_two_prompts_have_more_in_common_than_the_template(writers, case):
    writer = writers[case]
    ids = ids_of(writer, write_prompts(writer, [60] * 60, rng()))
    most = max(common_beginning(a, b) for a, b in combinations(ids, 2))
    assert most <= writer.head + SLACK[case[0]] and len({tuple(one) for one in ids}) == 60


def test_with_words_of_one_token_two_prompts_differ_from_the_first_one_on(writers):
    writer = writers["bpe", "chat"]
    ids = ids_of(writer, write_prompts(writer, [30] * 1000, rng()))
    assert max(common_beginning(a, b) for a, b in combinations(ids[:200], 2)) == writer.head
    assert len({one[writer.head] for one in ids}) == 1000


def test_more_prompts_than_words_still_begin_with_sequences_of_their_own(tokenizers):
    words = Words(["ab", "cd", "ef"], np.ones(3, np.int64))
    writer = make_writer(tokenizers["bpe"], "chat")._replace(words=words)
    begun = [text.text.split()[:3] for text in write_prompts(writer, [40] * 27, rng())]
    assert len({tuple(begin) for begin in begun}) == 27


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
@pytest.mark.parametrize("kind", KINDS)
def test_declared_share_of_each_prompt_is_common_to_the_token_and_within_its_length(writers, kind, share, groups):
    writer = writers[kind, "chat"]
    lengths = rng(2).integers(80, 200, 40)
    texts = write_prompts(writer, lengths, rng(), share=share, groups=groups)
    ids = ids_of(writer, texts)
    assert np.mean([len(one) == length for one, length in zip(ids, lengths, strict=True)]) > 0.95
    for (i, one), (j, other) in combinations(enumerate(ids), 2):
        wanted = round(share * min(lengths[i], lengths[j])) if i % groups == j % groups else writer.head
        assert abs(common_beginning(one, other) - wanted) <= SLACK[kind]


def test_share_of_one_makes_equal_prompts_and_none_makes_none(writers):
    writer = writers["bpe", "chat"]
    assert len({text.text for text in write_prompts(writer, [50] * 10, rng(), share=1.0)}) == 1
    assert len({text.text for text in write_prompts(writer, [50] * 10, rng(), share=1.0, groups=5)}) == 5
    assert len({text.text for text in write_prompts(writer, [50] * 10, rng(), share=0.0)}) == 10


def test_a_length_below_the_template_is_refused_with_the_least_that_is_possible(writers):
    writer = writers["bpe", "chat"]
    with pytest.raises(
        InputError, match=f"Request 2 is to have a prompt of {writer.least - 1} tokens, and the least possible is {writer.least}"
    ):
        write_prompts(writer, [50, writer.least - 1], rng())
    assert [text.tokens for text in write_prompts(writer, [writer.least], rng())] == [writer.least]


def test_words_come_back_from_the_tokenizer_as_they_were(tokenizers):
    for tokenizer in tokenizers.values():
        words = find_words(tokenizer)
        text = " ".join(words.texts[i] for i in filled(200, words, rng()))
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert tokenizer.decode(ids, clean_up_tokenization_spaces=False).strip() == text


def test_further_turns_have_the_length_of_their_text_alone(writers):
    writer = writers["bpe", "chat"]
    turns = write_turns(writer, [1, 5, 33], rng())
    assert [len(ids) for ids in text_ids(writer.tokenizer, [turn.text for turn in turns])] == [1, 5, 33]


def test_a_chat_without_a_template_is_refused_not_counted_without_it(tmp_path):
    tokenizer = load_tokenizer(save("bpe", tmp_path, template=None))
    with pytest.raises(InputError, match="has no chat template"):
        make_writer(tokenizer, "chat")
    assert make_writer(tokenizer, "completions").least == 1


@settings(max_examples=60, deadline=None)
@given(
    costs=st.lists(st.integers(1, 4), min_size=3, max_size=12),
    targets=st.lists(st.integers(20, 80), min_size=1, max_size=5),
    merging=st.booleans(),
    seed=st.integers(0, 99),
)
def test_texts_are_corrected_until_they_fit_whatever_the_words_cost_and_however_they_merge(costs, targets, merging, seed):
    """A tokenizer that, where `merging`, makes one token less of every word that follows itself."""
    words = Words([f"w{k}" for k in range(len(costs))], np.array([*costs[:-1], 1]))
    cost = dict(zip(words.texts, words.costs.tolist(), strict=True))

    def count(texts):
        split = [text.split() for text in texts]
        return [sum(cost[w] for w in t) - merging * sum(a == b and cost[b] > 1 for a, b in zip(t, t[1:], strict=False)) for t in split]

    drafts = [Draft(filled(target, words, rng(seed)), 1, target) for target in targets]
    found = fit(drafts, words, count, rng(seed))
    assert [text.tokens for text in found] == targets == count([text.text for text in found])
