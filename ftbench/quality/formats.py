"""Is one output in the agreed format? Strict where the client's program is strict."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import jsonschema
import referencing
import regex
from jsonschema_specifications import REGISTRY
from referencing.jsonschema import DRAFT202012

from ftbench.errors import InvalidMeasurement

PATTERN_TIMEOUT_S = 2.0


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
    """Judge one output against every rule.

    Raises:
        InvalidMeasurement: an agreed pattern backtracks without end, which says nothing about the output.
    """
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
    if rules.pattern is not None and not _matches(regex.fullmatch, rules.pattern, text.strip(), regex.DOTALL):
        reasons.append("does not match the agreed pattern")
    if not text.strip():
        parse_error = True
        reasons.append("the output is empty")
    return FormatVerdict(parse_error, reasons)


def strict_json(text: str) -> Any:
    """What `text` says as JSON (RFC 8259), whitespace around it allowed.

    Raises:
        ValueError: not JSON; what parsers disagree on: NaN, Infinity or a number beyond double precision, a key twice, half of a
            surrogate pair; nesting too deep to read.
    """

    def number(digits: str) -> float:
        if not math.isfinite(value := float(digits)):
            raise ValueError(f"{digits[:20]} is beyond what a double holds")
        return value

    def no_constant(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    def no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [k for k, _ in pairs]
        if len(set(keys)) < len(keys):
            raise ValueError(f"the key {next(k for k in keys if keys.count(k) > 1)!r} stands twice")
        return dict(pairs)

    try:
        data = json.loads(text, parse_constant=no_constant, parse_float=number, object_pairs_hook=no_twice)
        json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{error.msg} at line {error.lineno}, column {error.colno}" if "\n" in text else f"{error.msg} at column {error.colno}"
        ) from None
    except UnicodeEncodeError:
        raise ValueError("it holds half of a surrogate pair") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return data


def schema_errors(data: Any, schema: Mapping[str, Any]) -> list[str]:
    """Every way in which `data` breaks `schema`, formats such as date included. A reference to elsewhere is never fetched.

    Raises:
        InvalidMeasurement: a pattern of the schema backtracks without end.
    """
    kind = _validator(jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator))
    validator = kind(schema, format_checker=kind.FORMAT_CHECKER, registry=REGISTRY)
    try:
        return [f"{'/'.join(map(str, e.absolute_path)) or 'the whole'}: {e.message}"[:300] for e in validator.iter_errors(data)]
    except (RecursionError, ArithmeticError, ValueError) as error:  # nesting or a number that the validator itself cannot take
        return [f"the whole: it cannot be checked against the schema ({type(error).__name__})"]


def check_schema(schema: Mapping[str, Any]) -> str | None:
    """Why `schema` is no valid JSON Schema, or None. A reference must lead to a place inside the schema."""
    try:
        kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
        kind.check_schema(schema)
        resource = referencing.Resource.from_contents(schema, default_specification=DRAFT202012)
        base = resource.id() or ""
        _resolve_all(schema, REGISTRY.with_resource(base, resource).resolver(base))
    except jsonschema.SchemaError as error:
        return f"{'/'.join(map(str, error.absolute_path)) or 'the whole'}: {error.message}"
    except referencing.exceptions.Unresolvable as error:
        return f"$ref {error.ref!r} leads to nothing in this file; put what it means under $defs"
    except (TypeError, AttributeError, ValueError, RecursionError) as error:  # `$schema: 5`, a schema of a thousand levels
        return f"{type(error).__name__}: {error}"
    return None


def has_section(text: str, name: str) -> bool:
    """A line that is the heading `name`: bare, as Markdown (# name, **name**) or with a colon, whatever the case."""
    heading = re.compile(rf"(#+\s*+)?(\*\*|__)?\s*+{re.escape(name.strip().rstrip(':'))}\s*(\*\*|__)?\s*(:|#*$)", re.IGNORECASE)
    return any(heading.match(line.strip()) for line in text.splitlines())


def _unwrapped(text: str) -> str:
    first, _, rest = text.strip().partition("\n")
    fenced = re.fullmatch(r"```[\w+-]*\s*", first) and rest.endswith("```")
    return rest.removesuffix("```") if fenced else text


def _matches(how: Any, pattern: str, text: str, flags: int = 0) -> bool:
    """Python's own `re` cannot be stopped: one answer and `(a+)+$` would hold a gate for ever."""
    try:
        return how(pattern, text, flags, timeout=PATTERN_TIMEOUT_S) is not None
    except TimeoutError:
        raise InvalidMeasurement(
            f"The pattern {pattern!r} took over {PATTERN_TIMEOUT_S:g} s on one output: it backtracks without end. "
            "Write it without nested repeats."
        ) from None


@cache
def _validator(kind: Any) -> Any:
    def pattern(validator: Any, wanted: str, instance: Any, schema: Any) -> Iterator[jsonschema.ValidationError]:
        if validator.is_type(instance, "string") and not _matches(regex.search, wanted, instance):
            yield jsonschema.ValidationError(f"{instance!r} does not match {wanted!r}")

    return jsonschema.validators.extend(kind, {"pattern": pattern})


def _resolve_all(schema: Any, resolver: Any) -> None:
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$id"), str):
            resolver = resolver.in_subresource(referencing.Resource.from_contents(schema, default_specification=DRAFT202012))
        if isinstance(schema.get("$ref"), str):
            resolver.lookup(schema["$ref"])
        for name, part in schema.items():
            if name not in ("const", "enum", "default", "examples"):
                _resolve_all(part, resolver)
    elif isinstance(schema, list):
        for part in schema:
            _resolve_all(part, resolver)
