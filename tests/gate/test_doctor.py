import pytest

from ftbench.cost import local
from ftbench.gate.doctor import peaks_lines
from ftbench.models import device_peaks
from ftbench.peaks_file import MeasuredPeaks, kept_peaks


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Counts how often it was measured, and measures nothing."""
    monkeypatch.setenv("FTBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(local, "visible_gpus", lambda: [])
    calls = []

    def measure(device, cores, *, on_gpu, progress):
        calls.append(on_gpu)
        return MeasuredPeaks(device, "2026-11-28", "2.13.0", 2, 20.0 + len(calls), {"1": 12.0, "2": 21.0}, 0.12, 0.2, None, 0.3, 0.3)

    monkeypatch.setattr(device_peaks, "measure_peaks", measure)
    return calls


def test_first_doctor_measures_and_the_second_remembers(measured, tmp_path):
    first = "\n".join(peaks_lines(None))
    assert "measured: memory 21 GB/s (12 with 1 thread, 21 with 2 threads)" in first
    assert "fp32 0.12 TFLOPS, bf16 0.2 TFLOPS, fp16 not possible, int8 0.3 TOPS" in first
    assert str(tmp_path / "cache") in first and "--measure" in first and "too low" in first
    again = "\n".join(peaks_lines(None))
    assert "since 2026-11-28" in again and measured == [False]


def test_measure_refreshes_what_is_kept(measured):
    peaks_lines(None)
    peaks_lines(True)
    assert len(measured) == 2 and kept_peaks(local.device_identity([])).bandwidth_gb_s == 22.0


def test_no_measure_measures_nothing(measured):
    assert "not measured yet" in peaks_lines(False)[0] and measured == []


def test_cache_that_cannot_be_written_does_not_lose_the_figures(measured, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FTBENCH_CACHE", str(tmp_path / "file"))
    assert any("not kept" in line for line in peaks_lines(None)) and measured == [False]


def test_gpu_that_torch_cannot_use_does_not_get_the_figures_of_the_processor(measured, monkeypatch):
    monkeypatch.setattr(local, "visible_gpus", lambda: [local.Gpu("NVIDIA L4", 24 * 2**30, 72.0)])
    lines = peaks_lines(None)
    assert len(lines) == 1 and "cannot be measured" in lines[0] and measured == []
