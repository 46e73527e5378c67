import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests  # here: with transformers imported before it, it takes half a minute

from ftbench.stats import holm

p_values = st.lists(st.floats(0, 1), max_size=8)


def test_second_question_is_not_judged_as_if_it_were_the_only_one():
    # R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") -> 0.03 0.06 0.06 0.02
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_no_question_has_no_answer():
    assert holm([]) == []


@given(p_values)
def test_holm_lies_between_the_raw_value_and_bonferroni(p):
    adjusted = holm(p)
    assert all(raw <= a <= min(1.0, len(p) * raw) for raw, a in zip(p, adjusted, strict=True))


@given(p_values.filter(len), st.data())
def test_weaker_evidence_for_one_never_strengthens_another(p, data):
    index = data.draw(st.integers(0, len(p) - 1))
    weaker = [*p]
    weaker[index] = data.draw(st.floats(p[index], 1))
    assert all(after >= before for before, after in zip(holm(p), holm(weaker), strict=True))


@settings(max_examples=40, deadline=None)
@given(p_values.filter(len))
def test_same_as_statsmodels(p):
    assert holm(p) == pytest.approx(list(multipletests(p, method="holm")[1]))


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(ValueError, match="within"):
        holm([0.5, p])
