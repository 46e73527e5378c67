"""How fast this device's memory and arithmetic are, measured with torch in a few seconds: the roofline of the `local` profile.

Decoding reads weights, so the bandwidth is that of a matrix times a vector; a plain copy is tried as well, and the best of all repeats
counts: other programs can only make it slower.
"""

import math
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psutil

from ftbench.errors import InputError
from ftbench.models.cache import Progress, no_progress
from ftbench.peaks_file import MeasuredPeaks

ARRAY_BYTES = 512 * 2**20  # a side of the copy; several times the last cache of common processors
CACHE_TIMES = 4  # STREAM's rule: an array is at least four times the last cache
SPEND_S = 0.4  # on each repeated measurement, once it has run three times
SIDES = {"cpu": (256, 512, 1024, 2048), "cuda": (1024, 4096, 8192, 16384)}  # of square products
DTYPES = ("float32", "bfloat16", "float16", "int8")


def measure_peaks(
    device: str, cores: int, *, on_gpu: bool = False, threads: list[int] | None = None, progress: Progress = no_progress
) -> MeasuredPeaks:
    """The CPU with all of its `cores`, or the first GPU. Takes about 10 s and up to 2 GB of memory. Imports torch.

    Args:
        device: what the figures are kept under, as `ftbench.cost.local.device_identity` names it.
        threads: numbers of threads, besides `cores`, at which a CPU's bandwidth is measured; by default 1.
    Raises:
        InputError: torch's first GPU is not the one that `device` names.
    """
    import torch

    measured = _gpu(torch, device, progress) if on_gpu else _cpu(torch, device, cores, [1] if threads is None else threads, progress)
    progress("done", 1.0)
    return measured


def _cpu(torch, device: str, cores: int, fewer: list[int], progress: Progress) -> MeasuredPeaks:
    busy = psutil.cpu_percent(interval=0.5) / 100
    by_threads = {}
    counts = sorted({n for n in fewer if 1 <= n < cores} | {cores})
    steps = len(counts) + len(DTYPES)
    for i, n in enumerate(counts):
        progress(f"memory bandwidth, {n} thread{'s' if n > 1 else ''}", i / steps)
        with _threads(torch, n):
            by_threads[str(n)] = round(_bandwidth(torch, "cpu", _array_bytes()) / 1e9, 2)
    tflops = {}
    with _threads(torch, cores):
        for i, dtype in enumerate(DTYPES):
            progress(f"matrix products, {dtype}", (len(counts) + i) / steps)
            tflops[dtype] = _matrix_peak(torch, "cpu", dtype)
    return _peaks(torch, device, cores, by_threads, tflops, round(busy, 2))


def _gpu(torch, device: str, progress: Progress) -> MeasuredPeaks:
    if not device.startswith(f"gpu: {torch.cuda.get_device_name(0)},"):  # CUDA numbers the fastest first, the driver by slot
        raise InputError(
            f"torch's first GPU is {torch.cuda.get_device_name(0)}, the driver's is {device.removeprefix('gpu: ')}. "
            "Set CUDA_DEVICE_ORDER=PCI_BUS_ID, or show one GPU with CUDA_VISIBLE_DEVICES."
        )
    progress("memory bandwidth", 0.0)
    free, _ = torch.cuda.mem_get_info(0)
    bandwidth = _bandwidth(torch, "cuda", min(4 * ARRAY_BYTES, free // 8)) / 1e9
    tflops = {}
    for i, dtype in enumerate(DTYPES):
        progress(f"matrix products, {dtype}", (1 + i) / (1 + len(DTYPES)))
        tflops[dtype] = _matrix_peak(torch, "cuda", dtype)
    torch.cuda.empty_cache()
    return _peaks(torch, device, 1, {"1": round(bandwidth, 1)}, tflops, None)


def _peaks(torch, device: str, threads: int, by_threads: dict[str, float], tflops: dict, busy: float | None) -> MeasuredPeaks:
    return MeasuredPeaks(
        device=device,
        measured_on=date.today().isoformat(),
        torch=torch.__version__,
        threads=threads,
        bandwidth_gb_s=max(by_threads.values()),
        bandwidth_by_threads=by_threads,
        fp32_tflops=tflops["float32"],
        bf16_tflops=tflops["bfloat16"],
        fp16_tflops=tflops["float16"],
        int8_tops=tflops["int8"],
        busy=busy,
    )


def _bandwidth(torch, where: str, array_bytes: int) -> float:
    """Bytes/s, the better of reading a matrix (times a vector) and copying an array (one read, one write)."""
    n = array_bytes // 4
    columns = 4096
    matrix = torch.ones(n // columns, columns, device=where)
    vector = torch.ones(columns, device=where)
    target = torch.empty_like(matrix)
    size = matrix.numel() * 4
    reading = size / best_seconds(lambda: torch.mv(matrix, vector), _waiter(torch, where))
    copying = 2 * size / best_seconds(lambda: target.copy_(matrix), _waiter(torch, where))
    return max(reading, copying)


def _matrix_peak(torch, where: str, dtype: str) -> float | None:
    """10^12 operations a second of a square product; None where torch has no such product here. fp32 is fp32 proper, never TF32.

    The side grows while a product stays short: large ones reach the peak, and an emulated type would take minutes for one.
    """
    best = None
    with _no_tf32(torch):
        for side in SIDES[where]:
            try:
                seconds = best_seconds(_product(torch, where, dtype, side), _waiter(torch, where))
            except (RuntimeError, AttributeError, NotImplementedError):  # this build or this device cannot, or its memory is full
                break
            best = max(best or 0.0, 2 * side**3 / seconds / 1e12)
            if 8 * seconds > SPEND_S:  # what twice the side would take
                break
    return None if best is None else float(f"{best:.3g}")  # more digits were not measured


def _product(torch, where: str, dtype: str, side: int) -> Callable[[], object]:
    kind = getattr(torch, dtype)
    if dtype == "int8":
        a, b = (torch.ones(side, side, dtype=kind, device=where) for _ in range(2))
        return lambda: torch._int_mm(a, b.t())
    a, b = (torch.full((side, side), 0.5, dtype=kind, device=where) for _ in range(2))
    out = torch.empty(side, side, dtype=kind, device=where)
    return lambda: torch.mm(a, b, out=out)


def best_seconds(work: Callable[[], object], wait: Callable[[], None], spend_s: float | None = None) -> float:
    """Shortest of at least three runs after one that warms up, or of as many as `spend_s` holds, by default SPEND_S."""
    spend_s = SPEND_S if spend_s is None else spend_s
    work()
    wait()
    started = time.perf_counter()
    best, runs = math.inf, 0
    while runs < 3 or time.perf_counter() - started < spend_s:
        before = time.perf_counter()
        work()
        wait()
        best, runs = min(best, time.perf_counter() - before), runs + 1
    return best


def _array_bytes() -> int:
    """Large enough for the last cache, small enough for the memory that is free."""
    sizes = [_cache_bytes(path) for path in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size")]
    wanted = max(ARRAY_BYTES, CACHE_TIMES * max(sizes, default=0))
    return min(wanted, psutil.virtual_memory().available // 8)


def _cache_bytes(path: Path) -> int:
    try:
        text = path.read_text().strip()
        return int(text.rstrip("KMG")) * {"K": 2**10, "M": 2**20, "G": 2**30}.get(text[-1:], 1)
    except (OSError, ValueError):
        return 0


def _waiter(torch, where: str) -> Callable[[], None]:
    return torch.cuda.synchronize if where == "cuda" else lambda: None


@contextmanager
def _threads(torch, n: int):
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _no_tf32(torch):
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before
