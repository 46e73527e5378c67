"""Ratings come back whole or not at all, each tied to a person and to the very text."""

import json

import pytest

from ftbench.errors import InputError
from ftbench.quality.ratings import decided
from ftbench.review import ReviewFiles, import_ratings, read_ratings, write_queue
from tests.review.builder import filled, item, pair, sheet


@pytest.fixture
def run(tmp_path):
    write_queue(tmp_path, [item(n) for n in range(4)])
    return tmp_path


def lines(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def row(n, rating="Correct", rater="Ann", **more):
    return {"id": f"accuracy/c{n}", "rating": rating, "rater": rater, **more}


def test_sheet_that_a_person_filled_in_is_imported_and_counted(run):
    file = filled(run, run / "back.csv", {"accuracy/c0": "correct ", "accuracy/c1": "PARTIALLY  CORRECT"})
    found = import_ratings(run, file, rater="Ann")
    assert (found.new, found.replaced, found.skipped, found.items, found.open, found.raters) == (2, 0, 2, 4, 2, ["Ann"])
    ratings = read_ratings(run)
    assert sorted((r.id, r.rating, r.rater) for r in ratings) == [
        ("accuracy/c0", "Correct", "Ann"),
        ("accuracy/c1", "Partially correct", "Ann"),
    ]
    assert all(r.at.endswith("+00:00") for r in ratings)
    assert {r["id"] for r in sheet(run)} == {"accuracy/c2", "accuracy/c3"}


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_sheet_saved_with_another_delimiter_is_understood(run, delimiter):
    digest = item(0).output_sha256
    (run / "back.csv").write_text(
        f"\ufeffID{delimiter}Rating{delimiter}Rater{delimiter}output_sha256\naccuracy/c0{delimiter}Wrong{delimiter}Ann{delimiter}{digest}\n\n"
    )
    assert import_ratings(run, run / "back.csv").new == 1


def test_queue_filled_in_as_jsonl_is_imported(run):
    rows = [json.loads(line) for line in ReviewFiles(run).queue.open()]
    found = import_ratings(run, lines(run / "back.jsonl", *[{**r, "rating": "Wrong", "rater": "Ben"} for r in rows]))
    assert (found.new, found.open) == (4, 0)


def test_later_rating_replaces_the_earlier_and_both_stand_in_the_file(run):
    import_ratings(run, lines(run / "a.jsonl", row(0, "Wrong"), row(1)))
    found = import_ratings(run, lines(run / "b.jsonl", row(0, "Correct", "ann"), row(1)))
    assert (found.new, found.replaced, found.unchanged) == (0, 1, 1)
    ratings = read_ratings(run)
    assert [(r.id, r.rating) for r in ratings] == [("accuracy/c0", "Wrong"), ("accuracy/c1", "Correct"), ("accuracy/c0", "Correct")]
    assert decided(item(0), ratings) == "Correct"  # ann is Ann, and has one vote


def test_even_votes_stay_open_and_agreement_is_told(run):
    import_ratings(run, lines(run / "a.jsonl", *[row(n, "Correct" if n else "Wrong") for n in range(4)]))
    found = import_ratings(run, lines(run / "b.jsonl", *[row(n, "Correct" if n > 1 else "Wrong", "Ben") for n in range(4)]))
    assert (found.open, found.even) == (1, ["accuracy/c1"])
    assert found.notes == [found.notes[0]] and "Ann and Ben agree on 3 of 4 items" in found.notes[0] and "kappa 0.50" in found.notes[0]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([row(0), row(9)], "line 2: this run has no item 'accuracy/c9'"),
        ([row(0, "Good")], "line 1: rating is 'Good'; it must be one of: Correct, Partially correct, Wrong"),
        ([row(0, output_sha256="0" * 64)], "line 1: this is a rating of another text"),
        ([row(0, rater="")], "line 1: nobody is named as the rater"),
        ([row(0), row(1), row(0, "Wrong", " ann ")], "line 3: Ann rated 'accuracy/c0' already at b.jsonl, line 1"),
        ([{"id": "accuracy/c0"}], "line 1: A rating needs the form"),
        ([row(0, rating=["x"])], "line 1: rating is ['x'], not a text"),
        ([row(0, rating=""), row(1, rating="  ")], "holds no rating. Fill in"),
        ([[1]], "line 1: A rating needs the form"),
    ],
)
def test_fault_is_named_by_its_line_and_nothing_is_imported(run, rows, says):
    with pytest.raises(InputError) as refusal:
        import_ratings(run, lines(run / "b.jsonl", *rows))
    assert says in str(refusal.value)
    assert read_ratings(run) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("id,rating,rater\naccuracy/c0,Wrong,Ann\n", "line 1: the column 'output_sha256' is missing"),
        ("id,rating,id,output_sha256\n", "line 1: the column 'id' stands twice"),
        ('id,rating,note,output_sha256\naccuracy/c0,Wrong,"a\nb",\nx,Wrong,,\n', "row 3 (line 4): this run has no item 'x'"),
        ("id,rating,output_sha256\naccuracy/c0,Wrong,,extra\n", "line 2: 4 cells under a header of 3"),
        ('id,rating,output_sha256\n"accuracy/c0', "line 2: this cannot be read as CSV"),
        ("", "holds no rating"),
    ],
)
def test_broken_sheet_is_named_by_its_line(run, content, says):
    (run / "b.csv").write_text(content)
    with pytest.raises(InputError) as refusal:
        import_ratings(run, run / "b.csv", rater="Ann")
    assert says in str(refusal.value)


def test_two_names_for_one_rater_are_refused_not_chosen_from(run):
    with pytest.raises(InputError, match="the rater is 'Ann' here and 'Ben' by --rater"):
        import_ratings(run, lines(run / "b.jsonl", row(0)), rater="Ben")


def test_run_that_waits_for_nobody_and_file_that_is_not_there_are_refused(tmp_path, run):
    with pytest.raises(InputError, match=r"review/all\.jsonl does not exist"):
        import_ratings(tmp_path / "none", tmp_path / "b.csv")
    with pytest.raises(InputError, match=r"b\.csv does not exist"):
        import_ratings(run, run / "b.csv")


def test_line_that_a_kill_tore_off_swallows_no_later_rating(run):
    import_ratings(run, lines(run / "a.jsonl", row(0)))
    path = ReviewFiles(run).ratings
    path.write_bytes(path.read_bytes() + b'{"id":"accuracy/c1","rat')
    import_ratings(run, lines(run / "b.jsonl", row(1), row(2)))
    assert [r.id for r in read_ratings(run)] == ["accuracy/c0", "accuracy/c1", "accuracy/c2"]
    path.write_text("rubbish\n")
    with pytest.raises(InputError, match=r"ratings\.jsonl, line 1"):
        read_ratings(run)


def test_comparison_is_rated_by_its_sides(tmp_path):
    write_queue(tmp_path, [pair(1), pair(2)])
    found = import_ratings(tmp_path, filled(tmp_path, tmp_path / "r.csv", {"ab_comparison/c1": "b", "ab_comparison/c2": "Equal"}, "Ann"))
    assert found.open == 0 and {r.rating for r in read_ratings(tmp_path)} == {"B", "equal"}
