"""Test 3 of the checklist on hand-made answers."""

import json

import pytest

from ftbench.checks.format_compliance import FormatCompliance, rules
from ftbench.errors import InputError
from ftbench.quality.cases import Case
from ftbench.quality.ratings import Rating
from tests.checks.builder import by_name, inputs, output, spec

SCHEMA = {"type": "object", "required": ["a"]}


@pytest.fixture
def judge(tmp_path):
    (tmp_path / "s.json").write_text(json.dumps(SCHEMA))

    def judge(texts: dict[str, str | None], *, edge: int = 5, **section):
        contract = spec({"format_compliance": {"json_schema": "s.json", **section}}, tmp_path)
        cases = [Case(id=case, prompt="?", tags=["edge"] if i < edge else []) for i, case in enumerate(texts)]
        answers = [output(c, t if t is not None else "", error_kind=None if t is not None else "timeout") for c, t in texts.items()]
        return FormatCompliance().evaluate(inputs(contract, cases, answers))

    return judge


def texts(n: int, **changed) -> dict[str, str | None]:
    return {**{f"c{i}": '{"a": 1}' for i in range(n)}, **changed}


def test_all_in_format_is_passed_and_proven_by_149_cases(judge):
    result = judge(texts(149), edge=149)
    assert (result.status, result.evidence, result.failures, result.notes) == ("PASS", "PROVEN", [], [])


def test_one_of_fifty_off_the_schema_passes_and_is_borderline(judge):
    result = judge(texts(50, c9="{}"))
    assert (result.status, result.evidence) == ("PASS", "INCONCLUSIVE")
    assert by_name(result)["outputs in the agreed format"].failures == ["c9"]
    assert result.notes == ["c9: the whole: 'a' is a required property"]


def test_one_output_that_does_not_parse_fails_whatever_the_rate(judge):
    result = judge(texts(1000, c500='{"a": NaN}'))
    assert {c.name: c.status for c in result.criteria}["outputs in the agreed format"] == "PASS"
    assert by_name(result)["outputs that break a parser"].status == "FAIL"
    assert (result.status, result.evidence, result.failures) == ("FAIL", "REFUTED", ["c500"])


def test_edge_case_out_of_format_fails_although_it_parses(judge):
    result = judge(texts(100, c0="{}"), edge=1)
    edge = next(c for c in result.criteria if c.name.startswith("edge cases"))
    assert (edge.status, edge.n, edge.failures) == ("FAIL", 1, ["c0"])


def test_set_without_edge_cases_has_no_data_on_them(judge):
    result = judge(texts(100), edge=0)
    assert (result.status, result.evidence) == ("INVALID", "NO_DATA")
    assert [c.status for c in result.criteria] == ["PASS", "PASS", "INVALID"]


def test_request_that_failed_is_an_output_that_no_parser_reads(judge):
    result = judge(texts(100, c3=None))
    assert by_name(result)["outputs that break a parser"].failures == ["c3"]
    assert by_name(result)["outputs in the agreed format"].n == 100
    assert result.notes == ["c3: no answer (timeout)"]


def test_case_that_was_never_sent_counts_as_failed(tmp_path):
    contract = spec({"format_compliance": {"max_words": 5}}, tmp_path)
    cases = [Case(id=f"c{i}", prompt="?", tags=["edge"]) for i in range(60)]
    result = FormatCompliance().evaluate(inputs(contract, cases, [output(f"c{i}", "fine") for i in range(59)]))
    assert result.status == "FAIL" and result.notes == ["c59: no answer (not sent)"]


def test_too_few_cases_are_invalid(judge):
    assert judge(texts(49)).status == "INVALID"


