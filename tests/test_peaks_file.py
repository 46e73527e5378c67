import json
from dataclasses import replace

import pytest

from ftbench.models.cache import CACHE_VARIABLE, cache_folder
from ftbench.peaks_file import MeasuredPeaks, cpu_identity, gpu_identity, keep_peaks, kept_peaks, peaks_file

EPYC = MeasuredPeaks(
    device=cpu_identity("EPYC", 2), measured_on="2026-11-28", torch="2.13.0", threads=2, bandwidth_gb_s=20.0,
    bandwidth_by_threads={"1": 12.0, "2": 20.0}, fp32_tflops=0.12, bf16_tflops=0.2, fp16_tflops=None, int8_tops=0.3, busy=0.0,
)  # fmt: skip


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))


def test_figures_lie_where_everything_else_is_cached():
    assert peaks_file().parent == cache_folder()


def test_what_was_kept_is_found_again():
    assert kept_peaks(EPYC.device) is None
    assert keep_peaks(EPYC) == peaks_file()
    assert kept_peaks(EPYC.device) == EPYC


@pytest.mark.parametrize("other", [cpu_identity("EPYC", 4), cpu_identity("Xeon", 2), gpu_identity("EPYC", 2**34)])
def test_figures_of_another_device_are_not_taken_for_this_one(other):
    """A home folder on a network drive serves many machines, and a container may get fewer cores than the last one."""
    keep_peaks(EPYC)
    assert kept_peaks(other) is None


def test_second_machine_does_not_push_out_the_first():
    keep_peaks(EPYC)
    keep_peaks(replace(EPYC, device=gpu_identity("L4", 24 * 2**30)))
    assert kept_peaks(EPYC.device) == EPYC and kept_peaks("gpu: L4, 24 GiB") is not None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"cpu: EPYC, 2 cores": {"device": 1}}', '{"cpu: EPYC, 2 cores": 5}'])
def test_broken_file_is_measured_again_not_a_crash(text):
    peaks_file().parent.mkdir(parents=True)
    peaks_file().write_text(text)
    assert kept_peaks(EPYC.device) is None
    keep_peaks(EPYC)
    assert kept_peaks(EPYC.device) == EPYC


@pytest.mark.parametrize("wrong", [{"bandwidth_gb_s": 0.0}, {"bandwidth_gb_s": "fast"}, {"measured_on": "yesterday"}])
def test_impossible_figures_are_no_figures(wrong):
    keep_peaks(EPYC)
    rows = json.loads(peaks_file().read_text())
    rows[EPYC.device].update(wrong)
    peaks_file().write_text(json.dumps(rows))
    assert kept_peaks(EPYC.device) is None
