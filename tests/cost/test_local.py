import sys
import types

import pytest

from ftbench.cost.local import Gpu, accelerator_type, device_identity, local_profile, only_visible, unpriced, visible_gpus
from ftbench.peaks_file import MeasuredPeaks, keep_peaks

H100 = Gpu("NVIDIA H100 80GB HBM3", 85_520_809_984, 700.0)
L4 = Gpu("NVIDIA L4", 24_152_899_584, 72.0)


def test_machine_without_a_price_is_not_a_free_machine():
    assert unpriced(local_profile(None, gpus=[]).prices[0])
    assert not unpriced(local_profile(0.0, gpus=[]).prices[0])
    assert local_profile(1.25, "EUR", gpus=[]).prices[0].model_dump(include={"per_hour", "currency", "kind"}) == {
        "per_hour": 1.25, "currency": "EUR", "kind": "given",
    }  # fmt: skip


def test_cpu_machine_is_one_device_with_all_its_memory():
    here = local_profile(None, gpus=[])
    assert (here.kind, here.devices_per_instance, here.accelerator_type) == ("cpu", 1, None)
    assert here.memory_gb > 0.5
    assert "cores" in here.name


def test_gpu_machine_counts_its_gpus():
    here = local_profile(None, gpus=[H100] * 4)
    assert (here.kind, here.name, here.devices_per_instance, here.accelerator_type) == ("gpu", H100.name, 4, "H100")
    assert (here.memory_gb, here.power_w) == (85.5, 700.0)


def test_mixed_gpus_are_not_passed_off_as_equal():
    assert any("differ" in note and "NVIDIA L4" in note for note in local_profile(None, gpus=[H100, L4]).notes)


@pytest.mark.parametrize(
    ("name", "accelerator"),
    [
        ("NVIDIA A100-SXM4-80GB", "A100"),
        ("NVIDIA H100 PCIe", "H100"),
        ("NVIDIA H200", "H200"),
        ("NVIDIA A10G", "A10G"),
        ("NVIDIA L40S", "L40S"),
        ("Tesla T4", "T4"),
        ("NVIDIA GeForce RTX 4090", None),
        ("", None),
    ],
)
def test_accelerator_has_rays_name(name, accelerator):
    assert accelerator_type(name) == accelerator


@pytest.mark.parametrize(
    ("setting", "left"),
    [(None, [H100, L4]), ("", []), ("-1", []), ("1", [L4]), ("1,0", [L4, H100]), ("0,-1,1", [H100]), ("7", []), ("GPU-ab12", [H100])],
)
def test_hidden_gpus_are_not_counted(setting, left):
    assert only_visible([H100, L4], setting) == left


class NVMLError(Exception):
    pass


def refuse(*_):
    raise NVMLError


@pytest.fixture
def nvml(monkeypatch):
    """A driver with one GPU whose name comes as bytes and which does not tell its power, as virtual ones do not."""
    fake = types.SimpleNamespace(
        NVMLError=NVMLError,
        nvmlInit=lambda: None,
        nvmlShutdown=lambda: None,
        nvmlDeviceGetCount=lambda: 1,
        nvmlDeviceGetHandleByIndex=lambda i: i,
        nvmlDeviceGetName=lambda h: b"NVIDIA L4",
        nvmlDeviceGetMemoryInfo=lambda h: types.SimpleNamespace(total=24_152_899_584),
        nvmlDeviceGetPowerManagementDefaultLimit=refuse,
    )
    monkeypatch.setitem(sys.modules, "pynvml", fake)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return fake


def test_gpu_that_hides_its_power_is_still_a_gpu(nvml):
    assert visible_gpus() == [Gpu("NVIDIA L4", 24_152_899_584, None)]


def test_machine_without_a_driver_has_no_gpu_and_no_traceback(nvml):
    nvml.nvmlInit = refuse
    assert visible_gpus() == []


def test_driver_that_fails_half_way_leaves_no_gpu(nvml):
    nvml.nvmlDeviceGetName = refuse
    assert visible_gpus() == []


def test_neither_torch_nor_ray_is_imported_to_name_the_machine():
    import subprocess

    code = "import sys, ftbench.cost.local as l; l.local_profile(None); sys.exit(bool({'torch', 'ray', 'scipy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _keep(device, **changes):
    fields = dict(
        device=device, measured_on="2026-11-28", torch="2.13.0", threads=2, bandwidth_gb_s=20.5, bandwidth_by_threads={"2": 20.5},
        fp32_tflops=0.12, bf16_tflops=0.2, fp16_tflops=None, int8_tops=0.3, busy=0.0,
    )  # fmt: skip
    keep_peaks(MeasuredPeaks(**{**fields, **changes}))


def test_machine_that_was_never_measured_says_how_to_do_it():
    here = local_profile(None, gpus=[])
    assert (here.basis, here.bandwidth_gb_s, here.fp32_tflops_dense) == ("published", None, None)
    assert "run `ftbench doctor`" in here.spec_source


def test_measured_figures_are_said_to_be_measured_with_day_and_torch():
    _keep(device_identity([]))
    here = local_profile(None, gpus=[])
    assert (here.basis, here.bandwidth_gb_s, here.fp32_tflops_dense, here.fp16_tflops_dense) == ("measured", 20.5, 0.12, None)
    assert "2026-11-28 with torch 2.13.0, 2 threads" in here.spec_source and "doctor --measure" in here.spec_source
    assert not any("too low" in note for note in here.notes)


def test_figures_of_the_processor_are_not_those_of_a_gpu():
    _keep(device_identity([]))
    assert local_profile(None, gpus=[L4]).bandwidth_gb_s is None
    _keep(device_identity([L4]), bandwidth_gb_s=280.0)
    assert local_profile(None, gpus=[L4]).bandwidth_gb_s == 280.0
    assert local_profile(None, gpus=[H100]).bandwidth_gb_s is None


def test_figures_from_a_busy_machine_are_doubted():
    _keep(device_identity([]), busy=0.4)
    assert any("40% of the cores" in note for note in local_profile(None, gpus=[]).notes)
