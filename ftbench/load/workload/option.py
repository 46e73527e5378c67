"""The little language of `--synthetic`: in=512,out=128."""

import yaml
from pydantic import ValidationError

from ftbench.errors import InputError
from ftbench.spec.load import Synthetic

SHORT = {"in": "input", "out": "output", "share": "prefix_share", "groups": "prefix_groups"}
FORM = (
    "--synthetic takes the keys of load.synthetic, such as in=512,out=128 or in.mean=512,in.sd=64,out.median=100,out.sigma=0.8,share=0.5,"
    "turns=3"
)


def read_synthetic(text: str) -> Synthetic:
    """A declaration in one word: key=value after key=value, a key within a section behind a dot; in, out, share and groups are short forms.

    Raises:
        InputError: another form, an unknown key, or a value that the spec would refuse.
    """
    found: dict = {}
    for part in text.split(","):
        name, equals, value = (word.strip() for word in part.partition("="))
        first, *rest = name.split(".")
        first = SHORT.get(first, first)
        if not (first and equals and value) or len(rest) > 1:
            raise InputError(f"{text!r:.200} is not understood. {FORM}.")
        try:
            value = yaml.safe_load(value)
        except yaml.YAMLError:
            raise InputError(f"{text!r:.200}: {value!r} is not understood. {FORM}.") from None
        section = found.setdefault(first, {}) if rest else found
        key = rest[0] if rest else first
        if not isinstance(section, dict) or key in section:
            raise InputError(f"{text!r:.200} says {name!r} twice. {FORM}.")
        section[key] = value
    try:
        return Synthetic.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        what = "there is no such key" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
        raise InputError(f"--synthetic{f' {name}' if name else ''}: {what[0].lower()}{what[1:]}. {FORM}.") from None
