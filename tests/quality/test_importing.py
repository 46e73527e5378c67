"""Data that people have already becomes a test set, or a sentence that says what is unsure."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.errors import InputError
from ftbench.quality.cases import Case, read_test_set
from ftbench.quality.importing import import_cases
from ftbench.quality.importing.columns import USUAL
from ftbench.quality.pairs.read import read_pairs


@pytest.fixture
def take(tmp_path):
    def take(content, name: str = "data.csv", test: str = "accuracy", **more):
        source = tmp_path / name
        if isinstance(content, list):
            content = "".join(json.dumps(line) + "\n" for line in content)
        if content is not None:
            source.write_bytes(content.encode() if isinstance(content, str) else content)
        found = import_cases(source, test=test, out=tmp_path / "out" / "cases.jsonl", **more)
        return found, read_test_set(test, found.path).cases

    return take


def refused(take, *arguments, **more) -> str:
    with pytest.raises(InputError) as refusal:
        take(*arguments, **more)
    return str(refusal.value)


def test_usual_names_know_every_field_of_a_case():
    assert set(USUAL) == set(Case.model_fields)


def test_csv_with_usual_names_becomes_cases_and_says_what_was_guessed(take):
    found, cases = take('\ufeffQuestion,Intent,Agent\r\n"Where, please?",delivery,Bob\r\n"two\nlines",other,\r\n')
    assert [(c.id, c.prompt, c.label) for c in cases] == [("data-001", "Where, please?", "delivery"), ("data-002", "two\nlines", "other")]
    assert found.notes == ["taken by their names: prompt from Question, label from Intent", "left out: Agent"]


@pytest.mark.parametrize("content", ["text;label\na, b;x\n", "text\tlabel\na, b\tx\n"])
def test_other_delimiters_are_seen_in_the_header(take, content):
    assert [(c.prompt, c.label) for c in take(content)[1]] == [("a, b", "x")]


def test_users_word_beats_the_names(take):
    _, cases = take("text,label,gold\na,wrong,right\n", mapping={"label": "gold"})
    assert cases[0].label == "right"


def test_fields_own_name_beats_other_usual_names(take):
    found, cases = take("prompt,question,label\na,b,x\n")
    assert cases[0].prompt == "a" and "left out: question" in found.notes


@pytest.mark.parametrize(
    ("content", "more", "says"),
    [
        ("question,text,label\na,b,x\n", {}, "The columns question and text could each be `prompt`. Say which: --map prompt="),
        ("a,b\n1,2\n", {}, "No column is plainly prompt (or messages, not both) and label or reference, which accuracy needs"),
        ("a,b\n1,2\n", {}, "The columns: a, b. Say which: --map prompt=a,label=b"),
        ("question,answer\na,b\n", {"test": "hallucination"}, "No column is plainly source"),
        ("question\na\n", {"test": "safety"}, "No column is plainly group"),
        ("question,label\na,b\n", {"test": "fairness"}, "No column is plainly variable and a and b and value_a and value_b"),
        ("question,label\na,b\n", {"test": "latency"}, "cases can be imported for accuracy"),
        ("question,label\na,b\n", {"mapping": {"lable": "label"}}, "a case has no field 'lable'"),
        ("question,label\na,b\n", {"mapping": {"label": "intent"}}, "there is no column 'intent'. The columns: question, label"),
        ("question,label\na\n", {}, "data.csv, line 2: 1 fields, the header has 2"),
        ('question,label\na,"b\n', {}, "this is not CSV"),
        ("question,question\na,b\n", {}, "the same name"),
        ("question,label\n", {}, "holds no row"),
        ("question,label\na,x\nb,x\na,y\n", {}, "data.csv, line 4: the same input stands already in data.csv, line 2"),
        ("id,question,label\n1,a,x\n1,b,x\n", {}, "data.csv, line 3: the id '1' stands already in data.csv, line 2"),
        ("question,label,answerable\na,x,perhaps\n", {}, "answerable is 'perhaps'"),
        (b"question,label\n\xff,x\n", {}, "cannot be read as UTF-8"),
        (None, {}, "does not exist"),
    ],
)
def test_what_is_unsure_or_wrong_is_refused_with_the_way_out(take, content, more, says):
    assert says in refused(take, content, **more)


def test_refusal_leaves_no_file_behind(take, tmp_path):
    refused(take, "question,label\na,x\na,y\n")
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]


def test_nothing_is_overwritten_unasked_and_never_the_source(take, tmp_path):
    take("question,label\na,x\n")
    assert "or --overwrite" in refused(take, "question,label\nb,x\n")
    assert take("question,label\nb,x\n", overwrite=True)[1][0].prompt == "b"
    source = tmp_path / "same.jsonl"
    source.write_text('{"prompt": "a", "label": "x"}\n')
    with pytest.raises(InputError, match="Give another --out"):
        import_cases(source, test="accuracy", out=source, overwrite=True)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["cases.jsonl"]


def turns(*contents: str) -> list[dict]:
    roles = ["user", "assistant"]
    return [{"role": roles[i % 2], "content": text, "weight": 1} for i, text in enumerate(contents)]


def test_last_assistant_turn_of_a_chat_is_the_right_answer(take):
    found, cases = take([{"messages": turns("a", "b")}, {"messages": turns("c", "d")}], "chat.jsonl")
    assert [(c.prompt, c.messages, c.reference) for c in cases] == [("a", None, "b"), ("c", None, "d")]
    assert any("--map label=assistant" in note for note in found.notes)
    _, cases = take([{"messages": turns("a", "b")}], "chat.jsonl", mapping={"label": "assistant"}, overwrite=True)
    assert (cases[0].label, cases[0].reference) == ("b", None)


def test_chats_of_several_turns_and_with_system_messages_stay_chats(take):
    system = {"role": "system", "content": "Be kind."}
    found, cases = take([{"messages": [system, *turns("a", "b")]}, {"messages": turns("c", "d", "e", "f")}], "chat.jsonl")
    assert cases[0].messages == [system, {"role": "user", "content": "a"}] and cases[1].messages[-1]["content"] == "e"
    assert "without the spec's system_prompt" in found.notes[-1]


def test_parts_and_sharegpt_chats_are_read(take):
    parts = [{"role": "user", "content": [{"type": "text", "text": "a"}]}, {"role": "assistant", "content": "b"}]
    share = [{"from": "human", "value": "c"}, {"from": "gpt", "value": "d"}]
    _, cases = take([{"messages": parts}, {"conversations": share}], "chat.jsonl")
    assert [(c.prompt, c.reference) for c in cases] == [("a", "b"), ("c", "d")]


@pytest.mark.parametrize(
    ("chat", "says"),
    [
        ([{"role": "user", "content": [{"type": "image_url"}]}], "is not text"),
        ([{"role": "assistant", "content": "a"}], "before the answer there must be a turn of the user"),
        ([{"role": "tool", "content": "a"}], "a chat with tools"),
        ("hello", "the chat is no list"),
        ([5], "a message needs the form"),
    ],
)
def test_chat_that_is_no_case_is_refused(take, chat, says):
    assert says in refused(take, [{"messages": chat}], "chat.jsonl")


def test_values_of_a_table_become_the_types_of_the_fields(take):
    columns = "question,source,answerable,tags,forbidden,expected,note"
    line = 'a,the sky is blue,no,"x; y,z","[""p"", ""q""]","{""k"": 1}",\n'
    _, cases = take(f"{columns}\n{line}", test="hallucination")
    only = cases[0]
    assert (only.answerable, only.tags, only.forbidden, only.expected, only.note) == (False, ["x", "y", "z"], ["p", "q"], {"k": 1}, "")


HF = {b"huggingface": json.dumps({"info": {"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}).encode()}
TABLE = pa.table({"text": ["a", "b"], "label": [1, 0], "score": [0.5, float("nan")]}).replace_schema_metadata(HF)


def saved(folder: Path, *, shards: int = 1) -> Path:
    """As `datasets` 3 writes with save_to_disk: Arrow streams and state.json."""
    folder.mkdir(parents=True)
    names = [f"data-{i:05d}-of-{shards:05d}.arrow" for i in range(shards)]
    for i, name in enumerate(names):
        part = TABLE.slice(i * 2 // shards, 2 // shards)
        with pa.OSFile(str(folder / name), "wb") as sink, pa.ipc.new_stream(sink, part.schema) as writer:
            writer.write_table(part)
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": name} for name in names], "_fingerprint": "x"}))
    return folder


@pytest.mark.parametrize("shards", [1, 2])
def test_folder_of_save_to_disk_is_read_with_the_names_of_its_classes(tmp_path, shards):
    found = import_cases(saved(tmp_path / "ds", shards=shards), test="accuracy", out=tmp_path / "c.jsonl")
    assert [(c.prompt, c.label) for c in read_test_set("accuracy", found.path).cases] == [("a", "pos"), ("b", "neg")]


def test_folder_and_file_of_parquet_are_read(tmp_path):
    (tmp_path / "ds" / "data").mkdir(parents=True)
    pq.write_table(TABLE, tmp_path / "ds" / "data" / "test-00000-of-00001.parquet")
    for number, source in enumerate((tmp_path / "ds", tmp_path / "ds" / "data" / "test-00000-of-00001.parquet")):
        found = import_cases(source, test="accuracy", out=tmp_path / f"{number}.jsonl")
        assert [c.label for c in read_test_set("accuracy", found.path).cases] == ["pos", "neg"]


def test_dataset_of_several_splits_is_not_guessed_at(tmp_path):
    saved(tmp_path / "dict" / "test")
    (tmp_path / "dict" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    with pytest.raises(InputError, match=r"the splits train, test\. Name one of them: .*dict.test"):
        import_cases(tmp_path / "dict", test="accuracy", out=tmp_path / "c.jsonl")
    for name in ("train-00000-of-00001.parquet", "test-00000-of-00001.parquet"):
        pq.write_table(TABLE, tmp_path / name)
    with pytest.raises(InputError, match="Name one file of the split"):
        import_cases(tmp_path, test="accuracy", out=tmp_path / "c.jsonl")


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow", "x.xlsx", "x.json", "x.jsonl"])
def test_file_that_is_not_what_its_name_says_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"PAR1 not really {")
    with pytest.raises(InputError, match=name):
        import_cases(tmp_path / name, test="accuracy", out=tmp_path / "c.jsonl")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.sampled_from([".csv", ".tsv", ".json", ".jsonl"]))
def test_no_text_makes_the_import_break_instead_of_refuse(tmp_path_factory, text, suffix):
    folder = tmp_path_factory.mktemp("import")
    source = folder / f"d{suffix}"
    source.write_bytes(text.encode())
    try:
        import_cases(source, test="format_compliance", out=folder / "out.jsonl")
    except InputError as refusal:
        assert str(refusal)


PAIRS = "variable,text_a,text_b,value_a,value_b,reference\nname,I am Ann.,I am Bo.,Ann,Bo,Hello.\n"
GENDER = "gender,His brother is late.,Her sister is late.,his; brother,her; sister,\n"


def test_table_of_pairs_becomes_the_test_set_of_fairness(tmp_path):
    (tmp_path / "people.csv").write_text(PAIRS + GENDER)
    found = import_cases(tmp_path / "people.csv", test="fairness", out=tmp_path / "pairs.jsonl")
    sides = read_pairs("fairness", tmp_path / "pairs.jsonl").cases
    assert found.n == 2 and [s.id for s in sides] == ["people-001/a", "people-001/b", "people-002/a", "people-002/b"]
    assert (sides[0].prompt, sides[0].reference, sides[0].variable) == ("I am Ann.", "Hello.", "name")
    assert sides[2].values == (("his", "brother"), ("her", "sister")) and sides[2].reference is None


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("name,I am Ann.,I am Bo. Help!,Ann,Bo,\n", "people.csv, line 3: pair 'people-002' differs in more than the declared words"),
        ("name,I am Ann.,,Ann,Bo,\n", "people.csv, line 3: there is nothing in the column 'text_b'"),
        ("name,I am Ann.,I am Bo.,;,Bo,\n", "people.csv, line 3: values: each side needs at least one word"),
    ],
)
def test_pair_that_cannot_be_compared_is_refused_by_its_row_and_leaves_no_file(tmp_path, row, says):
    (tmp_path / "people.csv").write_text(PAIRS + row)
    with pytest.raises(InputError) as refusal:
        import_cases(tmp_path / "people.csv", test="fairness", out=tmp_path / "pairs.jsonl")
    assert says in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == ["people.csv"]
