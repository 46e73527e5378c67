"""JSON Schema: the file that the spec names, and what of an output breaks it.

jsonschema is imported where it is used: its check of the format `iri` builds a grammar, which takes every program that imports it a second.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import referencing
import regex
from jsonschema_specifications import REGISTRY
from referencing.jsonschema import DRAFT202012

from ftbench.errors import InputError
from ftbench.quality.formats.pattern import matches


def read_schema(path: Path, key: str) -> dict[str, Any]:
    """The schema in the file that `key` of the spec names.

    Raises:
        InputError: the file is missing, is no JSON or no valid JSON Schema.
    """
    try:
        schema = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist. It is the schema that {key} names.") from None
    except OSError as error:
        raise InputError(f"{path}, the schema that {key} names, cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: this is not JSON: {error}.") from None
    if not isinstance(schema, dict) or (wrong := check_schema(schema)):
        raise InputError(f"{path}: this is not a valid JSON Schema: {wrong if isinstance(schema, dict) else 'it is no object'}.")
    return schema


def schema_errors(data: Any, schema: Mapping[str, Any]) -> list[str]:
    """Every way in which `data` breaks `schema`, formats such as date included. A reference to elsewhere is never fetched.

    Raises:
        InvalidMeasurement: a pattern of the schema backtracks without end.
    """
    import jsonschema

    kind = _validator(jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator))
    validator = kind(schema, format_checker=kind.FORMAT_CHECKER, registry=REGISTRY)
    try:
        return [f"{'/'.join(map(str, e.absolute_path)) or 'the whole'}: {e.message}"[:300] for e in validator.iter_errors(data)]
    except (RecursionError, ArithmeticError, ValueError) as error:  # nesting or a number that the validator itself cannot take
        return [f"the whole: it cannot be checked against the schema ({type(error).__name__})"]


def check_schema(schema: Mapping[str, Any]) -> str | None:
    """Why `schema` is no valid JSON Schema, or None. A reference must lead to a place inside the schema."""
    import jsonschema

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


@cache
def _validator(kind: Any) -> Any:
    import jsonschema

    def pattern(validator: Any, wanted: str, instance: Any, schema: Any) -> Iterator[jsonschema.ValidationError]:
        if validator.is_type(instance, "string") and not matches(regex.search, wanted, instance):
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
