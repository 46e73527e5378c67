from dataclasses import replace

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.errors import InputError
from ftbench.models import Device, check_gpus, local_device
from ftbench.models.device import cpu_bf16, visible

CPU = Device("cpu", "some CPU", 16 * 10**9)
TWO = Device("cuda", "L4", 24 * 10**9, (8, 9), True, count=2)
UUIDS = ["GPU-aaaa", "GPU-aabb", "GPU-cccc"]


def test_cpu_record_is_of_this_machine():
    device = local_device(cpu_only=True)
    assert device.kind == "cpu" and device.count == 1 and device.name
    assert 0 < device.memory_bytes <= psutil.virtual_memory().total


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_bf16 avx512vl\n", True),
        ("flags\t\t: fpu avx2 amx_bf16 amx_tile\n", True),
        ("Features\t: fp asimd bf16 i8mm\n", True),
        ("flags\t\t: fpu avx2 avx512f avx512vl\n", False),
        ("flags\t\t: fpu avx512_bf16_not_quite\n", False),
        ("", False),
    ],
)
def test_bf16_is_read_as_a_whole_word_of_the_cpu_flags(cpuinfo, expected):
    assert cpu_bf16(cpuinfo) is expected


@pytest.mark.parametrize(
    ("variable", "shown"),
    [
        (None, [0, 1, 2]),
        ("", []),
        ("-1", []),
        ("2,0", [2, 0]),
        ("0,-1,2", [0]),
        ("1,7", [1]),
        ("GPU-cc", [2]),
        ("GPU-aa", []),
        (" 1 , 2 ", [1, 2]),
    ],
)
def test_cuda_visible_devices_is_read_as_cuda_reads_it(variable, shown):
    # CUDA C++ Programming Guide, environment variables: devices after the first invalid entry are not seen; a prefix must be unique.
    assert visible(variable, UUIDS) == shown


@given(st.text(max_size=30))
def test_no_visible_devices_text_raises_or_invents_a_gpu(text):
    assert set(visible(text, UUIDS)) <= {0, 1, 2}


def test_gpus_without_a_gpu_are_bad_input():
    with pytest.raises(InputError, match="no usable GPU here, only some CPU"):
        check_gpus(CPU, 1)
    check_gpus(CPU, 0)


def test_reason_why_a_built_in_gpu_is_not_usable_is_told():
    hidden = replace(CPU, notes=("CUDA_VISIBLE_DEVICES hides every GPU.",))
    with pytest.raises(InputError, match="CUDA_VISIBLE_DEVICES hides every GPU"):
        check_gpus(hidden, 1)


@pytest.mark.parametrize(("each", "replicas"), [(1, 2), (2, 1), (0.5, 4), (0.4, 4)])
def test_what_fits_on_two_gpus_is_granted(each, replicas):
    check_gpus(TWO, each, replicas)


@pytest.mark.parametrize(
    ("each", "replicas", "said"), [(1, 3, "replicas to 2"), (2, 2, "replicas to 1"), (4, 1, "gpus_per_replica to 2"), (0.4, 5, "to 4")]
)
def test_more_gpus_than_there_are_is_bad_input_with_the_number_that_fits(each, replicas, said):
    with pytest.raises(InputError, match=said):
        check_gpus(TWO, each, replicas)


def test_one_and_a_half_gpus_are_bad_input():
    with pytest.raises(InputError, match="whole number"):
        check_gpus(TWO, 1.5)
