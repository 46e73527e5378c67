"""What server and machines said of themselves, in sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.report.machines import energy_line, host_lines, machine_lines, server_line
from tests.report.builder import ENERGY, HOST, SERVER


def test_a_server_tells_queue_time_batch_and_cache():
    assert server_line(SERVER) == (
        "The server (vLLM) said of itself: waited in its queue p50 12 ms, p99 84 ms (interpolated in the server's histogram buckets), "
        "under way 7.2 at the mean, 16 at most, waiting 0.4 at the mean, 5 at most, KV cache in use 31 % at the mean, 62 % at most, "
        "output 157 tokens/s, found in its prefix cache 0 %."
    )


def test_a_queue_time_that_is_only_a_mean_says_how_it_was_come_by():
    line = server_line({"kind": "TGI", "queue_time": {"mean": 0.25, "p50": None, "p99": None, "basis": "Little's law"}})
    assert "waited in its queue 250 ms at the mean (Little's law)" in line


def test_a_server_without_metrics_says_why_and_shows_no_zero():
    assert server_line({"absent": "no page answered 200"}) == "The server's own metrics were not to be had: no page answered 200."
    assert server_line(None) == ""


def test_a_machine_tells_what_it_did_for_the_run_and_each_gpu_its_power():
    machine, gpu = host_lines(HOST)
    assert machine == (
        "This machine, which served the model and sent the load: processors busy 63 %, its busiest core 91 %, memory 12 GiB of 24 GiB."
    )
    assert gpu == "GPU 0 (NVIDIA L4): busy 88 %, memory 18 GiB of 22.5 GiB, power 61 W of 72 W, hottest 71 °C."


def test_a_gpu_without_work_is_not_mentioned():
    idle = {**HOST["gpus"][0], "used": False}
    assert len(host_lines({**HOST, "gpus": [idle]})) == 1


def test_energy_says_what_it_covers_and_where_it_was_read():
    assert energy_line(ENERGY) == (
        "Energy (measured, GPU only: 1 of 1 GPU, NVML counter): 3,660 J, 61 W at the mean, 0.388 J per output token, 12.2 J per request."
    )
    assert energy_line(None) == energy_line({**ENERGY, "joules": None}) == ""


always = {"kind", "node", "name", "index"}
missing = st.sampled_from(sorted({*SERVER, *HOST, *ENERGY, *HOST["gpus"][0]} - always))


@pytest.mark.parametrize("absent", [lambda d, k: d | {k: None}, lambda d, k: {x: y for x, y in d.items() if x != k}])
@given(missing)
def test_whatever_could_not_be_had_is_left_out(absent, key):
    gpu = absent(HOST["gpus"][0], key)
    for line in machine_lines(absent(SERVER, key), [absent({**HOST, "gpus": [gpu]}, key)], absent(ENERGY, key)):
        assert "None" not in line and "–" not in line
