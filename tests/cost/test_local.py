import sys
import types

import pytest

from ftbench.cost.local import Gpu, accelerator_type, local_profile, only_visible, unpriced, visible_gpus

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
