"""The peaks of this machine, measured once before the first comparison, so that MBU, MFU and modelled cells have something to stand on."""

from multiprocessing import get_context

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
    with screen.step("Measuring memory bandwidth and matrix peaks, once"):
        process = get_context("spawn").Process(target=_measure, args=(device, cores_at_hand(), bool(gpus)), daemon=True)
        process.start()
        process.join(LONGEST_S)
        if process.is_alive():
            process.kill()
            process.join()


def _measure(device: str, cores: int, on_gpu: bool) -> None:
    from ftbench.models.device_peaks import measure_peaks

    keep_peaks(measure_peaks(device, cores, on_gpu=on_gpu, progress=lambda *_: None))
