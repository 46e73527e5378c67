import json
import os
import subprocess
import sys

import pytest

from ftbench.errors import InputError
from ftbench.models import classify
from ftbench.models.source import find_weights
from tests.models.builder import set_keys, source_of, spoilable


def test_whole_folder_is_taken_under_its_name(tiny_model_folder, tmp_path):
    folder = spoilable(tiny_model_folder, tmp_path, "my-model")
    source = source_of(folder)
    assert (source.kind, source.name, source.folder) == ("folder", "my-model", folder)
    assert [w.name for w in source.weights] == ["model.safetensors"] and not source.notes


def test_paths_start_at_the_spec_not_at_the_working_directory(tiny_model_folder, tmp_path, monkeypatch):
    spoilable(tiny_model_folder, tmp_path, "model")
    monkeypatch.chdir("/")
    assert classify("model", tmp_path) == ("folder", tmp_path / "model")
    assert classify("embedded", tmp_path)[0] == "embedded"


def test_folder_that_exists_wins_over_a_hub_id(tmp_path):
    (tmp_path / "org" / "name").mkdir(parents=True)
    assert classify("org/name", tmp_path)[0] == "folder"
    assert classify("org/other", tmp_path)[0] == "hub"


@pytest.mark.parametrize("path", ["./model", "../model", "/nowhere/model", "model", "a/b/c", "~/no-such-model", "models/", ""])
def test_missing_folder_is_not_asked_of_the_hub(tmp_path, path):
    spec_folder = tmp_path / "spec"
    spec_folder.mkdir()
    if path == "":
        assert classify(path, spec_folder)[0] == "folder"  # the spec's own folder; what is in it is judged later
        return
    with pytest.raises(InputError, match=r"does not exist.*org/name"):
        classify(path, spec_folder)


def test_file_instead_of_folder(tiny_model_folder):
    with pytest.raises(InputError, match="is a file"):
        source_of(tiny_model_folder / "model.safetensors")


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (["config.json"], "no config.json"),
        (["model.safetensors"], "no weights"),
        (["tokenizer.json"], "no tokenizer"),
    ],
)
def test_folder_that_lacks_a_part_names_it(tiny_model_folder, tmp_path, missing, said):
    folder = spoilable(tiny_model_folder, tmp_path)
    for name in missing:
        (folder / name).unlink()
    with pytest.raises(InputError, match=said):
        source_of(folder)


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '"x"', "\x00"])
def test_config_that_is_no_json_object_is_one_sentence(tiny_model_folder, tmp_path, text):
    folder = spoilable(tiny_model_folder, tmp_path)
    (folder / "config.json").write_text(text)
    with pytest.raises(InputError, match=r"config\.json is"):
        source_of(folder)


def test_code_in_a_checkpoint_runs_only_by_explicit_flag(tiny_model_folder, tmp_path):
    folder = spoilable(tiny_model_folder, tmp_path)
    set_keys(folder / "config.json", auto_map={"AutoModelForCausalLM": "evil.Evil"})
    with pytest.raises(InputError, match=r"trust_remote_code: true"):
        source_of(folder)
    trusted = source_of(folder, trust_remote_code=True)
    assert any("ran its own Python code" in note for note in trusted.notes)


def test_code_in_a_tokenizer_runs_only_by_explicit_flag(tiny_model_folder, tmp_path):
    folder = spoilable(tiny_model_folder, tmp_path)
    set_keys(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.Evil", None]})
    with pytest.raises(InputError, match=r"tokenizer_config\.json asks to run Python code"):
        source_of(folder)


@pytest.fixture
def pickled_folder(tiny_model_folder, tmp_path):
    import torch
    from safetensors.torch import load_file

    folder = spoilable(tiny_model_folder, tmp_path)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    return folder


def test_pickle_weights_are_opened_only_by_explicit_flag(pickled_folder):
    (pickled_folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"pytorch_model\.bin.*allow_pickle: true"):
        source_of(pickled_folder)
    allowed = source_of(pickled_folder, allow_pickle=True)
    assert allowed.pickle and any("pickle" in note for note in allowed.notes)


def test_pickle_beside_safetensors_is_never_opened(pickled_folder):
    source = source_of(pickled_folder, allow_pickle=True)
    assert not source.pickle and [w.name for w in source.weights] == ["model.safetensors"]


@pytest.mark.parametrize(("name", "said"), [("model.pt", "does not read"), ("model-Q4_1.gguf", "quantized already")])
def test_weights_in_another_format_are_named(tiny_model_folder, tmp_path, name, said):
    folder = spoilable(tiny_model_folder, tmp_path)
    (folder / "model.safetensors").rename(folder / name)
    with pytest.raises(InputError, match=said):
        source_of(folder, allow_pickle=True)


def test_missing_shard_is_named(tiny_model_folder, tmp_path):
    folder = spoilable(tiny_model_folder, tmp_path)
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(InputError, match=r"lacks model-00002-of-00002\.safetensors.*1 of 2 shards"):
        find_weights(folder, allow_pickle=False)


def test_adapter_given_as_model(tmp_path):
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(InputError, match=r"is a LoRA adapter.*model\.adapter"):
        source_of(tmp_path)


def test_checkpoint_that_is_quantized_already_is_refused(tiny_model_folder, tmp_path):
    folder = spoilable(tiny_model_folder, tmp_path)
    set_keys(folder / "config.json", quantization_config={"quant_method": "gptq", "bits": 4})
    with pytest.raises(InputError, match=r"quantized already \(gptq\)"):
        source_of(folder)


def test_classifier_is_not_a_language_model(tiny_model_folder, tmp_path):
    folder = spoilable(tiny_model_folder, tmp_path)
    set_keys(folder / "config.json", architectures=["LlamaForSequenceClassification"])
    with pytest.raises(InputError, match="does not generate text"):
        source_of(folder)


@pytest.mark.parametrize("setting", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}], ids=["offline", "unreachable"])
def test_hub_that_cannot_be_reached_is_one_sentence_with_the_way_out(tmp_path, setting):
    code = (
        "from pathlib import Path; from ftbench.errors import InputError; from ftbench.models import resolve_source\n"
        "from ftbench.spec.target import Model\n"
        "try: resolve_source(Model(path='some-org/some-model'), Path('.'))\n"
        "except InputError as error: print(error)"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path), **setting}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    said = done.stdout.strip()
    assert said.startswith("model.path: some-org/some-model is no folder here, and the model hub cannot be reached")
    assert "hf download some-org/some-model" in said and "\n" not in said
    if "HF_HUB_OFFLINE" in setting:
        assert "HF_HUB_OFFLINE is set" in said


def test_hub_snapshot_in_the_cache_is_used_without_a_network(tiny_model_folder, tmp_path):
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / "hub" / "models--some-org--some-model"
    spoilable(tiny_model_folder, repository / "snapshots", commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    code = (
        "from pathlib import Path; from ftbench.models import resolve_source; from ftbench.spec.target import Model\n"
        "s = resolve_source(Model(path='some-org/some-model'), Path('.')); print(s.kind, s.name, s.revision, *s.notes)"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120)
    assert done.stdout.startswith(f"hub some-model {commit} model.revision is not set"), done.stderr
