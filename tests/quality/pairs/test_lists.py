import pytest

from ftbench.errors import InputError
from ftbench.quality.pairs.lists import pronouns, word_lists


def own(tmp_path, text):
    path = tmp_path / "words.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_lists_cover_the_checklists_variables_and_many_cultures():
    lists = word_lists(None)
    assert set(lists) == {"age", "gender", "location", "name"}
    cultures = {group.rsplit("_", 1)[0] for group in lists["name"]}
    assert len(cultures) >= 15
    assert all({f"{c}_female", f"{c}_male"} <= set(lists["name"]) for c in cultures)


def test_no_shipped_name_tells_two_groups():
    names = [word for group in word_lists(None)["name"].values() for word in group.words]
    assert len(set(names)) == len(names)


def test_every_group_of_people_has_its_pronouns():
    lists = word_lists(None)
    assert {g.pronouns for g in lists["name"].values()} == {"feminine", "masculine"}
    assert {g.pronouns for g in lists["gender"].values()} == set(pronouns())


def test_gender_words_stand_in_the_same_order_in_every_group():
    gender = word_lists(None)["gender"]
    assert {len(g.words) for g in gender.values()} == {10}
    assert [(gender["female"].words[k], gender["male"].words[k]) for k in (1, 4)] == [("mother", "father"), ("wife", "husband")]


def test_own_list_stands_beside_the_shipped_ones(tmp_path):
    lists = word_lists(
        own(tmp_path, "plan: {basic: [Basic], gold: [Gold]}\nage: {old: [90, 95]}\nname: {ours: {pronouns: neutral, words: [Alex]}}")
    )
    assert lists["plan"]["gold"].words == ["Gold"]
    assert lists["age"]["old"].words == ["90", "95"]
    assert "young" in lists["age"] and lists["name"]["ours"].pronouns == "neutral"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("plan: [Basic]", "plan"),
        ("plan: {basic: []}", "plan.basic.words"),
        ("plan: {basic: [yes]}", "plan.basic.words.0"),
        ("plan: {basic: ['  ']}", "a word is empty"),
        ("plan: {basic: {words: [x], pronouns: it}}", "pronouns 'it' are not known"),
        ("plan: {basic: {words: [x], colour: y}}", "colour"),
        ("- x", "the file"),
        ("a: [", "not YAML"),
        ("", "the file"),
    ],
)
def test_list_of_another_form_is_refused_with_the_form(tmp_path, text, says):
    with pytest.raises(InputError, match=says):
        word_lists(own(tmp_path, text))


def test_missing_list_is_named():
    from pathlib import Path

    with pytest.raises(InputError, match="tests.fairness.word_lists"):
        word_lists(Path("nowhere.yaml"))
