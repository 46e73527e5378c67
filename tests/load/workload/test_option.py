from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.errors import InputError
from ftbench.load.workload.option import read_synthetic
from ftbench.spec.load import Synthetic


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("in=512,out=128", {"input": 512, "output": 128}),
        ("in=512, share=0.5, groups=4", {"input": 512, "prefix_share": 0.5, "prefix_groups": 4}),
        ("in.mean=512,in.sd=64,out.median=90,out.sigma=0.8", {"input": {"mean": 512, "sd": 64}, "output": {"median": 90, "sigma": 0.8}}),
        ("in.file=a.csv,in.column=n", {"input": {"file": "a.csv", "column": "n"}}),
        (
            "in=9,turns.mean=3,turns.sd=1,turn_input=20,think_s=2,think=exponential",
            {"input": 9, "turns": {"mean": 3, "sd": 1}, "turn_input": 20, "think_s": 2, "think": "exponential"},
        ),
    ],
)
def test_one_word_says_what_the_spec_would(text, means):
    assert read_synthetic(text) == Synthetic.model_validate(means)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("512", "'512' is not understood"),
        ("in=", "is not understood"),
        ("in.a.b=1", "is not understood"),
        ("in=512,in=5", "says 'in' twice"),
        ("in=512,in.sd=5", "says 'in.sd' twice"),
        ("inn=512", "inn: there is no such key"),
        ("in.mean=5", "input: `mean` is no distribution"),
        ("in=yes", "input: true, false, yes, no"),
        ("in=[", "is not understood"),
        ("in=12,share=2", "prefix_share: input should be less than or equal to 1"),
    ],
)
def test_another_form_is_one_sentence_with_an_example(text, says):
    with pytest.raises(InputError) as error:
        read_synthetic(text)
    assert says in str(error.value) and "in=512,out=128" in str(error.value) and "\n" not in str(error.value)


@given(st.text(alphabet="in=out.,512{}[]:'\"&*!%@ \n-", max_size=20))
def test_no_text_is_a_crash(text):
    with suppress(InputError):
        read_synthetic(text)
