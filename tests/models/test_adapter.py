import json

import pytest

from ftbench.errors import InputError
from ftbench.models import check_adapter, check_adapter_folder, load_model, local_device, model_shape
from tests.conftest import make_tiny_model
from tests.models.builder import answers, chat_ids, make_adapter, set_keys, source_of, spoilable

TEXTS = ["Where is my parcel?", "Hello!"]


@pytest.fixture(scope="module")
def adapter(tiny_model_folder, tmp_path_factory):
    return make_adapter(tiny_model_folder, tmp_path_factory.mktemp("adapter"))


@pytest.fixture(scope="module")
def wider(tmp_path_factory):
    return make_tiny_model(tmp_path_factory.mktemp("wider"), hidden=128)


@pytest.mark.parametrize("variant", ["fp32", "bf16", "int8", "nf4"])
def test_adapter_changes_the_answers_in_every_kind_of_base(tiny_model_folder, adapter, variant):
    cpu = local_device(cpu_only=True)
    plain, tuned = (load_model(source_of(tiny_model_folder), variant, cpu, adapter=a) for a in (None, adapter))
    prompts = chat_ids(plain.tokenizer, TEXTS)
    assert answers(tuned.model, prompts) != answers(plain.model, prompts)
    assert tuned.fingerprint != plain.fingerprint and tuned.weight_bytes > plain.weight_bytes
    assert tuned.adapter.modules == 4 and tuned.adapter.rank == 4


def test_adapter_answers_as_it_does_merged_into_its_base(tiny_model_folder, adapter):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    tuned = load_model(source_of(tiny_model_folder), "fp32", local_device(cpu_only=True), adapter=adapter)
    merged = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_model_folder), adapter).merge_and_unload()
    ids = torch.tensor(chat_ids(tuned.tokenizer, TEXTS[:1]))
    with torch.no_grad():
        torch.testing.assert_close(tuned.model(ids).logits, merged(ids).logits, rtol=1e-3, atol=1e-3)


def test_adapter_of_a_wider_base_names_the_first_module_and_both_sizes(wider, tiny_model_folder, tmp_path):
    adapter = make_adapter(wider, tmp_path / "adapter", base_name="org/wider")
    with pytest.raises(
        InputError,
        match=r"another base \(its config names org/wider as base\).*lora_A for model\.layers\.0\.self_attn\.q_proj is 4x128.*64x64",
    ):
        check_adapter(adapter, model_shape(tiny_model_folder), "tiny")


def test_adapter_of_a_deeper_base_names_the_module_that_is_not_there(tiny_model_folder, adapter, tmp_path):
    shallow = spoilable(tiny_model_folder, tmp_path)
    set_keys(shallow / "config.json", num_hidden_layers=1)
    with pytest.raises(InputError, match=r"changes model\.layers\.1\.self_attn\.q_proj, which shallow does not have"):
        check_adapter(adapter, model_shape(shallow), "shallow")


def test_wrong_base_is_found_before_the_weights_are_loaded(wider, tiny_model_folder, tmp_path, monkeypatch):
    import transformers

    adapter = make_adapter(wider, tmp_path / "adapter")
    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", lambda *a, **k: pytest.fail("weights were loaded"))
    with pytest.raises(InputError, match="another base"):
        load_model(source_of(tiny_model_folder), "fp32", local_device(cpu_only=True), adapter=adapter)


def test_same_shapes_under_another_name_are_said_not_refused(tiny_model_folder, tmp_path):
    adapter = make_adapter(tiny_model_folder, tmp_path / "adapter", base_name="org/Tiny-Instruct")
    shape = model_shape(tiny_model_folder)
    assert any("only you know" in note for note in check_adapter(adapter, shape, "Tiny-Base").notes)
    assert not check_adapter(adapter, shape, "tiny-instruct").notes


@pytest.mark.parametrize("lora", [{"modules_to_save": ["lm_head"]}, {"target_modules": ["embed_tokens", "q_proj"]}], ids=str)
def test_other_forms_of_lora_load_whole(tiny_model_folder, tmp_path, lora):
    adapter = make_adapter(tiny_model_folder, tmp_path / "adapter", **lora)
    cpu = local_device(cpu_only=True)
    plain, tuned = (load_model(source_of(tiny_model_folder), "fp32", cpu, adapter=a) for a in (None, adapter))
    prompts = chat_ids(plain.tokenizer, TEXTS)
    assert answers(tuned.model, prompts) != answers(plain.model, prompts)


def test_adapter_that_lost_a_tensor_is_never_half_loaded(tiny_model_folder, adapter, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = spoilable(adapter, tmp_path)
    tensors = load_file(folder / "adapter_model.safetensors")
    lost = next(name for name in sorted(tensors) if "lora_B" in name)
    save_file({k: v for k, v in tensors.items() if k != lost}, folder / "adapter_model.safetensors")
    with pytest.raises(InputError, match="has no weights for .*lora_B"):
        load_model(source_of(tiny_model_folder), "fp32", local_device(cpu_only=True), adapter=folder)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "adapter_config.json").unlink(), r"no adapter_config\.json"),
        (lambda f: (f / "adapter_model.safetensors").unlink(), r"no adapter_model\.safetensors"),
        (lambda f: set_keys(f / "adapter_config.json", peft_type="PROMPT_TUNING"), "PROMPT_TUNING"),
        (lambda f: set_keys(f / "adapter_config.json", use_dora=True), "DoRA"),
        (lambda f: (f / "adapter_model.safetensors").rename(f / "adapter_model.bin"), "allow_pickle: true"),
        (lambda f: (f / "adapter_config.json").write_text("{"), "is not JSON"),
    ],
    ids=["config", "weights", "kind", "dora", "pickle", "json"],
)
def test_adapter_folder_that_cannot_be_served_says_what_it_lacks(adapter, tmp_path, spoil, said):
    folder = spoilable(adapter, tmp_path)
    spoil(folder)
    with pytest.raises(InputError, match=said):
        check_adapter_folder(folder)


def test_adapter_folder_that_does_not_exist_and_model_given_as_adapter(tiny_model_folder, tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        check_adapter_folder(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"put it under model\.path"):
        check_adapter_folder(tiny_model_folder)


def test_adapter_without_lora_tensors_is_no_adapter(adapter, tiny_model_folder, tmp_path):
    folder = spoilable(adapter, tmp_path)
    header = json.dumps({"__metadata__": {}}).encode()
    (folder / "adapter_model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(InputError, match="no LoRA tensors"):
        check_adapter(folder, model_shape(tiny_model_folder), "tiny")
