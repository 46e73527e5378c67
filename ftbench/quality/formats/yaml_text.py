"""One YAML document that is a mapping or a sequence, without tags that make objects and without a key that stands twice."""

from typing import Any

import yaml

# Beside its own errors PyYAML lets those of Python through on odd scalars: 2024-13-45, !!int "", !!bool maybe, !!timestamp x, [[[[...
_ODD = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError)


def strict_yaml(text: str) -> dict[Any, Any] | list[Any]:
    """
    Raises:
        ValueError: not YAML, more than one document, a tag beyond the safe ones, a key twice, a bare scalar (any sentence is one).
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if isinstance(root, yaml.ScalarNode | None):
            raise _Refused("it is a bare text, neither a mapping nor a sequence")
        _refuse_twice(root)
        data = yaml.safe_load(text)
    except _Refused as error:
        raise ValueError(str(error)) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ValueError(f"{getattr(error, 'problem', None) or 'it cannot be read'}{where}") from None
    except _ODD as error:
        raise ValueError(f"it holds what cannot be read ({type(error).__name__})") from None
    return data


class _Refused(Exception):
    """Readable, and yet not agreed."""


def _refuse_twice(root: yaml.Node) -> None:
    """An alias may lead back to where it stands, so each node is visited once."""
    seen, todo = set(), [root]
    while todo:
        node = todo.pop()
        if id(node) in seen or isinstance(node, yaml.ScalarNode):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys = [(k.tag, k.value) for k, _ in node.value if isinstance(k, yaml.ScalarNode)]
            if len(set(keys)) < len(keys):
                twice = next(key for key in keys if keys.count(key) > 1)
                raise _Refused(f"the key {twice[1]!r} stands twice")
            todo += [part for pair in node.value for part in pair]
        else:
            todo += node.value
