"""What the server and the machines said of themselves during a load run, in sentences. What could not be had is left out, never zero."""

from typing import Any

from ftbench.report import human

GIB = 2**30


def machine_lines(server: dict[str, Any] | None, hosts: list[dict[str, Any]], energy: dict[str, Any] | None) -> list[str]:
    """One sentence each for the server, every machine and every GPU, and the energy; the parts of a load summary of these names."""
    lines = [server_line(server), *(line for host in hosts for line in host_lines(host)), energy_line(energy)]
    return [line for line in lines if line]


def server_line(server: dict[str, Any] | None) -> str:
    """Waiting, running and memory as the server counted them; or why it was not asked."""
    if not server:
        return ""
    if server.get("absent"):
        return f"The server's own metrics were not to be had: {server['absent']}."
    queue = server.get("queue_time") or {}
    parts = [
        _part("waited in its queue", _queue(queue)),
        _part("under way", _mean_max(server.get("running"))),
        _part("waiting", _mean_max(server.get("waiting"))),
        _part("KV cache in use", _mean_max(server.get("kv_cache_use"), human.percent)),
        _part("tokens a step", human.significant((server.get("tokens_per_step") or {}).get("mean"))),
        _part("output", human.rate(server.get("output_tokens_per_s")).replace("/s", "tokens/s")),
        _part("found in its prefix cache", human.percent(server.get("prefix_hit_rate"))),
        _part("preemptions", human.significant(server.get("preemptions"))),
    ]
    told = ", ".join(part for part in parts if part) or "nothing that is known here"
    return f"The server ({server.get('kind', 'unknown')}) said of itself: {told}."


def host_lines(host: dict[str, Any]) -> list[str]:
    """A sentence for the machine, and one for each of its GPUs that had work."""
    role = human.listed([word for key, word in (("serves", "served the model"), ("sends", "sent the load")) if host.get(key)])
    memory = _bytes(host.get("memory_max_bytes"), host.get("memory_bytes"))
    parts = [
        _part("processors busy", human.percent(host.get("cpu_mean"))),
        _part("its busiest core", human.percent(host.get("busiest_core_mean"))),
        _part("memory", memory),
    ]
    told = ", ".join(part for part in parts if part)
    name = f"{host.get('node', 'a machine')}{f', which {role}' if role else ''}"
    lines = [f"{name[:1].upper()}{name[1:]}: {told}."] if told else []
    return lines + [line for gpu in host.get("gpus") or [] if gpu.get("used") and (line := _gpu(gpu))]


def energy_line(energy: dict[str, Any] | None) -> str:
    """Joules with what they cover and where they were read."""
    if not energy or energy.get("joules") is None:
        return ""
    units = {"joules": "J", "watts_mean": "W at the mean", "joules_per_output_token": "J per output token"}
    units["joules_per_request"] = "J per request"
    told = ", ".join(_with_unit(energy[key], unit) for key, unit in units.items() if energy.get(key) is not None)
    basis = ", ".join(str(energy[key]) for key in ("covers", "source") if energy.get(key))
    return f"Energy (measured, {basis or 'its source is not known'}): {told}."


def _gpu(gpu: dict[str, Any]) -> str:
    parts = [
        _part("busy", human.percent(gpu.get("utilisation"))),
        _part("memory", _bytes(gpu.get("memory_max"), gpu.get("memory_bytes"))),
        _part("power", _watts(gpu)),
        _part("hottest", _with_unit(gpu.get("temperature_max_c"), "°C")),
    ]
    told = ", ".join(part for part in parts if part)
    return f"GPU {gpu.get('index')} ({gpu.get('name')}): {told}." if told else ""


def _watts(gpu: dict[str, Any]) -> str:
    mean, limit = gpu.get("power_mean_w"), gpu.get("power_limit_w")
    return f"{human.significant(mean)} W of {human.significant(limit)} W" if mean is not None and limit else _with_unit(mean, "W")


def _queue(queue: dict[str, Any]) -> str:
    if queue.get("p50") is None:
        return human.MISSING if queue.get("mean") is None else f"{human.duration(queue['mean'])} at the mean ({queue.get('basis', '')})"
    return f"p50 {human.duration(queue['p50'])}, p99 {human.duration(queue.get('p99'))} ({queue.get('basis', '')})"


def _mean_max(gauge: dict[str, Any] | None, show=human.significant) -> str:
    return f"{show(gauge.get('mean'))} at the mean, {show(gauge.get('max'))} at most" if gauge else human.MISSING


def _bytes(used: float | None, of: float | None) -> str:
    if used is None:
        return human.MISSING
    return f"{human.significant(used / GIB)} GiB" + (f" of {human.significant(of / GIB)} GiB" if of else "")


def _with_unit(value: float | None, unit: str) -> str:
    return human.MISSING if value is None else f"{human.significant(value)} {unit}"


def _part(name: str, text: str) -> str:
    return "" if text.startswith(human.MISSING) else f"{name} {text}"
