"""Test sets: JSONL, one case a line, refused with file and line when a line is not what the test needs."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ftbench.errors import InputError
from ftbench.quality.formats import strict_json

Line = TypeVar("Line", bound=BaseModel)


class Case(BaseModel):
    """One input and what is expected of it. `prompt` is one user turn; `messages` a whole conversation in the OpenAI form.

    `group` is the kind of case in tests that have kinds (edge cases, safety); `label`, `reference` (a text) and `expected` (JSON keys with
    their values) are right answers; `source` is the material that claims are checked against, and `answerable` says whether it holds the
    answer; `forbidden` are texts that must not be disclosed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    prompt: str | None = None
    messages: list[dict[str, str]] | None = None
    category: str = ""
    tags: list[str] = []
    group: str = ""
    label: str | None = None
    reference: str | None = None
    expected: dict[str, Any] | None = None
    source: str | None = None
    answerable: bool = True
    domain: str | None = None
    forbidden: list[str] = []
    note: str = ""

    @model_validator(mode="after")
    def _one_input(self) -> "Case":
        if (self.prompt is None) == (self.messages is None):
            raise ValueError("give either `prompt` or `messages`")
        if self.messages is not None and not (self.messages and all({"role", "content"} <= set(m) for m in self.messages)):
            raise ValueError("`messages` needs at least one message, each with `role` and `content`")
        return self

    def chat(self, system_prompt: str | None) -> list[dict[str, str]]:
        """The conversation to send."""
        if self.messages is not None:
            return self.messages
        system = [{"role": "system", "content": system_prompt}] if system_prompt else []
        return [*system, {"role": "user", "content": self.prompt or ""}]


class TestSet(NamedTuple):
    """Cases and the hash of the file that they came from, which is the version of the test set."""

    id: str
    path: str
    sha256: str
    cases: list[Case]


def read_test_set(check: str, path: Path) -> TestSet:
    """The test set of one check.

    Raises:
        InputError: missing file, a line that is not a strict JSON object, an unknown or missing field, an id used twice, no case at all.
    """
    sha256, lines = read_objects(check, path)
    cases: list[Case] = []
    line_of: dict[str, int] = {}
    for number, data in lines:
        case = validated(Case, data, f"{path.name}, line {number}")
        if case.id in line_of:
            raise InputError(
                f"{path.name}, line {number}: the id {case.id!r} stands already on line {line_of[case.id]}. Give each case its own."
            )
        line_of[case.id] = number
        cases.append(case)
    return TestSet(check, str(path), sha256, cases)


def read_objects(check: str, path: Path) -> tuple[str, list[tuple[int, Mapping[str, Any]]]]:
    """(sha256 of the file, its JSON objects with their line numbers), whatever fields a test set's lines have.

    Raises:
        InputError: missing file, a line that is not a strict JSON object, no line at all.
    """
    try:
        content = path.read_bytes()
        lines = content.decode("utf-8-sig").split("\n")  # not splitlines: U+2028 inside a string is no end of line
    except FileNotFoundError:
        raise InputError(f"{path} does not exist. It is the test set that tests.{check}.cases in the spec names.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as UTF-8 text: {error}.") from None
    objects = [(number, _object(path, number, line)) for number, line in enumerate(lines, 1) if line.strip()]
    if not objects:
        raise InputError(f"{path} holds no case. An empty test set proves nothing; write at least one JSON object a line.")
    return hashlib.sha256(content).hexdigest(), objects


def validated(model: type[Line], data: Mapping[str, Any], where: str) -> Line:
    """One line of a test set as `model`.

    Raises:
        InputError: an unknown or missing field, or a value that it cannot have; begins with `where`.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the case"
        if first["type"] == "extra_forbidden":
            raise InputError(f"{where}: unknown field {field!r}. Known: {', '.join(model.model_fields)}.") from None
        raise InputError(f"{where}: {field}: {first['msg'].removeprefix('Value error, ')}.") from None


def _object(path: Path, number: int, line: str) -> Mapping[str, Any]:
    where = f"{path.name}, line {number}"
    try:
        data = strict_json(line)
    except ValueError as error:
        raise InputError(f"{where}: this is not JSON: {error}. Every line must be one JSON object.") from None
    if not isinstance(data, Mapping):
        raise InputError(f'{where}: this is {type(data).__name__}, not a JSON object like {{"id": ..., "prompt": ...}}.')
    return data
