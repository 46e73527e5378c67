"""Which column is which field of a case: by the user's word, else by usual names, and never by a guess between two."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ftbench.errors import InputError
from ftbench.quality.importing.chat import ANSWER

USUAL = {
    "id": ("id", "case_id", "uid"),
    "prompt": ("prompt", "question", "query", "input", "instruction", "text", "ticket", "message", "utterance", "user"),
    "messages": ("messages",),
    "label": ("label", "intent", "class", "label_text"),
    "reference": ("reference", "answer", "expected_output", "output", "completion", "response", "target", "ideal", ANSWER),
    "expected": ("expected",),
    "source": ("source", "context", "document", "passage"),
    "answerable": ("answerable",),
    "category": ("category", "topic"),
    "group": ("group", "kind"),
    "domain": ("domain",),
    "forbidden": ("forbidden",),
    "tags": ("tags",),
    "note": ("note", "comment"),
}


PAIRS = {
    "id": USUAL["id"],
    "variable": ("variable", "attribute", "demographic"),
    "a": ("a", "text_a", "prompt_a", "side_a"),
    "b": ("b", "text_b", "prompt_b", "side_b"),
    "value_a": ("value_a", "word_a", "group_a"),
    "value_b": ("value_b", "word_b", "group_b"),
    "label": USUAL["label"],
    "reference": USUAL["reference"],
    "category": USUAL["category"],
    "note": USUAL["note"],
}


class Needs(NamedTuple):
    """What a test cannot do without: all of `fields`, and one of `either` where there are any."""

    fields: tuple[str, ...] = ()
    either: tuple[str, ...] = ()


TESTS = {
    "accuracy": Needs(either=("label", "reference")),
    "hallucination": Needs(("source",)),
    "format_compliance": Needs(),
    "edge_cases": Needs(("group",)),
    "fairness": Needs(("variable", "a", "b", "value_a", "value_b")),
    "safety": Needs(("group",)),
    "ab_comparison": Needs(),
    "acceptance": Needs(),
}


def matched(columns: Iterable[str], test: str, mapping: Mapping[str, str]) -> dict[str, str]:
    """Column by field. `mapping` has field: column, and beats every usual name; the field's own name beats the other usual names.

    Raises:
        InputError: an unknown field or column in `mapping`, two columns for one field, or nothing for a field that `test` needs.
    """
    names, known = list(columns), PAIRS if test == "fairness" else USUAL
    form = f"Say which: --map {_example(names, test)}"
    for field, column in mapping.items():
        if field not in known:
            what = "pair" if known is PAIRS else "case"
            raise InputError(f"--map {field}={column}: a {what} has no field {field!r}. Its fields: {', '.join(known)}.")
        if column not in names:
            raise InputError(f"--map {field}={column}: there is no column {column!r}. The columns: {', '.join(names)}.")
    found = dict(mapping)
    taken = set(mapping.values())
    for field, usual in known.items():
        if field in found or (field == "prompt" and "messages" in found) or (field == "messages" and "prompt" in found):
            continue
        those = [name for name in names if name not in taken and name.strip().casefold() in usual]
        own = [name for name in those if name.strip().casefold() == field]
        if len(own or those) > 1:
            raise InputError(f"The columns {' and '.join(own or those)} could each be `{field}`. {form}")
        if own or those:
            found[field] = (own or those)[0]
            taken.add(found[field])
    missing = [field for field in TESTS[test].fields if field not in found]
    if TESTS[test].either and not set(TESTS[test].either) & set(found):
        missing.append(" or ".join(TESTS[test].either))
    if known is USUAL and ("prompt" in found) == ("messages" in found):
        missing.insert(0, "prompt (or messages, not both)")
    if missing:
        raise InputError(f"No column is plainly {' and '.join(missing)}, which {test} needs. The columns: {', '.join(names)}. {form}")
    return found


def _example(names: list[str], test: str) -> str:
    wanted = [*([] if test == "fairness" else ["prompt"]), *TESTS[test].fields, *TESTS[test].either[:1]]
    return ",".join(f"{field}={(names[at : at + 1] or ['COLUMN'])[0]}" for at, field in enumerate(wanted)) + "  (field=column, ...)"
