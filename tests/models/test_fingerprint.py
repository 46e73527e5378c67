import os
import shutil

import pytest

from ftbench.models import fingerprint
from ftbench.models.fingerprint import file_hash
from tests.models.builder import source_of, spoilable


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FTBENCH_CACHE", str(tmp_path / "cache"))


def mark(folder, variant="fp32", dtype="float32", adapter=None, **keys):
    return fingerprint(source_of(folder, **keys), variant, dtype, adapter)


def flip(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_same_bytes_in_another_folder_are_the_same_model(tiny_model_folder, tmp_path):
    one, other = spoilable(tiny_model_folder, tmp_path, "one"), spoilable(tiny_model_folder, tmp_path, "other")
    (other / "README.md").write_text("read me")
    assert mark(one) == mark(other) and len(mark(one)) == 64


def test_variant_and_compute_dtype_are_part_of_it(tiny_model_folder):
    marks = [mark(tiny_model_folder, v, d) for v, d in (("fp32", "float32"), ("nf4", "float32"), ("nf4", "bfloat16"))]
    assert len(set(marks)) == 3


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizer_config.json", "generation_config.json", "chat_template.jinja", "tokenizer.json"]
)
def test_one_changed_byte_in_any_file_changes_it(tiny_model_folder, tmp_path, name):
    folder = spoilable(tiny_model_folder, tmp_path)
    source = source_of(folder)
    before = fingerprint(source, "fp32", "float32")
    flip(folder / name)
    assert fingerprint(source, "fp32", "float32") != before


def test_adapter_is_part_of_it_down_to_one_byte(tiny_model_folder, tmp_path):
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text("{}")
    (adapter / "adapter_model.safetensors").write_bytes(b"0123456789")
    marks = [mark(tiny_model_folder), mark(tiny_model_folder, adapter=adapter)]
    flip(adapter / "adapter_model.safetensors")
    marks.append(mark(tiny_model_folder, adapter=adapter))
    assert len(set(marks)) == 3


def test_large_file_is_read_once_and_again_when_it_changed_behind_an_old_time(tmp_path):
    file = tmp_path / "large.bin"
    file.write_bytes(b"x" * 3_000_000)
    reads = []
    first = file_hash(file, reads.append)
    assert reads[-1] == 3_000_000
    reads.clear()
    assert file_hash(file, reads.append) == first and not reads
    state = file.stat()
    flip(file)
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert file_hash(file, reads.append) != first and reads


def test_spoilt_memory_of_hashes_is_ignored(tmp_path):
    file = tmp_path / "large.bin"
    file.write_bytes(b"x" * 2_000_000)
    first = file_hash(file)
    for known in (tmp_path / "cache" / "hashes").iterdir():
        known.write_text("[1, 2")
    assert file_hash(file) == first
    shutil.rmtree(tmp_path / "cache")
    assert file_hash(file) == first


def test_hash_is_sha256_of_the_bytes(tmp_path):
    file = tmp_path / "abc"
    file.write_bytes(b"abc")
    # FIPS 180-4, example 1
    assert file_hash(file) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
