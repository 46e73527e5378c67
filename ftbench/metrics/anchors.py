"""Published steps of decoding, and the calibration that they give for a device where nobody measured."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

from ftbench.errors import NoData
from ftbench.metrics.roofline import DTYPE_BYTES, INT8, Peaks, Work
from ftbench.metrics.roofline_model import Calibration, Observation, TransferError, calibrate, kernels_of, leave_one_device_out

_FILE = Path(__file__).with_name("anchors.yaml")
_LINEAR_BITS = {"fp32": 32, "fp16": 16, "bf16": 16, "int8": 8, "int8-no-outlier": 8, "nf4": 4.5, "fp4": 4.5}
_LINEAR_BITS["nf4-dq"] = 4 + 8 / 64 + 32 / (64 * 256)  # as in ftbench.models.variants, which this room does not know; a test compares


class Anchor(NamedTuple):
    """A published step and where it was read."""

    source: str
    observation: Observation


def fitted_anchors() -> list[Anchor]:
    """Those that the published calibration rests on: eager transformers with bitsandbytes, three machines."""
    found = _read()
    table = found["fitted"]
    return [
        Anchor(table["source"], _observation(found, {**row, "batch": batch, "context_tokens": table["context_tokens"], "step_s": step}))
        for row in table["steps"]
        for batch, step in zip(table["batches"], row["step_s"], strict=False)  # the larger batches of some rows did not fit the device
    ]


def checked_anchors() -> list[Anchor]:
    """Those that only test it."""
    found = _read()
    return [Anchor(row["source"], _observation(found, row["observation"])) for row in found["checked"]]


@lru_cache(maxsize=1)
def published_error() -> TransferError:
    """How far the model is off on a machine left out, over the fitted anchors: mostly the speed of the hosts, which nobody publishes."""
    return leave_one_device_out([anchor.observation for anchor in fitted_anchors()])


@lru_cache(maxsize=1)
def published_calibration() -> Calibration:
    """For any variant on a GPU."""
    anchors = fitted_anchors()
    return calibrate([anchor.observation for anchor in anchors], slower=published_error().slower, source=anchors[0].source)


def calibration_for(kind: Literal["gpu", "cpu"], variant: str, measured: Sequence[Observation], *, source: str) -> Calibration:
    """What to model a device of `kind` with: steps of this variant measured on devices of the same kind; for a GPU else published ones.

    A CPU says nothing about a GPU: its host and its device are one. The band's high end is that of the published steps, or worse where
    the measured devices disagree by more.

    Args:
        measured: steps of this variant on devices of `kind`; others must not be among them.
        source: says in words where `measured` is from.
    Raises:
        NoData: a CPU, and nothing was measured on any.
    """
    own = [seen for seen in measured if kernels_of(seen.work.variant, 1) == kernels_of(variant, 1)]
    if not own:
        if kind == "gpu":
            return published_calibration()
        raise NoData(f"no step of {variant} was measured on any CPU, and none is published")
    slower = published_error().slower
    if len({seen.device for seen in own}) > 1:
        slower = max(slower, leave_one_device_out(own).slower)
    return calibrate(own, slower=slower, source=source)


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    return yaml.safe_load(_FILE.read_text(encoding="utf-8"))


def _observation(found: dict[str, Any], row: dict[str, Any]) -> Observation:
    device = found["devices"][row["device"]]
    linear = device["int8_tops"] if row["variant"] in INT8 else device["tflops"]
    peaks = Peaks(device["bandwidth_gb_s"] * 1e9, device["tflops"] * 1e12, linear * 1e12, int(device["memory_gb"] * 1e9))
    work = _work(found["models"][row["model"]], row["variant"], row["dtype"])
    return Observation(row["device"], work, peaks, row["batch"], row["context_tokens"], row["step_s"])


def _work(model: dict[str, Any], variant: str, dtype: str) -> Work:
    wide = DTYPE_BYTES[dtype]
    weights = model["linear"] * _LINEAR_BITS[variant] / 8 + (model["parameters"] - model["linear"]) * wide
    return Work(
        variant=variant,
        compute_dtype=dtype,
        parameters=model["parameters"],
        linear_parameters=model["linear"],
        lookup_parameters=model["lookup"],
        weight_bytes=int(weights),
        kv_bytes_per_token=2 * model["layers"] * model["kv_heads"] * model["head_size"] * wide,
        layers=model["layers"],
        attention_width=model["heads"] * model["head_size"],
    )
