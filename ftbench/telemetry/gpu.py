"""NVIDIA GPUs of this machine by NVML. What a device does not tell is None, and where there is no NVML there are no GPUs and a word why."""

from collections.abc import Callable
from typing import Any

PROCESSES_EVERY = 5  # asking for the processes on a GPU takes longer than all the rest

# nvml.h, nvmlClocksEventReason*. An idle GPU, or one whose clocks a person has set, is not throttled.
THROTTLES = {
    0x04: "power limit",
    0x08: "hardware slowdown",
    0x20: "temperature (software)",
    0x40: "temperature (hardware)",
    0x80: "power brake",
}


class Gpus:
    """Open handles to all GPUs of this machine, also those that CUDA_VISIBLE_DEVICES hides: their power is drawn all the same."""

    def __init__(self) -> None:
        self.absent: str | None = None
        self._handles: list[Any] = []
        self._turn = 0
        try:
            import pynvml
        except ImportError:
            self.absent = "nvidia-ml-py is not installed"
            return
        self._nvml = pynvml
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            self.absent = str(error) or type(error).__name__
            return
        try:
            self._handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
            self.absent = None if self._handles else "no GPU"
        except pynvml.NVMLError as error:
            self.absent = str(error)

    def facts(self) -> list[dict[str, Any]]:
        """Of each GPU: index, name, uuid, memory_bytes, power_limit_w."""
        nvml = self._nvml if self._handles else None
        return [
            {
                "index": i,
                "name": self._ask(lambda h=handle: _text(nvml.nvmlDeviceGetName(h))),
                "uuid": self._ask(lambda h=handle: _text(nvml.nvmlDeviceGetUUID(h))),
                "memory_bytes": self._ask(lambda h=handle: int(nvml.nvmlDeviceGetMemoryInfo(h).total)),
                "power_limit_w": self._ask(lambda h=handle: nvml.nvmlDeviceGetEnforcedPowerLimit(h) / 1e3),
            }
            for i, handle in enumerate(self._handles)
        ]

    def sample(self) -> list[dict[str, Any]]:
        """Of each GPU: power_w, energy_mj (since the driver was loaded), utilisation (share), memory_bytes, temperature_c, sm_mhz,
        throttle (bits of THROTTLES and others), ecc_errors (uncorrected, since the last reset), and at times pids."""
        with_pids = self._turn % PROCESSES_EVERY == 0
        self._turn += 1
        return [self._one(i, handle, with_pids) for i, handle in enumerate(self._handles)]

    def close(self) -> None:
        if self._handles:
            self._handles = []
            self._ask(self._nvml.nvmlShutdown)

    def _one(self, index: int, handle: Any, with_pids: bool) -> dict[str, Any]:
        nvml = self._nvml
        clocks = getattr(nvml, "nvmlDeviceGetCurrentClocksEventReasons", None) or nvml.nvmlDeviceGetCurrentClocksThrottleReasons
        ecc = (nvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, nvml.NVML_VOLATILE_ECC)
        asked: dict[str, Callable[[], Any]] = {
            "power_w": lambda: nvml.nvmlDeviceGetPowerUsage(handle) / 1e3,
            "energy_mj": lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(handle),
            "utilisation": lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100,
            "memory_bytes": lambda: int(nvml.nvmlDeviceGetMemoryInfo(handle).used),
            "temperature_c": lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU),
            "sm_mhz": lambda: nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_SM),
            "throttle": lambda: clocks(handle),
            "ecc_errors": lambda: nvml.nvmlDeviceGetTotalEccErrors(handle, *ecc),
        }
        if with_pids:
            asked["pids"] = lambda: sorted({int(p.pid) for p in nvml.nvmlDeviceGetComputeRunningProcesses(handle)})
        return {"index": index, **{name: self._ask(question) for name, question in asked.items()}}

    def _ask(self, question: Callable[[], Any]) -> Any:
        try:
            return question()
        except self._nvml.NVMLError:
            return None


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
