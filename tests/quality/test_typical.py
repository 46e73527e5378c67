"""Ordinary inputs are read from any of the user's files."""

import pytest

from ftbench.errors import InputError
from ftbench.quality.typical import typical_inputs


def test_each_form_of_line_gives_what_the_user_said(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text(
        '\ufeff{"id": "a", "prompt": "one", "label": "x"}\n\n'
        '{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "two"}, {"role": "assistant", "content": "no"}]}\n'
        '{"turns": ["three", {"content": "four", "think_s": 1}]}\n'
        '{"prompt": "  "}\n',
        encoding="utf-8",
    )
    assert typical_inputs(path) == ["one", "two", "three\nfour"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "line 1: this is not JSON"),
        ('["prompt"]', "line 1: there is no `prompt`"),
        ('{"prompt": 3}', "line 1: there is no `prompt`"),
        ('{"messages": [3, {"role": "user", "content": [1]}]}', "holds no ordinary input"),
        ("", "holds no ordinary input"),
    ],
)
def test_file_without_inputs_is_refused_with_its_line(tmp_path, content, says):
    path = tmp_path / "t.jsonl"
    path.write_text(content)
    with pytest.raises(InputError, match=says):
        typical_inputs(path)


def test_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        typical_inputs(tmp_path / "gone.jsonl")
