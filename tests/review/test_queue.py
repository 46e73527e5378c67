"""What people are given: blind, in an order that tells nothing, and harmless in a spreadsheet."""

import json

from ftbench.review import ReviewFiles, import_ratings, read_items, write_queue
from tests.review.builder import filled, item, pair, sheet


def test_queue_holds_every_item_once_and_reads_back_as_it_was(tmp_path):
    items = [item(n) for n in range(12)]
    found = write_queue(tmp_path, items)
    assert (found.items, found.open) == (12, 12)
    assert sorted(read_items(tmp_path), key=lambda i: i.id) == sorted(items, key=lambda i: i.id)
    assert [row["id"] for row in sheet(tmp_path)] == [json.loads(line)["id"] for line in ReviewFiles(tmp_path).queue.open()]
    assert all(row["rating"] == row["rater"] == row["note"] == "" for row in sheet(tmp_path))


def test_order_is_not_that_of_the_cases_and_stays_over_resumes(tmp_path):
    items = [item(n) for n in range(12)]
    write_queue(tmp_path, items)
    order = [row["id"] for row in sheet(tmp_path)]
    assert order != [i.id for i in items]
    write_queue(tmp_path, items[::-1])
    assert [row["id"] for row in sheet(tmp_path)] == order


def test_nothing_in_a_comparison_but_its_two_answers_differs_when_the_sides_do(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for run, items in ((one, [pair(1)]), (other, [pair(1).model_copy(update={"answers": pair(1).answers[::-1]})])):
        write_queue(run, items)
    first, second = sheet(one)[0], sheet(other)[0]
    assert (first["A"], first["B"]) == (second["B"], second["A"]) == ("one 1", "two 1")
    assert {k: v for k, v in first.items() if k not in "AB"} == {k: v for k, v in second.items() if k not in "AB"}
    assert not {"candidate", "baseline", "model", "check", "case"} & set(first)


def test_model_that_answers_with_a_formula_runs_nothing_in_a_spreadsheet(tmp_path):
    texts = ['=HYPERLINK("http://x")', "+1", "-1+2", "@SUM(A1)", "\t=1", " =1", "＝1"]
    write_queue(tmp_path, [item(n, answer=text) for n, text in enumerate(texts)])
    assert sorted(row["answer"] for row in sheet(tmp_path)) == sorted(f"'{text}" for text in texts)
    assert {i.answers[0] for i in read_items(tmp_path)} == set(texts)


def test_answer_that_no_cell_can_hold_is_cut_in_the_sheet_only(tmp_path):
    write_queue(tmp_path, [item(1, answer="x" * 40_000)])
    assert len(sheet(tmp_path)[0]["answer"]) < 32_767 and "cut here" in sheet(tmp_path)[0]["answer"]
    assert len(read_items(tmp_path)[0].answers[0]) == 40_000


def test_item_with_a_majority_leaves_the_queue_and_stays_for_a_second_rater(tmp_path):
    write_queue(tmp_path, [item(n) for n in range(3)])
    import_ratings(tmp_path, filled(tmp_path, tmp_path / "r.csv", {"accuracy/c1": "Wrong"}, "Ann"))
    assert {row["id"] for row in sheet(tmp_path)} == {"accuracy/c0", "accuracy/c2"}
    assert {row["id"] for row in sheet(tmp_path, name="all_csv")} == {"accuracy/c0", "accuracy/c1", "accuracy/c2"}
    assert "Wrong" not in ReviewFiles(tmp_path).all.read_text().replace('"Wrong"]', "")  # what one rater said is hidden from the next


def test_run_that_asks_nobody_gets_no_folder(tmp_path):
    assert write_queue(tmp_path, []).items == 0
    assert not ReviewFiles(tmp_path).folder.exists()
