"""Lines of telemetry.jsonl made by hand. Times in seconds from an instant that is no round number of anything."""

from typing import Any

from ftbench.telemetry.log import HERE, Window
from ftbench.telemetry.page import Readings, encode

T0_NS = 7_000_000_123


def window(begin_s: float, end_s: float) -> Window:
    return Window(T0_NS + round(begin_s * 1e9), T0_NS + round(end_s * 1e9))


def at(second: float) -> dict[str, int]:
    return {"t_ns": T0_NS + round(second * 1e9)}


def began(**changes: Any) -> dict[str, Any]:
    return {"kind": "begin", "period_s": 1.0, "serves_here": True, "managed": False, **changes}


def found(server: str = "vLLM") -> dict[str, Any]:
    return {"kind": "server", "server": server, "url": "http://127.0.0.1:8000/metrics"}


def seen(second: float, **pages: Readings) -> dict[str, Any]:
    return {"kind": "server", **at(second), "pages": {who: encode(readings) for who, readings in pages.items()}}


def a_node(node: str = HERE, gpus: int = 0, **changes: Any) -> dict[str, Any]:
    cards = [{"index": i, "name": "A GPU", "uuid": f"GPU-{i}", "memory_bytes": 8e10, "power_limit_w": 400.0} for i in range(gpus)]
    absent = None if gpus else "NVML Shared Library Not Found"
    return {
        "kind": "node",
        "node": node,
        "cores": 2,
        "memory_bytes": 2**34,
        "rapl_absent": "no RAPL",
        "gpus": cards,
        "gpus_absent": absent,
        **changes,
    }


def a_host(second: float, node: str = HERE, **changes: Any) -> dict[str, Any]:
    fields = {
        "cpu": 0.5,
        "cores": [0.25, 0.75],
        "load1": 1.0,
        "memory_bytes": 2**32,
        "swap_bytes": 0,
        "swapped_bytes": 0,
        "load_cpu": None,
        "throttled_s": 0.0,
        "rapl": None,
        "gpus": [],
    }
    return {"kind": "host", "node": node, **at(second), **fields, **changes}


def a_gpu(index: int = 0, **changes: Any) -> dict[str, Any]:
    fields = {
        "power_w": 300.0,
        "energy_mj": None,
        "utilisation": 0.8,
        "memory_bytes": 4e10,
        "temperature_c": 60,
        "sm_mhz": 1500,
        "throttle": 0,
        "ecc_errors": 0,
    }
    return {"index": index, **fields, **changes}
