"""The commands: parse, call, exit code. Imports nothing heavy until a command needs it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ftbench.errors import Exit, InputError, InvalidMeasurement

app = typer.Typer(
    name="ftbench",
    help="Load, latency and quality gates for fine-tuned language models: ship, do not ship, or a person must look.\n\n"
    "Exit codes: 0 passed, 1 a gate failed, 2 wrong input, 3 the measurement is invalid, 4 waits for human review, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
hardware_app = typer.Typer(help="Hardware profiles: what a device can do and what an hour of it costs.", no_args_is_help=True)
app.add_typer(hardware_app, name="hardware")

SpecArg = Annotated[Path, typer.Argument(metavar="SPEC", help="The spec file, or the folder that holds spec.yaml")]
ReportsOpt = Annotated[Path, typer.Option("--out", help="Folder for run folders and the ledger")]
VariantOpt = Annotated[str | None, typer.Option("--variant", help="Instead of the spec's own model.variant")]
ResumeOpt = Annotated[str | None, typer.Option("--resume", metavar="RUN_ID", help="Go on with an interrupted run")]
REPORTS = Path("reports")


@app.command()
def gate(spec: SpecArg, out: ReportsOpt = REPORTS, variant: VariantOpt = None, resume: ResumeOpt = None) -> None:
    """Run every test of the spec and give one verdict and one report."""
    from ftbench.spec import read_spec

    _gate(_with_variant(read_spec(spec), variant), out, resume)


@app.command()
def demo(out: ReportsOpt = REPORTS, variant: VariantOpt = None, resume: ResumeOpt = None) -> None:
    """Run the gate on the embedded model: a support desk's ticket triage. Nothing to configure."""
    from ftbench.demo.files import demo_spec
    from ftbench.spec import read_spec

    _gate(_with_variant(read_spec(demo_spec()), variant), out, resume)


@app.command()
def serve(
    spec: SpecArg, variant: VariantOpt = None, port: Annotated[int | None, typer.Option(help="Instead of serving.port")] = None
) -> None:
    """Serve the spec's model behind an OpenAI-compatible URL until Ctrl-C."""
    from ftbench.gate.hold import hold
    from ftbench.spec import read_spec

    found = _with_variant(read_spec(spec), variant)
    if port is not None:
        found = found.but(serving=found.serving.model_copy(update={"port": port}))
    hold(found)


@app.command()
def load(
    url: Annotated[str, typer.Option(help="Base URL of an OpenAI-compatible server, up to and including /v1")],
    out: Annotated[Path, typer.Option("--out", help="Folder for requests.parquet and summary.json")],
    rate: Annotated[float | None, typer.Option(help="Requests per second, at the mean; by default 1, or what --trace has")] = None,
    duration: Annotated[float, typer.Option(help="Measured seconds")] = 60.0,
    max_tokens: Annotated[int, typer.Option(help="Most output tokens a request")] = 64,
    model: Annotated[str | None, typer.Option(help="Model name to send; by default the first that the server lists")] = None,
    api_key_env: Annotated[str | None, typer.Option(metavar="NAME", help="Environment variable that holds the API key")] = None,
    arrivals: Annotated[
        str | None, typer.Option(help="poisson, constant, gamma (with --cv) or replay (with --trace); by default what fits those two")
    ] = None,
    cv: Annotated[float | None, typer.Option(help="Coefficient of variation of gamma gaps: 1 is poisson, more comes in clumps")] = None,
    trace: Annotated[Path | None, typer.Option(help="CSV or JSONL with timestamp_s [s], and prompt_tokens, output_tokens if known")] = None,
    warmup: Annotated[float, typer.Option(help="Seconds of traffic before the measured time")] = 2.0,
    timeout: Annotated[float, typer.Option(help="Seconds after which a request has failed")] = 120.0,
    seed: Annotated[int, typer.Option(help="Of the arrival schedule")] = 1,
    workers: Annotated[int, typer.Option(help="Load processes")] = 1,
    prompts: Annotated[Path | None, typer.Option(help="JSONL with `id` and `prompt` or `messages`; by default the demo's tickets")] = None,
    ignore_eos: Annotated[bool, typer.Option("--ignore-eos", help="Force every output to --max-tokens, where the server can")] = False,
    slo_ttft: Annotated[float | None, typer.Option(help="A good request's first token, seconds")] = None,
    slo_tpot: Annotated[float | None, typer.Option(help="A good request's time per output token, seconds")] = None,
    slo_e2e: Annotated[float | None, typer.Option(help="A good request's whole response, seconds")] = None,
    attainment: Annotated[float, typer.Option(help="Share of requests that must be good for exit code 0")] = 0.99,
) -> None:
    """Drive any OpenAI-compatible server at a rate and measure it. Needs no spec."""
    from ftbench.gate.load_only import run_load_only

    slo = {"ttft_s": slo_ttft, "tpot_s": slo_tpot, "e2e_s": slo_e2e, "attainment": attainment}
    raise typer.Exit(
        run_load_only(
            out,
            prompts,
            trace,
            api_key_env=api_key_env,
            url=url,
            model=model,
            rate=rate,
            duration_s=duration,
            max_tokens=max_tokens,
            arrivals=arrivals,
            cv=cv,
            warmup_s=warmup,
            timeout_s=timeout,
            seed=seed,
            workers=workers,
            ignore_eos=ignore_eos,
            slo=slo,
        )
    )


