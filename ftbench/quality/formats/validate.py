"""One output against every agreed rule."""

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import regex

from ftbench.quality.formats.csv_text import strict_csv, strict_csv_with_header
from ftbench.quality.formats.json_schema import schema_errors
from ftbench.quality.formats.json_text import strict_json
from ftbench.quality.formats.pattern import matches
from ftbench.quality.formats.sentences import sentences
from ftbench.quality.formats.xml_text import strict_xml
from ftbench.quality.formats.yaml_text import strict_yaml


class Rules(NamedTuple):
    """The format specification. A rule that is None or empty is not asked for."""

    json_schema: Mapping[str, Any] | None = None
    sections: tuple[str, ...] = ()
    max_words: int | None = None
    max_characters: int | None = None
    pattern: str | None = None
    unwrap_code_fence: bool = False
    min_words: int | None = None
    max_sentences: int | None = None
    language: str | None = None
    forbidden: tuple[str, ...] = ()
    parses_as: Literal["csv", "xml", "yaml"] | None = None
    csv_columns: tuple[str, ...] = ()


class FormatVerdict(NamedTuple):
    """`parse_error` is an output that the client's program could not even read; `reasons` is empty when all is well.

    `undecided`: nothing speaks against the output but its language, which it is too short to tell.
    """

    parse_error: bool
    reasons: list[str]
    undecided: bool = False

    @property
    def ok(self) -> bool:
        return not self.reasons


def validate(text: str, rules: Rules) -> FormatVerdict:
    """Judge one output against every rule.

    Raises:
        InvalidMeasurement: an agreed pattern backtracks without end, which says nothing about the output.
    """
    parse_error, reasons = _parse(_unwrapped(text) if rules.unwrap_code_fence else text, rules)
    reasons += [f"section {name!r} is missing" for name in rules.sections if not has_section(text, name)]
    reasons += _limits(text, rules)
    if rules.pattern is not None and not matches(regex.fullmatch, rules.pattern, text.strip(), regex.DOTALL):
        reasons.append("does not match the agreed pattern")
    folded = text.casefold()
    reasons += [f"contains {what!r}, which is forbidden" for what in rules.forbidden if what.casefold() in folded]
    undecided = False
    if rules.language is not None and text.strip():
        from ftbench.quality.detect.language import in_language  # a model of languages that other rules do not need

        found = in_language(text, rules.language)
        undecided = found is None
        if found is False:
            reasons.append(f"is not in the agreed language ({rules.language})")
    if not text.strip():
        parse_error = True
        reasons.append("the output is empty")
    return FormatVerdict(parse_error, reasons, undecided and not reasons)


def has_section(text: str, name: str) -> bool:
    """A line that is the heading `name`: bare, as Markdown (# name, **name**) or with a colon, whatever the case."""
    heading = re.compile(rf"(#+\s*+)?(\*\*|__)?\s*+{re.escape(name.strip().rstrip(':'))}\s*(\*\*|__)?\s*(:|#*$)", re.IGNORECASE)
    return any(heading.match(line.strip()) for line in text.splitlines())


def _parse(text: str, rules: Rules) -> tuple[bool, list[str]]:
    reasons: list[str] = []
    try:
        if rules.json_schema is not None:
            kind = "JSON"
            reasons += schema_errors(strict_json(text), rules.json_schema)
        if rules.parses_as is not None:
            kind = rules.parses_as.upper()
            if rules.csv_columns:
                wrong = strict_csv_with_header(text, rules.csv_columns)[1]
                reasons += [wrong] if wrong else []
            else:
                {"csv": strict_csv, "xml": strict_xml, "yaml": strict_yaml}[rules.parses_as](text)
    except ValueError as error:
        return True, [f"not {kind}: {error}"]
    return False, reasons


def _limits(text: str, rules: Rules) -> list[str]:
    reasons, words = [], len(text.split())
    if rules.min_words is not None and words < rules.min_words:
        reasons.append(f"{words} words, at least {rules.min_words} agreed")
    if rules.max_words is not None and words > rules.max_words:
        reasons.append(f"{words} words, at most {rules.max_words} agreed")
    if rules.max_characters is not None and len(text) > rules.max_characters:
        reasons.append(f"{len(text)} characters, at most {rules.max_characters} agreed")
    if rules.max_sentences is not None and (found := sentences(text)) > rules.max_sentences:
        reasons.append(f"{found} sentences, at most {rules.max_sentences} agreed")
    return reasons


def _unwrapped(text: str) -> str:
    first, _, rest = text.strip().partition("\n")
    fenced = re.fullmatch(r"```[\w+-]*\s*", first) and rest.endswith("```")
    return rest.removesuffix("```") if fenced else text
