"""What the machines did over the measured window, and the energy it took."""

from typing import Any

import numpy as np

from ftbench.telemetry.energy import counted, integrated, unwrapped
from ftbench.telemetry.gpu import THROTTLES
from ftbench.telemetry.log import HERE, Line, Window, around, within

NVML_COUNTER, NVML_POWER, RAPL = "NVML counter", "NVML power integrated", "RAPL"
BUSY = 0.95
THROTTLED = 0.05
SWAPPED_BYTES = 2**20
QUOTA_SHARE = 0.01


def host_summaries(lines: list[Line], window: Window) -> list[dict[str, Any]]:
    """One entry a machine that was sampled in the window: this one first. Shares are of all its cores, memory in bytes, energy in joules.

    `serves` says whether the model runs (or may run) there, `sends` whether load processes were seen there. A GPU is `used` if it had work
    or a process on it in the window.
    """
    begin = next((line for line in lines if line["kind"] == "begin"), {})
    summaries = []
    for facts in (line for line in lines if line["kind"] == "node"):
        node = facts["node"]
        own = [line for line in lines if line.get("node") == node]
        samples = [line for line in own if line["kind"] == "host"]
        inside, edges = within(samples, window), around(samples, window)
        if not inside:
            continue
        own_cost = next((line["cpu_share"] for line in own if line["kind"] == "sampler"), None)
        cores = np.mean([line["cores"] for line in inside], axis=0) if len({len(line["cores"]) for line in inside}) == 1 else []
        summaries.append(
            {
                "node": node,
                "serves": begin.get("managed", False) or (node == HERE and begin.get("serves_here", False)),
                "sends": any(line["load_cpu"] is not None for line in inside),
                "samples": len(inside),
                "cores": facts["cores"],
                "cpu_mean": _mean(inside, "cpu"),
                "cpu_max": _max(inside, "cpu"),
                "busiest_core_mean": float(max(cores)) if len(cores) else None,
                "load_cpu_mean": _mean(inside, "load_cpu"),
                "load1_max": _max(inside, "load1"),
                "memory_bytes": facts["memory_bytes"],
                "memory_max_bytes": _max(inside, "memory_bytes"),
                "swap_max_bytes": _max(inside, "swap_bytes"),
                "swapped_bytes": _growth(edges, "swapped_bytes"),
                "quota_throttled_s": _growth(edges, "throttled_s"),
                "cpu_energy_j": _rapl_j(edges, window),
                "rapl_absent": facts["rapl_absent"],
                "gpus": [_gpu(gpu, samples, window) for gpu in facts["gpus"]],
                "gpus_absent": facts["gpus_absent"],
                "sampler_cpu": own_cost,
            }
        )
    if not any(summary["sends"] for summary in summaries):  # a load too short to be found: it is started from here
        for summary in summaries:
            summary["sends"] = summary["node"] == HERE
    return summaries


def energy_summary(hosts: list[dict[str, Any]], window: Window, output_tokens: int, requests: int) -> dict[str, Any] | None:
    """`energy` of a load summary: what the server's GPUs took in the window, else its processors. None where nothing of the server's was
    metered.

    `output_tokens` and `requests` are of the responses that were completed in the window, as throughput is. Of several GPUs those that had
    work count, all where none did (a container may not see its own processes). What nothing meters (fans, memory, losses) is not in it.
    """
    serving = [host for host in hosts if host["serves"]]
    every = [(host, gpu) for host in serving for gpu in host["gpus"]]
    gpus = [(host, gpu) for host, gpu in every if gpu["used"]] or every
    package_j = _sum([host["cpu_energy_j"] for host in serving])
    if gpus:
        joules = _sum([gpu["energy_j"] for _, gpu in gpus])
        source = NVML_COUNTER if all(gpu["energy_source"] == NVML_COUNTER for _, gpu in gpus) else NVML_POWER
        covers = f"GPU only: {len(gpus)} of {len(every)} {'GPU' if len(every) == 1 else 'GPUs'}"
    else:
        joules, source, covers = package_j, RAPL, "CPU packages only"
    if joules is None:
        return None
    return {
        "joules": joules,
        "joules_per_output_token": joules / output_tokens if output_tokens else None,
        "joules_per_request": joules / requests if requests else None,
        "watts_mean": joules / window.seconds,
        "source": source,
        "covers": covers,
        "cpu_package_joules": package_j,
        "output_tokens": output_tokens,
        "requests": requests,
    }


