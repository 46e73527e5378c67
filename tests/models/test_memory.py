import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.errors import InputError
from ftbench.models import VARIANTS, Device, ModelShape, check_room, fits, kv_bytes_per_token, model_shape, weight_bytes

GB = 10**9
# Llama-2-7B as published: 32 layers, hidden 4096, 32 KV heads of 128, intermediate 11008, vocabulary 32000; 6,738,415,616 parameters.
LAYER = [(4096, 4096)] * 4 + [(11008, 4096)] * 2 + [(4096, 11008)]
LLAMA_7B = ModelShape(
    linears=tuple((f"layers.{i}.{j}", size) for i in range(32) for j, size in enumerate(LAYER)),
    other_parameters=2 * 32000 * 4096 + 65 * 4096,
    layers=32,
    kv_heads=32,
    head_dim=128,
    vocabulary=32000,
    context=4096,
)


def test_parameters_and_kv_cache_of_a_published_model():
    assert LLAMA_7B.parameters == 6_738_415_616
    assert kv_bytes_per_token(LLAMA_7B, "float16") == 524_288  # 0.5 MiB, as in Kwon et al. 2023 for a 7B model


def test_embeddings_and_output_layer_stay_at_full_width_when_quantized():
    linear = sum(r * c for _, (r, c) in LLAMA_7B.linears)
    rows = sum(r for _, (r, _) in LLAMA_7B.linears)
    other = (2 * 32000 * 4096 + 65 * 4096) * 2
    assert weight_bytes(LLAMA_7B, "bf16", "bfloat16") == linear * 2 + other
    assert weight_bytes(LLAMA_7B, "int8", "bfloat16") == linear + 4 * rows + other
    assert weight_bytes(LLAMA_7B, "nf4", "bfloat16") == linear // 2 + linear // 64 * 4 + 224 * 64 + other


def test_shape_of_a_folder_needs_its_config_only(tiny_model_folder, tmp_path):
    (tmp_path / "config.json").write_bytes((tiny_model_folder / "config.json").read_bytes())
    shape = model_shape(tmp_path)
    assert shape.context == 512 and shape.layers == 2 and shape.kv_heads == 2 and shape.head_dim == 16
    assert len(shape.linears) == 14 and not any("lm_head" in name or "embed" in name for name, _ in shape.linears)


@given(st.sampled_from(list(VARIANTS)), st.integers(0, 10**6), st.integers(1, 4), st.integers(10**9, 10**12))
def test_what_is_missing_is_exactly_what_makes_it_fit(variant, tokens, devices, memory):
    dtype = VARIANTS[variant].dtype or "bfloat16"
    fit = fits(LLAMA_7B, variant, dtype, memory, tokens=tokens, devices=devices)
    assert fit.ok is (fit.missing == 0)
    assert fits(LLAMA_7B, variant, dtype, memory, tokens=fit.kv_tokens(LLAMA_7B, dtype), devices=devices).ok or fit.weights > fit.usable


def test_variant_that_does_not_fit_says_by_how_much_and_what_would():
    l4 = Device("cuda", "L4", 24 * GB, (8, 9), True)
    with pytest.raises(
        InputError,
        match=r"needs 5\.4 GB more memory than one L4 can give \(27\.0 GB weights; 21\.6 GB are usable\)\. Choose one of: fp16",
    ):
        check_room(LLAMA_7B, "llama", "fp32", "float32", l4)
    assert check_room(LLAMA_7B, "llama", "fp32", "float32", l4, devices=2).ok
    with pytest.raises(InputError, match=r"GB KV cache for 32000 tokens.*serving\.max_concurrency"):
        check_room(LLAMA_7B, "llama", "bf16", "bfloat16", l4, tokens=32000)
