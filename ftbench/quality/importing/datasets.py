"""Folders of Hugging Face `datasets`, read with pyarrow alone: what save_to_disk wrote, or Parquet files."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftbench.errors import InputError
from ftbench.quality.importing.rows import Row

if TYPE_CHECKING:
    import pyarrow

_SHARD = re.compile(r"-\d{5}-of-\d{5}(?:-[0-9a-f]+)?$")


def read_folder(folder: Path) -> list[Row]:
    """The rows of one split.

    Raises:
        InputError: several splits, neither Arrow nor Parquet files, a file that is listed and missing or not readable.
    """
    if (folder / "dataset_dict.json").exists():
        splits = _json(folder / "dataset_dict.json").get("splits", [])
        raise InputError(f"{folder} holds the splits {', '.join(splits)}. Name one of them: {folder / (splits or ['train'])[-1]}.")
    if (folder / "state.json").exists():
        files = [folder / part["filename"] for part in _json(folder / "state.json").get("_data_files") or []]
    else:
        files = sorted([*folder.rglob("*.parquet"), *folder.rglob("*.arrow")])
        splits = sorted({_SHARD.sub("", file.stem) for file in files if _SHARD.search(file.stem)})
        if len(splits) > 1 or (len(files) > 1 and not splits):
            raise InputError(f"{folder} holds {', '.join(splits or [file.name for file in files])}. Name one file of the split to import.")
    if not files:
        raise InputError(f"{folder} holds neither state.json (of save_to_disk) nor Parquet or Arrow files.")
    return [row for file in files for row in read_arrow_file(file)]


def read_arrow_file(file: Path) -> list[Row]:
    """The rows of one Parquet or Arrow file, the numbers of a ClassLabel column as their names.

    Raises:
        InputError: not readable as what its name says.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(file) if file.suffix.casefold() == ".parquet" else _arrow(file)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{file} cannot be read as {file.suffix[1:]}: {str(error).splitlines()[0] if str(error) else error!r}.") from None
    names = _class_names(table)
    rows = []
    for number, values in enumerate(table.to_pylist()):
        named = {
            column: names[column][value] if column in names and isinstance(value, int) and 0 <= value < len(names[column]) else value
            for column, value in values.items()
        }
        rows.append(Row(f"{file.name}, row {number}", named))
    return rows


def _arrow(file: Path) -> "pyarrow.Table":
    """`datasets` writes the stream form; others write the file form."""
    import pyarrow as pa

    with pa.memory_map(str(file)) as source:
        try:
            return pa.ipc.open_stream(source).read_all()
        except pa.ArrowInvalid:
            source.seek(0)
            return pa.ipc.open_file(source).read_all()


def _class_names(table: "pyarrow.Table") -> dict[str, list[str]]:
    """The names of ClassLabel columns, which `datasets` keeps in the metadata of the schema."""
    try:
        features: dict[str, Any] = json.loads((table.schema.metadata or {})[b"huggingface"])["info"]["features"]
        return {column: list(kind["names"]) for column, kind in features.items() if isinstance(kind, dict) and "names" in kind}
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}


def _json(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read as JSON: {error}.") from None
    return data if isinstance(data, dict) else {}
