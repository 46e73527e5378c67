"""`ftbench hardware ...`: the profiles, and what is doubtful about them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ftbench.errors import Exit

hardware_app = typer.Typer(help="Hardware profiles: what a device can do and what an hour of it costs.", no_args_is_help=True)

JsonOpt = Annotated[bool, typer.Option("--json", help="Standard output is JSON, and nothing else")]


@hardware_app.command("list")
def hardware_list(json: JsonOpt = False) -> None:
    """All profiles, shipped and your own, with price, date and state of the price."""
    from datetime import date

    from ftbench.cost.profile_table import list_rows

    rows = list_rows(date.today())
    if json:
        return _print_json(rows)
    _table(
        [
            {
                "id": row["id"],
                "whose": row["origin"],
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
def hardware_show(
    profile: Annotated[str, typer.Argument(help="An id, `local`, or a YAML file")],
    json: JsonOpt = False,
    yaml: Annotated[bool, typer.Option("--yaml", help="As a profile file, to write one of your own from")] = False,
) -> None:
    """One profile with the source of every figure."""
    from datetime import date

    from ftbench.cost.profile_table import as_yaml, show_json, show_rows
    from ftbench.cost.profiles import load_profile

    found = load_profile(profile, Path())
    if json:
        return _print_json(show_json(found, date.today()))
    if yaml:
        return typer.echo(as_yaml(found), nl=False)
    for name, value in show_rows(found, date.today()):
        typer.echo(f"{name + ':':<24}{value}")


@hardware_app.command("add")
def hardware_add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A YAML file with one profile")],
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of a profile with the same id")] = False,
) -> None:
    """Check a profile of your own and keep it, so that its id works in every spec."""
    from datetime import date

    from ftbench.cost.add_profile import add_profile

    added = add_profile(file, date.today(), replace=replace)
    typer.echo(f"Added {added.profile.id} as {added.file}. Use it with `hardware: {added.profile.id}`.")
    for note in added.notes:
        typer.echo(f"check: {note}")


@hardware_app.command("check")
def hardware_check(
    profiles: Annotated[list[str] | None, typer.Argument(metavar="[ID|FILE]...", help="By default all, shipped and your own")] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit code 1 if a price is stale or undated, a peak looks sparse, or devices look miscounted"),
    ] = False,
    json: JsonOpt = False,
) -> None:
    """What is doubtful about profiles: stale or undated prices, secondary sources, sparse peaks, miscounted devices of an instance."""
    from datetime import date

    from ftbench.cost.profile_table import check_rows, failing
    from ftbench.cost.profiles import load_profile

    chosen = [load_profile(name) for name in profiles] if profiles else None
    rows = check_rows(date.today(), chosen)
    failed = failing(date.today(), chosen)
    if json:
        _print_json([{"id": profile, "check": notes, "fails_strict": profile in failed} for profile, notes in rows])
    else:
        for profile, notes in rows:
            for note in notes:
                typer.echo(f"{profile}: {note.removeprefix(profile + ': ')}")
        typer.echo(f"{len(rows)} profiles, {sum(not notes for _, notes in rows)} without a doubt, {len(failed)} that --strict refuses.")
    if strict and failed:
        raise typer.Exit(Exit.FAILED)


def _print_json(data: Any) -> None:
    import json

    typer.echo(json.dumps(data, indent=1, ensure_ascii=False))


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
