"""`ftbench doctor`: what this machine can run, and what is missing, before anybody waits for it."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from ftbench.errors import InputError
from ftbench.gate.environment import environment
from ftbench.progress import output


def examine(spec: Path | None, measure: bool | None = None) -> bool:
    """Print the examination; whether all is well. A variant that the device cannot run is a fact, not a fault.

    Args:
        measure: the device's bandwidth and matrix peaks; None measures them only where no figures of this device are kept.
    """
    from ftbench.models.device import local_device
    from ftbench.models.embedded import is_cached
    from ftbench.models.variants import device_table
    from ftbench.serving import haproxy

    out = output()
    facts = environment(Path())
    device = local_device()
    out.print(f"Machine   {facts['cpu']}, {facts['cores']} cores, {facts['memory_gb']} GB", highlight=False)
    out.print(f"Device    {device.name}, {device.memory_bytes / 1e9:.1f} GB", highlight=False)
    missing = [name for name, found in facts["packages"].items() if found is None]
    versions = ", ".join(f"{name} {found}" for name, found in facts["packages"].items() if found)
    out.print(f"Packages  {versions}", highlight=False)
    out.print("HAProxy   " + ("found" if haproxy.available() else "missing: Serve's Python proxy is used, which is slow under streaming"))
    out.print(
        "Model     " + ("the embedded model is in the cache" if is_cached() else "the embedded model is fetched and converted on first use")
    )
    table = Table(box=None, pad_edge=False)
    for name in ("variant", "computes in", "runs here"):
        table.add_column(name, overflow="fold")
    for row in device_table(device):
        table.add_row(row.variant, row.compute_dtype or "", f"{'yes' if row.runs else 'no'}{'. ' if row.reason else ''}{row.reason}")
    out.print(table)
    for line in peaks_lines(measure):
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    if missing:
        out.print(f"Missing packages: {', '.join(missing)}. Install ftbench again.")
    return not missing and (spec is None or _spec_is_well(spec, out))


def peaks_lines(measure: bool | None) -> list[str]:
    """What the `local` profile knows of this device's speed, measured now or before."""
    from ftbench.cost.local import BUSY, cores_at_hand, device_identity, visible_gpus
    from ftbench.peaks_file import keep_peaks, kept_peaks, peaks_file
    from ftbench.progress import Screen

    gpus = visible_gpus()
    device = device_identity(gpus)
    found = kept_peaks(device)
    if measure is False and found is None:
        return ["Speed     not measured yet; without --no-measure it is, in about 10 s"]
    if measure or (measure is None and found is None):
        from ftbench.models.device import local_device
        from ftbench.models.device_peaks import measure_peaks

        if gpus and local_device().kind != "cuda":
            return [f"Speed     cannot be measured: {' '.join(local_device().notes) or 'torch does not see the GPU.'}"]
        try:
            with Screen().step("Measuring memory bandwidth and matrix peaks") as step:
                found = measure_peaks(device, cores_at_hand(), on_gpu=bool(gpus), progress=step.share)
        except InputError as error:
            return [f"Speed     cannot be measured: {error}"]
        try:
            kept = f"kept in {keep_peaks(found)}"
        except OSError as error:
            kept = f"not kept, as {peaks_file()} cannot be written ({error.strerror})"
    else:
        kept = f"kept in {peaks_file()} since {found.measured_on}"
    figures = [("fp32", found.fp32_tflops, "TFLOPS"), ("bf16", found.bf16_tflops, "TFLOPS"), ("fp16", found.fp16_tflops, "TFLOPS")]
    figures.append(("int8", found.int8_tops, "TOPS"))
    fewer = [f"{gb_s:g} with {n} thread{'s' if n != '1' else ''}" for n, gb_s in found.bandwidth_by_threads.items()]
    lines = [
        f"Speed     measured: memory {found.bandwidth_gb_s:g} GB/s" + (f" ({', '.join(fewer)})" if len(fewer) > 1 else ""),
        "          measured: matrix products "
        + ", ".join(f"{name} {'not possible' if value is None else f'{value:g} {unit}'}" for name, value, unit in figures),
        f"          {kept}, for `hardware: local`; torch {found.torch}; `ftbench doctor --measure` measures again",
    ]
    if found.busy is not None and found.busy >= BUSY:
        lines.append(f"          Other programs used {found.busy:.0%} of the cores just before, so the figures may be too low.")
    return lines


def _spec_is_well(path: Path, out: Console) -> bool:
    from ftbench.gate.preflight import check_model_files, read_all
    from ftbench.spec import read_spec

    try:
        ready = read_all(read_spec(path))
        if ready.spec.model is not None:
            check_model_files(ready.spec)
    except InputError as error:
        out.print(f"Spec      {error}", markup=False, highlight=False)
        return False
    counts = ", ".join(f"{check} {len(found.cases)} cases" for check, found in ready.test_sets.items())
    out.print(f"Spec      {path} is well: {counts or 'no test sets'}", markup=False, highlight=False)
    return True
