"""Test sets: every line that is not what it should be is refused with its number."""

import hashlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftbench.demo.files import demo_prompts
from ftbench.errors import InputError
from ftbench.quality.cases import Case, read_test_set

A = '{"id": "a", "prompt": "one"}'
B = '{"id": "b", "messages": [{"role": "user", "content": "two"}]}'


@pytest.fixture
def read(tmp_path):
    def read(content: str | bytes):
        path = tmp_path / "golden.jsonl"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_test_set("accuracy", path)

    return read


def test_missing_file_says_which_key_of_the_spec_names_it(tmp_path):
    with pytest.raises(InputError, match=r"none\.jsonl does not exist.*tests\.accuracy\.cases"):
        read_test_set("accuracy", tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="cannot be read"):
        read_test_set("accuracy", tmp_path)


@pytest.mark.parametrize("content", ["", "\n", " \n\t\r\n", "\ufeff"])
def test_empty_test_set_is_refused_not_passed(read, content):
    with pytest.raises(InputError, match=r"golden\.jsonl holds no case"):
        read(content)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{broken", "this is not JSON"),
        (A[:-1], "this is not JSON"),
        (A + " " + B, "this is not JSON: Extra data"),
        ("[1]", "this is list, not a JSON object"),
        ("null", "this is NoneType, not a JSON object"),
        ('{"id": "x", "prompt": "p", "promt": "q"}', "unknown field 'promt'. Known: id, prompt,"),
        ('{"prompt": "p"}', "id: Field required"),
        ('{"id": "", "prompt": "p"}', "id: String should have at least 1 character"),
        ('{"id": 7, "prompt": "p"}', "id: Input should be a valid string"),
        ('{"id": "x"}', "the case: give either `prompt` or `messages`"),
        ('{"id": "x", "prompt": "p", "messages": []}', "the case: give either `prompt` or `messages`"),
        ('{"id": "x", "messages": []}', "at least one message"),
        ('{"id": "x", "messages": [{"content": "p"}]}', "each with `role` and `content`"),
        ('{"id": "x", "prompt": "p", "tags": "edge"}', "tags: Input should be a valid list"),
        ('{"id": "x", "prompt": "p", "label": "billing", "label": "other"}', "'label' stands twice"),
        ('{"id": "x", "prompt": "p", "expected": {"v": NaN}}', "NaN is not JSON"),
        ('{"id": "x", "prompt": "\\ud83d"}', "half of a surrogate pair"),
        ("[" * 3000, "nested too deeply"),
        ("9" * 5000, "this is not JSON"),
    ],
)
def test_bad_line_is_named_by_its_number(read, line, says):
    with pytest.raises(InputError) as refused:
        read(f"{A}\n\n{line}\n{B}\n")
    assert str(refused.value).startswith("golden.jsonl, line 3: ")
    assert says in str(refused.value) and "\n" not in str(refused.value)


def test_duplicate_id_names_both_lines(read):
    with pytest.raises(InputError, match=r"line 4: the id 'a' stands already on line 1"):
        read(f"{A}\n{B}\n\n{A}\n")


def test_line_separator_inside_a_string_is_no_end_of_line(read):
    (case,) = read('{"id": "a", "prompt": "one\u2028two\u2029three\x85four"}\n').cases
    assert case.prompt == "one\u2028two\u2029three\x85four"


def test_windows_line_ends_byte_order_mark_and_missing_last_line_end_are_no_mistake(read):
    assert [c.id for c in read(f"\ufeff{A}\r\n\r\n{B}").cases] == ["a", "b"]


def test_version_of_a_test_set_is_the_hash_of_its_bytes(read):
    content = f"{A}\n{B}\n"
    assert read(content).sha256 == hashlib.sha256(content.encode()).hexdigest()
    assert read(content + "\n").sha256 != read(content).sha256


def test_system_prompt_goes_before_a_prompt_and_never_into_a_conversation_of_its_own():
    assert Case(id="a", prompt="hi").chat("be short") == [
        {"role": "system", "content": "be short"},
        {"role": "user", "content": "hi"},
    ]
    assert Case(id="a", prompt="").chat(None) == [{"role": "user", "content": ""}]
    own = [{"role": "user", "content": "hi"}]
    assert Case(id="a", messages=own).chat("be short") == own


def test_the_demos_own_tickets_read():
    assert len(read_test_set("accuracy", demo_prompts()).cases) >= 50


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.dictionaries(st.sampled_from([*Case.model_fields, "other"]), JSON, max_size=5)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=60),
        st.lists(FIELDS.map(json.dumps), max_size=3).map(lambda lines: "\n".join(lines).encode()),
        st.lists(st.sampled_from([A, B, "{", "\r", "\u2028", "\ufeff", "\x00", '"', "[" * 2000]), max_size=6).map(
            lambda p: "".join(p).encode()
        ),
    )
)
def test_no_content_raises_anything_but_an_input_error(read, content):
    try:
        found = read(content)
    except InputError as error:
        assert "golden.jsonl" in str(error)
    else:
        assert found.cases and len({c.id for c in found.cases}) == len(found.cases)
