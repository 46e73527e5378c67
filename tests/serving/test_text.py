"""Pieces of text as tokens arrive."""

from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from ftbench.serving.text import StopFilter, TextStream


def run(pieces: list[str], stop: list[str]) -> tuple[str, bool]:
    filter_ = StopFilter(stop)
    text = "".join(filter_.push(piece) for piece in pieces)
    return (text if filter_.stopped else text + filter_.flush()), filter_.stopped


def test_stop_string_cut_over_three_tokens_is_found_and_not_returned():
    assert run(["Hello #", "#", "# world", " more"], ["###"]) == ("Hello ", True)


def test_half_a_stop_string_at_the_end_is_given_back():
    assert run(["a", "##"], ["###"]) == ("a##", False)


def test_the_first_of_two_stop_strings_wins():
    assert run(["x END y STOP"], ["STOP", "END"]) == ("x ", True)


@given(st.text(alphabet="ab#é", max_size=30), st.lists(st.text(alphabet="ab#", min_size=1, max_size=4), max_size=3), st.data())
def test_cutting_into_pieces_changes_nothing(text, stop, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    edges = [0, *cuts, len(text)]
    pieces = [text[a:b] for a, b in zip(edges, edges[1:], strict=False)]
    hits = [text.find(word) for word in stop if text.find(word) >= 0]
    # The earliest *completed* stop string ends the text; for whole text at once that is the earliest hit.
    whole, stopped = run(pieces, stop)
    assert stopped == bool(hits)
    assert text.startswith(whole)
    if not hits:
        assert whole == text


@given(st.text(max_size=40))
def test_streamed_text_is_the_decoded_text(tiny_model_folder, text):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model_folder)
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    stream = TextStream(tokenizer, [])
    streamed = "".join(stream.push(i) for i in ids) + stream.finish()
    assert streamed == tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
