"""The machine at hand as a hardware profile: what it is, and the price that its user gives for an hour of it.

Read from the operating system and NVML, without torch, so that `ftbench hardware` answers at once. Bandwidth and matrix peaks are those
that `ftbench doctor` measured on this very device; until it did they are unknown.
"""

import os
import platform
import re
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from ftbench.errors import InputError
from ftbench.peaks_file import MeasuredPeaks, cpu_identity, gpu_identity, kept_peaks
from ftbench.spec.hardware import Price, Profile

LOCAL = "local"
NOT_GIVEN = "not given"
NO_SOURCE = "none: cost.price_per_hour is not set, so compute counts as 0"
BUSY = 0.15  # share of all cores that others may use before a measurement of peaks is doubtful


class Gpu(NamedTuple):
    """One GPU as NVML names it; memory in bytes, power limit by default in W where the driver tells."""

    name: str
    memory_bytes: int
    power_w: float | None


def local_profile(price_per_hour: float | None, currency: str = "USD", *, gpus: list[Gpu] | None = None) -> Profile:
    """This machine, all of it, as one instance.

    Args:
        price_per_hour: of the whole machine, in `currency`; None counts compute as 0 and says so.
        gpus: instead of the GPUs that NVML finds. Where they differ the first one names the profile and a note says so.
    Raises:
        InputError: `currency` is not three capital letters.
    """
    gpus = visible_gpus() if gpus is None else gpus
    measured = kept_peaks(device_identity(gpus))
    cores, memory_gb = cores_at_hand(), round(psutil.virtual_memory().total / 1e9, 1)
    host = f"{cpu_name()}, {cores} cores, {memory_gb:g} GB"
    price = _price(price_per_hour, currency)
    if not gpus:
        return Profile(
            id=LOCAL,
            name=host,
            kind="cpu",
            memory_gb=memory_gb,
            instance="this machine",
            devices_per_instance=1,
            **_figures(measured, "memory from the operating system of this machine"),
            prices=[price],
            notes=["All replicas on this machine share its cores and memory: the machine counts as one device.", *_busy(measured)],
        )
    first = gpus[0]
    mixed = sorted({gpu.name for gpu in gpus} - {first.name})
    return Profile(
        id=LOCAL,
        name=first.name,
        kind="gpu",
        accelerator_type=accelerator_type(first.name),
        memory_gb=round(first.memory_bytes / 1e9, 1),
        power_w=first.power_w,
        instance=f"this machine ({host})",
        devices_per_instance=len(gpus),
        **_figures(measured, "memory and power from NVML"),
        prices=[price],
        notes=[f"Its GPUs differ: {first.name} stands for {', '.join(mixed)} too."] if mixed else [],
    )


def device_identity(gpus: list[Gpu]) -> str:
    """What this machine's figures are kept under: its first GPU, or its processor and the cores of it that may be used."""
    return gpu_identity(gpus[0].name, gpus[0].memory_bytes) if gpus else cpu_identity(cpu_name(), cores_at_hand())


def visible_gpus() -> list[Gpu]:
    """GPUs that NVML reports and CUDA_VISIBLE_DEVICES leaves; none where there is no driver."""
    try:
        import pynvml

        pynvml.nvmlInit()
    except Exception:  # no library, no driver, no permission: NVML has an error class for each, and for us all mean "no GPU"
        return []
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        gpus = [Gpu(_text(pynvml.nvmlDeviceGetName(h)), pynvml.nvmlDeviceGetMemoryInfo(h).total, _power_w(pynvml, h)) for h in handles]
    except pynvml.NVMLError:
        return []
    finally:
        pynvml.nvmlShutdown()
    return only_visible(gpus, os.environ.get("CUDA_VISIBLE_DEVICES"))


def only_visible(gpus: list[Gpu], setting: str | None) -> list[Gpu]:
    """What CUDA_VISIBLE_DEVICES leaves. Entries by number choose and order; entries by UUID only count, as equal GPUs are the rule.

    As CUDA does, the list ends at the first number that names no GPU: "-1" hides all.
    """
    if setting is None:
        return gpus
    entries = [entry.strip() for entry in setting.split(",") if entry.strip()]
    if not all(re.fullmatch(r"-?\d+", entry) for entry in entries):
        return gpus[: len(entries)]
    chosen: list[Gpu] = []
    for number in map(int, entries):
        if not 0 <= number < len(gpus):
            break
        chosen.append(gpus[number])
    return chosen


def accelerator_type(nvml_name: str) -> str | None:
    """Ray's name of a GPU from NVML's: "NVIDIA A100-SXM4-80GB" is A100. None for cards that Ray has no name for, such as GeForce.

    Source: the pattern of ray._private.accelerators.nvidia_gpu, copied because a process that only lists hardware must not import ray.
    """
    found = re.match(r"\w+\s+([A-Z]+[0-9]+[A-Z]*)\b", nvml_name)
    return found.group(1) if found else None


def cpu_name() -> str:
    """Model of the processor as its vendor writes it, else the architecture."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:  # not Linux
        found = None
    return found.group(1).strip() if found else platform.processor() or platform.machine()


def cores_at_hand() -> int:
    """Cores that this process may use, which on a shared machine are fewer than it has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count() or 1


def unpriced(price: Price) -> bool:
    """Whether this is the stand-in of a `local` machine for which nobody named a price; a price of 0 that somebody gave is a price."""
    return price.kind == "given" and price.retrieved_note == NOT_GIVEN


def _figures(measured: MeasuredPeaks | None, rest: str) -> dict[str, Any]:
    """Fields of the profile. Where nothing was measured its peaks stay open, and the source says how to fill them."""
    if measured is None:
        return {"spec_source": f"{rest}; bandwidth and peaks are not measured yet: run `ftbench doctor`"}
    how = f"measured by `ftbench doctor` on {measured.measured_on} with torch {measured.torch}, {measured.threads} threads"
    return {
        "basis": "measured",
        "bandwidth_gb_s": measured.bandwidth_gb_s,
        "bf16_tflops_dense": measured.bf16_tflops,
        "fp16_tflops_dense": measured.fp16_tflops,
        "fp32_tflops_dense": measured.fp32_tflops,
        "int8_tops_dense": measured.int8_tops,
        "spec_source": f"{rest}; bandwidth and peaks {how}. `ftbench doctor --measure` measures again",
    }


def _busy(measured: MeasuredPeaks | None) -> list[str]:
    if measured is None or measured.busy is None or measured.busy < BUSY:
        return []
    return [
        f"Other programs used {measured.busy:.0%} of the cores when bandwidth and peaks were measured, so they may be too low. "
        "Run `ftbench doctor --measure` when the machine is idle."
    ]


def _price(per_hour: float | None, currency: str) -> Price:
    if not re.fullmatch("[A-Z]{3}", currency):
        raise InputError(f"cost.currency is {currency!r}; it must be three capital letters, such as USD.")
    if per_hour is None:
        note, source = NOT_GIVEN, NO_SOURCE
    else:
        note, source = "given in the spec, which has no date for it", "cost.price_per_hour in the spec"
    return Price(per_hour=per_hour or 0.0, currency=currency, kind="given", retrieved=None, retrieved_note=note, source=source)


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name  # older NVML bindings return bytes


def _power_w(pynvml, handle) -> float | None:
    try:
        return pynvml.nvmlDeviceGetPowerManagementDefaultLimit(handle) / 1000
    except pynvml.NVMLError:  # virtual GPUs do not tell
        return None
