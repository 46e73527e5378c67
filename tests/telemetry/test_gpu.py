"""NVML as a driver answers it, by a module in its place: only the edge is false."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from ftbench.telemetry.gpu import PROCESSES_EVERY, Gpus


@pytest.fixture
def nvml(monkeypatch):
    """A pynvml with one GPU; a test may replace functions of it."""
    module = ModuleType("pynvml")

    class NVMLError(Exception):
        pass

    def nothing(*_):
        return None

    answers = {
        "NVMLError": NVMLError,
        "nvmlInit": nothing,
        "nvmlShutdown": nothing,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda i: f"handle {i}",
        "nvmlDeviceGetName": lambda _: b"NVIDIA L4",
        "nvmlDeviceGetUUID": lambda _: "GPU-1",
        "nvmlDeviceGetMemoryInfo": lambda _: SimpleNamespace(total=24e9, used=9e9),
        "nvmlDeviceGetEnforcedPowerLimit": lambda _: 72000,
        "nvmlDeviceGetPowerUsage": lambda _: 61500,
        "nvmlDeviceGetTotalEnergyConsumption": lambda _: 123456789,
        "nvmlDeviceGetUtilizationRates": lambda _: SimpleNamespace(gpu=87, memory=40),
        "nvmlDeviceGetTemperature": lambda *_: 66,
        "nvmlDeviceGetClockInfo": lambda *_: 2040,
        "nvmlDeviceGetCurrentClocksThrottleReasons": lambda _: 4,
        "nvmlDeviceGetTotalEccErrors": lambda *_: 0,
        "nvmlDeviceGetComputeRunningProcesses": lambda _: [SimpleNamespace(pid=9), SimpleNamespace(pid=9), SimpleNamespace(pid=3)],
        "NVML_TEMPERATURE_GPU": 0,
        "NVML_CLOCK_SM": 1,
        "NVML_MEMORY_ERROR_TYPE_UNCORRECTED": 1,
        "NVML_VOLATILE_ECC": 0,
    }
    for name, answer in answers.items():
        setattr(module, name, answer)
    monkeypatch.setitem(sys.modules, "pynvml", module)
    return module


def test_units_are_watts_shares_and_bytes(nvml):
    gpus = Gpus()
    assert gpus.absent is None
    assert gpus.facts() == [{"index": 0, "name": "NVIDIA L4", "uuid": "GPU-1", "memory_bytes": 24_000_000_000, "power_limit_w": 72.0}]
    (sample,) = gpus.sample()
    assert (sample["power_w"], sample["energy_mj"], sample["utilisation"], sample["memory_bytes"]) == (61.5, 123456789, 0.87, 9_000_000_000)
    assert (sample["throttle"], sample["pids"]) == (4, [3, 9])


def test_what_a_device_does_not_support_is_none_and_the_rest_is_there(nvml):
    def unsupported(*_):
        raise nvml.NVMLError("Not Supported")

    nvml.nvmlDeviceGetTotalEnergyConsumption = nvml.nvmlDeviceGetTotalEccErrors = nvml.nvmlDeviceGetUtilizationRates = unsupported
    (sample,) = Gpus().sample()
    assert (sample["energy_mj"], sample["ecc_errors"], sample["utilisation"], sample["power_w"]) == (None, None, None, 61.5)


def test_processes_are_asked_for_now_and_then_only(nvml):
    gpus = Gpus()
    assert ["pids" in gpus.sample()[0] for _ in range(PROCESSES_EVERY + 1)] == [True, *[False] * (PROCESSES_EVERY - 1), True]


def test_newer_name_of_the_throttle_question_is_used_where_there_is_one(nvml):
    nvml.nvmlDeviceGetCurrentClocksEventReasons = lambda _: 0x20
    assert Gpus().sample()[0]["throttle"] == 0x20


def test_no_driver_is_a_word_and_no_error(nvml):
    def no_library():
        raise nvml.NVMLError("NVML Shared Library Not Found")

    nvml.nvmlInit = no_library
    gpus = Gpus()
    assert (gpus.absent, gpus.facts(), gpus.sample()) == ("NVML Shared Library Not Found", [], [])
    gpus.close()


def test_real_constants_are_those_of_the_library():
    import pynvml

    from ftbench.telemetry.gpu import THROTTLES

    names = ("SwPowerCap", "HwSlowdown", "SwThermalSlowdown", "HwThermalSlowdown", "HwPowerBrakeSlowdown")
    assert set(THROTTLES) == {getattr(pynvml, f"nvmlClocksThrottleReason{name}") for name in names}
    for name in (
        "nvmlDeviceGetTotalEnergyConsumption",
        "NVML_MEMORY_ERROR_TYPE_UNCORRECTED",
        "NVML_VOLATILE_ECC",
        "nvmlDeviceGetTotalEccErrors",
    ):
        assert hasattr(pynvml, name)
