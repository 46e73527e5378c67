"""Rows become a test set that read_test_set takes."""

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from ftbench.errors import InputError
from ftbench.quality.cases import Case, read_test_set
from ftbench.quality.importing.chat import ANSWER, unfold
from ftbench.quality.importing.columns import TESTS, matched
from ftbench.quality.importing.pairs import check_pairs, pair_lines
from ftbench.quality.importing.rows import Row, columns_of, read_rows
from ftbench.quality.importing.values import value


class Imported(NamedTuple):
    """What was written. `columns` has the column of each field; `notes` say what was guessed and what was left out."""

    path: Path
    n: int
    columns: dict[str, str]
    notes: list[str]


def import_cases(source: Path, *, test: str, out: Path, mapping: Mapping[str, str] | None = None, overwrite: bool = False) -> Imported:
    """The data of `source` as a test set for `test` in `out` (JSONL).

    For fairness a row is a pair: two texts, their variable, and the words in which they differ. `mapping` has column by field where the
    columns' names do not say it. A case without an id gets `<file>-<number>`. The file appears whole or not at all.

    Raises:
        InputError: data that cannot be read, columns that are unsure (with the --map form), a value that does not fit, two rows with one
            id or the same input, a test that takes no such file, `out` exists and `overwrite` is not set.
    """
    if test not in TESTS:
        raise InputError(f"--as {test}: cases can be imported for {', '.join(TESTS)}.")
    if out.exists() and (not overwrite or out.is_dir() or out.samefile(source)):
        hint = "Give another --out." if out.is_dir() or out.samefile(source) else "Give another --out, or --overwrite."
        raise InputError(f"{out} is there already. {hint}")
    rows = unfold(read_rows(source))
    names = list(columns_of(rows))
    columns = matched(names, test, mapping or {})
    stem = re.sub(r"[^\w.-]+", "-", source.stem) or "case"
    if test == "fairness":
        _write(pair_lines(rows, columns, stem), lambda part: check_pairs(part, rows), out)
        return Imported(out, len(rows), columns, _notes(columns, names, mapping or {}, []))
    cases = _cases(rows, columns, stem)
    _refuse_twice(cases)
    _write([case.model_dump_json(exclude_defaults=True) for _, case in cases], lambda part: read_test_set(test, part), out)
    return Imported(out, len(cases), columns, _notes(columns, names, mapping or {}, [case for _, case in cases]))


def _cases(rows: list[Row], columns: Mapping[str, str], stem: str) -> list[tuple[str, Case]]:
    found, width = [], max(3, len(str(len(rows))))
    for number, row in enumerate(rows, 1):
        fields: dict[str, Any] = {"id": f"{stem}-{number:0{width}d}"}
        for field, column in columns.items():
            if (read := value(field, row.values.get(column), row.where)) is not None:
                fields[field] = read
        if "prompt" not in fields and "messages" not in fields:
            raise InputError(f"{row.where}: there is nothing in the column {columns.get('prompt', columns.get('messages'))!r}.")
        try:
            found.append((row.where, Case.model_validate(fields)))
        except ValidationError as error:
            first = error.errors()[0]
            what = ".".join(map(str, first["loc"])) or "the case"
            raise InputError(f"{row.where}: {what}: {first['msg'].removeprefix('Value error, ')}.") from None
    return found


def _refuse_twice(cases: list[tuple[str, Case]]) -> None:
    """One input counted twice makes a test set look larger than it is."""
    ids: dict[str, str] = {}
    inputs: dict[tuple[str, str], str] = {}
    for where, case in cases:
        if case.id in ids:
            raise InputError(f"{where}: the id {case.id!r} stands already in {ids[case.id]}. Give each its own, or map no column to id.")
        ids[case.id] = where
        asked = (str(case.chat(None)), case.source or "")
        if asked in inputs:
            raise InputError(f"{where}: the same input stands already in {inputs[asked]}. Take one of them out.")
        inputs[asked] = where


def _write(lines: list[str], check: Callable[[Path], Any], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(line + "\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        check(part)
        part.chmod(0o644)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _notes(columns: Mapping[str, str], names: list[str], mapping: Mapping[str, str], cases: list[Case]) -> list[str]:
    guessed = [f"{field} from {column}" for field, column in columns.items() if field not in mapping]
    left = [name for name in names if name not in columns.values()]
    notes = [f"taken by their names: {', '.join(guessed)}"] if guessed else []
    if columns.get("reference") == ANSWER and "reference" not in mapping:
        notes.append(f"the last assistant turn became `reference`; where it is a label, say so: --map label={ANSWER}")
    notes += [f"left out: {', '.join(left)}"] if left else []
    if any(turn["role"] in ("system", "developer") for case in cases for turn in case.messages or []):
        notes.append("cases with system messages of their own are sent as they stand, without the spec's system_prompt")
    return notes
