"""`ftbench load`: one run against any OpenAI-compatible URL, without a spec."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftbench.errors import Exit, InputError
from ftbench.gate.load_request import plan_for
from ftbench.live_screen import traffic
from ftbench.load import LoadPlan, run_load
from ftbench.load.crew.local import check_web_ui
from ftbench.load.plan import schedule
from ftbench.load.records import read_runs
from ftbench.metrics.summarise import summarise
from ftbench.metrics.summary import LoadSummary
from ftbench.processes import no_survivors
from ftbench.progress import Screen, output
from ftbench.report.load_lines import load_lines
from ftbench.telemetry import observe, summarise_telemetry


def run_load_only(
    given: Mapping[str, Any], out: Path, *, overwrite: bool = False, web_ui_port: int | None = None, json: bool = False
) -> Exit:
    """Measure, write `out`/requests.parquet and `out`/summary.json, print the summary. An invalid measurement beats a missed SLO.

    Args:
        given: the options of `ftbench.load_options` by name.
        web_ui_port: of Locust's own page on 127.0.0.1; None for none.
        json: standard output gets the summary as one JSON object, and nothing else.
    Raises:
        InputError: wrong arguments, an endpoint that cannot be used, or `out` holds a run that may not be overwritten.
    """
    if (out / "requests.parquet").exists() and not overwrite:
        raise InputError(f"{out} holds a run already (requests.parquet). Choose another --out, or replace that run with --overwrite.")
    plan = plan_for(given)
    if web_ui_port is not None:
        check_web_ui(plan, web_ui_port)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out} cannot be made: {error.strerror}. Choose another folder with --out.") from None
    screen = Screen()
    if web_ui_port is not None:
        screen.console.print(f"Locust's page: http://127.0.0.1:{web_ui_port}", markup=False, highlight=False)
    cluster = {name: given[name] for name in ("ray_address", "per_node", "leave_out")}
    server = {name: getattr(plan, name) for name in ("api_key_env", "verify_tls", "ca_file")}
    with no_survivors(), observe(plan.url, out, **server) as sampled, traffic(screen, title(plan)) as tell:
        records = run_load(plan, out, tell, web_ui_port=web_ui_port, **cluster)
    (out / "summary.json").unlink(missing_ok=True)  # of the run that was there before
    (info, table), *_ = read_runs(records)
    summary = summarise(table, info, telemetry=summarise_telemetry(sampled, info, table))
    write_summary(summary, out)
    if json:
        sys.stdout.write(summary.model_dump_json() + "\n")
    else:
        output().print(load_lines(summary, out))
    if not summary.valid:
        return Exit.INVALID
    limits = plan.slo.model_dump(exclude={"attainment"}, exclude_none=True)
    return Exit.FAILED if limits and (summary.attainment or 0) < plan.slo.attainment else Exit.PASSED


def title(plan: LoadPlan) -> str:
    """What is sent, in a few words."""
    if plan.closed is not None:
        return f"Traffic of {plan.closed.concurrency:,} users, each waiting for the answer"
    return f"Traffic at {schedule(plan).rate:.4g} requests/s"


def write_summary(summary: LoadSummary, folder: Path) -> Path:
    """`folder`/summary.json, whole or not at all."""
    part = folder / "summary.json.part"
    part.write_text(summary.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return part.rename(folder / "summary.json")
