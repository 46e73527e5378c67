"""Is one output in the agreed format? Strict where the client's program is strict."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import jsonschema

_FENCE = re.compile(r"\A\s*```[a-zA-Z0-9_-]*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


class Rules(NamedTuple):
    """The format specification. A rule that is None is not asked for."""

    json_schema: Mapping[str, Any] | None = None
    sections: tuple[str, ...] = ()
    max_words: int | None = None
    max_characters: int | None = None
    pattern: str | None = None
    unwrap_code_fence: bool = False


class FormatVerdict(NamedTuple):
    """`parse_error` is an output that the client's program could not even read; `reasons` is empty when all is well."""

    parse_error: bool
    reasons: list[str]

    @property
    def ok(self) -> bool:
        return not self.reasons


def validate(text: str, rules: Rules) -> FormatVerdict:
    """Judge one output against every rule."""
    reasons, parse_error = [], False
    if rules.json_schema is not None:
        try:
            data = strict_json(_unwrapped(text) if rules.unwrap_code_fence else text)
        except ValueError as error:
            parse_error = True
            reasons.append(f"not JSON: {error}")
        else:
            reasons += schema_errors(data, rules.json_schema)
    reasons += [f"section {name!r} is missing" for name in rules.sections if not has_section(text, name)]
    words = len(text.split())
    if rules.max_words is not None and words > rules.max_words:
        reasons.append(f"{words} words, at most {rules.max_words} agreed")
    if rules.max_characters is not None and len(text) > rules.max_characters:
        reasons.append(f"{len(text)} characters, at most {rules.max_characters} agreed")
    if rules.pattern is not None and not re.fullmatch(rules.pattern, text.strip(), re.DOTALL):
        reasons.append("does not match the agreed pattern")
    if not text.strip():
        parse_error = True
        reasons.append("the output is empty")
    return FormatVerdict(parse_error, reasons)


def strict_json(text: str) -> Any:
    """What `text` says as JSON (RFC 8259), whitespace around it allowed.

    Raises:
        ValueError: not JSON; NaN or Infinity, which Python's parser takes and others do not; a key twice, of which every parser keeps a
            different one; nesting too deep to read.
    """

    def no_constant(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    def no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [k for k, _ in pairs]
        if len(set(keys)) < len(keys):
            raise ValueError(f"the key {next(k for k in keys if keys.count(k) > 1)!r} stands twice")
        return dict(pairs)

    try:
        return json.loads(text, parse_constant=no_constant, object_pairs_hook=no_twice)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def schema_errors(data: Any, schema: Mapping[str, Any]) -> list[str]:
    """Every way in which `data` breaks `schema`, formats such as date included."""
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    validator = kind(schema, format_checker=kind.FORMAT_CHECKER)
    return [f"{'/'.join(map(str, e.absolute_path)) or 'the whole'}: {e.message}"[:300] for e in validator.iter_errors(data)]


def check_schema(schema: Mapping[str, Any]) -> str | None:
    """Why `schema` is no valid JSON Schema, or None."""
    try:
        jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator).check_schema(schema)
    except jsonschema.SchemaError as error:
        return f"{'/'.join(map(str, error.absolute_path)) or 'the whole'}: {error.message}"
    return None


def has_section(text: str, name: str) -> bool:
    """A line that is the heading `name`: bare, as Markdown (# name, **name**) or with a colon, whatever the case."""
    return re.search(rf"^\s*(#+\s*)?(\*\*|__)?\s*{re.escape(name)}\s*(\*\*|__)?\s*(:|$)", text, re.IGNORECASE | re.MULTILINE) is not None


def _unwrapped(text: str) -> str:
    match = _FENCE.match(text)
    return match.group(1) if match else text
