"""`ftbench doctor`: what this machine can run, and what is missing, before anybody waits for it."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from ftbench.errors import InputError
from ftbench.gate.environment import environment
from ftbench.progress import output


def examine(spec: Path | None) -> bool:
    """Print the examination; whether all is well. A variant that the device cannot run is a fact, not a fault."""
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
    if missing:
        out.print(f"Missing packages: {', '.join(missing)}. Install ftbench again.")
    return not missing and (spec is None or _spec_is_well(spec, out))


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
