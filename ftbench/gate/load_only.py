"""`ftbench load`: one rate against any OpenAI-compatible URL, without a spec."""

from pathlib import Path
from typing import Any

from ftbench.demo.files import demo_prompts
from ftbench.errors import Exit, InputError
from ftbench.load import make_plan, probe_endpoint, read_trace, run_load
from ftbench.load.plan import schedule
from ftbench.load.records import read_runs
from ftbench.metrics.summarise import summarise
from ftbench.processes import no_survivors
from ftbench.progress import Screen, output
from ftbench.quality.cases import read_test_set
from ftbench.report.terminal import load_lines


def run_load_only(
    out: Path,
    prompts: Path | None,
    trace: Path | None = None,
    *,
    url: str,
    model: str | None,
    api_key_env: str | None,
    rate: float | None,
    arrivals: str | None,
    cv: float | None,
    **rest: Any,
) -> Exit:
    """Measure, write `out`/requests.parquet and `out`/summary.json, print the summary. An invalid measurement beats a missed SLO.

    Where `arrivals` is None a trace means replay, a cv gamma, neither poisson. `rate` None is 1 request/s, or the trace's own.

    Raises:
        InputError: wrong arguments, or an endpoint that cannot be used.
    """
    cases = read_test_set("load", prompts or demo_prompts()).cases
    if trace is not None and rate is not None:
        raise InputError("--rate has no meaning with --trace, whose requests come when the trace says. Take one of the two out.")
    found = read_trace(trace) if trace is not None else None
    wanted = {
        "url": url.rstrip("/"),
        "api_key_env": api_key_env,
        "prompts": [case.chat(None) for case in cases],
        "arrivals": arrivals or ("replay" if found else "poisson" if cv is None else "gamma"),
        "cv": cv,
        "trace": found,
        "rate": found.rate if found else 1.0 if rate is None else rate,
        **rest,
    }
    planned = schedule(make_plan(model=model or "unknown", **wanted))  # wrong numbers are found before anything is sent
    plan = make_plan(model=probe_endpoint(url, model, api_key_env), **wanted)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out} cannot be made: {error.strerror}. Choose another folder with --out.") from None
    with no_survivors(), Screen().step(f"Traffic at {planned.rate:.4g} requests/s") as step:

        def tell(elapsed: float, total: float, sent: int, done: int, errors: int) -> None:
            step.update(min(elapsed, total), total, f"{sent} sent, {sent - done} in flight, {errors} errors")

        records = run_load(plan, out, tell)
    (info, table), *_ = read_runs(records)
    summary = summarise(table, info)
    part = out / "summary.json.part"
    part.write_text(summary.model_dump_json(indent=2) + "\n", encoding="utf-8")
    part.rename(out / "summary.json")
    output().print(load_lines(summary, out))
    if not summary.valid:
        return Exit.INVALID
    limits = plan.slo.model_dump(exclude={"attainment"}, exclude_none=True)
    return Exit.FAILED if limits and (summary.attainment or 0) < plan.slo.attainment else Exit.PASSED
