"""Peaks of this machine are measured when nobody knows them, and only then."""

import subprocess
import sys

from ftbench.compare import own_peaks
from ftbench.compare.own_peaks import know_own_peaks
from ftbench.peaks_file import MeasuredPeaks, kept_peaks
from ftbench.progress import Screen


def test_the_process_that_measures_keeps_what_it_found_and_the_second_comparison_measures_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("FTBENCH_CACHE", str(tmp_path))
    calls = []
    keep = (
        "import sys; from ftbench.peaks_file import MeasuredPeaks, keep_peaks\n"
        "keep_peaks(MeasuredPeaks(sys.argv[1], '2026-11-28', '2.13', 2, 20.0, {}, 0.2, None, None, None))"
    )

    def run(words, **how):
        calls.append(words[-3:])
        return real([sys.executable, "-c", keep, *words[-3:]], **how)

    real = subprocess.run
    monkeypatch.setattr(own_peaks.subprocess, "run", run)
    know_own_peaks(Screen())
    know_own_peaks(Screen())
    ((device, _, kind),) = calls
    assert isinstance(kept_peaks(device), MeasuredPeaks) and kind in ("cpu", "gpu")


def test_a_machine_that_takes_too_long_is_compared_without_its_peaks(tmp_path, monkeypatch):
    monkeypatch.setenv("FTBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(own_peaks, "LONGEST_S", 0.01)
    know_own_peaks(Screen())
    assert list(tmp_path.iterdir()) == []
