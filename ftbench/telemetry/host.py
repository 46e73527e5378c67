"""Processor, memory and CPU energy of this machine, one sample at a time."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

SCAN_S = 15.0  # looking through all processes of a machine for those of the load is the dearest part
FIRST_SCANS_S = 2.0
LOAD_MARK = "--ft-plan"  # on the command line of every load process

POWERCAP = Path("/sys/class/powercap")
CPU_STAT = (Path("/sys/fs/cgroup/cpu.stat"), Path("/sys/fs/cgroup/cpu/cpu.stat"))


class Host:
    """Differences are taken from the sample before, so the first sample tells no processor time."""

    def __init__(self) -> None:
        self._times = psutil.cpu_times(percpu=True)
        self._at = time.monotonic()
        self._load: dict[int, tuple[psutil.Process, float]] = {}
        self._scanned = -SCAN_S
        self._packages = list(POWERCAP.glob("intel-rapl:[0-9]")) + list(POWERCAP.glob("intel-rapl:[0-9][0-9]"))
        self.rapl_absent = self._why_no_rapl()

    def facts(self) -> dict[str, Any]:
        return {"cores": len(self._times), "memory_bytes": psutil.virtual_memory().total, "rapl_absent": self.rapl_absent}

    def sample(self) -> dict[str, Any]:
        """cpu and cores (busy share of all cores and of each), load1, memory_bytes (in use), swap_bytes, swapped_bytes (moved in or out
        since the machine came up), load_cpu (cores used by load processes), throttled_s (CPU quota of the container, since it began),
        rapl (package: [µJ, range of the counter in µJ])."""
        now, times = time.monotonic(), psutil.cpu_times(percpu=True)
        cores = [_busy(a, b) for a, b in zip(self._times, times, strict=False)]
        swap = psutil.swap_memory()
        line = {
            "cpu": round(sum(cores) / len(cores), 4) if cores else None,
            "cores": [round(core, 2) for core in cores],
            "load1": round(os.getloadavg()[0], 2),
            "memory_bytes": (memory := psutil.virtual_memory()).total - memory.available,
            "swap_bytes": swap.used,
            "swapped_bytes": swap.sin + swap.sout,
            "load_cpu": self._load_cpu(now),
            "throttled_s": _throttled_s(),
            "rapl": self._rapl(),
        }
        self._times, self._at = times, now
        return line

    def _load_cpu(self, now: float) -> float | None:
        if now - self._scanned >= (SCAN_S if self._load else FIRST_SCANS_S):
            self._scanned = now
            for process in psutil.process_iter():
                with suppress(psutil.Error):
                    if process.pid not in self._load and LOAD_MARK in process.cmdline():
                        self._load[process.pid] = (process, _used(process))
        spent = 0.0
        for pid, (process, before) in list(self._load.items()):
            try:
                used = _used(process)
            except psutil.Error:
                del self._load[pid]
                continue
            self._load[pid] = (process, used)
            spent += used - before
        seconds = now - self._at
        return round(spent / seconds, 4) if self._load and seconds > 0 else None

    def _rapl(self) -> dict[str, list[int]] | None:
        if self.rapl_absent:
            return None
        with suppress(OSError, ValueError):
            return {p.name: [_number(p / "energy_uj"), _number(p / "max_energy_range_uj")] for p in self._packages}
        return None

    def _why_no_rapl(self) -> str | None:
        if not self._packages:
            return "no RAPL"
        try:
            _number(self._packages[0] / "energy_uj")
        except (OSError, ValueError):
            return "RAPL is not readable"
        return None


def _busy(before: Any, after: Any) -> float:
    """Share of the time between two readings that a core was not idle. A virtual machine's stolen time is not idle: it had work."""
    total = sum(_parts(after)) - sum(_parts(before))
    idle = sum(getattr(after, name, 0.0) - getattr(before, name, 0.0) for name in ("idle", "iowait"))
    return min(1.0, max(0.0, 1.0 - idle / total)) if total > 0 else 0.0


def _parts(times: Any) -> list[float]:
    """Guests are in `user` and `nice` already."""
    return [value for name, value in times._asdict().items() if name not in ("guest", "guest_nice")]


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _throttled_s() -> float | None:
    """cgroup v2 counts in µs, v1 in ns."""
    for path in CPU_STAT:
        with suppress(OSError, ValueError):
            stat = dict(line.split(" ", 1) for line in path.read_text().splitlines())
            if "throttled_usec" in stat:
                return int(stat["throttled_usec"]) / 1e6
            if "throttled_time" in stat:
                return int(stat["throttled_time"]) / 1e9
    return None


def _number(path: Path) -> int:
    return int(path.read_text())