def refused(folder, **section) -> str:
    with pytest.raises(InputError) as refusal:
        rules(spec({"format_compliance": section}, folder))
    return str(refusal.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{broken", "this is not JSON"),
        (b"\xff", "this is not JSON"),
        ("[" * 3000, "this is not JSON"),
        ("[1]", "it is no object"),
        ("true", "it is no object"),
        ('{"type": "objct"}', "not a valid JSON Schema: type: 'objct'"),
        ('{"$ref": "#/$defs/gone"}', "leads to nothing"),
        ('{"pattern": "("}', "not a valid JSON Schema"),
    ],
)
def test_schema_that_cannot_be_used_is_refused_before_the_run(tmp_path, content, says):
    (tmp_path / "s.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    message = refused(tmp_path, json_schema="s.json")
    assert "s.json" in message and says in message


def test_rules_that_cannot_be_used_are_refused_before_the_run(tmp_path):
    assert "s.json does not exist" in refused(tmp_path, json_schema="s.json")
    assert "cannot be read" in refused(tmp_path, json_schema=".")
    assert "pattern is not a regular expression" in refused(tmp_path, pattern="(")
    assert "has no rule" in refused(tmp_path, unwrap_code_fence=True)
    with pytest.raises(InputError, match=r"tests\.format_compliance\.cases is missing"):
        FormatCompliance().requests(spec({"format_compliance": {"max_words": 5}}, tmp_path))
    (tmp_path / "s.json").write_text("\ufeff{}")
    assert rules(spec({"format_compliance": {"json_schema": "s.json"}}, tmp_path)).json_schema == {}


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"language": "xx"}, "tests.format_compliance.language: 'xx' is no language"),
        ({"csv_columns": ["a"]}, "csv_columns belongs to parses_as: csv"),
        ({"csv_columns": ["a"], "parses_as": "xml"}, "csv_columns belongs to parses_as: csv"),
        ({"parses_as": "xml", "json_schema": "s.json"}, "cannot be JSON and XML at once"),
        ({"forbidden": ["a", " "]}, "forbidden has an empty text"),
        ({"min_words": 5, "max_words": 4}, "no output can have both"),
    ],
)
def test_rules_that_no_output_or_every_output_meets_are_refused_before_the_run(tmp_path, section, says):
    (tmp_path / "s.json").write_text("{}")
    assert says in refused(tmp_path, **section)


@pytest.mark.parametrize(("kind", "good", "bad"), [("csv", "a,b\n1,2", "a,b\n1"), ("xml", "<a/>", "<a>"), ("yaml", "a: 1", "a: 1\na: 2")])
def test_other_formats_count_as_parse_errors_where_they_do_not_parse(tmp_path, kind, good, bad):
    contract = spec({"format_compliance": {"parses_as": kind}}, tmp_path)
    cases = [Case(id=f"c{i}", prompt="?", tags=["edge"]) for i in range(50)]
    answers = [output(f"c{i}", bad if i == 3 else good) for i in range(50)]
    result = FormatCompliance().evaluate(inputs(contract, cases, answers))
    assert by_name(result)["outputs that break a parser"].failures == ["c3"]
    assert result.notes[0].startswith(f"c3: not {kind.upper()}: ")


def test_output_too_short_to_tell_its_language_is_what_a_person_says(monkeypatch):
    monkeypatch.setattr("ftbench.quality.detect.language.in_language", lambda text, code: None if text == "Ok." else text != "Nein")
    contract = spec({"format_compliance": {"language": "en"}})
    cases = [Case(id=f"c{i}", prompt="?", tags=["edge"] if i else []) for i in range(50)]

    def judged(short: int, wrong: int = 0, word: str | None = None):
        texts = ["Ok."] * short + ["Nein"] * wrong + ["Yes, indeed."] * (50 - short - wrong)
        made = inputs(contract, cases, [output(c.id, text) for c, text in zip(cases, texts, strict=True)])
        items = FormatCompliance().review(made)
        said = [Rating(id=item.id, rating=word, rater="r", output_sha256=item.output_sha256) for item in items if word]
        return FormatCompliance().evaluate(made._replace(ratings=said)), items

    result, items = judged(3)
    assert result.status == "NEEDS_REVIEW" and len(items) == 3
    assert by_name(result)["outputs in the agreed format"].failures == ["c0", "c1", "c2"]
    assert judged(3, word="yes")[0].status == "PASS" and judged(3, word="no")[0].status == "FAIL"
    assert [c.status for c in judged(1)[0].criteria] == ["PASS", "PASS", "PASS"]  # one of 50 may be wrong, and c0 is no edge case
    assert judged(1, wrong=4)[0].status == "FAIL"  # whatever a person would say
