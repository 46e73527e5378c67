"""One person, one vote, for the very text that was rated."""

from ftbench.quality.raters import agreement_notes
from ftbench.quality.ratings import Rating, decided
from tests.review.builder import item


def rating(n, word, rater="Ann", text=None):
    return Rating(id=f"accuracy/c{n}", rating=word, rater=rater, output_sha256=item(n, answer=text or "").output_sha256)


def test_majority_decides_and_even_votes_do_not():
    votes = [rating(1, "Wrong"), rating(1, "Correct", "Ben")]
    assert decided(item(1), votes) is None
    assert decided(item(1), [*votes, rating(1, "Wrong", "Cid")]) == "Wrong"
    assert decided(item(1), [*votes, rating(1, "Correct")]) == "Correct"  # Ann thought again
    assert decided(item(1), []) is None


def test_rating_of_other_text_or_other_choice_is_none():
    assert decided(item(1), [rating(1, "Wrong", text="an older answer")]) is None
    assert decided(item(1), [rating(1, "Superb"), rating(2, "Wrong")]) is None


def test_agreement_is_told_for_each_test_and_each_two_people():
    items = [item(n) for n in range(4)]
    ratings = [rating(n, "Correct" if n else "Wrong", rater) for n in range(4) for rater in ("Ann", "Ben")] + [rating(0, "Correct", "Cid")]
    notes = agreement_notes(items, ratings)
    assert len(notes) == 3
    assert notes[0].startswith("accuracy: Ann and Ben agree on 4 of 4 items that both rated (Cohen's kappa 1.00, 95 % interval ")
    assert "Ann and Cid agree on 0 of 1" in notes[1]
    assert agreement_notes(items, ratings[:1]) == []
    assert "kappa is undefined" in agreement_notes(items, [rating(1, "Correct", who) for who in ("Ann", "Ben")])[0]
