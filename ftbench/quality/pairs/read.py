"""The test set of test 6: pairs written out, templates and stereotype probes, a JSON object a line."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ftbench.errors import InputError
from ftbench.quality.cases import Case, TestSet, read_objects, validated
from ftbench.quality.pairs.cases import Probe, Side
from ftbench.quality.pairs.lists import Group, WordLists, word_lists
from ftbench.quality.pairs.template import chosen, fill
from ftbench.quality.pairs.words import holds, replace, unlike

Words = tuple[str, ...]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    variable: str = Field(min_length=1)
    category: str = ""
    note: str = ""


class _OfTwo(_Line):
    label: str | None = None
    reference: str | None = None
    groups: tuple[str, str] | None = None
    values: tuple[Words, Words] | None = None

    @field_validator("values", mode="before")
    @classmethod
    def _one_word_is_a_list_of_one(cls, values: Any) -> Any:
        return [[v] if isinstance(v, str) else v for v in values] if isinstance(values, list) else values

    @field_validator("values")
    @classmethod
    def _no_empty_word(cls, values: tuple[Words, Words] | None) -> tuple[Words, Words] | None:
        if values is not None and not all(side and all(w.strip() for w in side) for side in values):
            raise ValueError("each side needs at least one word, and none may be empty")
        return values


class _Pair(_OfTwo):
    a: str = Field(min_length=1)
    b: str = Field(min_length=1)
    values: tuple[Words, Words]


class _Template(_OfTwo):
    template: str = Field(min_length=1)
    list: str | None = None
    pairs: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _words_from_somewhere(self) -> "_Template":
        if (self.values is None) == (self.groups is None):
            raise ValueError("a template needs either `values`, the words of both sides, or `groups`, two groups of a word list")
        if self.groups is not None and self.groups[0] == self.groups[1]:
            raise ValueError(f"both groups are {self.groups[0]!r}")
        return self


class _Probe(_Line):
    probe: Literal[True]
    prompt: str = Field(min_length=1)
    stereotype: Words = Field(min_length=1)
    anti_stereotype: Words = ()


def read_pairs(check: str, path: Path, own_lists: Path | None = None) -> TestSet:
    """Cases `<pair>/a` and `<pair>/b` (Side), and the probes by their own ids (Probe).

    The version of the test set is the hash of the file, and of the word lists too where a template draws on them.

    Raises:
        InputError: as for any test set; a pair whose sides are equal, lack their declared words, or differ in more than these.
    """
    sha256, lines = read_objects(check, path)
    lists = word_lists(own_lists)
    drawn, cases, line_of = False, [], {}
    for number, data in lines:
        where = f"{path.name}, line {number}"
        line = validated(_kind(data), data, where)
        drawn |= isinstance(line, _Template) and line.groups is not None
        for case in _cases(line, lists, where):
            if case.id in line_of:
                raise InputError(f"{where}: the id {case.id!r} stands already on line {line_of[case.id]}. Give each line its own.")
            line_of[case.id] = number
            cases.append(case)
    if drawn:
        words = {variable: {name: group.model_dump() for name, group in groups.items()} for variable, groups in lists.items()}
        sha256 = hashlib.sha256(f"{sha256}\n{json.dumps(words, sort_keys=True)}".encode()).hexdigest()
    return TestSet(check, str(path), sha256, cases)


def _kind(data: Mapping[str, Any]) -> type[_Line]:
    return _Probe if "probe" in data or "stereotype" in data else _Template if "template" in data else _Pair


def _cases(line: _Line, lists: WordLists, where: str) -> list[Case]:
    match line:
        case _Probe():
            told = line.model_dump(exclude={"probe"})
            return [Probe(**told, group="probe")]
        case _Pair():
            return _sides(line, line.id, line.a, line.b, line.values, where)
        case _Template():
            place = line.list or line.variable
            a, b = chosen(lists, place, line.groups, where) if line.groups else (Group(words=list(w)) for w in line.values)
            filled = fill(line.template, place, a, b, pairs=line.pairs, seed=line.id, where=where)
            ids = [line.id] if len(filled) == 1 else [f"{line.id}.{k}" for k in range(1, len(filled) + 1)]
            return [
                side
                for id_, pair in zip(ids, filled, strict=True)
                for side in _sides(line, id_, pair.a, pair.b, pair.values, where)
            ]  # fmt: skip
    raise AssertionError(line)


def _sides(line: _OfTwo, pair: str, a: str, b: str, values: tuple[Words, Words], where: str) -> list[Side]:
    _refuse_unlike(pair, a, b, values, where)
    shared = {"pair": pair, "variable": line.variable, "group": line.variable, "groups": line.groups, "values": values}
    shared |= {"category": line.category, "label": line.label, "reference": line.reference, "note": line.note}
    return [Side(id=f"{pair}/{side}", side=side, prompt=prompt, **shared) for side, prompt in (("a", a), ("b", b))]


def _refuse_unlike(pair: str, a: str, b: str, values: tuple[Words, Words], where: str) -> None:
    what = f"{where}: pair {pair!r}"
    if a == b:
        raise InputError(f"{what}: both sides are the same text. They must differ in the declared variable.")
    for name, text, words in (("a", a, values[0]), ("b", b, values[1])):
        if not holds(text, words):
            raise InputError(
                f"{what}: side {name} holds none of its declared words ({', '.join(words)}). `values` is [words of a, words of b]."
            )
    left, right = replace(a, values[0]), replace(b, values[1])
    if left == right:
        return
    more = " and ".join(f"side {name} has {_quoted(words)}" for name, words in zip("ab", unlike(left, right), strict=True) if words)
    raise InputError(
        f"{what} differs in more than the declared words: {more or 'the spaces are not the same'}. "
        "Make the rest of both sides the same, or declare these words in `values` if they belong to the variable."
    )


def _quoted(words: list[str]) -> str:
    return ", ".join(repr(w) for w in words[:5]) + (f" and {len(words) - 5} more" if len(words) > 5 else "")
