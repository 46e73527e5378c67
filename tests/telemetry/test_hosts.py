"""Machines, GPUs and energy over the measured window."""

import pytest

from ftbench.telemetry.hosts import energy_summary, host_notes, host_summaries
from tests.telemetry.lines import a_gpu, a_host, a_node, began, window

WINDOW = window(10, 20)
SECONDS = range(8, 23)


def hosts(*lines, **begin):
    return host_summaries([began(**begin), *lines], WINDOW)


def energy(found, tokens=1000, requests=50):
    return energy_summary(found, WINDOW, tokens, requests)


def test_processor_is_of_the_window_alone():
    (host,) = hosts(a_node(), *(a_host(t, cpu=0.4 if 10 <= t < 20 else 1.0, cores=[0.0, 0.8]) for t in SECONDS))
    assert (host["samples"], host["cpu_mean"], host["cpu_max"]) == (10, pytest.approx(0.4), 0.4)
    assert host["busiest_core_mean"] == pytest.approx(0.8)
    assert (host["gpus"], host["gpus_absent"]) == ([], "NVML Shared Library Not Found")
    assert energy([host]) is None


def test_energy_counter_is_preferred_to_power():
    (host,) = hosts(a_node(gpus=1), *(a_host(t, gpus=[a_gpu(energy_mj=1e9 + 250e3 * t, power_w=999.0)]) for t in SECONDS))
    found = energy([host])
    assert found["joules"] == pytest.approx(2500) and found["source"] == "NVML counter"
    assert (found["joules_per_output_token"], found["joules_per_request"]) == (pytest.approx(2.5), pytest.approx(50))
    assert found["watts_mean"] == pytest.approx(250) and found["covers"] == "GPU only: 1 of 1 GPU"
    assert host["gpus"][0]["power_mean_w"] == pytest.approx(250)


def test_without_a_counter_power_is_integrated():
    (host,) = hosts(a_node(gpus=1), *(a_host(t + 0.3, gpus=[a_gpu(power_w=100.0 + 10 * (t + 0.3))]) for t in SECONDS))
    found = energy([host])
    assert found["joules"] == pytest.approx(10 * 250) and found["source"] == "NVML power integrated"


def test_gpus_that_had_nothing_to_do_are_left_out():
    idle = {"utilisation": 0.0, "power_w": 70.0, "pids": []}
    (host,) = hosts(a_node(gpus=2), *(a_host(t, gpus=[a_gpu(0, pids=[41]), a_gpu(1, **idle)]) for t in SECONDS))
    assert [gpu["used"] for gpu in host["gpus"]] == [True, False]
    assert energy([host])["joules"] == pytest.approx(3000) and energy([host])["covers"] == "GPU only: 1 of 2 GPUs"
    (host,) = hosts(a_node(gpus=2), *(a_host(t, gpus=[a_gpu(0, **idle), a_gpu(1, **idle)]) for t in SECONDS))
    assert energy([host])["joules"] == pytest.approx(1400)


def test_a_gpu_that_is_not_metered_makes_no_half_a_sum():
    silent = {"power_w": None, "energy_mj": None}
    (host,) = hosts(a_node(gpus=2), *(a_host(t, gpus=[a_gpu(0), a_gpu(1, **silent)]) for t in SECONDS))
    assert energy([host]) is None
    assert host["gpus"][1]["energy_j"] is None and host["gpus"][1]["power_mean_w"] is None


def test_gpu_of_the_client_is_no_part_of_a_server_elsewhere():
    (host,) = hosts(a_node(gpus=1), *(a_host(t, gpus=[a_gpu()]) for t in SECONDS), serves_here=False)
    assert host["gpus"][0]["energy_j"] == pytest.approx(3000) and not host["serves"]
    assert energy([host]) is None


def test_all_nodes_of_a_cluster_that_serves_count():
    nodes = [a_node(gpus=1), a_node("node abc", gpus=1)]
    found = hosts(*nodes, *(a_host(t, n["node"], gpus=[a_gpu()]) for t in SECONDS for n in nodes), managed=True)
    assert [host["node"] for host in found] == ["this machine", "node abc"]
    assert energy(found)["joules"] == pytest.approx(6000)


def test_processors_are_metered_by_rapl_across_a_turn_of_its_counter():
    node = a_node(rapl_absent=None)
    (host,) = hosts(node, *(a_host(t, rapl={"intel-rapl:0": [int(950e6 + t * 5e6) % 1_000_000_000, 999_999_999]}) for t in SECONDS))
    found = energy([host])
    assert found["joules"] == pytest.approx(50, rel=1e-6) and (found["source"], found["covers"]) == ("RAPL", "CPU packages only")


def test_no_tokens_is_no_energy_per_token_and_no_division():
    (host,) = hosts(a_node(gpus=1), *(a_host(t, gpus=[a_gpu()]) for t in SECONDS))
    found = energy([host], tokens=0, requests=0)
    assert (found["joules_per_output_token"], found["joules_per_request"]) == (None, None)


def test_what_makes_a_measurement_doubtful_is_said():
    lines = [
        a_host(
            t, cpu=0.99, load_cpu=1.1, swapped_bytes=t * 2**21, throttled_s=0.5 * t, gpus=[a_gpu(throttle=0x44, pids=[7, 8], ecc_errors=t)]
        )
        for t in SECONDS
    ]
    notes = " / ".join(host_notes(hosts(a_node(gpus=1), *lines)))
    for word in (
        "sent the load and served the model, had its processors 99% busy",
        "swap",
        "quota",
        "power limit",
        "temperature (hardware)",
    ):
        assert word in notes
    assert "2 processes on it (pid 7, 8)" in notes and "memory errors" in notes


def test_quiet_machine_has_no_notes_and_an_idle_gpu_is_not_throttled():
    lines = [a_host(t, swap_bytes=2**30, gpus=[a_gpu(throttle=0x1, pids=[7])]) for t in SECONDS]
    assert host_notes(hosts(a_node(gpus=1), *lines)) == []


def test_node_that_was_not_sampled_in_the_window_is_no_host():
    assert hosts(a_node(), a_host(3.0)) == []
