import subprocess
import sys

import pytest

from ftbench.errors import InputError
from ftbench.models import VARIANTS, Device, check_variant, compute_dtype, device_table, find_variant
from ftbench.models.variants import quantization_config, variant_notes

GB = 10**9
OLD_CPU = Device("cpu", "an old CPU", 16 * GB)
NEW_CPU = Device("cpu", "a new CPU", 16 * GB, bf16=True)
PASCAL = Device("cuda", "P100", 16 * GB, (6, 0))
VOLTA = Device("cuda", "V100", 16 * GB, (7, 0))
T4 = Device("cuda", "T4", 16 * GB, (7, 5))
L4 = Device("cuda", "L4", 24 * GB, (8, 9), bf16=True)


def test_names_are_those_that_the_spec_accepts():
    from typing import get_args

    from ftbench.spec.target import Variant

    assert tuple(VARIANTS) == get_args(Variant)


@pytest.mark.parametrize(
    ("device", "dtype"),
    [(L4, "bfloat16"), (T4, "float16"), (NEW_CPU, "bfloat16"), (OLD_CPU, "float32")],
    ids=["l4", "t4", "new-cpu", "old-cpu"],
)
def test_quantized_variant_never_computes_in_a_dtype_that_the_device_emulates(device, dtype):
    assert {compute_dtype(v, device) for v in VARIANTS if VARIANTS[v].quantized} == {dtype}


def test_plain_variants_compute_in_what_they_are_called():
    assert [compute_dtype(v, T4) for v in ("fp32", "fp16", "bf16")] == ["float32", "float16", "bfloat16"]


@pytest.mark.parametrize(
    ("device", "refused"),
    [
        (PASCAL, {"bf16", "int8", "int8-no-outlier"}),
        (VOLTA, {"bf16", "int8", "int8-no-outlier"}),
        (T4, {"bf16"}),
        (L4, set()),
        (OLD_CPU, set()),
        (NEW_CPU, set()),
    ],
    ids=["pascal", "volta", "turing", "ada", "old-cpu", "new-cpu"],
)
def test_doctor_refuses_exactly_what_the_device_cannot_run(device, refused):
    rows = device_table(device)
    assert [r.variant for r in rows] == list(VARIANTS)
    assert {r.variant for r in rows if not r.runs} == refused
    assert all(r.reason and r.compute_dtype is None for r in rows if not r.runs)


def test_refusal_says_why_and_what_instead():
    with pytest.raises(
        InputError, match=r"int8 needs a GPU of compute capability 7\.5 or newer; V100 has 7\.0\. Choose one of: fp16, nf4, nf4-dq, fp4\."
    ):
        check_variant("int8", VOLTA)


def test_misspelt_variant_names_the_nearest():
    with pytest.raises(InputError, match="Did you mean nf4-dq"):
        find_variant("nf4-qd")


def test_variant_is_judged_without_starting_torch():
    code = (
        "import sys, ftbench.models as m; d = m.local_device(); m.device_table(d); "
        "bad = {'torch', 'transformers', 'peft', 'bitsandbytes'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_double_quantization_takes_fewer_bits_and_both_say_their_scales():
    # Dettmers et al. 2023 (QLoRA), section 3: 0.5 bit a weight for the scales becomes 0.127 by double quantization.
    assert VARIANTS["nf4"].weight_bits == 4.5
    assert VARIANTS["nf4-dq"].weight_bits == pytest.approx(4.127, abs=5e-4)


def test_each_quantized_variant_asks_bitsandbytes_for_what_it_is_called():
    import torch

    int8, plain = quantization_config("int8", "float16"), quantization_config("int8-no-outlier", "float16")
    assert (int8.load_in_8bit, int8.llm_int8_threshold, plain.load_in_8bit, plain.llm_int8_threshold) == (True, 6.0, True, 0.0)
    nf4, double, fp4 = (quantization_config(v, "bfloat16") for v in ("nf4", "nf4-dq", "fp4"))
    assert [(c.bnb_4bit_quant_type, c.bnb_4bit_use_double_quant) for c in (nf4, double, fp4)] == [
        ("nf4", False),
        ("nf4", True),
        ("fp4", False),
    ]
    assert nf4.bnb_4bit_compute_dtype is torch.bfloat16
    assert quantization_config("bf16", "bfloat16") is None


def test_emulated_bf16_is_said_and_real_bf16_is_not():
    assert any("emulated" in note for note in variant_notes("bf16", OLD_CPU))
    assert not variant_notes("bf16", NEW_CPU)
