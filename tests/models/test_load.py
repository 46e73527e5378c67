import pytest

from ftbench.errors import InputError
from ftbench.models import VARIANTS, Device, load_model, local_device, weight_bytes
from ftbench.models.load import PLAIN_TEMPLATE
from ftbench.models.memory import shape_of
from tests.conftest import make_tiny_model
from tests.models.builder import answers, chat_ids, set_keys, source_of, spoilable

TEXTS = ["Where is my parcel?", "Reset my password, please.", "Hello!"]


@pytest.fixture(scope="module")
def cpu():
    return local_device(cpu_only=True)


@pytest.fixture(scope="module")
def reference(tiny_model_folder, cpu):
    return load_model(source_of(tiny_model_folder), "fp32", cpu)


@pytest.mark.parametrize("variant", VARIANTS)
def test_variant_loads_answers_and_holds_the_bytes_that_were_predicted(tiny_model_folder, cpu, reference, variant):
    loaded = load_model(source_of(tiny_model_folder), variant, cpu)
    assert loaded.weight_bytes == weight_bytes(shape_of(reference.model), variant, loaded.compute_dtype)
    assert str(loaded.model.dtype) == f"torch.{loaded.compute_dtype}"
    kind = {"none": "Linear", "int8": "Linear8bitLt", "4bit": "Linear4bit"}[VARIANTS[variant].method]
    assert type(loaded.model.model.layers[0].mlp.up_proj).__name__ == kind
    assert type(loaded.model.lm_head).__name__ == "Linear"
    tokens = answers(loaded.model, chat_ids(loaded.tokenizer, TEXTS))
    assert [len(t) for t in tokens] == [6, 6, 6] and all(0 <= t < 400 for row in tokens for t in row)


@pytest.mark.parametrize("variant", ["nf4", "nf4-dq", "fp4"])
def test_quantized_variant_runs_on_a_cpu_without_bf16_too(tiny_model_folder, cpu, variant):
    old = Device("cpu", cpu.name, cpu.memory_bytes)
    loaded = load_model(source_of(tiny_model_folder), variant, old)
    assert loaded.compute_dtype == "float32"
    assert len(answers(loaded.model, chat_ids(loaded.tokenizer, TEXTS[:1]))[0]) == 6


def test_continuous_batching_answers_as_the_plain_forward_pass(reference):
    import torch

    prompts = chat_ids(reference.tokenizer, TEXTS)
    expected = []
    for prompt in prompts:
        tokens = list(prompt)
        for _ in range(6):
            with torch.no_grad():
                tokens.append(int(reference.model(torch.tensor([tokens])).logits[0, -1].argmax()))
        expected.append(tokens[len(prompt) :])
    assert answers(reference.model, prompts) == expected


def test_what_the_server_needs_to_size_itself_is_there(reference):
    assert reference.context == 512
    assert reference.kv_bytes_per_token == 2 * 2 * 2 * 16 * 4  # key and value, 2 layers, 2 KV heads, head of 16, fp32
    assert len(reference.fingerprint) == 64 and reference.load_s > 0


def test_tokenizer_without_chat_template_is_served_and_said(tmp_path, cpu):
    folder = make_tiny_model(tmp_path / "plain", template=False)
    loaded = load_model(source_of(folder), "fp32", cpu)
    assert loaded.tokenizer.chat_template == PLAIN_TEMPLATE
    assert any("no chat template" in note for note in loaded.notes)
    text = loaded.tokenizer.apply_chat_template([{"role": "user", "content": "Hello"}], tokenize=False, add_generation_prompt=True)
    assert text == "Hello\n\n"


def test_weights_that_the_config_asks_for_are_never_filled_at_random(tiny_model_folder, tmp_path, cpu):
    folder = spoilable(tiny_model_folder, tmp_path)
    set_keys(folder / "config.json", num_hidden_layers=3)
    with pytest.raises(InputError, match=r"lack model\.layers\.2.*at random"):
        load_model(source_of(folder), "fp32", cpu)


def test_weights_of_another_width_than_the_config_are_one_sentence(tiny_model_folder, tmp_path, cpu):
    folder = spoilable(tiny_model_folder, tmp_path)
    set_keys(folder / "config.json", intermediate_size=64)
    with pytest.raises(InputError, match="config.json and weights are of one model"):
        load_model(source_of(folder), "fp32", cpu)


def test_tokenizer_of_another_model_is_found_before_it_reads_past_the_embeddings(tiny_model_folder, tmp_path, cpu):
    folder = spoilable(tiny_model_folder, tmp_path)
    set_keys(folder / "config.json", vocab_size=300)
    with pytest.raises(InputError, match="knows 400 tokens, the model 300"):
        load_model(source_of(folder), "fp32", cpu)


def test_broken_tokenizer_is_one_sentence(tiny_model_folder, tmp_path, cpu):
    folder = spoilable(tiny_model_folder, tmp_path)
    (folder / "tokenizer.json").write_text('{"version": "1.0", "model": 7}')
    with pytest.raises(InputError, match="the tokenizer in .* cannot be read"):
        load_model(source_of(folder), "fp32", cpu)


def test_unknown_architecture_is_one_sentence(tiny_model_folder, tmp_path, cpu):
    folder = spoilable(tiny_model_folder, tmp_path)
    set_keys(folder / "config.json", model_type="no-such-model", architectures=["NoSuchForCausalLM"])
    with pytest.raises(InputError, match="no-such-model"):
        load_model(source_of(folder), "fp32", cpu)


def test_model_that_does_not_fit_is_refused_before_it_is_loaded(tiny_model_folder):
    small = Device("cpu", "a thimble", 300_000)
    with pytest.raises(InputError, match=r"fp32 of .* more memory than one a thimble"):
        load_model(source_of(tiny_model_folder), "fp32", small)


def test_pickle_weights_load_once_allowed(tiny_model_folder, tmp_path, cpu, reference):
    import torch
    from safetensors.torch import load_file

    folder = spoilable(tiny_model_folder, tmp_path)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    loaded = load_model(source_of(folder, allow_pickle=True), "fp32", cpu)
    prompts = chat_ids(loaded.tokenizer, TEXTS)
    assert answers(loaded.model, prompts) == answers(reference.model, prompts)
    assert loaded.fingerprint != reference.fingerprint


def test_progress_bars_of_the_libraries_stay_quiet(tiny_model_folder, cpu, capfd):
    said = []
    load_model(source_of(tiny_model_folder), "nf4", cpu, progress=lambda what, share: said.append(what))
    assert any(what.startswith("loading ") for what in said)
    out, err = capfd.readouterr()
    assert "Loading weights" not in out + err
