"""The commands: parse, call, exit code. Imports nothing heavy until a command needs it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ftbench.cli_hardware import hardware_app
from ftbench.errors import Exit, InputError, InvalidMeasurement
from ftbench.load_options import Arrivals, Client, Limits, Prompts, Server, Users, takes
from ftbench.search_options import NO_USERS, MaybeServer, Numbers, one_axis, one_target, plan_changes

app = typer.Typer(
    name="ftbench",
    help="Load, latency and quality gates for fine-tuned language models: ship, do not ship, or a person must look.\n\n"
    "Exit codes: 0 passed, 1 a gate failed, 2 wrong input, 3 the measurement is invalid, 4 waits for human review, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(hardware_app, name="hardware")

SpecArg = Annotated[Path, typer.Argument(metavar="SPEC", help="The spec file, or the folder that holds spec.yaml")]
ReportsOpt = Annotated[Path, typer.Option("--out", help="Folder for run folders and the ledger")]
VariantOpt = Annotated[str | None, typer.Option("--variant", help="Instead of the spec's own model.variant")]
ResumeOpt = Annotated[str | None, typer.Option("--resume", metavar="RUN_ID", help="Go on with an interrupted run")]
REPORTS = Path("reports")


@app.command()
def gate(
    spec: Annotated[Path | None, typer.Argument(metavar="[SPEC]", help="The spec file, or the folder that holds spec.yaml")] = None,
    out: ReportsOpt = REPORTS,
    variant: VariantOpt = None,
    resume: ResumeOpt = None,
) -> None:
    """Run every test of the spec and give one verdict and one report. With --resume, SPEC and --variant are those of the run."""
    from ftbench.gate.run_folder import spec_of_run
    from ftbench.spec import read_spec

    if spec is None and resume is None:
        raise InputError("Name a spec, or the run to go on with: --resume RUN_ID. `ftbench init` writes a spec to start from.")
    if spec is None and resume is not None:
        spec, ran = spec_of_run(out, resume)
        variant = variant or ran
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
@takes(Server, Prompts, Arrivals, Users, Limits, Client)
def load(
    given: dict[str, Any],
    out: Annotated[Path, typer.Option("--out", help="Folder for requests.parquet and summary.json")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the run that --out holds already")] = False,
    web_ui: Annotated[bool, typer.Option("--web-ui", help="Show Locust's own page while it runs; for one load process")] = False,
    web_ui_port: Annotated[int, typer.Option(help="Port of that page on 127.0.0.1")] = 8089,
    json: Annotated[bool, typer.Option("--json", help="Standard output is one JSON object, the summary, and nothing else")] = False,
) -> None:
    """Drive any OpenAI-compatible server at a rate, or with a number of users, and measure it. Needs no spec.

    Exit code 1: an SLO was given and too few requests met it.
    """
    from ftbench.gate.load_only import run_load_only

    raise typer.Exit(run_load_only(given, out, overwrite=overwrite, web_ui_port=web_ui_port if web_ui else None, json=json))


@app.command()
@takes(MaybeServer, Prompts, Arrivals, Limits, Client)
def capacity(
    given: dict[str, Any],
    out: Annotated[Path, typer.Option("--out", help="Folder for capacity.json and the runs")],
    spec: Annotated[Path | None, typer.Argument(metavar="[SPEC]", help="A spec, in place of --url and what it says")] = None,
    lowest: Annotated[float | None, typer.Option("--from", help="Lowest rate to try; by default a 64th of --rate")] = None,
    highest: Annotated[float | None, typer.Option("--to", help="Highest rate to try; by default 1024 times --rate")] = None,
    tolerance: Annotated[float, typer.Option(help="A search ends when its bracket is this narrow, as a share of the rate")] = 0.03,
    searches: Annotated[int, typer.Option(min=1, help="Searches with seeds of their own; their spread makes the interval")] = 3,
    repeats: Annotated[int, typer.Option(min=0, help="Further runs of a rate whose runs so far decide nothing")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the search in --out")] = False,
    json: Annotated[bool, typer.Option("--json", help="Standard output is capacity.json, and nothing else")] = False,
) -> None:
    """Find the highest rate at which the SLO holds, of a SPEC's model or of a --url. --rate is where the search begins.

    Exit code 1: no rate holds, not even the lowest.
    """
    from ftbench.gate.capacity import Wanted, run_capacity
    from ftbench.progress import Screen

    screen = Screen()
    wanted = Wanted(given["rate"], lowest, highest, tolerance, searches, repeats)
    raise typer.Exit(run_capacity(_subject(spec, given, screen), wanted, out, screen, resume=resume, json=json))


@app.command()
@takes(MaybeServer, Prompts, Arrivals, Numbers, Limits, Client)
def sweep(
    given: dict[str, Any],
    out: Annotated[Path, typer.Option("--out", help="Folder for sweep.json, sweep.csv and the runs")],
    spec: Annotated[Path | None, typer.Argument(metavar="[SPEC]", help="A spec, in place of --url and what it says")] = None,
    rates: Annotated[str | None, typer.Option(metavar="LIST", help="Requests per second: 1,2,4,8 or 1..64x2")] = None,
    every: Annotated[bool, typer.Option("--all", help="Go on behind a point at which the server was saturated")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the sweep in --out")] = False,
    json: Annotated[bool, typer.Option("--json", help="Standard output is sweep.json, and nothing else")] = False,
) -> None:
    """Measure at several --rates, or with several numbers of users (--concurrency), side by side in one table."""
    from ftbench.gate.points import points
    from ftbench.gate.sweep import run_sweep
    from ftbench.progress import Screen

    axis, text, think = one_axis(rates, given)
    asked = points(text, "--rates" if axis == "rate" else "--concurrency", whole=axis == "concurrency")
    screen = Screen()
    raise typer.Exit(run_sweep(_subject(spec, given, screen), axis, asked, out, screen, think=think, every=every, resume=resume, json=json))


@app.command()
def compare(
    spec: Annotated[
        Path | None, typer.Argument(metavar="[SPEC]", help="A spec with a section `compare`, or the folder that holds it")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="The demo's spec: fp32, int8 and nf4 of the embedded model")] = False,
    variants: Annotated[str | None, typer.Option(metavar="LIST", help="In place of compare.variants, such as bf16,int8,nf4")] = None,
    hardware: Annotated[str | None, typer.Option(metavar="LIST", help="In place of compare.hardware, such as local,l4,h100-sxm")] = None,
    rounds: Annotated[int | None, typer.Option(help="In place of compare.rounds; with --resume, more rounds")] = None,
    json: Annotated[bool, typer.Option("--json", help="Standard output is compare.json, and nothing else")] = False,
    out: ReportsOpt = REPORTS,
    resume: ResumeOpt = None,
) -> None:
    """Set variants, hardware and replicas side by side: speed, capacity at the SLO, cost and quality, and which to take.

    Exit codes: 0 a cell meets the contract, 1 none does, 3 nothing valid was measured, 4 it cannot be told, such as without a budget.
    """
    from ftbench.compare.command import compare_command

    options = {"variants": variants, "hardware": hardware, "rounds": rounds}
    raise typer.Exit(compare_command(spec, out, demo=demo, resume=resume, json=json, **options))


@app.command()
def plan(
    what: Annotated[Path, typer.Argument(metavar="SPEC|RUN", help="A spec to measure, or a finished gate, capacity search or sweep")],
    scales: Annotated[str | None, typer.Option(metavar="LIST", help="Multiples of today's traffic; by default load.scales")] = None,
    spec: Annotated[Path | None, typer.Option("--spec", help="The contract of a RUN that has none, or another one for it")] = None,
    capacity: Annotated[Path | None, typer.Option("--capacity", help="Folder of a search: its lower bound sizes the fleet")] = None,
    hardware: Annotated[str | None, typer.Option("--hardware", help="Price another profile; never judged on this one's throughput")] = None,
    verify: Annotated[str | None, typer.Option(metavar="LIST", help="Deploy the planned fleets of these scales, or of all")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse a stale, undated or third party's price")] = False,
    json: Annotated[bool, typer.Option("--json", help="Standard output is plan.json, and nothing else")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Where the plan of a RUN goes, or the run folder of a SPEC")] = None,
    variant: VariantOpt = None,
    resume: ResumeOpt = None,
    searches: Annotated[int, typer.Option(min=1, help="Of a SPEC: capacity searches with seeds of their own")] = 3,
    duration: Annotated[float | None, typer.Option(help="Of a SPEC: seconds of a search's run; by default load.duration_s")] = None,
    ray_address: Annotated[str | None, typer.Option(help="Measure, and --verify, on this Ray cluster, not the spec's")] = None,
) -> None:
    """What today's traffic and its multiples take and cost: from a finished RUN in seconds, or after measuring a SPEC.

    Exit codes: 0 viable, 1 not viable, 3 no valid run, 4 a budget or a price is missing, so a person must decide.
    """
    from ftbench.gate.plan_run import Asked, Measuring, run_plan

    asked = Asked(out, spec, capacity, hardware, scales, verify, strict, json)
    raise typer.Exit(run_plan(what, asked, Measuring(variant, resume, searches, duration, ray_address)))


@app.command()
def doctor(
    spec: Annotated[Path | None, typer.Argument(metavar="[SPEC]", help="Also check this spec and all files that it names")] = None,
    measure: Annotated[
        bool | None,
        typer.Option("--measure/--no-measure", help="Measure the device's speed again, or not at all; by default if it is not known yet"),
    ] = None,
) -> None:
    """Say what this machine can run, variant by variant, how fast its memory and arithmetic are, and what is missing."""
    from ftbench.gate.doctor import examine

    if not examine(spec, measure):
        raise typer.Exit(Exit.FAILED)


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="A new folder")] = Path("ftbench-gate")) -> None:
    """Write a spec with test sets to start from; every line says what it is for."""
    from ftbench.demo.files import scaffold, starter_lines

    spec = scaffold(folder)
    typer.echo(f"Wrote {spec} and its test sets:")
    for line in starter_lines(folder):
        typer.echo(f"  {line}")
    typer.echo(f"{folder / 'README.md'} says more. Put your own model and cases in, then: ftbench gate {spec}")


@app.command("plan-cases")
def plan_cases(spec: SpecArg) -> None:
    """Before a run: what each test set can prove, and how many cases would prove more."""
    from ftbench.gate.plan_cases import cases_table, sentences
    from ftbench.gate.plan_cases import plan_cases as rows_of
    from ftbench.gate.preflight import read_all
    from ftbench.progress import output
    from ftbench.spec import read_spec

    ready = read_all(read_spec(spec))
    rows = rows_of(ready.spec, ready.test_sets)
    output().print(cases_table(rows))
    for line in sentences(rows):
        output().print(line, markup=False, highlight=False)


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, JSONL, a folder of Hugging Face datasets, or OpenAI chats")],
    kind: Annotated[str, typer.Option("--as", metavar="TEST", help="The test that the cases are for, such as accuracy")],
    out: Annotated[Path, typer.Option("--out", help="The test set to write (JSONL)")],
    columns: Annotated[
        str | None, typer.Option("--map", metavar="FIELD=COLUMN,...", help="Which column is what, if it cannot be guessed")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace --out")] = False,
) -> None:
    """Turn your own data into a test set."""
    from ftbench.quality.importing import import_cases

    done = import_cases(source, test=kind, out=out, mapping=_mapping(columns), overwrite=overwrite)
    typer.echo(f"{done.path}: {done.n} cases. " + ", ".join(f"{field} from {column}" for field, column in done.columns.items()))
    for note in done.notes:
        typer.echo(note)


@app.command("edge-cases")
def edge_cases(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="JSONL of your own ordinary inputs, such as the golden test set")],
    out: Annotated[Path, typer.Option("--out", help="The test set to write (JSONL)")],
    spec: Annotated[Path | None, typer.Option("--spec", help="Aim at the system prompt and canaries of this spec")] = None,
    per_group: Annotated[int, typer.Option(min=1, help="Cases of each kind")] = 5,
    seed: Annotated[int, typer.Option(help="Another seed makes other cases")] = 1,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace --out")] = False,
) -> None:
    """Make edge cases for test 5 out of your own data: empty, overlong, wrong-language, contradictory, injection, boundary."""
    from collections import Counter

    from ftbench.gate.prompts import system_prompt
    from ftbench.quality.edge import write_edge_cases
    from ftbench.spec import read_spec

    words = system_prompt(read_spec(spec), "edge_cases") if spec else None
    cases = write_edge_cases(source, out, system_prompt=words, per_group=per_group, seed=seed, overwrite=overwrite)
    typer.echo(f"{out}: " + ", ".join(f"{n} {group}" for group, n in Counter(case.group for case in cases).items()))
    typer.echo("Read them, and add the boundary cases of your own domain: no program knows those.")


@app.command("import-ratings")
def import_ratings(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run folder")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The filled-in queue.csv, or JSONL")],
    rater: Annotated[str | None, typer.Option("--rater", help="Who rated, where the file does not say")] = None,
) -> None:
    """Bring people's ratings back into a run; `ftbench gate --resume RUN` then reaches the verdict."""
    from ftbench.gate.ratings import bring_back

    for line in bring_back(run, file, rater):
        typer.echo(line)


