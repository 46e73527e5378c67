"""Is one output in the agreed format? Known texts, hostile texts, and no text that makes the judge itself fail."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.errors import InvalidMeasurement
from ftbench.quality.formats import Rules, check_schema, has_section, schema_errors, strict_json, validate

TICKET = {
    "type": "object",
    "required": ["label", "due"],
    "properties": {"label": {"enum": ["billing", "other"]}, "due": {"type": ["string", "null"], "format": "date"}},
    "additionalProperties": False,
}
ANY_JSON = Rules(json_schema={})


@pytest.mark.parametrize("text", ['{"a": 1}', " [1, 2]\n", '"x"', "null", "-0.5e-3", '{"a": {"a": 1}}', '"\\ud83d\\ude00"'])
def test_json_is_json(text):
    assert strict_json(text) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("NaN", "NaN is not JSON"),
        ('{"a": -Infinity}', "-Infinity is not JSON"),
        ("[1e999]", "beyond what a double holds"),
        ('{"a": 1, "b": 2, "a": 3}', "the key 'a' stands twice"),
        ('[{"x": {"a": 1, "a": 1}}]', "the key 'a' stands twice"),
        ('"\\ud83d"', "half of a surrogate pair"),
        ('{"\\udc00": 1}', "half of a surrogate pair"),
        ("[" * 100_000, "nested too deeply"),
        ("9" * 5000, "digits"),
        ("{'a': 1}", "column 2"),
        ('{"a": 1,}', "column 9"),
        ('{\n"a": x}', "line 2, column 6"),
        ("", "column 1"),
        ("\ufeff{}", "column 1"),
        ('{"a": 1} // done', "Extra data"),
        ('Here you are: {"a": 1}', "column 1"),
    ],
)
def test_what_another_parser_would_refuse_or_read_differently_is_refused(text, says):
    with pytest.raises(ValueError, match=".") as refused:
        strict_json(text)
    assert says in str(refused.value)
    verdict = validate(text, ANY_JSON)
    assert verdict.parse_error and not verdict.ok


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ('{"label": "billing", "due": "2025-02-28"}', []),
        ('{"label": "billing", "due": null}', []),
        ('{"label": "billing", "due": "2025-02-30"}', ["due: "]),  # jsonschema checks no format unless it is told to
        ('{"label": "Billing", "due": null, "x": 1}', ["label: ", "the whole: "]),
        ("[]", ["the whole: "]),
    ],
)
def test_output_that_parses_and_breaks_the_schema_is_no_parse_error(text, errors):
    verdict = validate(text, Rules(json_schema=TICKET))
    assert not verdict.parse_error and verdict.ok == (not errors)
    assert [reason for reason, start in zip(sorted(verdict.reasons), errors, strict=True) if not reason.startswith(start)] == []


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("date-time", "2025-01-31T12:00:00Z", "2025-01-31 noon"),
        ("time", "12:30:00Z", "25:00:00Z"),
        ("email", "a@b.example", "ab"),
        ("uri", "https://a.example/x", "a b"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123"),
        ("ipv4", "10.0.0.1", "10.0.0.256"),
        ("duration", "P1D", "1 day"),
        ("hostname", "a.example", "-a-"),
    ],
)
def test_every_format_is_really_checked(kind, good, bad):
    assert schema_errors(good, {"format": kind}) == []
    assert len(schema_errors(bad, {"format": kind})) == 1


def test_code_fence_is_taken_off_only_where_the_client_does_so():
    loose = Rules(json_schema={}, unwrap_code_fence=True)
    for fenced in ('```json\n{"a": 1}\n```', '  ```\n{"a": 1}```  ', '```JSON \r\n{"a": 1}\r\n```\n'):
        assert validate(fenced, loose).ok
        assert validate(fenced, ANY_JSON).parse_error
    for other in ('Sure:\n```json\n{"a": 1}\n```', '```json\n{"a": 1}', "```", "```json```", '```json\n{"a": 1}\n```\nBye'):
        assert validate(other, loose).parse_error
    assert validate('{"a": "```"}', loose).ok


@pytest.mark.parametrize(
    "line",
    [
        "Summary",
        "summary:",
        "# Summary",
        "##Summary",
        "**Summary**",
        "**Summary:** all well",
        "__Summary__",
        "  Summary : x",
        "## Summary ##",
        "Summary\r",
    ],
)
def test_headings_as_models_write_them_are_found(line):
    assert has_section(f"Hello\n{line}\nmore", "Summary") and has_section(line, "Summary:")


@pytest.mark.parametrize("line", ["Summary of things", "In Summary:", "A # Summary", "Summaries:", "", "Next steps"])
def test_a_word_in_a_sentence_is_no_heading(line):
    assert not has_section(f"Hello\n{line}\nmore", "Summary")


def test_missing_section_is_named():
    verdict = validate("Summary:\nfine", Rules(sections=("Summary", "Next (2) steps")))
    assert verdict.reasons == ["section 'Next (2) steps' is missing"] and not verdict.parse_error


def test_limits_hold_at_the_limit_and_break_above_it():
    assert validate("a b c", Rules(max_words=3, max_characters=5)).ok
    assert validate("a b cd", Rules(max_words=3, max_characters=5)).reasons == ["6 characters, at most 5 agreed"]
    assert validate("a b c d", Rules(max_words=3)).reasons == ["4 words, at most 3 agreed"]
    assert validate("日本語です", Rules(max_characters=5)).ok  # characters, not bytes


def test_pattern_must_match_the_whole_output():
    rules = Rules(pattern=r"LO-\d{6}(, .+)?")
    assert validate(" LO-123456\n", rules).ok and validate("LO-123456, a\nb", rules).ok
    for text in ("LO-1234567", "see LO-123456", "LO-123456\nLO-123456"):
        assert validate(text, rules).reasons == ["does not match the agreed pattern"]


@pytest.mark.parametrize("text", ["", " \n\t", "\u3000"])
@pytest.mark.parametrize("rules", [ANY_JSON, Rules(max_words=5), Rules(pattern=".*")])
def test_an_empty_output_breaks_every_client(text, rules):
    verdict = validate(text, rules)
    assert verdict.parse_error and verdict.reasons[-1] == "the output is empty"


@pytest.mark.parametrize("rules", [Rules(pattern="(a|aa)+$"), Rules(json_schema={"pattern": "^(a|aa)+$"})])
def test_pattern_that_backtracks_without_end_does_not_hold_the_gate(rules, monkeypatch):
    monkeypatch.setattr("ftbench.quality.formats.pattern.PATTERN_TIMEOUT_S", 0.2)
    text = "a" * 60 + "!"
    with pytest.raises(InvalidMeasurement, match="backtracks without end"):
        validate(json.dumps(text) if rules.json_schema else text, rules)


@pytest.mark.parametrize(
    "text", ["```json" + "\n" * 20_000, "\n" * 20_000, "#" * 5_000, "# " * 5_000, "__" * 5_000, "# " + " " * 5_000 + "x"]
)
def test_a_model_in_a_loop_does_not_slow_the_judge_down(text):
    started = time.monotonic()
    validate(text, Rules(json_schema={}, sections=("Summary", "Next"), unwrap_code_fence=True))
    assert time.monotonic() - started < 2  # 400 line ends took a third of a second and grew with their cube


def test_reference_that_leads_nowhere_is_found_before_the_run():
    for ref in ("#/$defs/gone", "other.json", "https://example.invalid/schema"):
        assert "leads to nothing" in check_schema({"properties": {"a": {"anyOf": [{"$ref": ref}]}}})
    inside = {"$defs": {"a": {"$id": "https://x.example/a", "type": "string"}}, "items": {"$ref": "https://x.example/a"}}
    for good in (
        {"$ref": "#/$defs/a", "$defs": {"a": {}}},
        {"enum": ["$ref"], "properties": {"$ref": {}}},
        inside,
        {"const": {"$ref": "#/x"}},
    ):
        assert check_schema(good) is None


@pytest.mark.parametrize(
    "schema",
    [{"type": "objct"}, {"pattern": "("}, {"required": "a"}, {"$schema": 5}, {"$schema": []}, {"minimum": "1"}, {"properties": {"a": 1}}],
)
def test_schema_that_is_none_is_said_to_be_none(schema):
    assert check_schema(schema)


def test_old_drafts_keep_their_meaning():
    draft4 = {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": True}
    assert check_schema(draft4) is None and schema_errors(1, draft4) and not schema_errors(2, draft4)
    assert check_schema({**draft4, "$schema": "https://json-schema.org/draft/2020-12/schema"})


def test_numbers_and_nesting_that_the_validator_cannot_take_are_faults_of_the_output():
    deep = {"$ref": "#/$defs/a", "$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}}
    for text, schema in (
        ("1" + "0" * 400, {"multipleOf": 0.5}),
        ("[" * 800 + "]" * 800, deep),
        ('"a{99999999999999}"', {"format": "regex"}),
    ):
        verdict = validate(text, Rules(json_schema=schema))
        assert not verdict.ok and "cannot be checked" in verdict.reasons[0]


PARTS = ['{"a":', "1e999", "}", "]", "[", '"\\ud800"', "```", "json\n", "\n", "# ", "Summary", ":", "NaN", '"', "\x00"]
LEAVES = st.none() | st.floats() | st.integers() | st.text()
TEXTS = st.one_of(
    st.text(st.characters(codec=None), max_size=60),
    st.lists(st.sampled_from(PARTS), max_size=8).map("".join),
    st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6).map(json.dumps),
)
FORMATS = (
    "date",
    "date-time",
    "time",
    "duration",
    "regex",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uuid",
    "uri",
    "uri-reference",
    "iri",
    "uri-template",
    "json-pointer",
    "relative-json-pointer",
)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.booleans())
def test_no_text_makes_the_judge_raise(text, unwrap):
    rules = Rules(json_schema=TICKET, sections=("Summary",), max_words=3, max_characters=9, pattern="[a-z]+", unwrap_code_fence=unwrap)
    verdict = validate(text, rules)
    assert verdict.ok == (not verdict.reasons) and (verdict.ok or verdict.reasons[0])
    for reason in verdict.reasons:
        reason.encode()  # a report must be able to print it


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=20), st.sampled_from(FORMATS))
def test_no_text_makes_a_format_checker_raise(text, kind):
    schema_errors(text, {"format": kind})
