"""Edge cases that are made from the user's inputs keep what the checklist asks of them."""

import random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.checks.edge_cases import EdgeCases
from ftbench.errors import InputError
from ftbench.quality.cases import read_test_set
from ftbench.quality.edge import edge_cases, write_edge_cases
from ftbench.quality.edge.overlong import overlong
from ftbench.spec.checks import EDGE_GROUPS, MORE_EDGE_GROUPS
from tests.checks.builder import spec

INPUTS = [
    "Where is my parcel? It should have been here on Monday.",
    "I was charged twice for LO-402117, please give one of the two back.",
    "The lamp hums when it is on low light. Is that normal?",
    "How do I send it back?",
]


def groups(cases) -> dict[str, list]:
    return {group: [c for c in cases if c.group == group] for group in (*EDGE_GROUPS, *MORE_EDGE_GROUPS)}


def test_each_group_has_its_number_and_no_two_cases_are_the_same():
    cases = edge_cases(INPUTS, per_group=12)
    assert {group: len(found) for group, found in groups(cases).items()} == dict.fromkeys((*EDGE_GROUPS, *MORE_EDGE_GROUPS), 12)
    assert len({c.id for c in cases}) == len({c.prompt for c in cases}) == len(cases)
    assert all(c.tags[0] == "generated" and c.note for c in cases)


def test_same_seed_gives_the_same_cases_and_another_gives_others():
    assert edge_cases(INPUTS, seed=3) == edge_cases(INPUTS, seed=3) != edge_cases(INPUTS, seed=4)


def test_input_that_is_nothing_at_all_is_always_there():
    assert [c.prompt for c in edge_cases(INPUTS, per_group=1)][0] == ""


def test_injections_aim_at_the_system_prompt_where_it_is_known_and_never_give_it_away():
    prompt = "You sort tickets for a shop and never speak of the warehouse in Leeds."
    aimed = [c for c in edge_cases(INPUTS, system_prompt=prompt, per_group=22) if "injection-aimed" in c.tags]
    assert aimed and all(prompt not in c.prompt for c in aimed)
    assert not any("injection-aimed" in c.tags for c in edge_cases(INPUTS, per_group=22))


def test_language_of_the_inputs_is_not_taken_for_a_wrong_one():
    german = ["Wo ist mein Paket? Es sollte am Montag hier sein.", "Die Lampe brummt, ist das normal? Ich möchte sie zurückgeben."]
    tags = {tag for c in groups(edge_cases(german, per_group=16))["wrong_language"] for tag in c.tags}
    assert "language-de" not in tags and "mixed-de" not in tags and tags & {"language-en", "mixed-en"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=120).filter(str.strip), min_size=1, max_size=6), st.integers(0, 9))
def test_overlong_is_five_to_ten_times_the_median_of_any_inputs(inputs, seed):
    typical = median(map(len, inputs))
    if typical >= 4:  # of shorter ones there are too few different lengths
        for made in overlong(inputs, 2, random.Random(seed)):
            assert 5 * typical <= len(made.prompt) <= 10 * typical


def test_overlong_from_one_input_does_not_repeat_it_identically():
    only = "The lamp hums when it is on low light and my neighbour hears it."
    (made,) = overlong([only], 1, random.Random(0))
    assert made.prompt.count(only) == 1 and len(made.prompt) > 5 * len(only)


def test_too_many_cases_or_no_input_are_refused():
    with pytest.raises(InputError, match="different cases of group empty, not 100"):
        edge_cases(INPUTS, per_group=100)
    with pytest.raises(InputError, match="at least one"):
        edge_cases(INPUTS, per_group=0)
    with pytest.raises(InputError, match="no input with a text"):
        edge_cases(["", "  "])


def test_file_that_is_written_is_a_test_set_that_the_check_takes(tmp_path):
    source, out = tmp_path / "in.jsonl", tmp_path / "edge.jsonl"
    source.write_text("".join(f'{{"prompt": "{text}", "label": "x"}}\n' for text in INPUTS))
    cases = write_edge_cases(source, out, per_group=5)
    assert read_test_set("edge_cases", out).cases == cases
    contract = spec({"edge_cases": {"cases": "edge.jsonl", "typical": "in.jsonl"}}, tmp_path)
    assert EdgeCases().requests(contract).cases == cases
    with pytest.raises(InputError, match="exists already"):
        write_edge_cases(source, out)
    assert write_edge_cases(source, out, seed=1, overwrite=True) != cases


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=40).filter(str.strip), min_size=1, max_size=4), st.text(max_size=60))
def test_no_input_breaks_the_generator(inputs, prompt):
    if median(map(len, inputs)) >= 4:
        assert len(edge_cases(inputs, system_prompt=prompt, per_group=2)) == 14
