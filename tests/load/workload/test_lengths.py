import math

import numpy as np
import pytest
from scipy import stats

from ftbench.errors import InputError
from ftbench.load.workload.lengths import MOST, draw, read_lengths
from ftbench.spec.load import Lengths

N = 20_000


def drawn(seed=3, n=N, **spec):
    how = {key: spec.pop(key) for key in ("least", "column", "folder") if key in spec}
    return draw(Lengths(**spec), n, np.random.default_rng(seed), **how)


def test_fixed_is_fixed_and_the_same_seed_draws_the_same():
    assert set(drawn(tokens=7)) == {7}
    assert (drawn(mean=100, sd=20, seed=5) == drawn(mean=100, sd=20, seed=5)).all()
    assert (drawn(mean=100, sd=20, seed=5) != drawn(mean=100, sd=20, seed=6)).any()


def test_normal_has_the_mean_and_deviation_that_were_asked_for():
    values = drawn(mean=500, sd=60)
    assert values.mean() == pytest.approx(500, abs=4 * 60 / N**0.5) and values.std() == pytest.approx(60, rel=0.02)
    assert stats.kstest(values + np.random.default_rng(1).uniform(-0.5, 0.5, N), stats.norm(500, 60).cdf).pvalue > 1e-3


@pytest.mark.parametrize(
    ("spec", "median", "sigma"),
    [
        ({"median": 300, "sigma": 0.5}, 300, 0.5),
        ({"mean": 300, "sigma": 0.5}, 300 * math.exp(-0.125), 0.5),
        ({"mean": 300, "cv": 0.8}, 300 / math.sqrt(1.64), math.sqrt(math.log(1.64))),
        ({"median": 300, "cv": 0.8}, 300, math.sqrt(math.log(1.64))),
    ],
)
def test_lognormal_is_what_each_way_of_writing_it_means(spec, median, sigma):
    logs = np.log(drawn(**spec))
    assert np.median(logs) == pytest.approx(math.log(median), abs=0.02) and logs.std() == pytest.approx(sigma, rel=0.03)
    if "mean" in spec:
        assert drawn(**spec).mean() == pytest.approx(spec["mean"], rel=0.03)


def test_what_lies_outside_of_min_and_max_is_drawn_again_and_not_heaped_up_at_the_ends():
    values = drawn(mean=100, sd=50, min=80, max=120)
    counts = np.bincount(values)[80:121]
    assert values.min() == 80 and values.max() == 120 and counts.sum() == N
    assert counts.max() < 1.5 * counts.min()  # the density in there is nearly flat; clipping would put a third of all at each end


def test_the_template_is_the_least_where_the_user_names_no_min():
    assert drawn(mean=60, sd=40, least=31).min() >= 31
    for spec in ({"tokens": 30}, {"mean": 60, "sd": 9, "min": 30}, {"mean": 30, "sd": 9}, {"mean": 20, "sd": 9, "max": 30}):
        with pytest.raises(InputError, match="least possible is 31"):
            drawn(**spec, least=31)


def test_a_heavy_tail_does_not_ask_for_a_prompt_that_no_memory_holds():
    assert drawn(median=1000, sigma=5).max() <= MOST


def test_sample_draws_what_is_in_the_file_as_often_as_it_is(tmp_path):
    (tmp_path / "l.txt").write_text("5\n7\n7\n7\n")
    values = drawn(file="l.txt", folder=tmp_path)
    assert set(values) == {5, 7} and (values == 7).mean() == pytest.approx(0.75, abs=0.02)
    with pytest.raises(InputError, match="the smallest in l.txt is 5 tokens, and the least possible is 6"):
        drawn(file="l.txt", folder=tmp_path, least=6)


@pytest.mark.parametrize(
    ("name", "text", "column"),
    [
        ("a.txt", "3\n\n4\n", None),
        ("a.csv", "tokens\n3\n4\n", None),
        ("a.csv", "timestamp_s,prompt_tokens,output_tokens\n0,3,1\n1, 4,9\n", None),
        ("a.csv", "x,y\n1,3\n2,4.0\n", "y"),
        ("a.jsonl", "3\n4\n", None),
        ("a.jsonl", '{"prompt_tokens": 3, "output_tokens": 1}\n{"prompt_tokens": 4}\n', None),
        ("a.jsonl", '{"n": 3}\n{"n": 4}\n', None),
    ],
)
def test_every_form_of_a_file_of_lengths_is_read(tmp_path, name, text, column):
    (tmp_path / name).write_text("\ufeff" + text, encoding="utf-8")
    assert read_lengths(tmp_path / name, column, "prompt_tokens").tolist() == [3, 4]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.csv", "", "holds no length"),
        ("a.csv", "prompt_tokens\n", "holds no length"),
        ("a.csv", "x,y\n1,2\n", "line 1: there is no prompt_tokens among x, y"),
        ("a.csv", "1,2\n3,4\n", "line 1: the columns have no names"),
        ("a.csv", "a,prompt_tokens\n1\n", "line 2: there is no value in column 2"),
        ("a.csv", "prompt_tokens\n0\n", "line 2: '0' is no length"),
        ("a.csv", "prompt_tokens\n2.5\n", "'2.5' is no length"),
        ("a.csv", "prompt_tokens\n1_0\n", "'1_0' is no length"),
        ("a.csv", "prompt_tokens\n1e9\n", "is no length"),
        ("a.csv", "prompt_tokens\nnan\n", "is no length"),
        ("a.jsonl", "true\n", "True is no length"),
        ("a.jsonl", '{"a": 1, "b": 2}\n', "there is no prompt_tokens among a, b"),
        ("a.jsonl", "{\n", "line 1: this is not JSON"),
        ("a.jsonl", "[" * 100_000, "this is not JSON"),
    ],
)
def test_a_file_that_holds_no_lengths_is_one_sentence_with_the_line(tmp_path, name, text, says):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as error:
        read_lengths(tmp_path / name, None, "prompt_tokens")
    assert says in str(error.value) and "\n" not in str(error.value)
    with pytest.raises(InputError, match="does not exist"):
        read_lengths(tmp_path / "none.csv")
