from dataclasses import replace

import pytest

from ftbench.errors import InputError
from ftbench.metrics.roofline import NoPeaks, Peaks, Work, decode_bound_s, host_overhead_share, mbu, mfu, peaks_of, prefill_bound_s
from tests.cost.builder import profile

SMALL = Work(
    variant="bf16", compute_dtype="bf16", parameters=1_100_000_000, linear_parameters=1_000_000_000, lookup_parameters=0,
    weight_bytes=2_200_000_000, kv_bytes_per_token=100_000, layers=10, attention_width=1000,
)  # fmt: skip
PEAKS = Peaks(bandwidth_bytes_s=1e12, flops_s=1e14, linear_flops_s=1e14, memory_bytes=24 * 10**9)
# Llama-3.1-8B: 8,030,261,248 parameters, 128,256 x 4,096 of them in each of the two embeddings
LLAMA_8B = Work(
    variant="bf16", compute_dtype="bf16", parameters=8_030_261_248, linear_parameters=6_979_321_856, lookup_parameters=525_336_576,
    weight_bytes=16_060_522_496, kv_bytes_per_token=131_072, layers=32, attention_width=4096,
)  # fmt: skip


def test_decoding_step_by_hand():
    """2.2 GB + 4 x 500 x 100 kB = 2.4 GB at 1 TB/s; 4 x (2 x 1.1 G + 4 x 10 x 1000 x 500) = 8.88 GFLOP at 100 TFLOP/s."""
    bound = decode_bound_s(SMALL, PEAKS, 4, 500)
    assert (bound.memory_s, bound.compute_s) == (pytest.approx(2.4e-3), pytest.approx(88.8e-6))
    assert bound.seconds == bound.memory_s and bound.limited_by == "memory"


def test_prefill_by_hand_is_bound_by_arithmetic():
    """2 x 1 G x 1000 + 2 x 0.1 G + 2 x 10 x 1000 x 1000^2 = 2.0202 TFLOP at 100 TFLOP/s; 2.3 GB moved."""
    bound = prefill_bound_s(SMALL, PEAKS, 1000)
    assert (bound.memory_s, bound.compute_s) == (pytest.approx(2.3e-3), pytest.approx(20.202e-3))
    assert bound.seconds == bound.compute_s and bound.limited_by == "compute"


def test_batch_does_not_read_the_weights_again():
    one, many = (decode_bound_s(SMALL, PEAKS, batch, 0) for batch in (1, 64))
    assert one.memory_s == many.memory_s and many.compute_s == pytest.approx(64 * one.compute_s)


def test_table_that_is_only_looked_up_is_not_read_whole():
    assert LLAMA_8B.read_bytes == 16_060_522_496 - 2 * 525_336_576


def test_bandwidth_use_of_published_runs():
    """41 tok/s on an H100 is 20 %, 47.46 tok/s on an RTX 4090 76 %, counting the embedding table; gpt-fast counts without it: 93.9 tok/s on
    an A100-80 is 69 %."""
    whole = replace(LLAMA_8B, lookup_parameters=0)
    assert mbu(whole, replace(PEAKS, bandwidth_bytes_s=3350e9), 1, 0, 1 / 41) == pytest.approx(0.20, abs=0.005)
    assert mbu(whole, replace(PEAKS, bandwidth_bytes_s=1008e9), 1, 0, 1 / 47.46) == pytest.approx(0.76, abs=0.005)
    assert mbu(LLAMA_8B, replace(PEAKS, bandwidth_bytes_s=2039e9), 1, 0, 1 / 93.9) == pytest.approx(0.69, abs=0.005)


def test_arithmetic_use_is_flops_over_time_over_peak():
    """2 x 1.1 G x 4 in 10 ms is 0.88 TFLOP/s of 100."""
    assert mfu(SMALL, PEAKS, 4, 0, 0.010) == pytest.approx(0.0088)


def test_int8_layers_are_held_against_the_int8_peak_and_the_rest_against_its_own():
    work = replace(SMALL, variant="int8")
    assert decode_bound_s(work, replace(PEAKS, linear_flops_s=2e14), 1, 0).compute_s == pytest.approx(2e9 / 2e14 + 2e8 / 1e14)


def test_host_share_is_what_the_device_waits():
    assert host_overhead_share(0.020, 0.005) == pytest.approx(0.75)
    assert host_overhead_share(0.020, 0.021) == 0.0  # two clocks may disagree by a hair


def _card(**figures):
    return profile().model_copy(update={"bandwidth_gb_s": 300.0, "bf16_tflops_dense": 121.0, "int8_tops_dense": 242.0, **figures})


def test_peaks_take_the_type_that_the_products_run_in():
    assert peaks_of(_card(), "bf16", "nf4").linear_flops_s == 121e12  # unpacked before it is multiplied
    int8 = peaks_of(_card(), "bf16", "int8")
    assert (int8.linear_flops_s, int8.flops_s, int8.bandwidth_bytes_s, int8.memory_bytes) == (242e12, 121e12, 300e9, 24 * 10**9)


@pytest.mark.parametrize(
    ("lacking", "dtype", "variant"),
    [
        ("bandwidth_gb_s", "bf16", "bf16"), ("fp32_tflops_dense", "fp32", "fp32"), ("fp16_tflops_dense", "fp16", "nf4"),
        ("int8_tops_dense", "bf16", "int8"),
    ],
)  # fmt: skip
def test_peak_of_another_type_does_not_stand_in_for_one_that_is_missing(lacking, dtype, variant):
    found = peaks_of(_card(**{lacking: None}), dtype, variant)
    assert isinstance(found, NoPeaks) and lacking in found.why


def test_local_machine_without_figures_points_to_doctor():
    found = peaks_of(_card(id="local", bandwidth_gb_s=None), "bf16", "bf16")
    assert isinstance(found, NoPeaks) and "ftbench doctor" in found.why


def test_unknown_words_are_refused():
    with pytest.raises(InputError, match="unknown variant 'int4'"):
        replace(SMALL, variant="int4")
    with pytest.raises(InputError, match="compute dtype 'float16'"):
        replace(SMALL, compute_dtype="float16")
