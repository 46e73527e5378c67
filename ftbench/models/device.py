"""What this machine computes with, found without starting torch or CUDA in the process that asks."""

import os
import platform
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import psutil

from ftbench.errors import InputError


@dataclass(frozen=True)
class Device:
    """One kind of device. `memory_bytes` is of one device (of the machine or its container for a CPU); `count` is how many are visible."""

    kind: Literal["cpu", "cuda"]
    name: str
    memory_bytes: int
    compute_capability: tuple[int, int] | None = None
    bf16: bool = False
    count: int = 1
    notes: tuple[str, ...] = ()


def local_device(*, cpu_only: bool = False) -> Device:
    """The GPUs that this process may use, or else (or if `cpu_only`) the CPU.

    GPUs of one machine are taken as equal; where they differ the weakest is returned, and a note says so.
    """
    gpus, why_not = ([], "") if cpu_only else _gpus()
    if not gpus:
        return _cpu(notes=(why_not,) if why_not else ())
    weakest = min(gpus, key=lambda g: (g.compute_capability or (0, 0), g.memory_bytes))
    names = sorted({g.name for g in gpus})
    notes = (f"GPUs differ ({', '.join(names)}); {weakest.name} is taken for all.",) if len(names) > 1 else ()
    return Device(weakest.kind, weakest.name, weakest.memory_bytes, weakest.compute_capability, weakest.bf16, len(gpus), notes)


def check_gpus(device: Device, gpus_per_replica: float, replicas: int = 1) -> None:
    """Nothing, if `device` has the GPUs that are asked for; 0 is always granted.

    Raises:
        InputError: with what there is.
    """
    needed = gpus_per_replica * replicas
    if needed == 0:
        return
    if device.kind != "cuda":
        why = f" {device.notes[0]}" if device.notes else ""
        raise InputError(
            f"serving.gpus_per_replica is {gpus_per_replica:g}, but there is no usable GPU here, only {device.name}.{why} "
            "Set it to 0, or run on a machine with a GPU."
        )
    if gpus_per_replica > 1 and gpus_per_replica != int(gpus_per_replica):
        raise InputError(f"serving.gpus_per_replica is {gpus_per_replica:g}; above 1 it must be a whole number.")
    # A replica cannot be put together from the rests of two devices.
    places = int(1 / gpus_per_replica + 1e-9) * device.count if gpus_per_replica <= 1 else device.count // int(gpus_per_replica)
    if places < replicas:
        here = f"{device.count} {device.name} {'is' if device.count == 1 else 'are'} here"
        way_out = f"Set serving.replicas to {places}" if places else f"Set serving.gpus_per_replica to {device.count}"
        raise InputError(f"{replicas} x {gpus_per_replica:g} GPUs are needed, {here}. {way_out} or lower, or use a bigger machine.")


def _gpus() -> tuple[list[Device], str]:
    """GPUs visible to this process, and, where there are none although one is built in, why."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return [], ""
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        uuids = [_text(pynvml.nvmlDeviceGetUUID(h)) for h in handles]
        shown = visible(os.environ.get("CUDA_VISIBLE_DEVICES"), uuids)
        gpus = [_gpu(handles[i]) for i in shown]
    except pynvml.NVMLError as error:
        return [], f"The NVIDIA driver answers {error}."
    finally:
        pynvml.nvmlShutdown()
    if handles and not gpus:
        return [], "CUDA_VISIBLE_DEVICES hides every GPU."
    if gpus and not _torch_has_cuda():
        return [], f"There is a GPU ({gpus[0].name}), but the installed torch is a CPU build; install a CUDA build of torch to use it."
    return gpus, ""


def _gpu(handle: object) -> Device:
    import pynvml

    capability = tuple(pynvml.nvmlDeviceGetCudaComputeCapability(handle))
    memory = int(pynvml.nvmlDeviceGetMemoryInfo(handle).total)
    return Device("cuda", _text(pynvml.nvmlDeviceGetName(handle)), memory, capability, bf16=capability >= (8, 0))


def visible(variable: str | None, uuids: list[str]) -> list[int]:
    """Indices of the GPUs that CUDA_VISIBLE_DEVICES shows, in its order. As in CUDA, the list ends at the first entry that is no device."""
    if variable is None:
        return list(range(len(uuids)))
    shown: list[int] = []
    for entry in (part.strip() for part in variable.split(",")):
        if entry.isascii() and entry.isdecimal():
            found = [int(entry)] if int(entry) < len(uuids) else []
        else:
            found = [i for i, uuid in enumerate(uuids) if entry and uuid.startswith(entry)]
        if len(found) != 1:
            break
        shown += found
    return shown


def _torch_has_cuda() -> bool:
    """Read from torch/version.py, because importing torch takes seconds and memory."""
    torch = find_spec("torch")
    if torch is None or torch.origin is None:
        return False
    text = (Path(torch.origin).parent / "version.py").read_text(encoding="utf-8")
    return re.search(r"^cuda\b[^=\n]*=\s*['\"]", text, re.MULTILINE) is not None


def _cpu(notes: tuple[str, ...]) -> Device:
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8", errors="replace") if info.exists() else ""
    model = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    name = (model.group(1).strip() if model else "") or platform.processor() or platform.machine()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Device("cpu", f"{name} ({cores} cores)", _cpu_memory(), None, cpu_bf16(text), 1, notes)


def cpu_bf16(cpuinfo: str) -> bool:
    """Whether /proc/cpuinfo lists bf16 arithmetic: AVX512-BF16 or AMX on x86, BF16 on ARM."""
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return bool(flags and {"avx512_bf16", "amx_bf16", "bf16"} & set(flags.group(1).split()))


def _cpu_memory() -> int:
    """The machine's memory [bytes], or the container's where that is less (cgroup v2, then v1)."""
    total = psutil.virtual_memory().total
    for limit in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        try:
            return min(total, int(limit.read_text().strip()))
        except (OSError, ValueError):  # no such file, or the word "max"
            continue
    return total


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
