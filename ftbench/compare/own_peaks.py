"""The peaks of this machine, measured once before the first comparison, so that MBU, MFU and modelled cells have something to stand on."""

import subprocess
import sys
from contextlib import suppress

from ftbench.cost.local import cores_at_hand, device_identity, visible_gpus
from ftbench.peaks_file import keep_peaks, kept_peaks
from ftbench.progress import Screen

LONGEST_S = 120.0


def know_own_peaks(screen: Screen) -> None:
    """Measure bandwidth and matrix peaks where they are not kept yet, as `ftbench doctor` does. What cannot be measured stays unknown, and
    the cells say so. In a process of its own, which gives back all the memory that it takes."""
    gpus = visible_gpus()
    device = device_identity(gpus)
    if kept_peaks(device) is not None:
        return
    script = "import sys; from ftbench.compare.own_peaks import measure; measure(sys.argv[1], int(sys.argv[2]), sys.argv[3] == 'gpu')"
    words = [device, str(cores_at_hand()), "gpu" if gpus else "cpu"]
    with screen.step("Measuring memory bandwidth and matrix peaks, once"), suppress(subprocess.TimeoutExpired):
        subprocess.run([sys.executable, "-c", script, *words], timeout=LONGEST_S, capture_output=True, check=False)


def measure(device: str, cores: int, on_gpu: bool) -> None:
    """Measure and keep the peaks of `device`."""
    from ftbench.models.device_peaks import measure_peaks

    keep_peaks(measure_peaks(device, cores, on_gpu=on_gpu, progress=lambda *_: None))