@app.command()
def report(run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or its report.json, compare.json or plan.json")]) -> None:
    """Render the report of a gate, a comparison or a plan again, without running anything again."""
    from ftbench.progress import output
    from ftbench.report.again import render_again

    output().print(render_again(run))


@app.command()
def verify(ledger: Annotated[Path, typer.Argument(help="The ledger file")] = REPORTS / "ledger.jsonl") -> None:
    """Walk the hash chain of the audit trail."""
    from ftbench.gate.ledger import verify as walk

    typer.echo(f"{ledger}: {walk(ledger)} entries, the chain is whole.")


def _subject(spec: Path | None, given: dict[str, Any], screen):
    """The server of a search or a sweep, brought up by entering what is returned."""
    from ftbench.gate.series import of_options, of_spec
    from ftbench.spec import read_spec

    one_target(spec, given)
    return of_options({**given, **NO_USERS}) if spec is None else of_spec(read_spec(spec), screen, plan_changes(given))


def _mapping(text: str | None) -> dict[str, str]:
    """FIELD=COLUMN,FIELD=COLUMN"""
    pairs = [part.partition("=") for part in (text or "").split(",") if part.strip()]
    wrong = next((field for field, equals, column in pairs if not (field.strip() and equals and column.strip())), None)
    if wrong is not None:
        raise InputError(f"--map: {wrong!r} has not the form FIELD=COLUMN, as in --map prompt=question,label=intent.")
    return {field.strip(): column.strip() for field, _, column in pairs}


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
    from ftbench.models.variants import with_variant

    return with_variant(spec, variant)


def main() -> None:
    """Entry point of the `ftbench` program."""
    try:
        code = app(standalone_mode=False)
        if code == Exit.INTERRUPTED:  # typer has caught it
            raise KeyboardInterrupt
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
