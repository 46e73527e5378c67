import time

import pytest
import torch

from ftbench.errors import InputError
from ftbench.models import device_peaks
from ftbench.models.device_peaks import best_seconds, measure_peaks


@pytest.fixture
def quick(monkeypatch):
    """Small arrays and few repeats: what is tested is what is measured, not how well."""
    monkeypatch.setattr(device_peaks, "SPEND_S", 0.02)
    monkeypatch.setattr(device_peaks, "_array_bytes", lambda: 32 * 2**20)


def test_this_machine_gets_figures_that_a_machine_can_have(quick):
    before, told = torch.get_num_threads(), []
    found = measure_peaks("cpu: here", 2, progress=lambda what, share: told.append(share))
    assert (found.device, found.threads, found.torch) == ("cpu: here", 2, torch.__version__)
    assert 0.01 < found.bandwidth_gb_s < 2000 and 0 < found.fp32_tflops < 100  # low: other tests may share the cores
    assert list(found.bandwidth_by_threads) == ["1", "2"] and found.bandwidth_gb_s == max(found.bandwidth_by_threads.values())
    assert torch.get_num_threads() == before
    assert told == sorted(told) and told[-1] == 1.0 and len(told) == 7


def test_product_that_torch_cannot_do_here_is_none_not_a_crash(quick, monkeypatch):
    monkeypatch.delattr(torch, "_int_mm")
    assert measure_peaks("cpu: here", 1).int8_tops is None


def test_wide_products_are_not_timed_in_tf32():
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = True
    try:
        with device_peaks._no_tf32(torch):
            assert torch.backends.cuda.matmul.allow_tf32 is False
        assert torch.backends.cuda.matmul.allow_tf32 is True
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


def test_best_of_several_runs_forgets_the_one_that_was_disturbed():
    delays = iter([0.03, 0.03, 0.001, 0.03] + [0.03] * 50)
    assert best_seconds(lambda: time.sleep(next(delays)), lambda: None, spend_s=0.1) < 0.02


def test_emulated_type_does_not_get_a_product_that_takes_minutes(monkeypatch):
    """fp16 on a processor without it makes a billion operations in seconds; eight times as many of them would be eight times as long."""
    sides = []

    def slow(torch, where, dtype, side):
        sides.append(side)
        return lambda: time.sleep(0.01)

    monkeypatch.setattr(device_peaks, "_product", slow)
    monkeypatch.setattr(device_peaks, "SPEND_S", 0.05)
    assert device_peaks._matrix_peak(torch, "cpu", "float16") == pytest.approx(2 * 256**3 / 0.01 / 1e12, rel=0.3)
    assert sides == [256]


def test_waiting_for_the_device_is_part_of_the_time():
    """A GPU's call returns before its work is done."""
    assert best_seconds(lambda: None, lambda: time.sleep(0.01), spend_s=0.1) >= 0.01


@pytest.fixture
def gpu(monkeypatch):
    """A GPU as torch tells of it; its figures are made up, and what was asked for them is kept."""
    asked = []
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda i: "NVIDIA L4")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda i: (4 * 2**30, 24 * 2**30))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(device_peaks, "_bandwidth", lambda torch, where, size: asked.append((where, size)) or 280e9)
    monkeypatch.setattr(device_peaks, "_matrix_peak", lambda torch, where, dtype: asked.append((where, dtype)) or 1.0)
    return asked


def test_gpu_is_measured_on_the_gpu_and_in_the_memory_that_is_free(gpu):
    found = measure_peaks("gpu: NVIDIA L4, 24 GiB", 2, on_gpu=True)
    assert (found.bandwidth_gb_s, found.int8_tops, found.busy) == (280.0, 1.0, None)
    assert gpu == [("cuda", 2**29), *(("cuda", dtype) for dtype in device_peaks.DTYPES)]
    assert device_peaks._waiter(torch, "cuda") is torch.cuda.synchronize


def test_figures_of_one_gpu_are_not_kept_under_the_name_of_another(gpu):
    with pytest.raises(InputError, match="torch's first GPU is NVIDIA L4, the driver's is NVIDIA H100.*PCI_BUS_ID"):
        measure_peaks("gpu: NVIDIA H100, 80 GiB", 2, on_gpu=True)
    assert gpu == []
