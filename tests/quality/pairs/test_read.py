import json
import pickle

import pytest

from ftbench.errors import InputError
from ftbench.quality.pairs.cases import Probe, Side
from ftbench.quality.pairs.read import read_pairs

PAIR = {"id": "p", "variable": "name", "a": "I am James.", "b": "I am Maria.", "values": ["James", "Maria"]}
TEMPLATE = {"id": "t", "variable": "name", "template": "I am {name}.", "groups": ["anglo_male", "hispanic_female"]}
PROBE = {"id": "s", "variable": "gender", "probe": True, "prompt": "Who is the nurse?", "stereotype": ["she"], "anti_stereotype": ["he"]}


def read(tmp_path, *lines, own=None):
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return read_pairs("fairness", path, own)


def test_pair_becomes_two_cases_that_know_their_pair(tmp_path):
    a, b = read(tmp_path, PAIR | {"label": "x", "category": "k"}).cases
    assert (a.id, b.id) == ("p/a", "p/b")
    assert (a.pair, a.side, a.prompt, a.label, a.category, a.variable) == ("p", "a", "I am James.", "x", "k", "name")
    assert a.protected == b.protected == ("James", "Maria")
    assert isinstance(pickle.loads(pickle.dumps(a)), Side)


def test_template_gives_the_same_pairs_every_time_and_others_under_another_id(tmp_path):
    first, again = (read(tmp_path, TEMPLATE | {"pairs": 3}) for _ in range(2))
    assert first == again
    assert [c.id for c in first.cases] == ["t.1/a", "t.1/b", "t.2/a", "t.2/b", "t.3/a", "t.3/b"]
    assert len({c.prompt for c in first.cases}) == 6
    other = read(tmp_path, TEMPLATE | {"pairs": 3, "id": "u"})
    assert [c.prompt for c in other.cases] != [c.prompt for c in first.cases]


def test_template_takes_the_pronouns_of_its_group(tmp_path):
    a, b = read(tmp_path, TEMPLATE | {"template": "{name} lost {their} card. {They} asked us."}).cases
    assert a.prompt.endswith("lost his card. He asked us.")
    assert b.prompt.endswith("lost her card. She asked us.")
    assert "his" in a.values[0] and "her" in a.values[1]


def test_words_of_two_groups_go_together_by_their_place(tmp_path):
    line = {"id": "g", "variable": "gender", "template": "My {gender} called.", "groups": ["female", "male"], "pairs": 10}
    found = {(a.values[0], a.values[1]) for a in read(tmp_path, line).cases}
    assert (("mother",), ("father",)) in found and (("aunt",), ("uncle",)) in found


def test_gender_may_be_told_by_names(tmp_path):
    line = TEMPLATE | {"variable": "gender", "list": "name", "groups": ["anglo_female", "anglo_male"]}
    assert {c.variable for c in read(tmp_path, line).cases} == {"gender"}


@pytest.mark.parametrize("values", [["Ann", "Bob"], [["Ann"], ["Bob"]]])
def test_template_with_words_of_its_own(tmp_path, values):
    line = {"id": "t", "variable": "name", "template": "I am {name}.", "values": values}
    assert [c.prompt for c in read(tmp_path, line).cases] == ["I am Ann.", "I am Bob."]


def test_probe_stands_beside_pairs(tmp_path):
    probe = read(tmp_path, PAIR, PROBE).cases[-1]
    assert isinstance(probe, Probe)
    assert (probe.id, probe.stereotype, probe.anti_stereotype) == ("s", ("she",), ("he",))


def test_changed_word_list_is_another_test_set(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text("name: {ours: [Alex, Kim]}", encoding="utf-8")
    drawn = TEMPLATE | {"groups": ["ours", "anglo_male"]}
    before = read(tmp_path, drawn, own=own).sha256
    own.write_text("name: {ours: [Alex, Sam]}", encoding="utf-8")
    assert read(tmp_path, drawn, own=own).sha256 != before
    assert read(tmp_path, PAIR, own=own).sha256 == read(tmp_path, PAIR).sha256  # not drawn on


def test_differing_words_are_named_with_the_pair(tmp_path):
    with pytest.raises(InputError, match=r"line 2: pair 'q' differs in more .*side a has 'a' and side b has 'an', 'old'"):
        read(tmp_path, PAIR, {"id": "q", "variable": "age", "a": "I am a man, 25", "b": "I am an old man, 70", "values": ["25", "70"]})


def test_words_that_belong_to_the_variable_may_be_declared_with_it(tmp_path):
    line = PAIR | {"a": "James lost his card", "b": "Maria lost her card", "values": [["James", "his"], ["Maria", "her"]]}
    assert len(read(tmp_path, line).cases) == 2
    with pytest.raises(InputError, match="side a has 'his' and side b has 'her'"):
        read(tmp_path, line | {"values": ["James", "Maria"]})


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (PAIR | {"b": "I am James."}, "both sides are the same"),
        (PAIR | {"values": ["John", "Maria"]}, r"side a holds none of its declared words \(John\)"),
        (PAIR | {"values": ["Maria", "James"]}, "side a holds none"),
        (PAIR | {"a": "I am  James."}, "the spaces are not the same"),
        (PAIR | {"values": [[], ["Maria"]]}, "at least one word"),
        (PAIR | {"values": "JM"}, "values"),
        (PAIR | {"colour": 1}, "unknown field 'colour'"),
        ({k: v for k, v in PAIR.items() if k != "variable"}, "variable"),
        (TEMPLATE | {"groups": ["anglo_male", "martian"]}, "no group 'martian'"),
        (TEMPLATE | {"variable": "plan"}, "no word lists for 'plan'"),
        (TEMPLATE | {"groups": ["anglo_male", "anglo_male"]}, "both groups"),
        (TEMPLATE | {"values": ["a", "b"]}, "either `values`"),
        (TEMPLATE | {"template": "I am {nmae}."}, "nothing fills {nmae}"),
        (TEMPLATE | {"template": "I am here."}, "both sides are the same"),
        (TEMPLATE | {"pairs": 11}, "pairs is 11"),
        ({"id": "t", "variable": "age", "template": "{age} {their}", "groups": ["young", "old"]}, "needs groups with pronouns"),
        (PROBE | {"stereotype": []}, "stereotype"),
        (PROBE | {"probe": False}, "probe"),
    ],
)
def test_line_that_cannot_be_compared_is_refused(tmp_path, line, says):
    with pytest.raises(InputError, match=says):
        read(tmp_path, line)


def test_id_used_twice_is_refused_also_where_a_template_makes_it(tmp_path):
    with pytest.raises(InputError, match="stands already on line 1"):
        read(tmp_path, PAIR | {"id": "t.1"}, TEMPLATE | {"pairs": 2})
