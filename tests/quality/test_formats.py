"""Is one output in the agreed format? Known texts, hostile texts, and no text that makes the judge itself fail."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.errors import InvalidMeasurement
from ftbench.quality.formats import Rules, check_schema, has_section, schema_errors, strict_json, validate
from ftbench.quality.formats.sentences import sentences

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
    "text",
    [
        "." * 20_000,
        "a\n" * 10_000,
        "```json" + "\n" * 20_000,
        "\n" * 20_000,
        "#" * 5_000,
        "# " * 5_000,
        "__" * 5_000,
        "# " + " " * 5_000 + "x",
    ],
)
def test_a_model_in_a_loop_does_not_slow_the_judge_down(text):
    started = time.monotonic()
    validate(text, Rules(json_schema={}, sections=("Summary", "Next"), unwrap_code_fence=True, max_sentences=3))
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


def csv_refusal(text: str, **rules) -> str:
    verdict = validate(text, Rules(parses_as="csv", **rules))
    return "; ".join(verdict.reasons) if verdict.parse_error else ""


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "a,b\r\n1,2", 'a,b\n"x, ""y""","two\nlines"', "a,b", "ä,ß\n,"])
def test_csv_as_the_standard_has_it_is_read(text):
    assert validate(text, Rules(parses_as="csv")).ok


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1", "record 2 has 1 fields, the first has 2"),
        ("a,b\n\n1,2", "record 2 has 0 fields"),
        ("a,b\nHere you are:\n1,2", "record 2 has 1 fields"),
        ('a,"b', "unexpected end of data"),
        ('a,b\n"x"y,2', "expected after"),
        ("Sorry I cannot do that.", "no comma"),
        ("a," + "x" * 200_000, "field larger"),
    ],
)
def test_csv_that_a_program_reads_differently_is_a_parse_error(text, says):
    assert says in csv_refusal(text)


def test_wrong_header_is_a_breach_and_no_parse_error():
    rules = Rules(parses_as="csv", csv_columns=("id", "label"))
    assert validate("id,label\n1,a", rules).ok
    wrong = validate("label,id\na,1", rules)
    assert not wrong.parse_error and wrong.reasons == ["the header is label, id; agreed was id, label"]
    one = Rules(parses_as="csv", csv_columns=("id",))
    assert validate("id\n1", one).ok and not validate("Sorry", one).ok


@pytest.mark.parametrize(
    "text", ["<a/>", '<?xml version="1.0" encoding="utf-16"?><a>ä</a>', " <a b='1'><b/></a>\n", "<a><![CDATA[<]]></a>"]
)
def test_well_formed_xml_is_read(text):
    assert validate(text, Rules(parses_as="xml")).ok


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<a><b></a>", "mismatched tag at line 1"),
        ("<a/><b/>", "junk after document element"),
        ("Here: <a/>", "syntax error"),
        ("<a>&nbsp;</a>", "undefined entity"),
        ("<x:a/>", "unbound prefix"),
        ('<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>', "document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>', "document type"),
        ("<a>\ud800</a>", "surrogate"),
        ("<a>" * 50_000, "no element found"),
    ],
)
def test_xml_that_breaks_a_program_or_attacks_it_is_a_parse_error(text, says):
    verdict = validate(text, Rules(parses_as="xml"))
    assert verdict.parse_error and says in verdict.reasons[0]


@pytest.mark.parametrize("text", ["a: 1", "- 1\n- {b: [2]}", "a: &x [1]\nb: *x", "&a [*a]", "---\na: ä\n"])
def test_yaml_is_read(text):
    assert validate(text, Rules(parses_as="yaml")).ok


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nb: {c: 1, c: 2}", "the key 'c' stands twice"),
        ("a: 1\n'a': 2", "the key 'a' stands twice"),
        ("Sorry, I cannot do that.", "bare text"),
        ("a: b: c", "line 1, column 5"),
        ("---\na: 1\n---\nb: 2", "another document"),
        ("!!python/object/apply:os.getcwd []", "constructor"),
        ("due: 2025-13-45", "ValueError"),
        ("- !!int ''", "IndexError"),
        ("- !!bool maybe", "KeyError"),
        ("- !!timestamp soon", "AttributeError"),
        ("[" * 3000, "RecursionError"),
        ("{? [a] : b}", "unhashable"),
        ("a: \x00", "cannot be read"),
    ],
)
def test_yaml_that_a_program_reads_differently_is_a_parse_error(text, says):
    verdict = validate(text, Rules(parses_as="yaml"))
    assert verdict.parse_error and says in verdict.reasons[0]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Hello. How are you? Fine!", 3),
        ("Dr. Smith came, e.g. today. He left.", 2),
        ("It costs 3.50 EUR. Thanks.", 2),
        ("Wait... what?", 1),
        ("你好。再见。", 2),
        ('"Go." She went.', 2),
        ("Steps:\n1. Open it\n2. Close it", 3),
        ("No full stop\n\nKind regards", 2),
        ("one line that\nis wrapped", 1),
        ("", 0),
        ("...", 0),
    ],
)
def test_sentences_are_counted_as_a_reader_would(text, count):
    assert sentences(text) == count


def test_other_limits_hold_at_the_limit_and_break_beyond_it():
    assert validate("a b", Rules(min_words=2)).ok
    assert validate("a", Rules(min_words=2)).reasons == ["1 words, at least 2 agreed"]
    assert validate("A b. C d.", Rules(max_sentences=2)).ok
    assert validate("A b. C d. E", Rules(max_sentences=2)).reasons == ["3 sentences, at most 2 agreed"]
    assert validate("We GUARANTEE it", Rules(forbidden=("guarantee", "never"))).reasons == ["contains 'guarantee', which is forbidden"]


def test_language_of_every_output_is_checked_and_a_short_one_left_open():
    rules = Rules(language="de")
    assert validate("Ihre Bestellung wird morgen früh geliefert.", rules).ok
    assert validate("Your order will be delivered tomorrow morning.", rules).reasons == ["is not in the agreed language (de)"]
    short = validate("Ok", rules)
    assert short.ok and short.undecided
    assert not validate("Ok", Rules(language="de", min_words=2)).undecided  # it is broken anyhow


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


MARKUP = st.lists(
    st.sampled_from([*"<>&;,\":-?![]{}*|%@`#'\n\t ", "<a>", "</a>", "a: ", "- ", "!!int ", "&a ", "*a", "<<: ", "\x00", "\ud800"])
)


@settings(max_examples=300, deadline=None)
@given(TEXTS | MARKUP.map("".join), st.sampled_from(["csv", "xml", "yaml"]))
def test_no_text_makes_a_parser_of_another_format_raise(text, kind):
    verdict = validate(text, Rules(parses_as=kind, min_words=2, max_sentences=2, forbidden=("x",)))
    assert verdict.ok == (not verdict.reasons) and (verdict.ok or not verdict.parse_error or verdict.reasons[0])
    for reason in verdict.reasons:
        reason.encode()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=20), st.sampled_from(FORMATS))
def test_no_text_makes_a_format_checker_raise(text, kind):
    schema_errors(text, {"format": kind})
