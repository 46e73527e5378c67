"""A sheet of texts comes back as it was, whatever stands in it."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.errors import InputError
from ftbench.quality.spreadsheet import csv_rows, csv_text, shielded, unshielded

texts = st.text(max_size=30) | st.text(st.sampled_from("'=+-@ \t\n\r\"a,;"), max_size=12)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_shield_is_taken_off_again_and_no_formula_is_left_without_one(text):
    assert unshielded(shielded(text)) == text
    assert not shielded(text).lstrip().startswith(("=", "+", "-", "@")) and shielded(text)[:1] not in ("\t", "\r", "\n")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(texts, texts).filter(lambda row: any(cell.strip() for cell in row)), max_size=4))
def test_rows_come_back_as_they_were_written(rows):
    written = csv_text(["id", "note"], [{"id": a, "note": b} for a, b in rows])
    found = [(cells["id"], cells["note"]) for _, cells in csv_rows(written.removeprefix("\ufeff"), Path("x.csv"))]
    assert found == rows


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200) | st.text(st.sampled_from('id,;\t"\n\r\0x'), max_size=60))
def test_any_text_is_rows_or_a_sentence(text):
    try:
        list(csv_rows(text, Path("x.csv"), ("id",)))
    except InputError as error:
        assert "x.csv, " in str(error)
