"""What counts as a claim, and in which normal form."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.quality.claims import claims
from ftbench.quality.claims.citations import covers
from ftbench.quality.claims.claim import plain
from ftbench.quality.claims.identifiers import same_identifier
from ftbench.quality.claims.numbers import readings
from ftbench.quality.claims.sentences import sentences
from ftbench.quality.claims.word_numbers import value_of


def found(text: str, kind: str) -> list[tuple[str, ...]]:
    return [claim.normal for claim in claims(text) if claim.kind == kind]


@pytest.mark.parametrize(
    "written",
    [
        "3 March 2025",
        "March 3rd, 2025",
        "the 3rd of March, 2025",
        "2025-03-03",
        "2025/3/3",
        "03.03.2025",
        "3.3.25",
        "3. März 2025",
        "Mar 3 2025",
    ],
)
def test_one_day_in_nine_spellings_is_one_date(written):
    assert found(f"It came on {written}.", "date") == [("2025-03-03",)]


def test_day_and_month_that_may_be_either_have_both_readings():
    assert found("due 03/04/2025", "date") == [("2025-04-03", "2025-03-04")]


def test_modal_may_and_marching_are_no_months():
    assert found("You may cancel. Only 3 may attend; we march on.", "date") == []
    assert found("We close in May.", "date") == [("?-05-?",)]


def test_weekdays_of_a_range_are_all_in_it():
    assert found("Open Mon-Fri", "date") == [tuple(f"weekday-{i}" for i in range(1, 6))]


def test_times_of_both_clocks_are_the_same():
    assert found("from 5 pm, 5:00 p.m., 17:00, noon", "time") == [("17:00",)] * 3 + [("12:00",)]


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        ("1,250.00 EUR", "1250", "eur"),
        ("€1250", "1250", "eur"),
        ("1.250,50 €", "1250.5", "eur"),
        ("$2.5 million", "2500000", "usd"),
        ("$5k", "5000", "usd"),
        ("12 %", "12", "%"),
        ("twelve percent", "12", "%"),
        ("two weeks", "1209600", "s"),
        ("14 days", "1209600", "s"),
        ("30-day", "2592000", "s"),
        ("(30) calendar days", "2592000", "s"),
        ("one year", "12", "month"),
        ("5 business days", "5", "business day"),
        ("0.3 litres", "300", "ml"),
        ("1.2 kg", "1200000", "mg"),
        ("-5 °C", "-5", "°c"),
        ("one hundred and fifty", "150", ""),
    ],
)
def test_number_has_its_value_and_its_unit(written, value, unit):
    (claim,) = [c for c in claims(f"It is {written} here") if c.kind == "number"]
    assert (value in claim.normal, claim.unit) == (True, unit)


def test_grouped_or_decimal_is_not_guessed():
    assert readings("1.250") == ("1250", "1.25")
    assert readings("1,250.00") == readings("1 250") == readings("01250") == ("1250",)
    assert readings("0.250") == ("0.25",)
    assert readings("1234.567") == ("1234.567",)


def test_words_of_numbers_are_added_up():
    assert value_of("two thousand three hundred and twenty-four") == 2324


def test_list_markers_and_pronouns_are_no_numbers():
    assert found("1. Open it.\n2) Which one? Step 3 is easy, 24/7.", "number") == []


@pytest.mark.parametrize(
    "written", ["LO-123456", "AX200", "#4521", "v2.1.3", "DE89 3704 0044 0532 0130 00", "+49 30 1234567", "1Z999AA10123456784"]
)
def test_identifier_is_whole_and_not_a_number(written):
    text = f"It is {written} today"
    assert [(c.kind, c.text) for c in claims(text)] == [("identifier", written)]


@pytest.mark.parametrize("text", ["A/V0", "AX-V2", "see foo+www.x@y.com", "A/V0 and v2.1"])
def test_no_part_of_an_identifier_or_a_link_is_claimed_twice(text):
    spans = [(c.start, c.end) for c in claims(text)]
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans)) and spans


def test_both_ends_of_a_range_of_versions_are_claims():
    assert found("from 2.1.3-2.1.5 on, or v1/v2", "identifier") == [("2.1.3",), ("2.1.5",), ("1",), ("2",)]


def test_quantities_with_letters_are_no_identifiers():
    assert found("a 30-day offer, 5kg, the 3rd, 10am, MP3", "identifier") == []


def test_telephone_number_with_and_without_country_is_one():
    assert same_identifier("49301234567", "0301234567")
    assert not same_identifier("49301234567", "0301234568")
    assert not same_identifier("123456", "23456")


def test_links_lose_scheme_and_full_stop():
    assert found("See https://www.example.com/help. Or mail Help@Example.com, doi 10.1000/xyz.", "link") == [
        ("example.com/help",),
        ("help@example.com",),
        ("10.1000/xyz",),
    ]


def test_citations_of_law_cases_and_papers():
    text = "Art. 6(1)(b), Section 4.2, § 437, In Smith v. Jones, 347 U.S. 483, Regulation (EU) 2016/679, Chen et al., 2019 and ISO 9001."
    assert found(text, "citation") == [
        ("art6(1)(b)",), ("§4.2",), ("§437",), ("smith|jones",), ("347u.s483",), ("2016/679",), ("chenetal.2019",), ("iso9001",),
    ]  # fmt: skip


def test_wider_citation_is_covered_and_another_article_is_not():
    assert covers("art6(1)(b)", "art6") and covers("art6", "art6")
    assert not covers("art61", "art6")
    assert not covers("art6", "art6(1)")


def test_names_are_capitals_that_the_grammar_does_not_ask_for():
    text = "Our Team thanks you. Please ask Anna Schmidt in Berlin about the iPhone."
    assert found(text, "name") == [("anna schmidt",), ("berlin",), ("iphone",)]


def test_first_word_is_a_name_only_where_the_source_knows_it():
    assert claims("Weber called.") == []
    assert [c.text for c in claims("Weber called.", known_names=frozenset({"weber"}))] == ["Weber"]


def test_german_nouns_are_no_names():
    assert found("Bitte senden Sie die Ware mit dem Formular an unser Lager zurück, dann kommt das Geld.", "name") == []


def test_heading_names_nobody_and_a_field_with_a_name_does():
    assert found("Your Next Three Steps\nopen the box", "name") == []
    assert found("Manager: Peter Okonkwo\nopen the box", "name") == [("peter okonkwo",)]


def test_sentence_goes_on_after_an_abbreviation_and_ends_after_a_price():
    text = "Ask Dr. Weber at No. 5. It costs 30. You pay on 3. März."
    assert [text[a:b] for a, b in sentences(text)] == ["Ask Dr. Weber at No. 5.", "It costs 30.", "You pay on 3. März."]


@settings(max_examples=150, deadline=None)
@given(st.text() | st.text(alphabet="1,. -/()§ab:€%MarchAt v@#"))
def test_no_text_breaks_an_extractor_and_every_span_is_right(text):
    assert len(plain(text)) == len(text)
    end = 0
    for claim in claims(text, of_source=True):
        assert claim.text == text[claim.start : claim.end] and claim.normal and claim.start >= end
        end = claim.end
    spans = list(sentences(text))
    assert all(a < b for a, b in spans) and all(x[1] <= y[0] for x, y in zip(spans, spans[1:], strict=False))


@pytest.mark.parametrize("part", ["a", "9", "A ", "1,111,", "a.", "a@", "Smith v. ", "one and ", "+1 ", "Aa Bb ", "§ 1(a)", "(", "a-1"])
def test_hundred_thousand_characters_do_not_backtrack(part):
    """Quadratic time would take minutes here, and the suite's own limit would end it."""
    assert claims(part * (100_000 // len(part))) is not None