def host_notes(hosts: list[dict[str, Any]]) -> list[str]:
    """Sentences about what makes the measurement doubtful."""
    notes = []
    for host in hosts:
        node, shared = host["node"], " and served the model" if host["serves"] else ""
        if host["sends"] and host["cpu_mean"] is not None and host["cpu_mean"] > BUSY:
            notes.append(
                f"{node}, which sent the load{shared}, had its processors {host['cpu_mean']:.0%} busy: latencies may hold the load "
                "generator's own waiting"
            )
        elif host["serves"] and not host["gpus"] and host["cpu_mean"] is not None and host["cpu_mean"] > BUSY:
            notes.append(f"{node}, which served the model, had its processors {host['cpu_mean']:.0%} busy")
        if (host["swapped_bytes"] or 0) > SWAPPED_BYTES:
            notes.append(f"{node} moved {host['swapped_bytes'] / 2**20:.0f} MiB between memory and swap: its memory was too small for this")
        if (host["quota_throttled_s"] or 0) > QUOTA_SHARE * host["samples"]:
            notes.append(f"the CPU quota of the container on {node} stopped its processes for {host['quota_throttled_s']:.2g} s in all")
        for gpu in host["gpus"] if host["serves"] else []:
            notes += _gpu_notes(node, gpu)
    return notes


def _gpu_notes(node: str, gpu: dict[str, Any]) -> list[str]:
    name, notes = f"GPU {gpu['index']} of {node}", []
    notes += [
        f"{name} was throttled in {share:.0%} of the samples: {why}"
        for why, share in gpu["throttled"].items()
        if gpu["used"] and share > THROTTLED
    ]
    if len(gpu["pids"]) > 1:
        notes.append(
            f"{name} had {len(gpu['pids'])} processes on it (pid {', '.join(map(str, gpu['pids']))}): where one is not the model's, its "
            "work is in the latencies and in the energy"
        )
    if gpu["ecc_errors"]:
        notes.append(f"{name} counted {gpu['ecc_errors']:.0f} memory errors that it could not correct")
    return notes


def _gpu(facts: dict[str, Any], samples: list[Line], window: Window) -> dict[str, Any]:
    index = facts["index"]
    every = [{"t_ns": line["t_ns"], **gpu} for line in samples for gpu in line["gpus"] if gpu["index"] == index]
    inside, edges = within(every, window), around(every, window)
    energy, source = _gpu_energy(edges, window)
    pids = sorted({pid for line in inside for pid in line.get("pids") or []})
    throttles = [line["throttle"] for line in inside if line["throttle"] is not None]
    utilisation = _max(inside, "utilisation")
    return {
        **{name: facts[name] for name in ("index", "name", "memory_bytes", "power_limit_w")},
        "used": bool(pids) or bool(utilisation),
        "power_mean_w": energy / window.seconds if energy is not None else _mean(inside, "power_w"),
        "power_max_w": _max(inside, "power_w"),
        "energy_j": energy,
        "energy_source": source,
        "utilisation": _mean(inside, "utilisation"),
        "memory_max": _max(inside, "memory_bytes"),
        "temperature_max_c": _max(inside, "temperature_c"),
        "sm_mhz_mean": _mean(inside, "sm_mhz"),
        "throttled": {
            why: share for bit, why in THROTTLES.items() if throttles and (share := sum(bool(t & bit) for t in throttles) / len(throttles))
        },
        "ecc_errors": _growth(edges, "ecc_errors"),
        "pids": pids,
    }


def _gpu_energy(edges: list[Line], window: Window) -> tuple[float | None, str | None]:
    t_s, millijoules = _series(edges, "energy_mj", window)
    if (energy := counted(t_s, millijoules / 1e3, 0.0, window.seconds)) is not None:
        return energy, NVML_COUNTER
    energy = integrated(*_series(edges, "power_w", window), 0.0, window.seconds)
    return energy, None if energy is None else NVML_POWER


def _rapl_j(edges: list[Line], window: Window) -> float | None:
    known = [line for line in edges if line["rapl"]]
    packages = set.intersection(*(set(line["rapl"]) for line in known)) if known else set()
    t_s = np.array([(line["t_ns"] - window.begin_ns) / 1e9 for line in known])
    joules = []
    for package in packages:
        micro = np.array([line["rapl"][package][0] for line in known], float)
        joules.append(counted(t_s, unwrapped(micro, known[0]["rapl"][package][1]) / 1e6, 0.0, window.seconds))
    return _sum(joules)


def _series(lines: list[Line], name: str, window: Window) -> tuple[np.ndarray, np.ndarray]:
    known = [line for line in lines if line[name] is not None]
    return np.array([(line["t_ns"] - window.begin_ns) / 1e9 for line in known]), np.array([line[name] for line in known], float)


def _values(lines: list[Line], name: str) -> list[float]:
    return [line[name] for line in lines if line[name] is not None]


def _mean(lines: list[Line], name: str) -> float | None:
    values = _values(lines, name)
    return float(np.mean(values)) if values else None


def _max(lines: list[Line], name: str) -> float | None:
    return max(_values(lines, name), default=None)


def _growth(lines: list[Line], name: str) -> float | None:
    values = _values(lines, name)
    return max(0, values[-1] - values[0]) if len(values) > 1 else None


def _sum(values: list[float | None]) -> float | None:
    """None where one is missing: a part of a sum is not the sum."""
    return sum(values) if values and None not in values else None
