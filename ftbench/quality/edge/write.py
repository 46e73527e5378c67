"""Edge cases as a test set file."""

import json
import os
from pathlib import Path

from ftbench.errors import InputError
from ftbench.quality.cases import Case
from ftbench.quality.edge.generator import edge_cases
from ftbench.quality.typical import typical_inputs


def write_edge_cases(
    source: Path, out: Path, *, system_prompt: str | None = None, per_group: int = 5, seed: int = 0, overwrite: bool = False
) -> list[Case]:
    """The cases that are written to `out` (JSONL), made from the inputs in `source` (JSONL with `prompt`, `messages` or `turns`).

    Raises:
        InputError: `source` cannot be used or gives too few cases, `out` exists already (a person may have worked on it), or cannot be
            written.
    """
    if out.exists() and not overwrite:
        raise InputError(f"{out} exists already, and somebody may have worked on it. Give another name, or --overwrite.")
    cases = edge_cases(typical_inputs(source), system_prompt=system_prompt, per_group=per_group, seed=seed)
    lines = [json.dumps(_line(case), ensure_ascii=False) + "\n" for case in cases]
    begun = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        begun.write_text("".join(lines), encoding="utf-8")
        begun.replace(out)
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}.") from None
    return cases


def _line(case: Case) -> dict[str, object]:
    return {"id": case.id, "group": case.group, "prompt": case.prompt, "tags": case.tags, "note": case.note}
