import pytest

from ftbench.quality.detect.degenerate import degenerate
from ftbench.quality.detect.repetition import compressed_share, longest_run, repeated_sentences, repeated_share


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b", "\x00"])
def test_what_nobody_can_see_is_empty(text):
    assert degenerate(text, "stop") == "empty"


@pytest.mark.parametrize(
    "text",
    [
        "The largest cities are the City of the City of the City of the City of the City of the City of the",
        "I am sorry to hear that. " * 6,
        " ".join(f"{i}. Tea is a great way to relax." for i in range(1, 12)),  # a counter does not hide it
        "您的订单已经发货。" * 10,
        "a" * 60,
        '{"label": "other", "reply": "' + "We are sorry. " * 14 + '"}',
    ],
)
def test_a_loop_is_a_loop_in_any_alphabet_and_inside_json(text):
    assert degenerate(text, "length") == "loop"


def test_being_cut_off_strengthens_a_loop_but_is_none():
    three = "Check the cable of the router and the lamp above it today. " * 2 + "Then wait for the light to turn green. "
    assert degenerate("The parcel left our warehouse on Monday and", "length") is None
    text = "No parcel, no refund and no reply. " * 3
    assert degenerate(three, "length") is None
    assert degenerate("yes no yes no yes no", "length") == "loop"
    assert degenerate("yes no yes no yes no", "stop") is None
    assert degenerate(text, "length") == "loop"


@pytest.mark.parametrize(
    "text",
    [
        "\ufffd\ufffd\ufffd",
        "Itâ€™s on its way, donâ€™t worry.",
        "!!!",
        "<|im_start|>assistant",
        "Your заказ が shipped στο 仓库 и будет delivered 明日",
        "xkcd qwrtz zxcvb plmkn wrtsd ghjkl",
    ],
)
def test_what_is_no_text_is_garbled(text):
    assert degenerate(text, "stop") == "garbled"


@pytest.mark.parametrize(
    "text",
    [
        "billing",
        "No.",
        "42",
        "👍",
        '{"label": "billing"}',
        "[]",
        '[{"id": 1, "ok": true}, {"id": 2, "ok": true}, {"id": 3, "ok": true}, {"id": 4, "ok": true}, {"id": 5, "ok": true}]',
        "您的订单已经发货，请耐心等待。",
        "مرحبا بكم في خدمة العملاء",
        "お荷物はJapan Postで本日発送されました。",
        "Hello is Привет in Russian, 你好 in Chinese, مرحبا in Arabic and γεια in Greek.",
        "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20",
        "| day | open |\n|-----|------|\n| Mon | 9-18 |\n| Tue | 9-18 |\n| Wed | 9-18 |\n| Thu | 9-18 |",
        "Name: ____________________\nDate: ____________________",
        "Summary\n" + "-" * 60 + "\nThe lamp arrived broken.",
        "for (int i = 0; i < n; i++) { a[i] = b[i] + c[i]; }",
        "No, no, no, no! That is not what I meant.",
    ],
)
def test_labels_json_tables_code_and_other_alphabets_are_sound(text):
    assert degenerate(text, "stop") is None


def test_the_period_search_finds_the_piece_its_cycles_and_its_place():
    run = longest_run(["x", "y", "a", "b", "c", "a", "b", "c", "a", "b", "c", "a", "z"], 5, least_cycles=3)
    assert (run.period, run.covers, run.piece, run.total) == (3, 10, "a b c", 13)
    assert run.cycles == pytest.approx(10 / 3)
    assert longest_run(["a", "b", "c", "d"], 5, least_cycles=2).period == 0
    assert longest_run([], 5, least_cycles=2).share == 0


def test_shares_of_repetition_are_counted_from_their_definition():
    assert repeated_share(["a", "b", "a", "b", "a", "b"], 2) == pytest.approx(3 / 5)  # ab ba ab ba ab: two of five are new
    assert repeated_sentences(["one two three four"] * 3 + ["five six seven eight"]) == 0.75
    assert compressed_share("") == 1.0
    assert compressed_share("refund " * 300) < 0.05
