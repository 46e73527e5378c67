"""YAML in, a checked spec out; or one sentence with the file, the line and the nearest right word."""

import types
import typing
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ftbench.errors import InputError
from ftbench.spec.hardware import Profile
from ftbench.spec.model import Spec

T = TypeVar("T", bound=BaseModel)


def read_spec(path: str | Path) -> Spec:
    """The spec at `path`, with its folder remembered for relative paths.

    Raises:
        InputError: the file is missing, is not YAML, or breaks the schema.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "spec.yaml"
    spec = read_yaml(path, Spec)
    spec._file = path.resolve()
    spec._folder = spec._file.parent
    return spec


def read_yaml(path: Path, schema: type[T]) -> T:
    """One YAML file as `schema`.

    Raises:
        InputError: with file, line and the way out.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist. `ftbench init` writes a spec to start from.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None and (node := _unreadable(root)) is not None:
            what = f"{_short(ascii(node.value))} cannot be read as what it looks like. Correct it, or put it in quotes."
            raise InputError(f"{path}, line {node.start_mark.line + 1}: {what}")
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        # What was opened and never closed is found at the end, but is to be mended where it began.
        if mark and mark.index >= len(text.rstrip()):
            mark = getattr(error, "context_mark", None) or mark
        where = f", line {min(mark.line + 1, max(1, len(text.splitlines())))}" if mark else ""  # an end that never came has no line
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise InputError(f"{path}{where}: this is not YAML: {what}.") from None
    except RecursionError:
        raise InputError(f"{path}: this is nested too deeply for a spec. Keep to the sections that the schema names.") from None
    if not isinstance(data, dict):
        raise InputError(f"{path} holds no settings. It must be a YAML mapping that begins like `name: ...`.")
    twice = _duplicate_key(root)
    if twice is not None:
        raise InputError(f"{path}, line {twice.start_mark.line + 1}: `{twice.value}` is given twice. Keep one of them.")
    try:
        return schema.model_validate(data)
    except ValidationError as error:
        raise InputError(_sentence(path, root, schema, error)) from None


def spec_schema() -> dict[str, Any]:
    """JSON Schema of the spec, for completion in an editor."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Spec.model_json_schema(by_alias=True)}


def profile_schema() -> dict[str, Any]:
    """JSON Schema of a hardware profile, for the same."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Profile.model_json_schema(by_alias=True)}


def _sentence(path: Path, root: yaml.Node, schema: type[BaseModel], error: ValidationError) -> str:
    problems = sorted(error.errors(), key=lambda e: (e["type"] != "extra_forbidden", _line(root, e["loc"])))
    first = problems[0]
    loc = tuple(part for part in first["loc"] if part != "[key]")
    name = ".".join(str(part) for part in loc)
    value = "empty" if first["input"] is None else _short(repr(first["input"]))
    start = f"{path}, line {_line(root, loc)}: "
    if first["type"] == "extra_forbidden":
        what = _unknown_key(schema, loc)
    elif first["type"] == "missing":
        what = f"`{name}` is missing."
    elif first["type"] == "value_error":
        what = (f"`{name}`: " if loc else "") + first["msg"].removeprefix("Value error, ") + "."
    elif first["type"] == "model_type":
        what = f"`{name}` is {value}; it must be a section with keys of its own: {', '.join(_keys_at(schema, loc))}."
    elif first["type"] == "invalid_key":
        what = f"the key `{name}` is no text. Put it in quotes or take it out."
    elif first["type"] == "literal_error":
        allowed = [word.strip(" '") for word in first["ctx"]["expected"].replace(" or ", ", ").split(",")]
        near = get_close_matches(str(first["input"]), allowed, n=1)
        what = f"`{name}` is {value}; it must be one of: {', '.join(allowed)}." + (f" Did you mean {near[0]}?" if near else "")
    else:
        what = f"`{name}` is {value}: {first['msg'][0].lower()}{first['msg'][1:]}."
    more = f" ({len(problems) - 1} more problem{'s' if len(problems) > 2 else ''} in this file.)" if len(problems) > 1 else ""
    return start + what + more


def _unknown_key(schema: type[BaseModel], loc: tuple[str | int, ...]) -> str:
    key = str(loc[-1])
    known = _keys_at(schema, loc[:-1])
    near = get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(known)}."
    return f"unknown key `{'.'.join(map(str, loc))}`. {hint}"


def _short(text: str) -> str:
    """A user may have put a whole file where a number belongs."""
    return text if len(text) <= 80 else f"{text[:50]} ... {text[-20:]}"


def _line(root: yaml.Node, loc: tuple[str | int, ...]) -> int:
    """Line of the deepest node on the way to `loc`; 1-based."""
    node, line = root, root.start_mark.line
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
        else:
            break
    return line + 1


def _keys_at(schema: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    for part in loc:
        if isinstance(part, int):  # an element of a list has the list's model
            continue
        field = next((f for n, f in schema.model_fields.items() if (f.alias or n) == part), None)
        model = field and next(filter(_is_model, _flat(field.annotation)), None)
        if not model:
            return []
        schema = model
    return [field.alias or name for name, field in schema.model_fields.items()]


def _flat(annotation: Any) -> list[Any]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, list):
        return [leaf for arg in typing.get_args(annotation) for leaf in _flat(arg)]
    return [annotation]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _duplicate_key(root: yaml.Node) -> yaml.ScalarNode | None:
    for node in _nodes(root):
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, _ in node.value:
                if key.value in seen:
                    return key
                seen.add(key.value)
    return None


def _unreadable(root: yaml.Node) -> yaml.ScalarNode | None:
    """The first value at which PyYAML's constructors break (2024-02-30, `!!int abc`), or that is half of a surrogate pair."""
    for node in _nodes(root):
        if isinstance(node, yaml.ScalarNode):
            try:
                node.value.encode()
                yaml.SafeLoader("").construct_object(node)
            except yaml.YAMLError:  # a tag that is unknown, which the loader names itself, or the merge key
                continue
            except (ValueError, TypeError, KeyError, AttributeError):
                return node
    return None


def _nodes(root: yaml.Node) -> Iterator[yaml.Node]:
    """Every node once, in the order of the text. An alias may lead back to a node that holds it."""
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            waiting += [child for pair in reversed(node.value) for child in reversed(pair)]
        elif isinstance(node, yaml.SequenceNode):
            waiting += reversed(node.value)
