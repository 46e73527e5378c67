"""Words that tell a group: names, places, ages, genders, pronouns. The shipped lists and a user's own have one form."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError, field_validator

from ftbench.errors import InputError
from ftbench.text_file import read_text

SHIPPED = Path(__file__).parent / "lists"
FORM = "{variable: {group: [words]}}, a group also as {pronouns: feminine, words: [...]}"


class Group(BaseModel):
    """Words of one group. `pronouns` names the set that its people go by; None where the words are no people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: list[str] = Field(min_length=1)
    pronouns: str | None = None

    @field_validator("words", mode="before")
    @classmethod
    def _ages_are_words(cls, words: object) -> object:
        return [str(w) if type(w) is int else w for w in words] if isinstance(words, list) else words

    @field_validator("words")
    @classmethod
    def _nothing_empty(cls, words: list[str]) -> list[str]:
        if not all(w.strip() for w in words):
            raise ValueError("a word is empty")
        return words


class _File(RootModel[dict[str, dict[str, Group]]]):
    pass


WordLists = Mapping[str, Mapping[str, Group]]


class Pronouns(NamedTuple):
    """One set. The first five stand in templates as {they} {them} {their} {theirs} {themselves}; `also` is only neutralised."""

    they: str
    them: str
    their: str
    theirs: str
    themselves: str
    also: tuple[str, ...]


def word_lists(own: Path | None) -> WordLists:
    """The shipped lists by variable and group, and a user's own beside them; a group of the same name replaces the shipped one.

    Raises:
        InputError: the file of one's own is missing, is no YAML, or has not the form of word lists.
    """
    lists = {variable: dict(groups) for variable, groups in _shipped().items()}
    for variable, groups in (_read(own) if own else {}).items():
        lists.setdefault(variable, {}).update(groups)
    for variable, groups in lists.items():
        for name, group in groups.items():
            if group.pronouns is not None and group.pronouns not in pronouns():
                raise InputError(
                    f"{own}: {variable}.{name}: pronouns {group.pronouns!r} are not known. Write one of: {', '.join(pronouns())}."
                )
    return lists


@cache
def pronouns() -> dict[str, Pronouns]:
    """The shipped sets by name."""
    data = yaml.safe_load((SHIPPED / "pronouns.yaml").read_text(encoding="utf-8"))
    return {name: Pronouns(**{**words, "also": tuple(words["also"])}) for name, words in data.items()}


@cache
def _shipped() -> dict[str, dict[str, Group]]:
    files = sorted(path for path in SHIPPED.glob("*.yaml") if path.name != "pronouns.yaml")
    return {variable: groups for path in files for variable, groups in _read(path).items()}


def _read(path: Path) -> dict[str, dict[str, Group]]:
    text = read_text(path, "the file that tests.fairness.word_lists in the spec names")
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(f"{path}: this is not YAML: {' '.join(str(error).split())}.") from None
    try:
        return _File.model_validate(_as_groups(data)).root
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(f"{path}: {where}: {first['msg'].removeprefix('Value error, ')}. The form is {FORM}.") from None


def _as_groups(data: object) -> object:
    if not isinstance(data, dict):
        return data
    return {
        str(variable): {str(name): {"words": group} if isinstance(group, list) else group for name, group in groups.items()}
        if isinstance(groups, dict)
        else groups
        for variable, groups in data.items()
    }
