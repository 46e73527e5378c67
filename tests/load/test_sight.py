"""The first look, for the screen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.load.captures import Capture
from ftbench.load.sight import STEP, Histogram, failed, first_token_ns

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"
ROLE = b'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n'
WORD = b'data: {"choices":[{"delta":{"content":"hi"}}]}\n\n'
DONE = b"data: [DONE]\n\n"


def capture(*blocks: bytes, failure=None) -> Capture:
    return Capture(0, 0, 0, 0, 1, 9, failure, list(range(10, 10 + len(blocks))), list(blocks))


@given(st.lists(st.floats(1e-5, 1e4), min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.99]))
def test_a_quantile_so_far_is_within_two_percent_of_the_order_statistic(values, q):
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    exact = np.sort(values)[int(np.ceil(q * len(values))) - 1]
    assert exact * (1 - 1e-9) <= histogram.quantile(q) <= exact * STEP * (1 + 1e-9)


def test_no_request_yet_has_no_quantile():
    assert Histogram().quantile(0.5) is None


@pytest.mark.parametrize(
    ("blocks", "at"), [((HEAD, ROLE, WORD), 12), ((HEAD + ROLE + WORD,), 10), ((HEAD, ROLE), None), ((HEAD, b'"text": "a"'), 11)]
)
def test_a_role_without_text_is_not_the_first_token(blocks, at):
    assert first_token_ns(capture(*blocks)) == at


def test_what_failed_is_seen_as_failed():
    assert not failed(capture(HEAD, WORD, DONE))
    assert failed(capture(HEAD, WORD)) and failed(capture(b"HTTP/1.1 500 no\r\n\r\n", DONE)) and failed(capture())
    assert failed(capture(HEAD, WORD, DONE, failure=("timeout", "late")))
