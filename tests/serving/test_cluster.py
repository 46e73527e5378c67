"""A cluster that does not start is a sentence, not a traceback."""

import pytest
import ray

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.serving.cluster import cluster


def refuse(**options):
    raise Exception("The current node timed out during startup.\nmore of it")


def test_ray_that_was_slower_than_its_own_limit_is_no_verdict_and_no_traceback(monkeypatch):
    monkeypatch.setattr(ray, "init", refuse)
    with (
        pytest.raises(InvalidMeasurement, match="Ray did not start on this machine: The current node timed out during startup. Try again"),
        cluster(),
    ):
        raise AssertionError("never reached")


def test_cluster_that_is_not_there_is_the_specs_fault(monkeypatch):
    def nobody(**options):
        raise ConnectionError(f"nothing at {options['address']}")

    monkeypatch.setattr(ray, "init", nobody)
    with pytest.raises(InputError, match="No Ray cluster answers at 10.0.0.1:6379.*serving.ray_address"), cluster("10.0.0.1:6379"):
        raise AssertionError("never reached")
