"""What `ftbench doctor` measured of this machine's device, kept in the user's cache folder. Knows neither torch nor any room."""

import json
import os
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path

from platformdirs import user_cache_path

NAME = "device_peaks.json"


@dataclass(frozen=True)
class MeasuredPeaks:
    """Best of several repeats; what the device does, not what its data sheet says. GB/s and TFLOPS (int8: TOPS) in powers of ten.

    `device` tells one device from another (`cpu_identity`, `gpu_identity`). `threads` worked on the figures; `bandwidth_by_threads` has
    the bandwidth of fewer. `busy`: share of all cores that other programs used just before, which makes every figure of a CPU too low.
    A figure is None where torch cannot compute in that type here.
    """

    device: str
    measured_on: str
    torch: str
    threads: int
    bandwidth_gb_s: float
    bandwidth_by_threads: dict[str, float]
    fp32_tflops: float | None
    bf16_tflops: float | None
    fp16_tflops: float | None
    int8_tops: float | None
    busy: float | None = None

    @property
    def day(self) -> date:
        """Day of the measurement."""
        return date.fromisoformat(self.measured_on)


def cpu_identity(name: str, cores: int) -> str:
    """A processor and the cores of it that may be used."""
    return f"cpu: {name}, {cores} cores"


def gpu_identity(name: str, memory_bytes: int) -> str:
    """A GPU by name and memory, as its driver tells them."""
    return f"gpu: {name}, {memory_bytes / 2**30:.0f} GiB"


def peaks_file() -> Path:
    """Where they are kept, whether or not they are there; FTBENCH_CACHE moves the folder, as for all that ftbench keeps."""
    folder = os.environ.get("FTBENCH_CACHE") or user_cache_path("ftbench", appauthor=False)
    return Path(folder).expanduser().resolve() / NAME


def keep_peaks(peaks: MeasuredPeaks) -> Path:
    """Write them beside those of other devices (one home folder may serve several machines); returns the file.

    Raises:
        OSError: the folder cannot be written.
    """
    file = peaks_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    written = {**_all(file), peaks.device: asdict(peaks)}
    fresh = file.with_name(f"{NAME}.{os.getpid()}")
    fresh.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(file)
    return file


def kept_peaks(device: str) -> MeasuredPeaks | None:
    """Those of this very device; None where there are none, or the file is of another version or broken: it can be made again."""
    row = _all(peaks_file()).get(device)
    if not isinstance(row, dict) or set(row) != {field.name for field in fields(MeasuredPeaks)}:
        return None
    try:
        found = MeasuredPeaks(**row)
        return found if found.bandwidth_gb_s > 0 and found.day else None
    except (TypeError, ValueError):
        return None


def _all(file: Path) -> dict:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
