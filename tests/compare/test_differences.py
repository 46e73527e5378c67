"""Paired differences with known answers."""

import pytest

from ftbench.compare.differences import differences


def sides(both: int, lost: int, gained: int, neither: int, check: str = "accuracy") -> tuple[dict, dict]:
    """(right of the variant, right of the reference)."""
    here = [True] * both + [False] * lost + [True] * gained + [False] * neither
    reference = [True] * both + [True] * lost + [False] * gained + [False] * neither
    names = [f"c{i}" for i in range(len(here))]
    return {check: dict(zip(names, here, strict=True))}, {check: dict(zip(names, reference, strict=True))}


def only(here: dict, reference: dict):
    return differences({"fp32": reference, "nf4": here}, "fp32")["nf4"]


def test_known_answer_of_mcnemars_exact_test_and_tangos_interval():
    # Bentur et al. 2009 as in Fagerland, Lydersen & Laake 2014: 1, 1, 7, 12; exact two-sided P = 2 x 9/256 = 0.0703
    (found,) = only(*sides(1, 7, 1, 12))
    assert (found.n, found.right, found.reference_right, found.lost, found.gained) == (21, 2, 8, 7, 1)
    assert found.p == pytest.approx(18 / 256)
    assert found.interval == pytest.approx((-0.517, -0.026), abs=5e-4)
    assert found.word == "cannot be told apart"


def test_a_loss_that_is_proven_is_called_worse_with_its_cases():
    (found,) = only(*sides(60, 20, 1, 19))
    assert found.word == "worse" and found.difference == pytest.approx(-0.19) and len(found.lost_cases) == 20
    assert found.interval[1] < 0


def test_the_same_p_value_is_worth_less_among_more_comparisons():
    """Six variants that each lose by p = 0.03 show nothing: one of them would, by chance, one time in six."""
    here, reference = sides(50, 10, 2, 10)  # p = 0.0386
    alone = differences({"ref": reference, "a": here}, "ref")["a"][0]
    many = differences({"ref": reference, **{name: here for name in "abcdef"}}, "ref")
    assert alone.word == "worse" and alone.p_adjusted == alone.p
    assert {d.word for found in many.values() for d in found} == {"cannot be told apart"}
    assert many["a"][0].p_adjusted == pytest.approx(min(1, 6 * alone.p))


def test_holm_reaches_over_all_checks_as_well():
    strong, strong_ref = sides(50, 30, 0, 0)
    weak, weak_ref = sides(50, 9, 2, 10, "format_compliance")  # p = 0.0654
    found = only({**strong, **weak}, {**strong_ref, **weak_ref})
    assert [d.word for d in found] == ["worse", "cannot be told apart"]
    assert found[0].p_adjusted == pytest.approx(2 * found[0].p) and found[1].p_adjusted == found[1].p


def test_equal_answers_cannot_be_told_apart_and_keep_a_width():
    (found,) = only(*sides(44, 0, 0, 0))
    assert found.p == 1 and found.word == "cannot be told apart"
    assert found.interval == pytest.approx((-0.0803, 0.0803), abs=1e-4)


def test_undecided_answers_are_no_pairs():
    here, reference = sides(10, 5, 0, 0)
    here["accuracy"]["c0"] = None
    reference["accuracy"]["c12"] = None
    (found,) = only(here, reference)
    assert found.n == 13 and found.lost == 4 and "c12" not in found.lost_cases


def test_better_is_said_too():
    (found,) = only(*sides(20, 0, 12, 3))
    assert found.word == "better" and found.interval[0] > 0
