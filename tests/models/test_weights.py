import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.errors import InputError
from ftbench.models.weights import check_safetensors, tensors_of


def test_header_gives_names_and_shapes(tiny_model_folder):
    shapes = tensors_of(tiny_model_folder / "model.safetensors")
    assert shapes["model.embed_tokens.weight"] == (400, 64)
    assert shapes["model.layers.1.self_attn.k_proj.weight"] == (32, 64)


@pytest.mark.parametrize("lost", [1, 1000, 400_000])
def test_download_that_was_cut_off_is_found_without_reading_it(tiny_model_folder, tmp_path, lost):
    file = tmp_path / "model.safetensors"
    file.write_bytes((tiny_model_folder / "model.safetensors").read_bytes()[:-lost])
    with pytest.raises(InputError, match=r"cut off|Copy it again"):
        check_safetensors(file)


def test_git_lfs_pointer_is_named_as_such(tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    with pytest.raises(InputError, match="git lfs pull"):
        check_safetensors(file)


def test_file_without_tensors_is_no_model(tmp_path):
    file = tmp_path / "model.safetensors"
    header = json.dumps({"__metadata__": {"format": "pt"}}).encode()
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(InputError, match="holds no weights"):
        check_safetensors(file)


@settings(max_examples=200)
@given(st.binary(max_size=80), st.booleans())
def test_no_bytes_whatsoever_raise_anything_but_a_sentence(tmp_path_factory, content, with_length):
    file = tmp_path_factory.getbasetemp() / "any.safetensors"
    file.write_bytes((len(content).to_bytes(8, "little") if with_length else b"") + content)
    with pytest.raises(InputError):
        check_safetensors(file)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3),
        max_leaves=8,
    )
)
def test_no_json_header_whatsoever_raises_anything_but_a_sentence(tmp_path_factory, header):
    file = tmp_path_factory.getbasetemp() / "json.safetensors"
    text = json.dumps(header).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text)
    with pytest.raises(InputError):
        check_safetensors(file)
