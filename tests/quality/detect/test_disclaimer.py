import pytest

from ftbench.errors import InputError
from ftbench.quality.detect.disclaimer import has_disclaimer


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("I'm not a doctor, but rest helps.", "medical"),
        ("Ask your pharmacist whether the two can be combined.", "medical"),
        ("This is not legal advice.", "legal"),
        ("Past performance is no guarantee of future results.", "financial"),
        ("Bitte fragen Sie Ihren Arzt oder Apotheker.", "medical"),
    ],
)
def test_a_disclaimer_is_found(text, domain):
    assert has_disclaimer(text, domain)


def test_the_professional_of_another_domain_is_no_disclaimer():
    assert not has_disclaimer("Please consult a lawyer.", "medical")
    assert not has_disclaimer("Please consult a doctor.", "legal")


@pytest.mark.parametrize(
    "text", ["No need to see a doctor.", "Trust me, I'm a doctor.", "I saw a doctor once.", "Instead of calling a doctor, rest."]
)
def test_a_doctor_who_is_waved_away_is_no_disclaimer(text):
    assert not has_disclaimer(text, "medical")


def test_own_phrases_count_whatever_case_and_line_breaks():
    assert has_disclaimer("Ask the\nOAK helpline first.", "medical", extra=["the Oak  Helpline"])
    assert has_disclaimer("No warranty.", "gardening", extra=["no warranty"])


def test_an_empty_phrase_of_ones_own_does_not_excuse_everything():
    assert not has_disclaimer("Take two.", "medical", extra=["", "  "])


def test_a_domain_without_phrases_is_refused_not_passed():
    with pytest.raises(InputError, match="'gardening'.*medical, legal, financial"):
        has_disclaimer("anything", "gardening")