@app.command()
def doctor(
    spec: Annotated[Path | None, typer.Argument(metavar="[SPEC]", help="Also check this spec and all files that it names")] = None,
) -> None:
    """Say what this machine can run, variant by variant, and what is missing."""
    from ftbench.gate.doctor import examine

    if not examine(spec):
        raise typer.Exit(Exit.FAILED)


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="A new folder")] = Path("ftbench-gate")) -> None:
    """Write a spec with test sets to start from; every line says what it is for."""
    from ftbench.demo.files import scaffold

    spec = scaffold(folder)
    typer.echo(f"Wrote {spec} and its test sets. Put your own model and cases in, then: ftbench gate {spec}")


@app.command()
def report(run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or its report.json")]) -> None:
    """Render a run's report again, without running anything again."""
    from ftbench.progress import output
    from ftbench.report.terminal import summary_lines
    from ftbench.report.write import read_report, write_report

    found = read_report(run)
    folder = run if run.is_dir() else run.parent
    write_report(found, folder)
    output().print(summary_lines(found, folder))


@app.command()
def verify(ledger: Annotated[Path, typer.Argument(help="The ledger file")] = REPORTS / "ledger.jsonl") -> None:
    """Walk the hash chain of the audit trail."""
    from ftbench.gate.ledger import verify as walk

    typer.echo(f"{ledger}: {walk(ledger)} entries, the chain is whole.")


@hardware_app.command("list")
def hardware_list() -> None:
    """All shipped profiles with price, date and state of the price."""
    from datetime import date

    from ftbench.cost.profile_table import list_rows

    rows = list_rows(date.today())
    _table(
        [
            {
                "id": row["id"],
                "memory GB": row["memory_gb"],
                "GB/s": row["bandwidth_gb_s"],
                "bf16 TFLOPS": row["bf16_tflops_dense"],
                "instance": row["instance"],
                "devices": row["devices_per_instance"],
                "per device and hour": f"{row['price_per_device_hour']:g} {row['currency']}",
                "region": row["region"],
                "date": row["price_date"],
                "price": row["price_state"],
            }
            for row in rows
        ]
    )


@hardware_app.command("show")
def hardware_show(profile: Annotated[str, typer.Argument(help="A shipped id, `local`, or a YAML file")]) -> None:
    """One profile with the source of every figure."""
    from datetime import date

    from ftbench.cost.profile_table import show_rows
    from ftbench.cost.profiles import load_profile

    for name, value in show_rows(load_profile(profile, Path()), date.today()):
        typer.echo(f"{name + ':':<24}{value}")


@hardware_app.command("check")
def hardware_check() -> None:
    """What is doubtful about the shipped profiles: stale or undated prices, secondary sources, implausible peaks."""
    from datetime import date

    from ftbench.cost.profile_table import check_rows

    for profile, notes in check_rows(date.today()):
        for note in notes:
            typer.echo(f"{profile}: {note.removeprefix(profile + ': ')}")


def _gate(spec, out: Path, resume: str | None) -> None:
    from ftbench.gate.run import run_gate
    from ftbench.gate.verdict import EXIT
    from ftbench.progress import output
    from ftbench.report.terminal import summary_lines

    found, folder = run_gate(spec, out, resume=resume)
    output().print(summary_lines(found, folder))
    raise typer.Exit(EXIT[found.verdict])


def _with_variant(spec, variant: str | None):
    if variant is None:
        return spec
    if spec.model is None:
        raise InputError("--variant has no meaning here: the spec names an endpoint, and its server decides what it runs.")
    from ftbench.models.variants import find_variant

    find_variant(variant)
    return spec.but(model=spec.model.model_copy(update={"variant": variant}))


def _table(rows) -> None:
    from rich.table import Table

    from ftbench.progress import output

    if not rows:
        return
    table = Table(box=None, pad_edge=False)
    for i, name in enumerate(rows[0]):
        table.add_column(name, overflow="fold", no_wrap=i == 0)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    output().print(table)


def main() -> None:
    """Entry point of the `ftbench` program."""
    try:
        code = app(standalone_mode=False)
    except (InputError, InvalidMeasurement) as error:
        print(f"ftbench: {error}", file=sys.stderr)
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        print("ftbench: interrupted", file=sys.stderr)
        code = Exit.INTERRUPTED
    except Exception as error:
        if not hasattr(error, "format_message"):  # what typer raises for wrong words; newer versions bring a click of their own
            raise
        error.show()
        code = Exit.BAD_INPUT
    sys.exit(int(code or 0))
